import { assertEquals } from "@std/assert";
import {
  deletedOf,
  fileOf,
  idOf,
  type PurePeer,
  PureTracker,
} from "../testing/pure_tracker.ts";

/** Alice has put a file, Bob and Carol lack it, and Bob does not read. */
function worldOfLackers() {
  const world = new PureTracker();
  const [alice, bob, carol] = ["alice", "bob", "carol"].map((name) =>
    world.join(name)
  ) as [PurePeer, PurePeer, PurePeer];
  const file = fileOf("a", "alice");
  alice.put(1, file);
  for (const peer of [bob, carol]) {
    peer.have(1, { lack: [file] });
    peer.heard = [];
  }
  bob.isDeaf = true;
  return { world, file, alice, bob, carol };
}

Deno.test("News: who has got a content before it could be told is not told where it is", () => {
  const { world, file, bob, carol } = worldOfLackers();
  carol.have(1, { got: [file] });
  bob.have(1, { got: [file] });
  bob.isDeaf = false;
  world.turn();
  assertEquals(bob.take("sources"), []);
});

Deno.test("News: of a content that is at no path any more nothing is told", () => {
  const { world, file, alice, bob, carol } = worldOfLackers();
  carol.have(1, { got: [file] });
  assertEquals(bob.link.news.size, 1);
  alice.put(2, deletedOf("a", "alice", 2000));
  bob.isDeaf = false;
  world.turn();
  assertEquals(bob.take("sources"), []);
});

Deno.test("News: what only peers lacked that left or came back with it is lacked by nobody", () => {
  const { world, file, bob, carol } = worldOfLackers();
  const { contents } = world.tracker;
  const content = contents.numberOf(file.root!)!;
  assertEquals(contents.lackersOf(content), 2);
  carol.say({ m: "bye" });
  assertEquals(contents.lackersOf(content), 1);
  bob.close();
  world.join("bob").have(1);
  assertEquals([contents.lackersOf(content), [...contents.lacked]], [0, []]);
  assertEquals(world.tracker.roster.peers.map(({ info }) => info.id), [
    idOf("alice"),
    idOf("bob"),
  ]);
});

Deno.test("Tracker tells of a peer that left and came back as of one that is there", () => {
  const world = new PureTracker();
  const alice = world.join("alice");
  const bob = world.join("bob");
  bob.isDeaf = true;
  alice.say({ m: "bye" });
  assertEquals([...bob.link.went], [idOf("alice")]);
  world.join("alice");
  bob.isDeaf = false;
  bob.heard = [];
  world.turn();
  const [peers] = bob.take("peers");
  assertEquals([peers!.add.map(({ name }) => name), peers!.del], [
    ["alice"],
    [],
  ]);
});

Deno.test("Waits: who is gone waits no more", () => {
  const world = new PureTracker();
  const alice = world.join("alice");
  const bob = world.join("bob");
  alice.put(1, fileOf("a", "alice"));
  alice.say({ m: "wait", id: 1, seq: 1, name: "bob" });
  alice.close();
  bob.have(1);
  assertEquals(alice.take("waited"), []);
  assertEquals(world.tracker.due.size, 0);
});

Deno.test("Holdings: nobody has what is still to come, whatever it says", () => {
  const world = new PureTracker();
  const alice = world.join("alice");
  const bob = world.join("bob");
  bob.have(1000);
  const file = fileOf("a", "alice");
  alice.put(1, file);
  alice.have(1);
  assertEquals(world.tracker.whole, 0);
  const { holdings } = world.tracker.roster.get(idOf("bob"))!;
  const content = world.tracker.contents.numberOf(file.root!)!;
  assertEquals(holdings.holds(content), false);
});
