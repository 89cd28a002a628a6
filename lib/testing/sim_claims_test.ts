import { assertEquals } from "@std/assert";
import { toBytes } from "../bytes/ascii.ts";
import type { LocalEntry } from "../sync/index_store.ts";
import type { FileRecord } from "../sync/record.ts";
import { recordOf, replicaId, seenOf } from "./records.ts";
import { Claims } from "./sim_claims.ts";
import { SimDisk } from "./sim_disk.ts";
import { SimOracle } from "./sim_oracle.ts";
import { SimPerson } from "./sim_people.ts";
import { RecordWatch } from "./sim_records.ts";
import { rootOfBytes } from "./sim_roots.ts";

/** The claims of machine `m`, whose peer is the replica `a`, with the text `whole` at `f`. */
function newClaims() {
  const disk = new SimDisk({ now: () => 1_700_000_000_000 });
  const person = new SimPerson(disk);
  const oracle = new SimOracle();
  const records = new RecordWatch();
  const elsewhere = new Set<string>();
  const claims = new Claims({
    name: "m",
    disk,
    oracle,
    records,
    replica: () => replicaId("a"),
    isElsewhere: (root) => elsewhere.has(root),
  });
  person.write("f", toBytes("whole"));
  const { faults } = records;
  return { disk, person, oracle, records, elsewhere, claims, faults };
}

const WHOLE = rootOfBytes(toBytes("whole"));

/** A version of `f`: by default of what is there, made by `a`. */
function versionOf(root: string | null, phys = 1000, by = "a"): FileRecord {
  return { ...recordOf({ stamp: [phys, 0, by] }), root };
}

/** What an index says of `f` that has seen it on `disk` as it is. */
function entryOf(record: FileRecord, disk: SimDisk): LocalEntry {
  const { inode, mtime, bytes } = disk.get("f");
  const seen = { ...seenOf(record), inode, mtime, size: bytes.length };
  return { record, seen, found: false };
}

Deno.test("Claims are right where files are what a peer says, and nothing was lost", () => {
  const { disk, claims, faults } = newClaims();
  claims.placed(WHOLE, recordOf().path);
  const entry = entryOf(versionOf(WHOLE), disk);
  claims.wrote(entry, undefined, undefined);
  claims.powerCut([entry]);
  claims.wrote(entry, undefined, undefined);
  assertEquals(faults, []);
});

Deno.test("Claims finds other bytes than those of the root, placed or written down", () => {
  const { disk, claims, faults } = newClaims();
  const other = rootOfBytes(toBytes("other"));
  claims.placed(other, recordOf().path);
  claims.wrote(entryOf(versionOf(other), disk), undefined, undefined);
  assertEquals(faults, [
    "I8 m places other bytes at f than those of its root",
    "I8 m has other bytes at f than it says",
  ]);
});

const MADE = ["I6 m made a version of the winner at f"];

Deno.test("Claims finds a version of what was the winner already", () => {
  const { disk, claims, faults } = newClaims();
  const winner = versionOf(WHOLE, 2000, "b");
  const before = versionOf("older");
  claims.wrote(entryOf(winner, disk), before, winner);
  const own = versionOf(WHOLE, 2000);
  claims.wrote(entryOf(own, disk), before, { ...own });
  const mine = entryOf(versionOf(WHOLE, 3000), disk);
  claims.wrote(mine, before, undefined);
  const vector = { ...winner.vector, ...mine.record.vector };
  const madeOfIt = { ...mine, record: { ...mine.record, vector } };
  claims.wrote(madeOfIt, before, winner);
  const newer = versionOf("newest", 2500, "b");
  claims.wrote(mine, before, winner, newer);
  assertEquals(faults, []);
  claims.wrote(mine, before, winner);
  assertEquals(faults.splice(0), MADE);
  claims.wrote(mine, before, winner, mine.record);
  assertEquals(faults.splice(0), MADE, "the tracker has taken it already");
  claims.wrote(mine, before, winner, { ...winner, mtime: 1 });
  assertEquals(faults, MADE, "whichever it knew");
});

Deno.test("Claims finds an index that is ahead of its disk, where nobody but the peer did anything", () => {
  const is = (
    name: string,
    prepare: (world: ReturnType<typeof newClaims>) => void,
    expected: readonly string[],
  ) => {
    const world = newClaims();
    prepare(world);
    world.claims.powerCut([entryOf(versionOf("newer", 2000, "b"), world.disk)]);
    assertEquals(world.faults, expected, name);
  };
  const ahead = ["I9 the index of m is ahead of its disk at f"];
  is("an older file is there", () => {}, ahead);
  is("something older was told of, too", ({ records }) => {
    records.see(versionOf(WHOLE, 1000, "b"));
  }, ahead);
  is("a newer one is there", ({ records }) => {
    records.see(versionOf(WHOLE, 3000, "b"));
  }, []);
  is("the user of another machine wrote it", ({ oracle }) => {
    oracle.actor = "other";
    oracle.wrote("f", "whole", undefined);
  }, ahead);
  is("the user wrote it", ({ oracle }) => {
    oracle.actor = "m";
    oracle.wrote("f", "whole", undefined);
  }, []);
});

Deno.test("Claims finds an index that knows of a file that is away", () => {
  const { disk, person, claims, records, faults } = newClaims();
  const entry = entryOf(versionOf(WHOLE), disk);
  person.remove("f");
  records.see(versionOf(null, 2000, "b"));
  claims.powerCut([entry]);
  assertEquals(faults, []);
  claims.powerCut([{ ...entry, record: versionOf(WHOLE, 3000) }]);
  assertEquals(faults, ["I9 the index of m is ahead of its disk at f"]);
});

Deno.test("Claims finds what a power cut left that is told to others, who have more", () => {
  const { disk, oracle, elsewhere, claims, faults } = newClaims();
  oracle.actor = "m";
  oracle.wrote("f", "whole", undefined);
  const whole = entryOf(versionOf(WHOLE), disk);
  const left = toBytes("who");
  disk.get("f").bytes = left;
  const { mtime } = disk.get("f");
  const record = { ...versionOf(rootOfBytes(left), 2000), mtime };
  const claim = entryOf(record, disk);
  claims.powerCut([whole]);
  claims.wrote(claim, whole.record, undefined);
  assertEquals(faults, [], "nobody has more");
  elsewhere.add(WHOLE);
  claims.forget();
  claims.wrote(claim, whole.record, undefined);
  assertEquals(faults, [], "the index knew nothing of it");
  claims.powerCut([whole]);
  const later = { ...claim, record: { ...record, mtime: mtime + 4 } };
  claims.wrote(later, whole.record, undefined);
  assertEquals(faults, [], "the user has written just that");
  claims.wrote(claim, whole.record, undefined);
  assertEquals(faults, ["I2 m tells what a power cut has left of f"]);
});
