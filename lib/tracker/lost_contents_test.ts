import { assert, assertEquals } from "@std/assert";
import { compareRecords, covers } from "../sync/order.ts";
import { recordFromJson, recordToJson } from "../sync/record_json.ts";
import {
  fileOf,
  idOf,
  type PurePeer,
  PureTracker,
} from "../testing/pure_tracker.ts";

/** Alice and Bob, who lack what a third one put who is gone. */
function worldWithout(more: { formerly?: readonly string[] } = {}) {
  const world = new PureTracker();
  const carol = world.join("carol");
  const file = fileOf("a", "carol");
  carol.put(1, file);
  carol.say({ m: "bye" });
  const [alice, bob] = ["alice", "bob"].map((name) => world.join(name, more));
  return { world, file, alice: alice!, bob: bob!, carol };
}

function lacking(file: ReturnType<typeof fileOf>, ...peers: PurePeer[]) {
  for (const peer of peers) peer.have(1, { lack: [file] });
}

Deno.test("LostContents: what a peer may have that is not here is waited for, and nothing is said", () => {
  const { world, file, alice, bob } = worldWithout();
  lacking(file, alice, bob);
  world.pass(120_000, alice, bob);
  assertEquals(alice.take("lost"), []);
  const [awaited] = world.tracker.lostContents.awaited;
  assertEquals(awaited!.holders, [idOf("carol")]);
  assertEquals(world.tracker.roster.nameOf(idOf("carol")), "carol");
});

Deno.test("LostContents: where its holder has lost its index and is another one now, all are told, and then it is deleted", () => {
  const { world, file, alice, bob } = worldWithout({
    formerly: [idOf("carol")],
  });
  lacking(file, alice, bob);
  world.pass(9000, alice, bob);
  assertEquals(alice.take("lost"), []);
  world.pass(6000, alice, bob);
  const lost = { m: "lost", path: file.path, root: file.root! } as const;
  assertEquals(alice.take("lost").at(-1), lost);
  assertEquals(bob.take("lost").at(-1), lost);
  world.pass(24_000, alice, bob);
  assertEquals(alice.take("upd"), []);
  world.pass(11_000, alice, bob);
  const [upd] = bob.take("upd");
  const tombstone = upd!.records[0]!.record;
  assertEquals(tombstone.root, null);
  assert(compareRecords(tombstone, file) > 0);
  // Who still has it after all does not lose it: it is no ancestor.
  assertEquals(covers(tombstone.vector, file.vector), false);
  // And it is a record that peers take.
  assertEquals(recordFromJson(recordToJson(tombstone)), tombstone);
  world.pass(60_000, alice, bob);
  assertEquals(world.tracker.register.seq, 2);
});

Deno.test("LostContents: an older version that is made the newest ends it", () => {
  const { world, file, alice, bob } = worldWithout({
    formerly: [idOf("carol")],
  });
  lacking(file, alice, bob);
  world.pass(16_000, alice, bob);
  assert(alice.take("lost").length > 0);
  const again = fileOf("a", "alice", 2000);
  alice.put(1, again);
  bob.have(2, { lack: [again] });
  alice.heard = [];
  world.pass(60_000, alice, bob);
  assertEquals(alice.take("lost"), []);
  assertEquals(world.tracker.register.get(file.path)?.record, again);
});

Deno.test("LostContents: nothing is decided while somebody has not spoken, is away, has it, or has not heard of it", () => {
  const { world, file, alice, bob } = worldWithout({
    formerly: [idOf("carol")],
  });
  lacking(file, alice);
  world.pass(60_000, alice, bob);
  assertEquals(alice.take("lost"), []);
  bob.have(1);
  world.pass(60_000, alice, bob);
  assertEquals(alice.take("lost"), []);
  bob.have(1, { lack: [file] });
  world.pass(4000, alice, bob);
  bob.have(1, { got: [file] });
  world.pass(60_000, alice, bob);
  assertEquals(alice.take("lost"), []);
  assertEquals(world.tracker.register.seq, 1);
});

Deno.test("LostContents: who had it when they left may bring it back", () => {
  const { world, file, alice, bob } = worldWithout({
    formerly: [idOf("carol")],
  });
  lacking(file, alice);
  bob.have(1);
  bob.say({ m: "bye" });
  world.pass(60_000, alice);
  assertEquals(alice.take("lost"), []);
  assertEquals(
    world.tracker.lostContents.awaited.map(({ holders }) => holders),
    [[idOf("bob")]],
  );
  const again = world.join("bob");
  again.have(1);
  world.pass(6000, alice, again);
  assertEquals(world.tracker.lostContents.awaited, []);
});

Deno.test("LostContents: one who comes later is told, too", () => {
  const { world, file, alice, bob } = worldWithout({
    formerly: [idOf("carol")],
  });
  lacking(file, alice, bob);
  world.pass(16_000, alice, bob);
  const dave = world.join("dave");
  lacking(file, dave);
  world.pass(6000, alice, bob, dave);
  assert(dave.take("lost").length > 0);
});

Deno.test("LostContents: of a content at two paths both are told", () => {
  const { world, file, alice, bob } = worldWithout({
    formerly: [idOf("carol")],
  });
  const copy = fileOf("b", "carol", 1, { h: file.root });
  alice.put(1, copy);
  alice.have(2, { lack: [file] });
  bob.have(2, { lack: [file] });
  alice.heard = [];
  world.pass(16_000, alice, bob);
  const paths = new Set<string>(alice.take("lost").map(({ path }) => path));
  assertEquals([...paths].sort(), ["a", "b"]);
});

Deno.test("LostContents: who was another one is not waited for, also if it seemed to be there when that was said", () => {
  const world = new PureTracker();
  const carol = world.join("carol");
  const file = fileOf("a", "carol");
  carol.put(1, file);
  carol.close();
  const alice = world.join("alice", { formerly: [idOf("carol")] });
  lacking(file, alice);
  world.pass(20_000, alice);
  assertEquals(alice.take("lost").at(-1)?.root, file.root);
});

Deno.test("LostContents: while somebody is away who may come back in a moment, it is not lost", () => {
  const { world, file, alice, bob } = worldWithout({
    formerly: [idOf("carol")],
  });
  lacking(file, alice, bob);
  world.pass(9500, alice, bob);
  bob.close();
  world.pass(1500, alice);
  assertEquals(alice.take("lost"), []);
  world.pass(15_000, alice);
  assert(alice.take("lost").length > 0);
});

Deno.test("LostContents: a peer that speaks on is not what another one was, however often that is said", () => {
  const world = new PureTracker();
  const carol = world.join("carol");
  const file = fileOf("a", "carol");
  carol.put(1, file);
  const more = { formerly: [idOf("carol")] };
  const alice = world.join("alice", more);
  lacking(file, alice);
  world.pass(6000, alice, carol);
  carol.say({ m: "bye" });
  world.pass(60_000, alice);
  const again = world.join("alice", more);
  lacking(file, again);
  world.pass(60_000, again);
  assertEquals([...alice.take("lost"), ...again.take("lost")], []);
  const [awaited] = world.tracker.lostContents.awaited;
  assertEquals(awaited?.holders, [idOf("carol")]);
});
