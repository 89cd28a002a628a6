/**
 * What every `SyncFolder` promises, as tests: one suite for the folder on the disk and the one in memory. Here is what is
 * looked at, read and kept of ours; `sync_folder_suite_acting.ts` has what is changed, `sync_folder_suite_faults.ts` what
 * happens when others interfere, calls fail and programs are killed.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertNotEquals,
  assertThrows,
} from "@std/assert";
import { createHash } from "node:crypto";
import { toBytes } from "../bytes/ascii.ts";
import { type FaultCode, MisuseError, Refusal } from "../errors.ts";
import type { Hint } from "../io/sync/folder.ts";
import { type Name, toName } from "../names/name.ts";
import {
  type MakeSyncSubject,
  partOf,
  type SyncFolderSubject,
} from "./sync_folder_subject.ts";
import { within } from "./within.ts";

/** Long ago, in whole milliseconds. */
export const LONG_AGO = 1_500_000_000_123;

/** Legal on Linux, all of them; two are one name on some other systems. */
const NASTY = [
  `a b#%|"'<&>\\*?:\n\r\t\x01\x7f\u200b .txt`,
  "😀",
  "\u00e9", // NFC
  "e\u0301", // NFD
  "-rf",
  "%2F%25",
  "~",
  "+1",
  "...",
  "x".repeat(255),
  "\u00e9".repeat(127),
  "constructor",
  "__proto__",
];

