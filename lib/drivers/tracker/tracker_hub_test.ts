import { assert, assertEquals } from "@std/assert";
import { MemoryStore } from "../../io/tracker/memory_store.ts";
import type { Kept, Offer } from "../../tracker/puts.ts";
import { turn } from "../../testing/fake_clock.ts";
import { MemoryTracker } from "../../testing/memory_tracker.ts";
import { hello, record } from "../../testing/tracker_peer.ts";

/** A store whose disk refuses, or takes its time. */
class ToughStore extends MemoryStore {
  refuses = false;
  /** Each `put` waits for one of these. */
  gate: PromiseWithResolvers<void> | undefined;
  batches: number[] = [];

  override async put(
    offers: readonly Offer[],
  ): Promise<readonly (number | Kept)[]> {
    await this.gate?.promise;
    if (this.refuses) throw new Error("No space left on device");
    this.batches.push(offers.length);
    return await super.put(offers);
  }
}

Deno.test("TrackerHub tells everybody else what one peer puts", async () => {
  await using tracker = await MemoryTracker.start();
  const alice = tracker.connect();
  const bob = tracker.connect({ peerOfB: "10.0.0.2:40000" });
  assertEquals(await alice.join("alice"), []);
  assertEquals(await bob.join("bob"), []);
  const file = record("a/b.txt", "alice");
  await alice.say({ m: "put", id: 1, records: [file] });
  assertEquals(await alice.until("ok"), { m: "ok", id: 1, seqs: [1], seq: 1 });
  assertEquals(await bob.until("upd"), {
    m: "upd",
    records: [{ seq: 1, sources: ["alice00000"], record: file }],
    seq: 1,
  });
});

Deno.test("TrackerHub makes one batch of what arrives while the store is at work, and answers others meanwhile", async () => {
  const store = new ToughStore("e");
  await using tracker = await MemoryTracker.start({ store });
  const alice = tracker.connect();
  const bob = tracker.connect();
  await alice.join("alice");
  await bob.join("bob");
  store.gate = Promise.withResolvers();
  for (let id = 0; id < 5; id++) {
    const records = [record(`a${id}`, "alice")];
    await alice.say({ m: "put", id, records });
    await turn();
  }
  await bob.say({ m: "ping", time: 3, sent: 0, received: 0, left: 0 });
  const pong = await bob.until("pong");
  assertEquals([pong.echo, pong.seq], [3, 0]);
  store.gate.resolve();
  for (let id = 0; id < 5; id++) await alice.until("ok");
  assertEquals(store.batches, [1, 4]);
});

Deno.test("TrackerHub goes on storing after a batch of which nothing was new", async () => {
  await using tracker = await MemoryTracker.start();
  const alice = tracker.connect();
  await alice.join("alice");
  const file = record("a", "alice");
  for (let id = 1; id <= 3; id++) {
    await alice.say({ m: "put", id, records: [file] });
    await alice.until("ok");
  }
  await alice.say({ m: "put", id: 4, records: [record("b", "alice")] });
  assertEquals(await alice.until("ok"), { m: "ok", id: 4, seqs: [2], seq: 2 });
});

Deno.test("TrackerHub acknowledges nothing that the store has not taken, tries again, and says so once", async () => {
  const store = new ToughStore("e");
  await using tracker = await MemoryTracker.start({ store });
  const alice = tracker.connect();
  await alice.join("alice");
  store.refuses = true;
  await alice.say({ m: "put", id: 1, records: [record("a", "alice")] });
  await tracker.clock.advance(3500);
  assertEquals(tracker.hub.tracker.register.seq, 0);
  store.refuses = false;
  await tracker.clock.advance(1000);
  assertEquals((await alice.until("ok")).seqs, [1]);
  assertEquals(tracker.log.notes.slice(1), [
    "The store takes no records: No space left on device",
    "The store takes records again",
  ]);
});

Deno.test("TrackerHub stops while the store refuses", async () => {
  const store = new ToughStore("e");
  const tracker = await MemoryTracker.start({ store });
  const alice = tracker.connect();
  await alice.join("alice");
  store.refuses = true;
  await alice.say({ m: "put", id: 1, records: [record("a", "alice")] });
  await turn();
  await tracker.hub.stop();
  await tracker.server.stop(0);
});

