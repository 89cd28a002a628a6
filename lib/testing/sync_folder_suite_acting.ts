/**
 * The part of the suite of `SyncFolder` about names: what gives files their names, changes them and takes them away.
 *
 * @module
 */

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { type Name, toName } from "../names/name.ts";
import {
  type MakeSyncSubject,
  partOf,
  type TestPromise,
  testsOf,
} from "./sync_folder_subject.ts";
import { LONG_AGO, refuses } from "./sync_folder_suite.ts";

const A = toName("a");
const B = toName("b");
const META = { mtime: LONG_AGO, executable: true };

export function testSyncFolderActing(
  kind: string,
  make: MakeSyncSubject,
): void {
  const test = testsOf(kind, make);
  const testLinkless = testsOf(`${kind} without hard links:`, make, {
    hasLinks: false,
  });
  /** Also on a file system that has no hard links. */
  const testBoth: TestPromise = (promise, run) => {
    test(promise, run);
    testLinkless(promise, run);
  };

  testBoth(
    "place gives a new file its name, date and bit, and leaves no part",
    async (on) => {
      const part = await partOf(on, "new", META);
      const seen = on.folder.place(part, A, undefined, true);
      assert(seen !== "changed");
      assertEquals(on.get("a"), "new");
      assertEquals([seen.mtime, seen.executable], [LONG_AGO, true]);
      assertEquals(on.linksOf("a"), 1);
      assertEquals(on.folder.parts(), []);
      assertEquals(on.folder.versions(), []);
    },
  );

  test("place tells how the file looks now", async (on) => {
    const first = await partOf(on, "1", META);
    const seen = on.folder.place(first, A, undefined, true);
    assertEquals(seen, on.folder.look(A)!);
    const second = await partOf(on, "2", META);
    const again = on.folder.place(second, A, on.folder.look(A), true);
    assertEquals(again, on.folder.look(A)!);
    assertNotEquals(again, seen);
  });

  testBoth("place replaces what was expected, and keeps it", async (on) => {
    on.put("a", "old");
    on.describe("a", LONG_AGO, 0o644);
    const seen = on.folder.place(
      await partOf(on, "new"),
      A,
      on.folder.look(A),
      true,
    );
    assert(seen !== "changed");
    assertEquals(on.get("a"), "new");
    const [kept, ...others] = on.folder.versions();
    assertEquals(others, []);
    assertEquals([kept?.path, kept?.size, kept?.mtime], [A, 3, LONG_AGO]);
    assertEquals(on.folder.restore(kept!.id, B), "done");
    assertEquals(on.get("b"), "old");
  });

  test("place keeps nothing if it is told so", async (on) => {
    on.put("a", "old");
    on.folder.place(await partOf(on, "new"), A, on.folder.look(A), false);
    assertEquals(on.get("a"), "new");
    assertEquals(on.folder.versions(), []);
  });

  test("place leaves who may read a file as it was", async (on) => {
    on.put("a", "old");
    for (const [mode, executable] of [[0o600, true], [0o444, false]] as const) {
      on.describe("a", LONG_AGO, mode);
      const meta = { mtime: LONG_AGO + 1, executable };
      const seen = on.folder.place(
        await partOf(on, "new", meta),
        A,
        on.folder.look(A),
        true,
      );
      assert(seen !== "changed");
      assertEquals([seen.mtime, seen.executable], [LONG_AGO + 1, executable]);
      assertEquals(on.modeOf("a"), executable ? 0o700 : mode);
    }
  });

  testBoth("place does nothing if something else is there", async (on) => {
    const part = await partOf(on, "new");
    const place = (seen = on.folder.look(A)) =>
      on.folder.place(part, A, seen, true);
    on.put("a", "old");
    const expected = on.folder.look(A)!;
    assertEquals(on.folder.place(part, A, undefined, true), "changed");
    assertEquals(on.get("a"), "old");
    on.put("a", "older");
    assertEquals(place(expected), "changed");
    assertEquals(on.get("a"), "older");
    on.remove("a");
    assertEquals(place(expected), "changed");
    assertEquals(on.get("a"), undefined);
    on.put("b", "");
    on.symlink("b", "a");
    assertEquals(place(), "changed");
    assertEquals(on.folder.look(A)?.kind, "other");
    on.remove("a");
    on.makeFolder("a");
    assertEquals(place(), "changed");
    assertEquals(on.folder.look(A)?.kind, "folder");
    on.remove("a");
    assertEquals(on.folder.versions(), []);
    assertEquals(on.folder.parts(), ["root"]);
    assertNotEquals(on.folder.place(part, A, undefined, true), "changed");
    assertEquals(on.get("a"), "new");
  });

  test("place, makeFolder and others refuse names of ours, behind links and without a folder", async (on) => {
    const part = await partOf(on, "new");
    on.put("d/e", "");
    on.symlink("d", "link");
    const seen = on.folder.look(toName("d/e"))!;
    const acts: ((path: Name) => unknown)[] = [
      (path) => on.folder.place(part, path, undefined, true),
      (path) => on.folder.place(part, path, seen, true),
      (path) => on.folder.makeFolder(path),
      (path) => on.folder.removeFolder(path),
      (path) => on.folder.remove(path, seen),
      (path) => on.folder.describe(path, seen, META),
      (path) => on.folder.move(toName("d/e"), path, seen),
      (path) => on.folder.move(path, A, seen),
      (path) => on.folder.duplicate(toName("d/e"), path, seen),
      (path) => on.folder.duplicate(path, A, seen),
    ];
    for (const act of acts) {
      refuses("not-allowed", () => act(toName("link/e")));
      refuses("not-allowed", () => act(toName("link/f/g")));
      refuses("bad-name", () => act(toName(".landline/id")));
      refuses("bad-name", () => act(toName("d/.landline-x.part")));
      refuses("not-found", () => act(toName("none/e")));
      refuses("not-found", () => act(toName("d/e/f")));
    }
    assertEquals(on.get("d/e"), "");
    assertEquals(on.get("a"), undefined);
    part.close();
  });

  testBoth(
    "duplicate gives a file another name, and leaves it where it is",
    (on) => {
      on.put("a", "1");
      on.describe("a", LONG_AGO, 0o755);
      const seen = on.folder.duplicate(A, B, on.folder.look(A)!);
      assert(typeof seen !== "string");
      assertEquals([on.get("a"), on.get("b")], ["1", "1"]);
      assertEquals([seen.mtime, seen.executable], [LONG_AGO, true]);
      assertEquals(seen, on.folder.look(B)!);
    },
  );

  testBoth(
    "duplicate and move do nothing where the name is taken or the file another",
    (on) => {
      on.put("a", "1");
      on.put("b", "other");
      const seen = on.folder.look(A)!;
      assertEquals(on.folder.duplicate(A, B, seen), "exists");
      assertEquals(on.folder.move(A, B, seen), "exists");
      assertEquals([on.get("a"), on.get("b")], ["1", "other"]);
      on.remove("b");
      on.put("a", "22");
      assertEquals(on.folder.duplicate(A, B, seen), "changed");
      assertEquals(on.folder.move(A, B, seen), "changed");
      assertEquals([on.get("a"), on.get("b")], ["22", undefined]);
      on.remove("a");
      assertEquals(on.folder.duplicate(A, B, seen), "changed");
      assertEquals(on.folder.move(A, B, seen), "changed");
      on.symlink("b", "a");
      assertEquals(on.folder.move(A, B, on.folder.look(A)!), "changed");
    },
  );

  testBoth("move moves a file", (on) => {
    on.put("a", "1");
    const before = on.folder.look(A)!;
    const seen = on.folder.move(A, B, before);
    assert(typeof seen !== "string");
    assertEquals([on.get("a"), on.get("b")], [undefined, "1"]);
    assertEquals(seen, on.folder.look(B)!);
    assertEquals(seen.mtime, before.mtime);
    assertEquals(on.linksOf("b"), 1);
  });

  test("move moves a folder with all that is in it, to a free name", (on) => {
    on.put("a/b/c", "1");
    on.put("taken", "");
    on.makeFolder("empty");
    const seen = on.folder.look(A)!;
    for (const name of ["taken", "empty"]) {
      assertEquals(on.folder.move(A, toName(name), seen), "exists");
    }
    assertEquals(
      on.folder.move(A, B, on.folder.look(toName("empty"))!),
      "changed",
    );
    const moved = on.folder.move(A, B, seen);
    assertEquals(moved, on.folder.look(B)!);
    assertEquals(on.get("b/b/c"), "1");
    assertEquals(on.folder.look(A), undefined);
  });

  test("remove takes a file away, into the versions", (on) => {
    on.put("d/a", "1");
    on.describe("d/a", LONG_AGO, 0o600);
    const name = toName("d/a");
    assertEquals(on.folder.remove(name, on.folder.look(name)!), "done");
    assertEquals(on.folder.look(name), undefined);
    const [kept] = on.folder.versions();
    assertEquals([kept?.path, kept?.size, kept?.mtime], [name, 1, LONG_AGO]);
  });

  test("remove does nothing if something else is there", (on) => {
    on.put("a", "1");
    const seen = on.folder.look(A)!;
    on.put("a", "22");
    assertEquals(on.folder.remove(A, seen), "changed");
    assertEquals(on.get("a"), "22");
    on.remove("a");
    assertEquals(on.folder.remove(A, seen), "changed");
    on.makeFolder("a");
    assertEquals(on.folder.remove(A, on.folder.look(A)!), "changed");
    assertEquals(on.folder.look(A)?.kind, "folder");
    on.symlink("a", "b");
    assertEquals(on.folder.remove(B, on.folder.look(B)!), "changed");
    assertEquals(on.folder.look(B)?.kind, "other");
    assertEquals(on.folder.versions(), []);
  });

  test("describe changes date and bit of what was expected", (on) => {
    on.put("a", "1");
    on.describe("a", LONG_AGO, 0o640);
    for (const executable of [true, false]) {
      for (let ms = 0; ms < 20; ms++) {
        const meta = { mtime: LONG_AGO + ms, executable };
        const seen = on.folder.describe(A, on.folder.look(A)!, meta);
        assert(seen !== "changed");
        assertEquals([seen.mtime, seen.executable], [meta.mtime, executable]);
        assertEquals(seen, on.folder.look(A)!);
      }
      assertEquals(on.modeOf("a"), executable ? 0o750 : 0o640);
    }
    const seen = on.folder.look(A)!;
    on.put("a", "22");
    assertEquals(on.folder.describe(A, seen, META), "changed");
    assertEquals(on.folder.look(A)?.executable, false);
    on.remove("a");
    assertEquals(on.folder.describe(A, seen, META), "changed");
  });

  test("makeFolder and removeFolder make and remove, but never a file or what is in it", (on) => {
    assertEquals(on.folder.makeFolder(A), "done");
    assertEquals(on.folder.makeFolder(A), "done");
    assertEquals(on.folder.look(A)?.kind, "folder");
    on.put("a/.landline-x.part", "");
    assertEquals(on.folder.removeFolder(A), "not-empty");
    on.remove("a/.landline-x.part");
    assertEquals(on.folder.removeFolder(A), "done");
    assertEquals(on.folder.removeFolder(A), "changed");
    on.put("a", "");
    assertEquals(on.folder.makeFolder(A), "exists");
    assertEquals(on.folder.removeFolder(A), "changed");
    on.symlink(".landline", "b");
    assertEquals(on.folder.makeFolder(B), "exists");
    assertEquals(on.folder.removeFolder(B), "changed");
    assertEquals(on.get("a"), "");
  });
}
