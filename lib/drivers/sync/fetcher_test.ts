import { assert, assertEquals } from "@std/assert";
import type { PartHandle, SyncFolder } from "../../io/sync/folder.ts";
import type { Name } from "../../names/name.ts";
import type { FileRecord } from "../../sync/record.ts";
import { FakeClock } from "../../testing/fake_clock.ts";
import { recordOf } from "../../testing/records.ts";
import type { Contents } from "./contents.ts";
import { Fetcher } from "./fetcher.ts";
import type { IndexWriter } from "./index_writer.ts";

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
