/**
 * What every `TrackerStore` promises, as tests that run on all of them.
 *
 * @module
 */

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import type { TrackerStore } from "../io/tracker/store.ts";
import { toName } from "../names/name.ts";
import { compareRecords } from "../sync/order.ts";
import type { FileRecord } from "../sync/record.ts";
import type { Kept, Offer } from "../tracker/puts.ts";
import { anyRecord } from "./any_record.ts";
import { deletedOf, fileOf } from "./pure_tracker.ts";

/** A store that can be opened again and again, on what was left. */
export interface TrackerStoreBed {
  /** Whether what was put is there when it is opened again. */
  readonly outlives: boolean;
  open(): TrackerStore;
  clean(): Promise<void>;
}

/** Registers the tests, called after `name`. */
export function testTrackerStore(
  name: string,
  newBed: () => Promise<TrackerStoreBed>,
): void {
  const test = (
    what: string,
    run: (store: TrackerStore, bed: TrackerStoreBed) => Promise<void>,
  ) =>
    Deno.test(`${name} ${what}`, async () => {
      const bed = await newBed();
      const store = bed.open();
      try {
        await run(store, bed);
      } finally {
        await store.close();
        await bed.clean();
      }
    });

  test("begins with nothing, in an epoch of its own", async (store) => {
    const { epoch, folder, seq, kept } = await store.load();
    assert(/^[0-9A-Za-z_-]{1,64}$/.test(epoch));
    assertEquals([folder, seq, [...kept]], [undefined, 0, []]);
  });

  test("numbers what it takes, in order, and gives it back by number", async (store) => {
    const a = fileOf("a", "alice");
    const b = deletedOf("b", "alice");
    const c = fileOf("c/ü", "bob");
    const numbers = await store.put([fresh(a), fresh(b)]);
    const [last] = await store.put([fresh(c)]);
    const [one, two] = numbers;
    assert(Number(one) > 0 && Number(one) < Number(two));
    assert(Number(last) > Number(two));
    const { seq, kept } = await store.load();
    assertEquals(seq, last);
    assertEquals([...kept], [
      { record: a, seq: one },
      { record: b, seq: two },
      { record: c, seq: last },
    ] as Kept[]);
  });

  test("puts in place of what has the number, and of nothing else", async (store) => {
    const first = fileOf("a", "alice", 1000);
    const second = fileOf("a", "bob", 2000);
    const third = fileOf("a", "carol", 3000);
    const [seq] = await store.put([fresh(first)]);
    assertEquals(await store.put([fresh(second)]), [
      { record: first, seq } as Kept,
    ]);
    const [next] = await store.put([{ record: second, over: Number(seq) }]);
    assertEquals(await store.put([{ record: third, over: Number(seq) }]), [
      { record: second, seq: next } as Kept,
    ]);
    assertEquals([...(await store.load()).kept], [
      { record: second, seq: next } as Kept,
    ]);
  });

  test("takes some of a batch where others were faster with the rest", async (store) => {
    const there = fileOf("a", "alice");
    const [seq] = await store.put([fresh(there)]);
    const [lost, taken] = await store.put([
      fresh(fileOf("a", "bob", 9000)),
      fresh(fileOf("b", "bob")),
    ]);
    assertEquals(lost, { record: there, seq } as Kept);
    assertEquals(typeof taken, "number");
  });

  test("keeps the set of folders and the epoch", async (store) => {
    await store.setFolder("ours");
    await store.setEpoch("another");
    await store.put([fresh(fileOf("a", "alice"))]);
    const { folder, epoch, seq } = await store.load();
    assertEquals([folder, epoch, seq > 0], ["ours", "another", true]);
  });

  test("ends where writers that offer again agree, in whatever order: with the newest", async (store) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(anyVersion, { maxLength: 4 }), { maxLength: 5 }),
        async (writers) => {
          await Promise.all(writers.map((records) => write(store, records)));
          const kept = new Map(
            [...(await store.load()).kept].map(({ record }) =>
              [record.path, record] as const
            ),
          );
          for (const record of writers.flat()) {
            assert(compareRecords(kept.get(record.path)!, record) >= 0);
          }
        },
      ),
      { numRuns: 20 },
    );
  });

  test("tells a tracker nothing that it put itself", async (store) => {
    const seen: Kept[] = [];
    const stop = store.watch((kept) => void seen.push(kept));
    await store.put([fresh(fileOf("a", "alice"))]);
    stop();
    assertEquals(seen, []);
  });

  test(
    "is there again when it is opened again, or begins a new epoch",
    async (store, bed) => {
      const record = fileOf("a", "alice");
      const { epoch } = await store.load();
      await store.setFolder("ours");
      const [seq] = await store.put([fresh(record)]);
      await store.close();
      const again = bed.open();
      const state = await again.load();
      const kept = [...state.kept];
      await again.close();
      if (!bed.outlives) return assertNotEquals(state.epoch, epoch);
      assertEquals([state.epoch, state.folder, state.seq], [
        epoch,
        "ours",
        seq,
      ]);
      assertEquals(kept, [{ record, seq } as Kept]);
    },
  );
}

/** One of a few files, so that writers meet. */
const anyVersion = fc.tuple(anyRecord(), fc.constantFrom("a", "b"))
  .map(([record, path]): FileRecord => ({ ...record, path: toName(path) }));

function fresh(record: FileRecord): Offer {
  return { record, over: 0 };
}

/** Puts `records` one by one, until each of them or a newer one is there. */
async function write(
  store: TrackerStore,
  records: readonly FileRecord[],
): Promise<void> {
  for (const record of records) {
    for (let over = 0;;) {
      const [result] = await store.put([{ record, over }]);
      if (typeof result === "number") break;
      if (compareRecords(result!.record, record) >= 0) break;
      over = result!.seq;
    }
  }
}
