import { assertEquals } from "@std/assert";
import {
  BEGINNING,
  deletedOf,
  fileOf,
  idOf,
  PING,
  PureTracker,
} from "../testing/pure_tracker.ts";
import { viewOf } from "./view.ts";

function viewIn(world: PureTracker, query = "") {
  return viewOf(world.tracker, query, world.moment);
}

Deno.test("viewOf() shows a tracker at which nobody was", () => {
  assertEquals(viewIn(new PureTracker()), {
    time: BEGINNING,
    folder: null,
    epoch: "epoch1",
    seq: 0,
    whole: 0,
    files: 0,
    folders: 0,
    bytes: 0,
    deleted: 0,
    peers: [],
    found: 0,
    listing: [],
    underWay: [],
  });
});

Deno.test("viewOf() shows who is here, what is where and what is under way", () => {
  const world = new PureTracker();
  // The order is not that in which they came.
  const bob = world.join("bob");
  const alice = world.join("alice");
  const folder = fileOf("d", "alice", 1, {
    t: "d",
    h: "folder",
    z: 0,
    m: 0,
    b: 0,
  });
  const [a, b] = [fileOf("d/a", "alice"), fileOf("d/b", "alice", 2000)];
  alice.put(1, folder, a, b, deletedOf("gone", "bob"));
  alice.have(4);
  bob.have(4, { lack: [b], part: [b] });
  bob.say({ ...PING, sent: 7, received: 8, left: 1 });
  world.pass(3000, alice);
  const view = viewIn(world);
  assertEquals([view.files, view.folders, view.bytes, view.deleted], [
    2,
    1,
    10,
    1,
  ]);
  assertEquals([view.seq, view.whole, view.folder], [4, 2, "token1"]);
  assertEquals(view.peers[1], {
    id: idOf("bob"),
    name: "bob",
    host: "10.0.0.1",
    port: 7001,
    since: BEGINNING,
    state: "here",
    sent: 7,
    received: 8,
    left: 1,
  });
  assertEquals(view.listing, [
    { path: "d", kind: "folder", size: 0, changed: 1, by: "alice", held: 2 },
    { path: "d/a", kind: "file", size: 5, changed: 1000, by: "alice", held: 2 },
    { path: "d/b", kind: "file", size: 5, changed: 2000, by: "alice", held: 1 },
  ]);
  assertEquals(view.underWay, [
    { path: "d/b", size: 5, held: 1, part: 1, waitsFor: [] },
  ]);
});

Deno.test("viewOf() shows who is silent or away, and who is waited for", () => {
  const world = new PureTracker();
  const [alice, bob, carol] = ["alice", "bob", "carol"].map((name) =>
    world.join(name)
  );
  const file = fileOf("a", "dave");
  alice!.put(1, file);
  for (const peer of [alice, bob, carol]) peer!.have(1, { lack: [file] });
  world.pass(11_000, alice!, bob!);
  assertEquals(viewIn(world).underWay[0]!.waitsFor, [idOf("dave")]);
  bob!.close();
  assertEquals(viewIn(world).peers.map(({ state }) => state), [
    "here",
    "away",
    "silent",
  ]);
});

Deno.test("viewOf() finds paths by a part of them, in whatever case, and gives the first thousand", () => {
  const world = new PureTracker({}, {
    kept: Array.from({ length: 2500 }, (_, at) => {
      // Not in order.
      const number = (at * 1237) % 2500;
      return {
        record: fileOf(`Folder/${10_000 + number}`, "alice"),
        seq: at + 1,
      };
    }),
    seq: 2500,
  });
  const all = viewIn(world);
  assertEquals([all.found, all.listing.length], [2500, 1000]);
  assertEquals(
    all.listing.map(({ path }) => path),
    Array.from({ length: 1000 }, (_, at) => `Folder/${10_000 + at}`),
  );
  const some = viewIn(world, "foLDER/1249");
  assertEquals(
    some.listing.map(({ path }) => path.slice(-1)).join(""),
    "0123456789",
  );
  assertEquals(viewIn(world, "nowhere").found, 0);
});
