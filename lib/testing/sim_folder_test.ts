import { assert, assertEquals } from "@std/assert";
import { toBytes } from "../bytes/ascii.ts";
import { toName } from "../names/name.ts";
import { SimDisk } from "./sim_disk.ts";
import { SimFolder } from "./sim_folder.ts";
import { SimPerson } from "./sim_people.ts";
import { partOf, simSubject } from "./sync_folder_subject.ts";
import { testSyncFolder } from "./sync_folder_suite.ts";
import { testSyncFolderActing } from "./sync_folder_suite_acting.ts";
import { testSyncFolderFaults } from "./sync_folder_suite_faults.ts";
import { testSyncFolderReading } from "./sync_folder_suite_reading.ts";
import { testSyncFolderVersions } from "./sync_folder_suite_versions.ts";

testSyncFolder("SimFolder", simSubject);
testSyncFolderReading("SimFolder", simSubject);
testSyncFolderActing("SimFolder", simSubject);
testSyncFolderVersions("SimFolder", simSubject);
testSyncFolderFaults("SimFolder", simSubject);

const A = toName("a");

/** A folder, somebody who works in it, and how the next run after a power cut is made. */
function newRun(isOrdered: boolean) {
  const disk = new SimDisk({ now: () => 1_700_000_000_001, isOrdered });
  const open = () =>
    new SimFolder({
      disk,
      later: () => Promise.resolve(),
      random: () => 0.5,
    });
  return { disk, open, folder: open(), person: new SimPerson(disk) };
}

/** 0 <= x < 1, from a seed. */
function newRandom(seed: number): () => number {
  // Small seeds alone would all begin with a number near 0.
  let state = seed * 2654435761 % 2147483647;
  return () => (state = state * 16807 % 2147483647) / 2147483647;
}

Deno.test("SimFolder has replaced files and kept versions after a power cut if syncFolders was waited for", async () => {
  for (const isOrdered of [true, false]) {
    for (let seed = 1; seed <= 50; seed++) {
      const { disk, open, folder, person } = newRun(isOrdered);
      person.write("a", toBytes("old"));
      folder.part("other", 1).close();
      disk.flush();
      const part = await partOf({ folder }, "new");
      folder.place(part, A, folder.look(A), true);
      await folder.syncFolders([""]);
      disk.crash(newRandom(seed));
      const next = open();
      assertEquals(person.visit("a")?.bytes, toBytes("new"));
      const [kept] = next.versions();
      assert(kept !== undefined, `seed ${seed}: the version is lost`);
      assertEquals(next.restore(kept.id, toName("b")), "done");
      assertEquals(person.visit("b")?.bytes, toBytes("old"));
    }
  }
});

Deno.test("SimFolder has one whole file or the other after a power cut at any moment", async () => {
  for (let seed = 1; seed <= 100; seed++) {
    const { disk, folder, person } = newRun(true);
    person.write("a", toBytes("old"));
    disk.flush();
    const part = await partOf({ folder }, "new");
    folder.place(part, A, folder.look(A), true);
    disk.crash(newRandom(seed));
    const text = new TextDecoder().decode(person.visit("a")?.bytes);
    assert(["old", "new"].includes(text), `seed ${seed}: "${text}"`);
  }
});

Deno.test("SimFolder has one whole marker or the other after a power cut", () => {
  for (let seed = 1; seed <= 100; seed++) {
    const { disk, open, folder } = newRun(true);
    folder.setMarker("old");
    disk.flush();
    folder.setMarker("new");
    disk.crash(newRandom(seed));
    const marker = open().marker();
    assert(marker === "old" || marker === "new", `seed ${seed}: "${marker}"`);
  }
});
