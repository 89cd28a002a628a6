import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { recordOf, replicaId } from "../testing/records.ts";
import {
  compareRecords,
  compareStamps,
  covers,
  isSameVersion,
  join,
  newerOf,
} from "./order.ts";
import type { FileRecord, Vector } from "./record.ts";
import { newVersion, reassert, tombstone } from "./versions.ts";

/** Few enough times, makers and contents for much to be equal. */
const RECORD = fc.record({
  phys: fc.nat(2),
  logical: fc.nat(1),
  by: fc.constantFrom("a", "b"),
  root: fc.constantFrom("A", "B", null),
  mtime: fc.nat(1),
  executable: fc.boolean(),
}).map(({ phys, logical, by, ...rest }) =>
  recordOf({ ...rest, stamp: [phys, logical, by] })
);
const VECTOR: fc.Arbitrary<Vector> = fc.dictionary(
  fc.constantFrom("a", "b", "c").map(replicaId),
  fc.integer({ min: 1, max: 3 }),
);

Deno.test("compareStamps() looks at the time, then at the tick, then at the replica", () => {
  const stamps = [[1, 9, "b"], [2, 0, "b"], [2, 1, "a"], [2, 1, "b"]] as const;
  for (const [at, stamp] of stamps.entries()) {
    for (const [other, another] of stamps.entries()) {
      const a = recordOf({ stamp }).stamp;
      const b = recordOf({ stamp: another }).stamp;
      assertEquals(Math.sign(compareStamps(a, b)), Math.sign(at - other));
    }
  }
});

Deno.test("compareRecords() looks at what the disk shows where stamps are equal, and lets a delete lose", () => {
  const records = [
    recordOf({ root: null }),
    recordOf({ root: "A", mtime: 1 }),
    recordOf({ root: "A", mtime: 2 }),
    recordOf({ root: "A", mtime: 2, executable: true }),
    recordOf({ root: "B" }),
  ];
  for (const [at, a] of records.entries()) {
    for (const [other, b] of records.entries()) {
      assertEquals(Math.sign(compareRecords(a, b)), Math.sign(at - other));
      assertEquals(isSameVersion(a, b), at === other);
    }
  }
});

Deno.test("compareRecords() is a strict total order", () => {
  fc.assert(fc.property(RECORD, RECORD, RECORD, (a, b, c) => {
    assertEquals(
      Math.sign(compareRecords(a, b)),
      0 - Math.sign(compareRecords(b, a)),
    );
    if (compareRecords(a, b) <= 0 && compareRecords(b, c) <= 0) {
      assert(compareRecords(a, c) <= 0);
    }
    // Two that are the same show the same.
    if (compareRecords(a, b) === 0) assertEquals(a, b);
  }));
});

Deno.test("newerOf() gives the same in whatever order, and however often, versions come", () => {
  fc.assert(fc.property(RECORD, RECORD, RECORD, (a, b, c) => {
    const same = (x: FileRecord, y: FileRecord) => assert(isSameVersion(x, y));
    same(newerOf(a, b), newerOf(b, a));
    same(newerOf(a, newerOf(b, c)), newerOf(newerOf(a, b), c));
    same(newerOf(a, a), a);
    assertEquals(newerOf<FileRecord | undefined>(a, undefined), a);
    assertEquals(newerOf<FileRecord | undefined>(undefined, a), a);
  }));
});

Deno.test("covers() is a partial order, and join() its smallest upper bound", () => {
  fc.assert(fc.property(VECTOR, VECTOR, VECTOR, (a, b, c) => {
    assert(covers(a, a));
    if (covers(a, b) && covers(b, a)) assertEquals(a, b);
    if (covers(a, b) && covers(b, c)) assert(covers(a, c));
    const both = join(a, b);
    assert(covers(both, a) && covers(both, b));
    if (covers(c, a) && covers(c, b)) assert(covers(c, both));
    assertEquals(both, join(b, a));
  }));
});

Deno.test("compareRecords() lets no version be older than what it was made from, whatever the clocks say", () => {
  const step = fc.record({
    what: fc.constantFrom("write", "delete", "reassert"),
    mtime: fc.nat(100),
    now: fc.nat(100),
    by: fc.constantFrom("a", "b", "c"),
    witnessed: fc.boolean(),
    knowing: fc.boolean(),
  });
  fc.assert(fc.property(
    fc.array(step, { maxLength: 12 }),
    RECORD,
    (steps, other) => {
      let last = recordOf({ stamp: [50, 0, "a"] });
      for (
        const [count, { what, mtime, by, knowing, ...rest }] of steps.entries()
      ) {
        const maker = { replica: replicaId(by), counter: count + 2, ...rest };
        const content = { ...recordOf({ root: `${count}` }), mtime, root: "x" };
        const next = what === "write"
          ? newVersion(last.path, last, content, maker)
          : what === "delete"
          ? tombstone(last, maker)
          : reassert(last, other, maker, knowing);
        assert(compareRecords(last, next) < 0);
        assert(covers(next.vector, last.vector));
        assert(!covers(last.vector, next.vector));
        if (what === "reassert") {
          assert(compareRecords(other, next) < 0);
          if (knowing) assert(covers(next.vector, other.vector));
        }
        last = next;
      }
    },
  ));
});
