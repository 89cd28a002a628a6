import { assertEquals } from "@std/assert";
import { helloOf, idOf, PureTracker } from "../testing/pure_tracker.ts";

Deno.test("Roster: a peer that says goodbye is gone at once", () => {
  const world = new PureTracker();
  const alice = world.join("alice");
  const bob = world.join("bob");
  bob.heard = [];
  alice.say({ m: "bye" });
  assertEquals(alice.isOver, true);
  assertEquals(bob.take("peers"), [
    { m: "peers", add: [], del: [idOf("alice")] },
  ]);
});

Deno.test("Roster: a peer whose connection is closed is gone after 2 s", () => {
  const world = new PureTracker();
  const alice = world.join("alice");
  const bob = world.join("bob");
  bob.heard = [];
  alice.close();
  world.pass(2000, bob);
  assertEquals(bob.take("peers"), []);
  world.pass(1000, bob);
  assertEquals(bob.take("peers")[0]?.del, [idOf("alice")]);
  assertEquals(world.notes.at(-1), "alice is gone: nothing is heard of it");
});

Deno.test("Roster: a peer that comes back in time was never gone for others", () => {
  const world = new PureTracker();
  const alice = world.join("alice");
  const bob = world.join("bob");
  bob.heard = [];
  alice.close();
  world.pass(1000, bob);
  const again = world.join("alice");
  world.pass(10_000, bob, again);
  assertEquals(bob.take("peers").flatMap(({ del }) => del), []);
});

Deno.test("Roster: a silent peer is no source after 10 s, and gone after 15", () => {
  const world = new PureTracker();
  const alice = world.join("alice");
  const bob = world.join("bob");
  world.pass(10_000, bob);
  const peer = world.tracker.roster.get(idOf("alice"))!;
  assertEquals(peer.isSuspect, false);
  world.pass(1000, bob);
  assertEquals(peer.isSuspect, true);
  world.pass(4000, bob);
  assertEquals(alice.isOver, false);
  world.pass(1000, bob);
  assertEquals(alice.isOver, true);
  assertEquals(bob.take("peers").at(-1)?.del, [idOf("alice")]);
});

Deno.test("Roster: any message is a sign of life", () => {
  const world = new PureTracker();
  const alice = world.join("alice");
  for (let times = 0; times < 5; times++) {
    world.pass(9000);
    alice.have(0);
  }
  assertEquals(alice.isOver, false);
});

Deno.test("Roster: who is not listened to is not silent", () => {
  const world = new PureTracker();
  const alice = world.join("alice");
  alice.isDeaf = true;
  for (let at = 0; at < 2000; at++) {
    alice.mention({ m: "want", roots: ["x".repeat(43)] });
  }
  assertEquals(alice.link.isFull, true);
  world.pass(60_000);
  assertEquals(alice.isOver, false);
  alice.isDeaf = false;
  world.pass(17_000);
  assertEquals(alice.isOver, true);
});

Deno.test("Roster: the same run that comes again takes the place of its old connection", () => {
  const world = new PureTracker();
  const old = world.join("alice");
  const bob = world.join("bob");
  const again = world.join("alice", { port: 7009 });
  assertEquals(old.isOver, true);
  assertEquals(again.take("welcome").length, 1);
  assertEquals(bob.take("peers").at(-1)?.add.map(({ port }) => port), [7009]);
  // The end of the old one means nothing for the new one.
  old.close();
  world.pass(5000, again, bob);
  assertEquals(again.isOver, false);
});

Deno.test("Roster: a twin is refused while the first is there, and welcome when it is gone", () => {
  const world = new PureTracker();
  const alice = world.join("alice");
  const twin = world.join("alice", { run: "another", name: "copy" });
  const [no] = twin.take("no");
  assertEquals(no?.code, "twin");
  assertEquals(no!.text.includes("called alice"), true);
  assertEquals(alice.isOver, false);
  alice.close();
  const restarted = world.join("alice", { run: "another" });
  assertEquals(restarted.take("welcome").length, 1);
});

Deno.test("Roster: the twin of a peer that does not answer is welcome after 15 s", () => {
  const world = new PureTracker();
  world.join("alice");
  world.pass(15_000);
  assertEquals(
    world.join("alice", { run: "b" }).take("no")[0]?.code,
    "twin",
  );
  world.pass(1000);
  const peer = world.join("alice", { run: "b" });
  assertEquals(peer.take("welcome").length, 1);
});

