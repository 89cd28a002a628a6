/**
 * The part of the suite of `SyncFolder` about bytes: files that are read and hashed, and parts of files on their way.
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
import { MisuseError } from "../errors.ts";
import { toName } from "../names/name.ts";
import {
  type MakeSyncSubject,
  type SyncFolderSubject,
  testsOf,
} from "./sync_folder_subject.ts";
import { LONG_AGO, refuses } from "./sync_folder_suite.ts";

export function testSyncFolderReading(
  kind: string,
  make: MakeSyncSubject,
): void {
  const test = testsOf(kind, make);

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

  test("digest gives nothing for a file that is behind a link when it has been read", async (on) => {
    on.put("d/a", "before");
    on.describe("d/a", LONG_AGO, 0o644);
    on.before = (call) => {
      if (call !== "read") return;
      on.before = undefined;
      on.rename("d", "e");
      on.symlink("e", "d");
    };
    assertEquals(await on.folder.digest(toName("d/a"), () => 4), undefined);
  });

  test("digest gives nothing for a file that goes on changing while it waits for its time stamp", async (on) => {
    on.put("a", "before");
    let stats = -Infinity;
    on.before = (call) => {
      if (call === "openToRead") stats = 0;
      // Of the open file: as it was opened, and after the wait.
      if (call === "stat" && ++stats === 2) on.put("a", "after ");
    };
    const digested = await on.folder.digest(toName("a"), () => 4);
    assertEquals(digested, undefined);
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

  test("open opens what was seen only, when it is told what was", (on) => {
    on.put("a", "first");
    on.settle();
    const path = toName("a");
    const { version } = on.folder.look(path)!;
    const file = on.folder.open(path, version)!;
    assertEquals(file.seen.version, version);
    assertEquals(read(file, 0, 5), "first");
    file.close();
    on.put("b", "other");
    on.settle();
    for (const make of ["other", "symlink", "fifo", "folder"] as const) {
      on.remove("a");
      if (make === "other") on.rename("b", "a");
      else if (make === "symlink") on.symlink("b", "a");
      else if (make === "fifo") on.fifo("a");
      else on.folder.makeFolder(path);
      assertEquals(on.folder.open(path, version), undefined, make);
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

  test("part that cannot be written to is made anew", (on) => {
    on.folder.part("root", 5).writeAt(0, toBytes("whole"));
    on.restart();
    // It was to replace a file of these permissions.
    on.describe(".landline/parts/root", LONG_AGO, 0o444);
    const part = on.folder.part("root", 5);
    assertEquals(part.isNew, true);
    part.close();
  });

  test("part lies where nobody else may look", (on) => {
    on.folder.part("root", 5).close();
    assertEquals(on.modeOf(".landline"), 0o700);
    assertEquals(on.modeOf(".landline/parts"), 0o700);
  });

  test("part that was left longer than its file is cut", async (on) => {
    on.folder.part("root", 5).writeAt(0, toBytes("whole"));
    on.restart();
    const part = on.folder.part("root", 3);
    await part.finish({ mtime: LONG_AGO, executable: false });
    on.folder.place(part, toName("a"), undefined, true);
    assertEquals(on.get("a"), "who");
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
    part.writeAt(3, toBytes("e"));
    assertThrows(
      () => folder.place(part, toName("a"), undefined, true),
      MisuseError,
    );
    await part.finish(meta);
    folder.place(part, toName("a"), undefined, true);
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

async function rejectsMisuse(promise: Promise<unknown>): Promise<void> {
  try {
    await promise;
  } catch (error) {
    return assert(error instanceof MisuseError);
  }
  throw new Error("It was not refused");
}
