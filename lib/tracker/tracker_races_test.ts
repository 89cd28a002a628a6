import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { compareRecords } from "../sync/order.ts";
import type { FileRecord } from "../sync/record.ts";
import {
  deletedOf,
  fileOf,
  type PurePeer,
  PureTracker,
} from "../testing/pure_tracker.ts";

Deno.test("Tracker offers again what is newer than what another tracker put first, and answers then", () => {
  const world = new PureTracker();
  const alice = world.join("alice");
  const mine = fileOf("a", "alice", 3000);
  world.faster.push({ record: fileOf("a", "bob", 2000), seq: 1 });
  alice.put(1, mine);
  assertEquals(world.batches, 2);
  assertEquals(world.tracker.register.get(mine.path)?.record, mine);
  assertEquals(alice.take("ok").length, 1);
});

Deno.test("Tracker gives in to a newer version that another tracker put first", () => {
  const world = new PureTracker();
  const alice = world.join("alice");
  const theirs = fileOf("a", "bob", 5000);
  world.faster.push({ record: theirs, seq: 8 });
  alice.put(1, fileOf("a", "alice", 3000));
  assertEquals(world.batches, 1);
  assertEquals(alice.heard.findLast((message) => message.m === "rej")?.winner, {
    record: theirs,
    seq: 8,
    sources: [],
  });
});

Deno.test("Tracker tells what another tracker put, once", () => {
  const world = new PureTracker();
  const alice = world.join("alice");
  alice.heard = [];
  const kept = { record: fileOf("a", "bob"), seq: 4 };
  world.tracker.learn(kept);
  world.tracker.learn({ ...kept, seq: 5 });
  world.turn();
  assertEquals(alice.take("upd"), [
    { m: "upd", records: [{ ...kept, sources: [] }], seq: 4 },
  ]);
});

/** What a peer knows that takes over whatever is newer. */
class Replica {
  readonly records = new Map<string, FileRecord>();
  seq = 0;

  hear(peer: PurePeer): void {
    for (const message of peer.heard) {
      if (message.m === "snap" || message.m === "upd") {
        for (const { record } of message.records) this.take(record);
        this.seq = message.seq;
      }
      if (message.m === "ok") this.seq = message.seq;
      if (message.m === "rej" && message.winner !== undefined) {
        this.take(message.winner.record);
      }
    }
    peer.heard = [];
  }

  take(record: FileRecord): void {
    const there = this.records.get(record.path);
    if (there === undefined || compareRecords(record, there) > 0) {
      this.records.set(record.path, record);
    }
  }
}

Deno.test("Tracker: what is put in whatever order, twice, over lost connections and by deaf peers is everywhere the newest in the end", () => {
  const version = fc.record({
    path: fc.constantFrom("a", "b", "a/c", "d"),
    by: fc.constantFrom("alice", "bob", "carol"),
    phys: fc.nat(6),
    isDeleted: fc.boolean(),
  }).map(({ path, by, phys, isDeleted }) =>
    isDeleted ? deletedOf(path, by, phys) : fileOf(path, by, phys)
  );
  const names = ["alice", "bob", "carol"];
  const step = fc.record({
    who: fc.nat(2),
    what: fc.constantFrom("put", "put", "put", "again", "come", "deaf"),
    records: fc.array(version, { maxLength: 3 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const world = new PureTracker();
      const replicas = names.map(() => new Replica());
      let peers = names.map((name) => world.join(name));
      const all: FileRecord[] = [];
      let last: readonly FileRecord[] = [];
      for (const { who, what, records } of steps) {
        const peer = peers[who]!;
        const replica = replicas[who]!;
        if (what === "put" || what === "again") {
          const these = what === "put" ? records : last;
          for (const record of these) replica.take(record);
          all.push(...these);
          peer.put(1, ...these);
          last = these;
        } else if (what === "deaf") {
          peer.isDeaf = !peer.isDeaf;
        } else {
          // What was on its way is lost with the connection; what was heard is not.
          replica.hear(peer);
          peer.close();
          const { seq } = replica;
          const more = { epoch: "epoch1", seq };
          peers = peers.with(who, world.join(names[who]!, more));
        }
        replicas.forEach((each, at) => each.hear(peers[at]!));
      }
      for (const peer of peers) peer.isDeaf = false;
      world.turn();
      replicas.forEach((each, at) => each.hear(peers[at]!));
      const newest = new Replica();
      for (const record of all) newest.take(record);
      const { register } = world.tracker;
      assertEquals(register.size, newest.records.size);
      for (const [path, record] of newest.records) {
        assertEquals(register.get(record.path)?.record, record, path);
        for (const { records } of replicas) {
          assertEquals(records.get(path), record, path);
        }
      }
      for (const { seq } of replicas) assertEquals(seq, register.seq);
    }),
    { numRuns: 300 },
  );
});
