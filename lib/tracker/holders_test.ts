import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  deletedOf,
  fileOf,
  idOf,
  PING,
  type PurePeer,
  PureTracker,
} from "../testing/pure_tracker.ts";
import type { PeerMessage } from "../sync/tracker_messages.ts";
import { Bits } from "./bits.ts";

/** Peers that came in and have everything. */
function peersOf(world: PureTracker, ...names: string[]): PurePeer[] {
  return names.map((name) => {
    const peer = world.join(name);
    peer.have(world.tracker.register.seq);
    peer.heard = [];
    return peer;
  });
}

Deno.test("Bits is a set of small numbers", () => {
  const step = fc.tuple(fc.boolean(), fc.nat(300));
  fc.assert(fc.property(fc.array(step), (steps) => {
    const bits = new Bits();
    const set = new Set<number>();
    for (const [adds, at] of steps) {
      if (adds) {
        assertEquals(bits.add(at), !set.has(at));
        set.add(at);
      } else assertEquals(bits.delete(at), set.delete(at));
      assertEquals(bits.has(at), set.has(at));
    }
    assertEquals([...bits], [...set].sort((a, b) => a - b));
    assertEquals(bits.count, set.size);
  }));
});

Deno.test("Sources: who put it, and who says to have everything but what it lacks", () => {
  const world = new PureTracker();
  const [alice, bob, carol] = peersOf(world, "alice", "bob", "carol");
  const a = fileOf("a", "alice");
  const b = fileOf("b", "alice");
  alice!.put(1, a, b);
  alice!.have(2);
  bob!.have(2, { lack: [b] });
  carol!.heard = [];
  carol!.say({ m: "want", roots: [a.root!] }, { m: "want", roots: [b.root!] });
  const [ofA, ofB] = carol!.take("sources").map(({ of }) => of[0]!);
  assertEquals(ofA!.whole.toSorted(), [idOf("alice"), idOf("bob")]);
  assertEquals(ofB!.whole, [idOf("alice")]);
});

Deno.test("Sources: who lacks a content is told who got it or began to", () => {
  const world = new PureTracker();
  const [alice, bob, carol] = peersOf(world, "alice", "bob", "carol");
  const file = fileOf("a", "alice");
  alice!.put(1, file);
  bob!.have(1, { lack: [file] });
  carol!.have(1, { lack: [file] });
  carol!.heard = [];
  bob!.heard = [];
  bob!.have(1, { part: [file] });
  const root = file.root!;
  assertEquals(carol!.take("sources").map(({ of }) => of), [
    [{ root, whole: [idOf("alice")], part: [idOf("bob")] }],
  ]);
  bob!.have(1, { got: [file] });
  const [news] = carol!.take("sources");
  assertEquals(news!.of[0]!.whole.toSorted(), [idOf("alice"), idOf("bob")]);
  assertEquals(news!.of[0]!.part, []);
  // Who has it needs to know nothing more.
  assertEquals(bob!.take("sources"), []);
});

Deno.test("Sources: who says only now that it lacks a content hears of those who began before", () => {
  const world = new PureTracker();
  const [alice, bob, carol] = peersOf(world, "alice", "bob", "carol");
  const file = fileOf("a", "alice");
  alice!.put(1, file);
  bob!.have(1, { lack: [file], part: [file] });
  carol!.heard = [];
  carol!.have(1, { lack: [file] });
  assertEquals(carol!.take("sources")[0]?.of[0]?.part, [idOf("bob")]);
});

Deno.test("Sources: at most 8 of many, not the same for all who ask, never oneself", () => {
  const world = new PureTracker();
  const names = Array.from({ length: 40 }, (_, at) => `${at}p`);
  const peers = peersOf(world, ...names);
  const file = fileOf("a", "0p");
  peers[0]!.put(1, file);
  for (const peer of peers) peer.have(1);
  const asked = new Set<string>();
  peers.forEach((peer, at) => {
    peer.heard = [];
    peer.say({ m: "want", roots: [file.root!] });
    const { whole } = peer.take("sources")[0]!.of[0]!;
    assertEquals(whole.length, 8);
    assertEquals(whole.includes(idOf(names[at]!)), false);
    for (const id of whole) asked.add(id);
  });
  assertEquals(asked.size > 30, true);
});

