/**
 * The part of the suite of `SyncFolder` about what was replaced and deleted, and about what is on the disk.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { Refusal } from "../errors.ts";
import type { SyncFolder } from "../io/sync/folder.ts";
import { toName } from "../names/name.ts";
import {
  type MakeSyncSubject,
  type TestPromise,
  testsOf,
} from "./sync_folder_subject.ts";
import { LONG_AGO, refuses } from "./sync_folder_suite.ts";

const A = toName("a");
const B = toName("b");

export function testSyncFolderVersions(
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

  test("syncFolders waits for folders that are there, and for those that are not", async (on) => {
    on.makeFolder("a");
    await on.folder.syncFolders(["", A, A, B]);
  });

  test("syncFolders that failed waits for the versions the next time", async (on) => {
    on.put("a", "1");
    on.folder.remove(A, on.folder.look(A)!);
    const synced: string[] = [];
    on.before = (call, path) => {
      if (call !== "syncFolder") return;
      synced.push(path);
      return synced.length <= 2 ? "EIO" : undefined;
    };
    await assertRejects(() => on.folder.syncFolders([""]), Refusal);
    synced.length = 3;
    await on.folder.syncFolders([""]);
    assert(synced.slice(3).includes(".landline/versions"));
    synced.length = 3;
    await on.folder.syncFolders([""]);
    assertEquals(synced.slice(3), [""]);
  });

  test("versions outlive a run, with any path and also an absurdly long one", (on) => {
    const long = "d/".repeat(60) + "é".repeat(90);
    const paths = ["a", "d/%2F%25~b", "~", "\n", long, "é".repeat(127)];
    for (const path of paths) {
      on.put(path, path);
      const name = toName(path);
      assertEquals(on.folder.remove(name, on.folder.look(name)!), "done");
    }
    on.restart();
    // Of the same moment: time stands still in memory.
    on.put("a", "again");
    assertEquals(on.folder.remove(A, on.folder.look(A)!), "done");
    const again = on.folder.versions().find(({ size }) => size === 5)!;
    assertEquals(on.folder.restore(again.id, B), "done");
    assertEquals(on.get("b"), "again");
    const kept = on.folder.versions().filter(({ id }) => id !== again.id);
    assertEquals(kept.map(({ path }) => path as string).sort(), paths.sort());
    for (const { id, path } of kept) {
      assertEquals(on.folder.restore(id, path), "done");
      assertEquals(on.get(path), path);
    }
  });

  test("pruneVersions leaves nothing of a version with an absurdly long path", (on) => {
    const long = toName("d/".repeat(60) + "é".repeat(90));
    on.put(long, "");
    on.folder.remove(long, on.folder.look(long)!);
    const [kept] = on.folder.versions();
    const aside = `.landline/versions/${kept!.id}.path`;
    assertEquals(on.get(aside), long as string);
    on.folder.pruneVersions(0, -1);
    assertEquals(on.folder.versions(), []);
    assertEquals(on.get(aside), undefined);
  });

  testBoth(
    "restore copies a version, as often as is asked for, and never over a file",
    (on) => {
      on.put("a", "1");
      on.describe("a", LONG_AGO, 0o755);
      on.folder.remove(A, on.folder.look(A)!);
      const { id } = on.folder.versions()[0]!;
      assertEquals(on.folder.restore(id, toName("new/folders/b")), "done");
      assertEquals(on.folder.look(toName("new/folders/b"))?.mtime, LONG_AGO);
      assertEquals(on.folder.restore(id, A), "done");
      on.put("a", "changed");
      assertEquals(on.folder.restore(id, A), "exists");
      assertEquals(on.get("a"), "changed");
      assertEquals(on.folder.restore(id, B), "done");
      assertEquals(on.get("b"), "1");
      refuses("not-found", () => on.folder.restore("none", toName("c")));
      on.symlink("new", "link");
      refuses("exists", () => on.folder.restore(id, toName("link/c/d")));
      refuses("bad-name", () => on.folder.restore(id, toName(".landline/c")));
      assertEquals(on.folder.parts(), []);
    },
  );

  test("pruneVersions removes what was kept before, and the oldest of what is too much", (on) => {
    for (const content of ["1", "22", "333"]) {
      on.put("a", content);
      on.folder.remove(A, on.folder.look(A)!);
      on.settle();
    }
    const times = on.folder.versions().map(({ keptAt }) => keptAt).sort();
    on.folder.pruneVersions(times[0]!, Infinity);
    assertEquals(keptSizes(on.folder), [1, 2, 3]);
    on.folder.pruneVersions(times[1]!, Infinity);
    assertEquals(keptSizes(on.folder), [2, 3]);
    on.folder.pruneVersions(0, 5);
    assertEquals(keptSizes(on.folder), [2, 3]);
    on.folder.pruneVersions(0, 4);
    assertEquals(keptSizes(on.folder), [3]);
    on.folder.pruneVersions(0, 0);
    assertEquals(keptSizes(on.folder), []);
  });
}

function keptSizes(folder: SyncFolder): number[] {
  return folder.versions().map(({ size }) => size).sort();
}