export function testSyncFolder(kind: string, make: MakeSyncSubject): void {
  const test = (
    promise: string,
    run: (subject: SyncFolderSubject) => unknown,
  ) =>
    Deno.test(`${kind} ${promise}`, async () => {
      using subject = make();
      await run(subject);
    });

  test("look tells kind, size, date and executable bit", ({ folder, ...on }) => {
    on.put("a/b", "12345");
    on.describe("a/b", LONG_AGO, 0o750);
    const seen = folder.look(toName("a/b"));
    assertEquals(seen?.kind, "file");
    assertEquals(seen?.size, 5);
    assertEquals(seen?.mtime, LONG_AGO);
    assertEquals(seen?.executable, true);
    assertEquals(seen?.isRacy, false);
    on.describe("a/b", LONG_AGO, 0o640);
    assertEquals(folder.look(toName("a/b"))?.executable, false);
    assertEquals(folder.look(toName("a"))?.kind, "folder");
    assertEquals(folder.look(toName("a"))?.executable, false);
    assertEquals(folder.look(toName("a"))?.size, 0);
  });

  test("look gives nothing for what is not there, or behind a file", ({ folder, ...on }) => {
    on.put("a", "");
    for (const name of ["none", "none/b", "a/b", "a/b/c"]) {
      assertEquals(folder.look(toName(name)), undefined, name);
    }
  });

  test("look tells links and FIFOs as other, and sees nothing behind a link", ({ folder, ...on }) => {
    on.put("a/b", "");
    on.symlink("a", "link");
    on.symlink("a/b", "a/link");
    on.fifo("fifo");
    for (const name of ["link", "a/link", "fifo"]) {
      assertEquals(folder.look(toName(name))?.kind, "other", name);
      assertEquals(folder.look(toName(name))?.size, 0, name);
    }
    assertEquals(folder.look(toName("link/b")), undefined);
  });

  test("look's version changes with content, date, bit and file, and not by itself", ({ folder, ...on }) => {
    const versions = new Set<string>();
    const look = () => {
      const { version } = folder.look(toName("a"))!;
      assertEquals(folder.look(toName("a"))!.version, version);
      versions.add(version);
    };
    on.put("a", "1");
    look();
    on.settle();
    on.put("a", "2");
    look();
    on.put("a", "22");
    look();
    on.describe("a", LONG_AGO, 0o644);
    look();
    on.describe("a", LONG_AGO, 0o755);
    look();
    on.put("b", "22");
    on.describe("b", LONG_AGO, 0o755);
    on.rename("b", "a");
    look();
    assertEquals(versions.size, 6);
  });

  test("look's version of a folder does not tell what is in it", ({ folder, ...on }) => {
    on.makeFolder("a");
    const { version } = folder.look(toName("a"))!;
    on.settle();
    on.put("a/b", "");
    assertEquals(folder.look(toName("a"))!.version, version);
    on.rename("a", "old");
    on.makeFolder("a");
    assertNotEquals(folder.look(toName("a"))!.version, version);
  });

  test("look's inode stays with a file that is renamed", ({ folder, ...on }) => {
    on.put("a", "");
    on.put("b", "");
    const { inode } = folder.look(toName("a"))!;
    assertNotEquals(folder.look(toName("b"))!.inode, inode);
    on.rename("a", "c");
    assertEquals(folder.look(toName("c"))!.inode, inode);
  });

  test("look says racy of a file that was changed a moment ago", ({ folder, ...on }) => {
    // On a busy machine a moment may pass between the two.
    let tries = 0;
    do on.put("a", String(tries)); while (
      folder.look(toName("a"))?.isRacy !== true && ++tries < 100
    );
    assert(tries < 100);
    on.describe("a", LONG_AGO, 0o644);
    assertEquals(folder.look(toName("a"))!.isRacy, false);
    on.describe("a", 4e12 + 123, 0o644);
    assertEquals(folder.look(toName("a"))!.isRacy, false, "a date to come");
  });

  test("children gives what is in a folder, whatever its name, and nothing of ours", ({ folder, ...on }) => {
    for (const name of NASTY) on.put(name, "");
    on.put("d/e", "");
    on.symlink("d", "link");
    on.put(".landlineignore", "");
    on.put(".landline/index.sqlite", "");
    on.put(".landline-0123456789abcdef.part", "");
    assertEquals(kindsOf(folder, ""), {
      ...Object.fromEntries(NASTY.map((name) => [name, "file"])),
      ".landlineignore": "file",
      d: "folder",
      link: "other",
    });
    assertEquals(kindsOf(folder, toName("d")), { e: "file" });
    for (const name of NASTY) {
      assertEquals(folder.look(toName(name))?.kind, "file", name);
    }
  });

  test("children gives nothing for what is no folder, or behind a link", ({ folder, ...on }) => {
    on.put("a/b/c", "");
    on.symlink("a", "link");
    for (const name of ["none", "a/b/c", "link", "link/b", ".landline"]) {
      assertEquals(folder.children(toName(name)), [], name);
    }
  });

  test("digest hashes the blocks of a file", async ({ folder, ...on }) => {
    for (const content of ["", "0123456789abcdef", "0123456789abcdefg"]) {
      on.put("a", content);
      const sizes: number[] = [];
      const digested = await folder.digest(
        toName("a"),
        (size) => (sizes.push(size), 4),
      );
      assertEquals(sizes, [content.length]);
      assertEquals(digested?.blockLog, 4);
      assertEquals([...digested!.hashes], hashesOf(content, 16));
      assertEquals(digested?.seen.version, folder.look(toName("a"))?.version);
    }
  });

  test("digest hashes large blocks of large files", async ({ folder, ...on }) => {
    const content = "0123456789abcde\n".repeat(300_000);
    on.put("a", content);
    for (const log of [17, 22]) {
      const digested = await folder.digest(toName("a"), () => log);
      assertEquals([...digested!.hashes], hashesOf(content, 2 ** log));
    }
  });

  test("digest of a file that was just changed is of what its version stands for", async ({ folder, ...on }) => {
    for (let i = 0; i < 20; i++) {
      on.put("a", "before");
      const digested = await folder.digest(toName("a"), () => 4);
      on.put("a", "after ");
      assertEquals(digested?.seen.isRacy, false);
      assertNotEquals(
        folder.look(toName("a"))?.version,
        digested?.seen.version,
      );
    }
  });

  test("digest gives nothing for what changes, is replaced or goes while it is read", async (on) => {
    const changes: [string, () => void][] = [
      ["change", () => on.put("a", "others")],
      ["growth", () => on.put("a", "before and after")],
      ["shrinking", () => on.put("a", "b")],
      ["another file", () => on.replace("a", "before")],
      ["removal", () => on.remove("a")],
    ];
    for (const [what, change] of changes) {
      on.put("a", "before");
      on.settle();
      on.before = (call) => {
        if (call !== "read") return;
        on.before = undefined;
        on.settle();
        change();
      };
      const digested = await on.folder.digest(toName("a"), () => 2);
      assertEquals(digested, undefined, what);
    }
  });

  test("digest and open give nothing for what is no file", async ({ folder, ...on }) => {
    on.put("a/b", "");
    on.put(".landline/id", "");
    on.symlink("a/b", "link");
    on.symlink("a", "folder-link");
    on.fifo("fifo");
    for (
      const name of [
        "none",
        "a",
        "a/b/c",
        "link",
        "folder-link/b",
        "fifo",
        ".landline/id",
      ]
    ) {
      assertEquals(await folder.digest(toName(name), () => 4), undefined);
      assertEquals(folder.open(toName(name)), undefined, name);
    }
  });

  test("open does not follow a link, nor wait for a FIFO, that came after the look", (on) => {
    for (const make of ["symlink", "fifo"] as const) {
      on.put("a", "");
      on.put("b", "");
      on.before = (call) => {
        if (call !== "openToRead") return;
        on.remove("a");
        if (make === "symlink") on.symlink("b", "a");
        else on.fifo("a");
      };
      assertEquals(on.folder.open(toName("a")), undefined, make);
      on.before = undefined;
      on.remove("a");
    }
  });

  test("open reads at any place, and looks at the file under whatever name", ({ folder, ...on }) => {
    on.put("a", "0123456789");
    const file = folder.open(toName("a"))!;
    assertEquals(read(file, 3, 4), "3456");
    assertEquals(read(file, 8, 4), "89");
    assertEquals(read(file, 0, 2), "01");
    assertEquals(read(file, 10, 1), "");
    assertEquals(file.look().version, folder.look(toName("a"))!.version);
    on.rename("a", "b");
    on.settle();
    on.put("b", "other");
    assertEquals(file.look().size, 5);
    assertEquals(file.look().version, folder.look(toName("b"))!.version);
    file.close();
  });

  test("part is new at first, read and written at any place, and busy while it is open", ({ folder }) => {
    const part = folder.part("root", 10);
    assertEquals([part.isNew, part.root, part.size], [true, "root", 10]);
    part.writeAt(4, toBytes("4567"));
    assertEquals(read(part, 4, 9), "4567");
    refuses("busy", () => folder.part("root", 10));
    part.close();
  });

  test("part is as the last run has left it", (on) => {
    on.folder.part("root", 10).writeAt(4, toBytes("4567"));
    on.restart();
    assertEquals(on.folder.parts(), ["root"]);
    const part = on.folder.part("root", 10);
    assertEquals(part.isNew, false);
    assertEquals(read(part, 4, 9), "4567");
    part.close();
    part.close();
    assertEquals(on.folder.parts(), ["root"]);
    on.folder.part("root", 10).drop();
    assertEquals(on.folder.parts(), []);
    assertEquals(on.folder.part("root", 10).isNew, true);
    on.folder.dropPart("root");
    on.folder.dropPart("none");
    assertEquals(on.folder.parts(), []);
  });

  test("part that has become a file of the folder is never written into", (on) => {
    on.folder.part("root", 5).writeAt(0, toBytes("whole"));
    on.restart();
    // Killed between the two names of a new file.
    linkByHand(on, ".landline/parts/root", "a");
    const part = on.folder.part("root", 5);
    assertEquals(part.isNew, true);
    part.writeAt(0, toBytes("other"));
    assertEquals(on.get("a"), "whole");
    part.close();
  });

  test("part refuses a root that is none, and bytes behind its end", ({ folder }) => {
    for (const root of ["", "a/b", "..", "+1", "x".repeat(65)]) {
      refuses("bad-name", () => folder.part(root, 1));
    }
    const part = folder.part("root", 4);
    assertThrows(() => part.writeAt(2, toBytes("abc")), MisuseError);
    part.close();
  });

  test("part is finished when it is whole, and not before", async ({ folder }) => {
    const part = folder.part("root", 4);
    part.writeAt(0, toBytes("abc"));
    const meta = { mtime: LONG_AGO, executable: false };
    await rejectsMisuse(part.finish(meta));
    assertThrows(
      () => folder.place(part, toName("a"), undefined, true),
      MisuseError,
    );
    part.writeAt(3, toBytes("d"));
    await part.finish(meta);
    folder.place(part, toName("a"), undefined, true);
  });

  test("marker is what was set last, also in another run", (on) => {
    assertEquals(on.folder.marker(), undefined);
    on.folder.setMarker("one");
    on.folder.setMarker('{"two":"é"}');
    on.restart();
    assertEquals(on.folder.marker(), '{"two":"é"}');
    on.remove(".landline/id");
    assertEquals(on.folder.marker(), undefined);
    refuses("too-large", () => on.folder.setMarker("x".repeat(5000)));
    assertEquals(on.folder.marker(), undefined);
  });

  test("device is always the same, and freeBytes some", ({ folder }) => {
    assertEquals(folder.device(), folder.device());
    assert(folder.freeBytes()! > 0);
  });

  test("watch hints where files come, change, move and go, and at nothing of ours", async (on) => {
    on.put("a/b", "1");
    const watch = on.folder.watch((text) => assertEquals(text, ""))!;
    const hints: AsyncIterator<Hint> = watch[Symbol.asyncIterator]();
    const all = new Set<string>();
    const until = async (path: string) => {
      while (!all.has(path)) {
        const told = await within(`a hint of ${path}`, hints.next());
        assert(!told.done);
        const hint: Hint = told.value;
        assert(hint !== "anywhere");
        hint.paths.forEach((path) => all.add(path));
      }
    };
    on.put("a/b", "2");
    await until("a/b");
    const part = await partOf(on, "content");
    on.folder.place(part, toName("a/c"), undefined, true);
    await until("a/c");
    on.makeFolder("d");
    await until("d");
    on.rename("a/c", "e");
    await until("e");
    on.remove("e");
    on.put("f", "");
    await until("f");
    for (const path of all) assert(!path.startsWith(".landline"), path);
    watch.close();
    watch.close();
    assertEquals((await within("the end", hints.next())).done, true);
  });
}

