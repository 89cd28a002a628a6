import { assert, assertEquals } from "@std/assert";
import type { PartHandle, SyncFolder } from "../../../io/sync/folder.ts";
import type { Name } from "../../../names/name.ts";
import type { FileRecord } from "../../../sync/record.ts";
import { FakeClock } from "../../../testing/fake_clock.ts";
import { recordOf } from "../../../testing/records.ts";
import { type Contents, NoSource } from "../contents.ts";
import { Fetcher } from "./fetcher.ts";
import type { IndexWriter } from "../local/index_writer.ts";

const ROOT = "R".repeat(43);

function recordAt(path: string): FileRecord {
  return recordOf({ path, root: ROOT });
}

/** A fetcher whose contents come when they are asked for, or when `let in`. */
function site() {
  const clock = new FakeClock();
  const told: Name[] = [];
  const dropped: string[] = [];
  let fetches = 0;
  let gate: Promise<void> = Promise.resolve();
  const part = () => {
    const handle: Partial<PartHandle> = {
      root: ROOT,
      close: () => {},
      drop: () => void dropped.push(ROOT),
    };
    return handle as PartHandle;
  };
  const contents: Partial<Contents> = {
    fetch: async (_record, signal) => {
      fetches++;
      await gate;
      signal.throwIfAborted();
      const list = {
        root: ROOT,
        size: 3,
        blockLog: 17,
        hashes: new Uint8Array(32),
      };
      return { part: part(), list };
    },
  };
  const folder: Partial<SyncFolder> = {
    freeBytes: () => undefined,
    dropPart: (root) => void dropped.push(root),
  };
  const writer: Partial<IndexWriter> = { list: () => {} };
  const over = new AbortController();
  const fetcher = new Fetcher({
    clock,
    folder: folder as SyncFolder,
    writer: writer as IndexWriter,
    over: over.signal,
    contents: () => contents as Contents,
    onReady: (path) => void told.push(path),
    onFault: (_path, error) => {
      throw error;
    },
  });
  return {
    clock,
    fetcher,
    told,
    dropped,
    fetches: () => fetches,
    hold: (until: Promise<void>) => void (gate = until),
    end: () => over.abort(),
  };
}

Deno.test("Fetcher gives a content to one path after the other: each is asked for when the one before has it", async () => {
  const { clock, fetcher, told, fetches, end } = site();
  const [a, b] = [recordAt("a"), recordAt("b")];
  assertEquals(fetcher.take(a), undefined);
  assertEquals(fetcher.take(b), undefined);
  await clock.advance(0);
  assertEquals([fetches(), told], [1, [a.path, b.path]]);
  assert(fetcher.take(a) !== undefined);
  assertEquals(fetcher.take(b), undefined, "it is being placed at a");
  await clock.advance(0);
  assertEquals(fetches(), 1);
  fetcher.placed(a);
  await clock.advance(0);
  assertEquals([fetches(), told.slice(2)], [2, [b.path]]);
  assert(fetcher.take(b) !== undefined);
  fetcher.placed(b);
  await clock.advance(0);
  assertEquals(fetches(), 2);
  assertEquals(fetcher.isWanted(ROOT), false);
  end();
});

Deno.test("Fetcher looks at few of many paths that wait for one content", async () => {
  const { clock, fetcher, told, fetches, end } = site();
  const records = Array.from({ length: 500 }, (_, at) => recordAt(`f${at}`));
  for (const record of records) fetcher.take(record);
  const byPath = new Map(records.map((record) => [record.path, record]));
  for (let left = records.length; left > 0; left--) {
    await clock.advance(0);
    const record = byPath.get(told.at(-1)!)!;
    assert(fetcher.take(record) !== undefined, `${left} left`);
    fetcher.placed(record);
  }
  assertEquals(fetches(), records.length);
  assert(told.length <= 8 * records.length, `${told.length} told`);
  end();
});

Deno.test("Fetcher tells others when those who were told do not take it", async () => {
  const { clock, fetcher, told, end } = site();
  for (let at = 0; at < 20; at++) fetcher.take(recordAt(`f${at}`));
  await clock.advance(0);
  assertEquals(told.length, 8);
  await clock.advance(1000);
  await clock.advance(1000);
  assertEquals(new Set(told).size, 20);
  end();
});

Deno.test("Fetcher passes on what was given back to whoever waits", async () => {
  const { clock, fetcher, told, end } = site();
  const [a, b] = [recordAt("a"), recordAt("b")];
  fetcher.take(a);
  fetcher.take(b);
  await clock.advance(0);
  const part = fetcher.take(a);
  told.length = 0;
  fetcher.giveBack(a, part!);
  fetcher.forget(a.path);
  assert(told.includes(b.path));
  assertEquals(fetcher.take(b), part);
  end();
});

Deno.test("Fetcher does not tell who gave a content back, unless he has asked again", async () => {
  const { clock, fetcher, told, end } = site();
  const [a, b] = [recordAt("a"), recordAt("b")];
  fetcher.take(a);
  fetcher.take(b);
  await clock.advance(0);
  const giveBack = (record: FileRecord, asking?: FileRecord) => {
    const part = fetcher.take(record)!;
    if (asking !== undefined) fetcher.take(asking);
    told.length = 0;
    fetcher.giveBack(record, part);
    return [...told];
  };
  assertEquals(giveBack(a), [b.path]);
  assertEquals(giveBack(b), []);
  assertEquals(giveBack(a, b), [b.path]);
  end();
});

