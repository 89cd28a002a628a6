import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { DiskFolder } from "../../lib/testing/disk_folder.ts";
import type { Cluster } from "./cluster.ts";
import { checkSame, treeOf, untilSeen } from "./judge.ts";

/** Folders without programs; `checkAlive` is what is told. */
function clusterOf(
  disk: DiskFolder,
  checkAlive: () => void = () => {},
): Cluster {
  return {
    folders: [disk.at("one"), disk.at("two")],
    launch: () => Promise.resolve(),
    settled: () => Promise.resolve(),
    tell: () => Promise.resolve(),
    traffic: () => Promise.resolve([]),
    pids: [],
    sharedPids: [],
    checkAlive,
    stop: () => Promise.resolve(),
  };
}

Deno.test("treeOf() leaves out what is the programs' own", () => {
  using disk = new DiskFolder();
  disk.write("one/a/b", "12345");
  disk.write("one/.landline/index", "x");
  disk.write("one/.stfolder/x", "x");
  assertEquals([...treeOf(disk.at("one"))], [["a/b", 5]]);
});

Deno.test("checkSame() finds what differs, what is missing, and what is too much", () => {
  using disk = new DiskFolder();
  disk.write("one/a", "same length");
  disk.write("two/a", "same length");
  disk.write("two/.landline/index", "x");
  checkSame(clusterOf(disk));
  disk.write("two/a", "samE length");
  assertThrows(() => checkSame(clusterOf(disk)), Error, "two/a differs");
  disk.write("two/a", "same length");
  disk.write("one/b", "");
  assertThrows(() => checkSame(clusterOf(disk)), Error, "two/b is not there");
  disk.write("two/b", "");
  disk.write("two/c", "");
  assertThrows(() => checkSame(clusterOf(disk)), Error, "should not be there");
});

Deno.test("checkSame() does not take empty folders for success", () => {
  using disk = new DiskFolder();
  disk.write("one/.landline/index", "x");
  disk.write("two/.landline/index", "x");
  assertThrows(() => checkSame(clusterOf(disk)), Error, "is empty");
});

Deno.test("untilSeen() waits for files of their length, and for files to go", async () => {
  using disk = new DiskFolder();
  disk.write("one/a", "whole");
  disk.write("two/gone", "x");
  disk.write("two/a", "who");
  let looks = 0;
  // Looked at between two looks: it is where others do their work.
  const cluster = clusterOf(disk, () => {
    looks++;
    if (looks === 1) disk.write("two/a", "whole");
    if (looks === 2) Deno.removeSync(disk.at("two/gone"));
  });
  const wanted = [{ path: "a", size: 5 }, { path: "gone", size: undefined }];
  await untilSeen(cluster, [0, 1], wanted, 10_000, 1);
  assert(looks >= 2);
});

Deno.test("untilSeen() says what is missing when time is up or a program has ended", async () => {
  using disk = new DiskFolder();
  disk.write("one/a", "x");
  await assertRejects(
    () => untilSeen(clusterOf(disk), [1], [{ path: "a", size: 1 }], 1, 1),
    Error,
    "two/a",
  );
  const dead = clusterOf(disk, () => {
    throw new Error("peer 1 has ended");
  });
  await assertRejects(
    () => untilSeen(dead, [1], [{ path: "a", size: 1 }], 10_000, 1),
    Error,
    "peer 1 has ended",
  );
});