Deno.test("TrackerHub: two that share a store tell each other's peers", async () => {
  const store = new MemoryStore("e");
  await using one = await MemoryTracker.start({ store });
  await using two = await MemoryTracker.start({
    store: new MemoryStore(store),
  });
  const alice = one.connect();
  const bob = two.connect();
  await alice.join("alice", { folder: "f" });
  await bob.join("bob", { folder: "f" });
  const file = record("a", "alice");
  await alice.say({ m: "put", id: 1, records: [file] });
  const [told] = (await bob.until("upd")).records;
  assertEquals(told, { seq: 1, sources: [], record: file });
  // And who is faster in the one is older in the other.
  const newer = record("a", "bob", 5000);
  await bob.say({ m: "put", id: 1, records: [newer] });
  assertEquals((await bob.until("ok")).seqs, [2]);
  assertEquals((await alice.until("upd")).records[0].record, newer);
});

Deno.test("TrackerHub tells sources at once, and what comes up after that after 50 ms", async () => {
  await using tracker = await MemoryTracker.start();
  const peers = ["alice", "bob", "carol", "dave"];
  const [alice, bob, carol, dave] = await Promise.all(
    peers.map(async (name) => {
      const peer = tracker.connect();
      await peer.join(name);
      return peer;
    }),
  );
  const file = record("a", "alice");
  await alice!.say({ m: "put", id: 1, records: [file] });
  await alice!.until("ok");
  for (const peer of [bob, carol, dave]) {
    await peer!.until("upd");
    await peer!.say({ m: "have", seq: 1, lack: [file.h] });
  }
  await turn();
  await bob!.say({ m: "have", seq: 1, got: [file.h] });
  const [first] = (await dave!.until("sources")).of;
  assertEquals(first.whole.length, 2);
  await carol!.say({ m: "have", seq: 1, part: [file.h] });
  await turn();
  await carol!.say({ m: "have", seq: 1, got: [file.h] });
  await tracker.clock.advance(50);
  const [second] = (await dave!.until("sources")).of;
  assertEquals([second.whole.length, second.part], [3, []]);
});

Deno.test("TrackerHub writes to a crowd every 5 ms, and everything is told", async () => {
  await using tracker = await MemoryTracker.start();
  const crowd = await Promise.all(
    Array.from({ length: 40 }, async (_, at) => {
      const peer = tracker.connect();
      const joining = peer.join(`${at}p`);
      for (let times = 0; times < 9; times++) await tracker.clock.advance(5);
      await joining;
      return peer;
    }),
  );
  const [first, ...others] = crowd;
  for (let id = 1; id <= 3; id++) {
    const records = [record(`${id}`, "0p")];
    await first!.say({ m: "put", id, records });
    await turn();
    await tracker.clock.advance(5);
  }
  for (const peer of others) {
    for (let seq = 0; seq < 3;) seq = (await peer.until("upd")).seq;
  }
});

Deno.test("TrackerHub lets a peer go that is silent, with what it has to say", async () => {
  await using tracker = await MemoryTracker.start();
  const alice = tracker.connect();
  await alice.join("alice");
  await tracker.clock.advance(17_000);
  assertEquals(await alice.next(), undefined);
  assertEquals(tracker.server.clients, 0);
  assertEquals(tracker.hub.tracker.roster.peers, []);
});

Deno.test("TrackerHub begins where a store ended", async () => {
  const store = new MemoryStore("e");
  const file = record("a", "alice");
  {
    await using tracker = await MemoryTracker.start({ store });
    const alice = tracker.connect();
    await alice.join("alice");
    await alice.say({ m: "put", id: 1, records: [file] });
    await alice.until("ok");
  }
  await using tracker = await MemoryTracker.start({ store });
  const bob = tracker.connect();
  await bob.say(hello("bob", { epoch: "e", seq: 0 }));
  const welcome = await bob.until("welcome");
  assertEquals([welcome.folder, welcome.epoch, welcome.seq], [
    "token1",
    "e",
    1,
  ]);
  assertEquals((await bob.until("snap")).records[0].record, file);
  assert(tracker.log.notes[0]?.startsWith("bob"));
});
