/**
 * What every `SyncFolder` promises, as tests: one suite for the folder on the disk and the one in memory. Here is what is
 * looked at and kept of ours. `sync_folder_suite_reading.ts` has files that are read and on their way, `..._acting.ts` what
 * is changed, `..._versions.ts` what was replaced, `..._faults.ts` what happens when others interfere, calls fail and
 * programs are killed.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertNotEquals,
  assertThrows,
} from "@std/assert";
import { type FaultCode, Refusal } from "../errors.ts";
import type { Hint } from "../io/sync/folder.ts";
import { type Name, toName } from "../names/name.ts";
import {
  type MakeSyncSubject,
  partOf,
  type SyncFolderSubject,
  testsOf,
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
  const test = testsOf(kind, make);

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

  test("look sees that a folder has become a link since", async ({ folder, ...on }) => {
    on.put("d/a", "");
    assertEquals(folder.look(toName("d/a"))?.kind, "file");
    await Promise.resolve();
    on.rename("d", "e");
    on.symlink("e", "d");
    assertEquals(folder.look(toName("d/a")), undefined);
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

function kindsOf(folder: SyncFolderSubject["folder"], place: Name | "") {
  return Object.fromEntries(
    folder.children(place).map(({ base, kind }) => [base, kind]),
  );
}

/** `act` is refused with `code`. */
export function refuses(code: FaultCode, act: () => unknown): void {
  assertEquals(assertThrows(act, Refusal).code, code);
}