Deno.test("Sources: news of a swarm is told each time the number has doubled", () => {
  const world = new PureTracker();
  const names = Array.from({ length: 65 }, (_, at) => `${at}p`);
  const peers = peersOf(world, ...names);
  const last = peers.at(-1)!;
  const file = fileOf("a", "0p");
  peers[0]!.put(1, file);
  for (const peer of peers.slice(1)) peer.have(1, { lack: [file] });
  last.heard = [];
  for (const peer of peers.slice(1, -1)) peer.have(1, { got: [file] });
  // From 2 to 8 each time, then at 16, 32 and 64.
  assertEquals(last.take("sources").length, 7 + 3);
});

Deno.test("Sources: one that is silent, away or complained of only where nobody else has it; not who sent wrong bytes", () => {
  const world = new PureTracker();
  const [alice, bob, carol] = peersOf(world, "alice", "bob", "carol");
  const file = fileOf("a", "alice");
  alice!.put(1, file);
  bob!.have(1);
  const sources = () => {
    carol!.heard = [];
    carol!.say({ m: "want", roots: [file.root!] });
    return carol!.take("sources")[0]!.of[0]!.whole.toSorted();
  };
  assertEquals(sources(), [idOf("alice"), idOf("bob")]);
  carol!.say({ m: "bad", peer: idOf("alice"), why: "unreachable" });
  assertEquals(sources(), [idOf("bob")]);
  bob!.close();
  assertEquals(sources(), [idOf("alice"), idOf("bob")]);
  const again = world.join("bob");
  again.have(1);
  assertEquals(sources(), [idOf("bob")]);
  world.pass(11_000, alice!, carol!);
  assertEquals(sources(), [idOf("alice"), idOf("bob")]);
  again.say(PING);
  world.pass(1000, alice!, again, carol!);
  assertEquals(sources(), [idOf("bob")]);
  carol!.say({ m: "bad", peer: idOf("bob"), why: "corrupt" });
  assertEquals(sources(), [idOf("alice")]);
  again.say({ m: "bye" });
  carol!.say({ m: "bad", peer: idOf("alice"), why: "corrupt" });
  assertEquals(sources(), []);
});

Deno.test("Sources: nobody has what is at no path", () => {
  const world = new PureTracker();
  const [alice, bob] = peersOf(world, "alice", "bob");
  const file = fileOf("a", "alice");
  const root = file.root!;
  alice!.put(1, file);
  alice!.put(2, deletedOf("a", "alice", 2000));
  bob!.heard = [];
  bob!.say({ m: "want", roots: [root] });
  assertEquals(bob!.take("sources"), [
    { m: "sources", of: [{ root, whole: [], part: [] }] },
  ]);
});

Deno.test("Holdings: a number that is used again means the new content", () => {
  const world = new PureTracker();
  const [alice, bob, carol] = peersOf(world, "alice", "bob", "carol");
  const old = fileOf("a", "alice", 1000);
  alice!.put(1, old);
  bob!.have(1, { lack: [old], part: [old] });
  carol!.have(1);
  const next = fileOf("a", "alice", 2000);
  alice!.put(2, next);
  carol!.heard = [];
  carol!.say({ m: "want", roots: [next.root!] });
  assertEquals(carol!.take("sources")[0]!.of[0], {
    root: next.root!,
    whole: [idOf("alice")],
    part: [],
  });
  assertEquals(world.tracker.contents.size, 1);
});

Deno.test("Holdings: a content that moves to another path is still held", () => {
  const world = new PureTracker();
  const [alice, bob, carol] = peersOf(world, "alice", "bob", "carol");
  const file = fileOf("a", "alice");
  alice!.put(1, file);
  bob!.have(1);
  const h = file.root!;
  alice!.put(2, deletedOf("a", "alice", 2000), fileOf("b", "alice", 1, { h }));
  // The batch lets go of it first, so it counts anew from its new number.
  const again = fileOf("c", "alice", 1, { h });
  alice!.put(3, again, deletedOf("b", "alice", 3000));
  carol!.heard = [];
  carol!.say({ m: "want", roots: [h] });
  assertEquals(
    carol!.take("sources")[0]!.of[0]!.whole.includes(idOf("alice")),
    true,
  );
});

