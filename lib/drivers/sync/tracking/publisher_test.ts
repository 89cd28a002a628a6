import { assertEquals } from "@std/assert";
import { FakeClock } from "../../../testing/fake_clock.ts";
import { MemoryIndexStorage } from "../../../testing/memory_index.ts";
import {
  localOf,
  type RecordFields,
  recordOf,
} from "../../../testing/records.ts";
import { SimChance } from "../../../testing/sim_chance.ts";
import { SimDisk } from "../../../testing/sim_disk.ts";
import { SimFolder } from "../../../testing/sim_folder.ts";
import type { Name } from "../../../names/name.ts";
import type { PeerMessage } from "../../../sync/tracker_messages.ts";
import { IndexWriter } from "../local/index_writer.ts";
import { LocalTree } from "../local/local_tree.ts";
import { Publisher } from "./publisher.ts";
import { Register } from "./register.ts";

function newPublisher() {
  const clock = new FakeClock();
  const over = new AbortController().signal;
  const chance = new SimChance(1);
  const world = {
    clock,
    chance,
    network: { connect: () => Promise.reject(new Error("no network")) },
  };
  const folder = new SimFolder({
    disk: new SimDisk({ now: () => clock.wallTime() }),
    later: (ms) => clock.sleep(ms),
    random: () => chance.number(),
  });
  const storage = new MemoryIndexStorage();
  const index = storage.open(() => chance.letters(10));
  const writer = new IndexWriter(world, folder, index, over, () => {});
  const tree = new LocalTree(writer);
  const register = new Register(writer);
  const said: Extract<PeerMessage, { m: "put" }>[] = [];
  const told: string[] = [];
  const state = { isReady: true };
  const publisher = new Publisher({
    world,
    tree,
    register,
    writer,
    over,
    say: (message) => {
      if (message.m === "put") said.push(message);
    },
    isReady: () => state.isReady,
    onTaken: (path) => void told.push(`ok ${path}`),
    onWinner: (path) => void told.push(`winner ${path}`),
    onClock: ({ path }) => void told.push(`clock ${path}`),
    onRefused: (path, text) => void told.push(`${path}: ${text}`),
  });
  const make = (fields: RecordFields) => {
    const record = recordOf(fields);
    tree.set(localOf(record)!);
    publisher.offer(record.path);
    return record;
  };
  return { clock, storage, tree, register, publisher, said, told, state, make };
}

Deno.test("Publisher tells what is newer than its winner, joined, and written down first", async () => {
  const { clock, storage, register, said, make } = newPublisher();
  const f = make({ path: "f" });
  register.take({
    record: recordOf({ path: "g", stamp: [2000, 0, "b"] }),
    seq: 1,
  });
  make({ path: "g" });
  const h = make({ path: "h" });
  await clock.advance(2);
  assertEquals(said.map(({ records }) => records), [[f, h]]);
  assertEquals(storage.state.locals.get("f" as Name)?.record, f);
});

Deno.test("Publisher takes what is acknowledged for the winner, and what is beaten for beaten", async () => {
  const { clock, register, publisher, said, told, make } = newPublisher();
  const [f] = [make({ path: "f" }), make({ path: "g" }), make({ path: "h" })];
  await clock.advance(2);
  const { id } = said[0]!;
  assertEquals(publisher.unacknowledged, 3);
  const winner = {
    record: recordOf({ path: "g", root: "B", stamp: [3000, 0, "b"] }),
    seq: 7,
    sources: [],
  };
  publisher.refused({ m: "rej", id, at: 1, code: "older", text: "", winner });
  publisher.refused({
    m: "rej",
    id,
    at: 2,
    code: "name",
    text: "not that name",
    winner: undefined,
  });
  publisher.acknowledged({ m: "ok", id, seqs: [8, 0, 0], seq: 8 });
  assertEquals(register.get("f" as Name), { record: f!, seq: 8 });
  assertEquals(register.get("g" as Name)?.seq, 7);
  assertEquals(register.seq, 8);
  assertEquals(told, [
    "winner g",
    "h: not that name",
    "ok f",
  ]);
  assertEquals(publisher.unacknowledged, 0);
  await clock.advance(1000);
  assertEquals(said.length, 1);
});

Deno.test("Publisher does not say a version twice on a connection, and says a newer one at once", async () => {
  const { clock, publisher, said, make } = newPublisher();
  make({ path: "f" });
  await clock.advance(2);
  publisher.offer("f" as Name);
  await clock.advance(2);
  assertEquals(said.length, 1);
  make({ path: "f", root: "B", stamp: [2000, 0, "a"] });
  await clock.advance(2);
  assertEquals(said.length, 2);
  publisher.acknowledged({ m: "ok", id: said[0]!.id, seqs: [1], seq: 1 });
  assertEquals(publisher.unacknowledged, 1);
});

Deno.test("Publisher waits until it may, and says all again on another connection", async () => {
  const { clock, publisher, said, state, make } = newPublisher();
  state.isReady = false;
  make({ path: "f" });
  make({ path: "x", kind: "folder", movedFrom: "y" });
  make({ path: "y", kind: "folder", root: null });
  make({ path: "y/f", root: null });
  make({ path: "x/f", movedFrom: "y/f" });
  await clock.advance(100);
  assertEquals(said, []);
  state.isReady = true;
  publisher.reset();
  publisher.offerAll();
  await clock.advance(2);
  const paths = said.map(({ records }) => records.map(({ path }) => path));
  // The moved folder last, and what was in it goes before it.
  assertEquals(paths, [["f", "x/f", "y/f", "y", "x"]] as Name[][]);
  publisher.reset();
  publisher.offerAll();
  await clock.advance(2);
  assertEquals(said.length, 2);
  assertEquals(said[1]!.records, said[0]!.records);
});

Deno.test("Publisher tells a tracker that lost its state what it had, too", async () => {
  const { clock, register, publisher, said, make } = newPublisher();
  const record = make({ path: "f" });
  register.take({ record, seq: 1 });
  await clock.advance(2);
  assertEquals(said, []);
  publisher.offerAll();
  await clock.advance(2);
  assertEquals(said, []);
  publisher.offerAll(true);
  await clock.advance(2);
  assertEquals(said.map(({ records }) => records), [[record]]);
});

Deno.test("Publisher keeps to 500 records and 256 KiB a message, and 8 messages under way", async () => {
  const { clock, publisher, said, make } = newPublisher();
  for (let at = 0; at < 5000; at++) make({ path: `f${at}` });
  await clock.advance(2);
  assertEquals(said.map(({ records }) => records.length), Array(8).fill(500));
  publisher.acknowledged({
    m: "ok",
    id: said[0]!.id,
    seqs: said[0]!.records.map((_, at) => at + 1),
    seq: 500,
  });
  assertEquals(said.length, 9);

  const long = newPublisher();
  for (let at = 0; at < 300; at++) {
    const part = "ü".repeat(100);
    long.make({ path: `${at}/${Array(8).fill(part).join("/")}` });
  }
  await long.clock.advance(2);
  for (const { records } of long.said) {
    const length = JSON.stringify(records).length;
    if (length > 512 * 1024) throw new Error(`${length} characters`);
  }
  assertEquals(long.said.flatMap(({ records }) => records).length, 300);
});
