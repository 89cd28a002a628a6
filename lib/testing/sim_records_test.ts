import { assertEquals } from "@std/assert";
import type { FileRecord } from "../sync/record.ts";
import { MemoryIndexStorage } from "./memory_index.ts";
import { localOf, recordOf, replicaId } from "./records.ts";
import { RecordWatch, watchedIndex } from "./sim_records.ts";
import { SimProcess } from "./sim_time.ts";

/** A version of `f` at this time and tick. */
function versionAt(phys: number, logical: number, by: string): FileRecord {
  return recordOf({ stamp: [phys, logical, by] });
}

/** The index of the replica `b`, which has made `made` and told a tracker of it. */
function indexOf(made: FileRecord) {
  const records = new RecordWatch();
  const index = watchedIndex(
    new MemoryIndexStorage().open(() => replicaId("b")),
    new SimProcess("m0.1"),
    records,
    { wrote: () => {} },
  );
  const write = (record: FileRecord) =>
    index.commit({ locals: [localOf(record)!] });
  const become = (start: string) =>
    index.commit({ meta: { replica: replicaId(start) } });
  write(made);
  records.see(made);
  return { write, become, records };
}

const BACK = ["I7 the record of m0.1 goes back at f"];

Deno.test("A watched index may go back behind what nobody was told of, and behind nothing else", () => {
  const { write, records } = indexOf(versionAt(1000, 1, "b"));
  write(versionAt(1000, 2, "b"));
  write(versionAt(1000, 1, "b"));
  assertEquals(records.faults, []);
  write(versionAt(1000, 1, "a"));
  assertEquals(records.faults, BACK);
});

Deno.test("A watched index of a peer that became another replica keeps time and tick of what it was, once", () => {
  const { write, become, records } = indexOf(versionAt(1000, 1, "b"));
  become("a");
  write(versionAt(1000, 1, "a"));
  assertEquals(records.faults, []);
  records.see(versionAt(1000, 1, "a"));
  write(versionAt(1000, 1, "0"));
  assertEquals(records.faults, BACK);
});

Deno.test("A watched index of a peer that became another replica does not go back a tick, nor with what others made", () => {
  const own = indexOf(versionAt(1000, 1, "b"));
  own.become("a");
  own.write(versionAt(1000, 0, "a"));
  assertEquals(own.records.faults, BACK);
  const other = indexOf(versionAt(1000, 1, "c"));
  other.become("a");
  other.write(versionAt(1000, 1, "a"));
  assertEquals(other.records.faults, BACK);
});