Deno.test("Waits: over when all who are there have everything, folders and deletes too", () => {
  const world = new PureTracker();
  const [alice, bob] = peersOf(world, "alice", "bob");
  const file = fileOf("a", "alice");
  alice!.put(1, file, deletedOf("b", "alice"));
  alice!.have(2);
  alice!.say({ m: "wait", id: 9, seq: 2, name: undefined });
  bob!.have(2, { lack: [file] });
  assertEquals(alice!.take("waited"), []);
  bob!.have(2, { got: [file] });
  assertEquals(alice!.take("waited"), [{ m: "waited", id: 9 }]);
  bob!.have(2);
  assertEquals(alice!.take("waited"), []);
});

Deno.test("Waits: what was put before all had everything has to be told first", () => {
  const world = new PureTracker();
  const [alice, bob] = peersOf(world, "alice", "bob");
  alice!.put(1, fileOf("a", "alice"));
  alice!.have(1);
  alice!.say({ m: "wait", id: 1, seq: 1, name: undefined });
  const { tracker, moment } = world;
  const hear = (message: PeerMessage) =>
    tracker.hear(bob!.link, message, moment);
  hear({ m: "put", id: 1, records: [fileOf("b", "bob")] });
  hear({ m: "have", seq: 1, lack: [], got: [], part: [] });
  alice!.heard = [];
  // It is being stored.
  const offers = tracker.begin(moment);
  tracker.settle();
  alice!.listen();
  assertEquals(alice!.heard, []);
  tracker.stored(offers.map(() => 2));
  world.turn();
  const order = alice!.heard.map(({ m }) => m);
  assertEquals(order.filter((m) => m === "upd" || m === "waited"), [
    "upd",
    "waited",
  ]);
});

Deno.test("Waits: for one by name, who may still be to come", () => {
  const world = new PureTracker();
  const [alice] = peersOf(world, "alice", "bob");
  alice!.put(1, fileOf("a", "alice"));
  alice!.say({ m: "wait", id: 1, seq: 1, name: "carol" });
  assertEquals(alice!.take("waited"), []);
  const carol = world.join("carol");
  assertEquals(alice!.take("waited"), []);
  carol.have(1);
  assertEquals(alice!.take("waited"), [{ m: "waited", id: 1 }]);
});

Deno.test("Waits: a peer that is gone is not waited for, one that has not spoken is", () => {
  const world = new PureTracker();
  const [alice, bob] = peersOf(world, "alice", "bob");
  alice!.put(1, fileOf("a", "alice"));
  alice!.have(1);
  const carol = world.join("carol");
  alice!.say({ m: "wait", id: 1, seq: 1, name: undefined });
  bob!.have(1);
  assertEquals(alice!.take("waited"), []);
  carol.say({ m: "bye" });
  assertEquals(alice!.take("waited").length, 1);
});

Deno.test("Waits: 64 at once of one connection", () => {
  const world = new PureTracker();
  const [alice] = peersOf(world, "alice", "bob");
  for (let id = 0; id < 64; id++) {
    alice!.say({ m: "wait", id, seq: 5, name: undefined });
  }
  assertEquals(alice!.isOver, false);
  alice!.say({ m: "wait", id: 64, seq: 5, name: undefined });
  assertEquals(alice!.take("no")[0]?.code, "busy");
});

Deno.test("Holdings: a peer has no more than there is, and another connection begins anew", () => {
  const world = new PureTracker();
  const [alice, bob] = peersOf(world, "alice", "bob");
  bob!.have(1000);
  alice!.put(1, fileOf("a", "alice"));
  assertEquals(world.tracker.whole, 0);
  bob!.have(1);
  alice!.have(1);
  assertEquals(world.tracker.whole, 1);
  bob!.close();
  world.join("bob");
  assertEquals(world.tracker.whole, 0);
});