Deno.test("Roster: another protocol is refused with both versions", () => {
  const old = new PureTracker().join("alice", { proto: 7 });
  const [no] = old.take("no");
  assertEquals(no?.code, "proto");
  assertEquals(/version 1 .* not 7/.test(no!.text), true);
});

Deno.test("Roster: one peer too many is told so, a known one comes back", () => {
  const world = new PureTracker({ peersMax: 2 });
  const alice = world.join("alice");
  world.join("bob");
  assertEquals(world.join("carol").take("no")[0]?.code, "busy");
  alice.close();
  assertEquals(world.join("alice").take("welcome").length, 1);
});

Deno.test("Roster: a peer is where its connection comes from, or where it says", () => {
  const world = new PureTracker();
  const seen = (remote: string, advertise?: string) => {
    const peer = world.connect(remote);
    peer.say(helloOf("alice", { advertise }));
    const info = world.tracker.roster.get(idOf("alice"))?.info;
    peer.say({ m: "bye" });
    return info && `${info.host} ${info.port}`;
  };
  assertEquals(seen("192.0.2.7"), "192.0.2.7 7001");
  assertEquals(seen("::1"), " 7001");
  assertEquals(seen("127.0.0.1"), " 7001");
  assertEquals(seen("192.0.2.7", "example.org"), "example.org 7001");
  assertEquals(seen("::1", "[2001:db8::1]:99"), "2001:db8::1 99");
  assertEquals(seen("::1", "a b"), undefined);
});

Deno.test("Roster: an address that is none is refused with what is one", () => {
  const world = new PureTracker();
  const peer = world.join("alice", { advertise: "host:99999" });
  const [no] = peer.take("no");
  assertEquals(no?.code, "bad-request");
  assertEquals(no!.text.includes("HOST:PORT"), true);
});

Deno.test("Roster: complaints of two make a peer no source, for a minute", () => {
  const world = new PureTracker();
  const [alice, bob, carol] = ["alice", "bob", "carol"].map((name) =>
    world.join(name)
  );
  const peer = world.tracker.roster.get(idOf("carol"))!;
  const complaint = {
    m: "bad",
    peer: idOf("carol"),
    why: "unreachable",
  } as const;
  alice!.say(complaint, complaint);
  assertEquals(peer.isSuspect, false);
  bob!.say(complaint);
  assertEquals(peer.isSuspect, true);
  // About oneself and about strangers, nothing can be said.
  carol!.say(complaint, { ...complaint, peer: idOf("nobody") });
  assertEquals(peer.complaints.size, 2);
  world.pass(59_000, alice!, bob!, carol!);
  assertEquals(peer.isSuspect, true);
  world.pass(2000, alice!, bob!, carol!);
  assertEquals(peer.isSuspect, false);
});

Deno.test("Roster: wrong bytes are held against a peer for ten minutes", () => {
  const world = new PureTracker();
  const [alice, bob, carol] = ["alice", "bob", "carol"].map((name) =>
    world.join(name)
  );
  for (const peer of [alice!, bob!]) {
    peer.say({ m: "bad", peer: idOf("carol"), why: "corrupt" });
  }
  world.pass(599_000, alice!, bob!, carol!);
  const peer = world.tracker.roster.get(idOf("carol"))!;
  assertEquals(peer.isSuspect, true);
  world.pass(2000, alice!, bob!, carol!);
  assertEquals(peer.isSuspect, false);
});

Deno.test("Tracker welcomes with a thousand peers, and tells the rest after that", () => {
  const world = new PureTracker();
  for (let at = 0; at < 1005; at++) world.join(`${at}p`).isDeaf = true;
  const last = world.join("last");
  const [welcome] = last.heard.filter((message) => message.m === "welcome");
  assertEquals(welcome!.peers.length, 1000);
  assertEquals(last.take("peers").map(({ add }) => add.length), [5]);
});

Deno.test("Roster: nobody was silent while the tracker itself was", () => {
  const world = new PureTracker();
  const alice = world.join("alice");
  world.pass(9000);
  world.sleep(60_000);
  assertEquals(alice.isOver, false);
  world.pass(5000);
  assertEquals(alice.isOver, false);
  world.pass(3000);
  assertEquals(alice.isOver, true);
});