Deno.test("Fetcher leaves nothing of a content that nobody wants any more", async () => {
  const { clock, fetcher, dropped, hold, end } = site();
  const gate = Promise.withResolvers<void>();
  hold(gate.promise);
  const a = recordAt("a");
  fetcher.take(a);
  await clock.advance(0);
  fetcher.forget(a.path);
  gate.resolve();
  await clock.advance(0);
  assertEquals(dropped, [ROOT]);
  end();
});

/** A fetcher of contents that nobody has until `holders` has their roots. */
function lonelySite() {
  const clock = new FakeClock();
  const holders = new Set<string>();
  const fetched: string[] = [];
  const dropped: string[] = [];
  const told: Name[] = [];
  const waits = new Map<string, () => void>();
  let running = 0;
  let most = 0;
  const contents: Partial<Contents> = {
    fetch: async ({ root, size }) => {
      most = Math.max(most, ++running);
      await clock.sleep(1);
      running--;
      if (!holders.has(root!)) throw new NoSource();
      fetched.push(root!);
      const part: Partial<PartHandle> = { root: root!, close: () => {} };
      const hashes = new Uint8Array(32);
      return {
        part: part as PartHandle,
        list: { root: root!, size, blockLog: 17, hashes },
      };
    },
    wait: (root, found) => void waits.set(root, found),
    waitNoMore: (root) => void waits.delete(root),
  };
  const folder: Partial<SyncFolder> = {
    freeBytes: () => undefined,
    dropPart: (root) => void dropped.push(root),
  };
  const over = new AbortController();
  const fetcher = new Fetcher({
    clock,
    folder: folder as SyncFolder,
    writer: { list: () => {} } as Partial<IndexWriter> as IndexWriter,
    over: over.signal,
    contents: () => contents as Contents,
    onReady: (path) => void told.push(path),
    onFault: (_path, error) => {
      throw error;
    },
  });
  const come = (root: string) => {
    holders.add(root);
    const found = waits.get(root);
    waits.delete(root);
    found?.();
  };
  return {
    clock,
    fetcher,
    holders,
    fetched,
    dropped,
    told,
    waits,
    come,
    most: () => most,
    end: () => over.abort(),
  };
}

function lonelyRecord(at: number, size: number): FileRecord {
  const root = `${at}`.padEnd(43, "R");
  return { ...recordOf({ path: `f${at}`, root }), size };
}

Deno.test("Fetcher gets what somebody has while hundreds of contents wait that nobody has", async () => {
  for (const [size, atOnce] of [[10, 64], [5_000_000, 4]] as const) {
    const { clock, fetcher, holders, fetched, waits, most, come, end } =
      lonelySite();
    const records = Array.from(
      { length: 200 },
      (_, at) => lonelyRecord(at, size),
    );
    for (const record of records) fetcher.take(record);
    const last = records.at(-1)!;
    holders.add(last.root!);
    await clock.advance(100);
    assertEquals([fetched, waits.size], [[last.root], 199]);
    assertEquals(most(), atOnce);
    assertEquals([...fetcher.waiting()].length, 199);
    for (const { root } of records) come(root!);
    await clock.advance(100);
    assertEquals(fetched.length, 200);
    assertEquals(most(), atOnce);
    assertEquals([...fetcher.waiting()], []);
    end();
  }
});

Deno.test("Fetcher leaves nothing of a content that was waited for and is not wanted any more", async () => {
  const { clock, fetcher, fetched, dropped, waits, come, end } = lonelySite();
  const [a, b, c] = [0, 1, 2].map((at) => lonelyRecord(at, 10));
  for (const record of [a!, b!, c!]) fetcher.take(record);
  await clock.advance(10);
  fetcher.forget(a!.path);
  assertEquals([dropped, [...waits.keys()]], [[a!.root], [b!.root, c!.root]]);
  // Another version of b is wanted instead.
  fetcher.take({ ...b!, root: a!.root });
  assertEquals(dropped, [a!.root, b!.root]);
  assertEquals([...waits.keys()], [c!.root]);
  await clock.advance(10);
  for (const { root } of [a!, b!, c!]) come(root!);
  await clock.advance(10);
  assertEquals(fetched, [a!.root, c!.root]);
  end();
});

Deno.test("Fetcher tells how many files wait for one content", async () => {
  const { clock, fetcher, end } = lonelySite();
  const one = lonelyRecord(1, 10);
  fetcher.take(one);
  await clock.advance(10);
  fetcher.take({ ...one, path: lonelyRecord(2, 10).path });
  assertEquals([...fetcher.waiting()], [{ record: one, paths: 2 }]);
  end();
});

Deno.test("Fetcher asks anew for what waits when there is another transfer", async () => {
  const { clock, fetcher, told, end } = lonelySite();
  const one = lonelyRecord(1, 10);
  fetcher.take(one);
  await clock.advance(10);
  fetcher.restart();
  assertEquals([told, [...fetcher.waiting()]], [[one.path], []]);
  end();
});