/** The bytes of the hashes of all blocks of `content`. */
function hashesOf(content: string, blockSize: number): number[] {
  const hashes: number[] = [];
  for (let at = 0; at < content.length; at += blockSize) {
    const block = content.slice(at, at + blockSize);
    hashes.push(...createHash("sha256").update(block).digest());
  }
  return hashes;
}

function kindsOf(folder: SyncFolderSubject["folder"], place: Name | "") {
  return Object.fromEntries(
    folder.children(place).map(({ base, kind }) => [base, kind]),
  );
}

function read(
  file: { readAt(offset: number, into: Uint8Array): number },
  offset: number,
  count: number,
): string {
  const into = new Uint8Array(count);
  return new TextDecoder().decode(
    into.subarray(0, file.readAt(offset, into)),
  );
}

/** Gives a file a second name, which no call of `SyncFolder` does for what is ours. */
function linkByHand(on: SyncFolderSubject, from: string, to: string): void {
  on.rename(from, to);
  const name = toName(to);
  const copy = toName("copy-of-" + to);
  on.folder.duplicate(name, copy, on.folder.look(name)!);
  on.rename(copy, from);
}

/** `act` is refused with `code`. */
export function refuses(code: FaultCode, act: () => unknown): void {
  assertEquals(assertThrows(act, Refusal).code, code);
}

async function rejectsMisuse(promise: Promise<unknown>): Promise<void> {
  try {
    await promise;
  } catch (error) {
    return assert(error instanceof MisuseError);
  }
  throw new Error("It was not refused");
}
