import { assert, assertEquals, assertThrows } from "@std/assert";
import { toName } from "../../names/name.ts";
import { assertSame, inSyncWorld, sameTree } from "../../testing/sync_world.ts";

/** Of a file, long ago. */
const DATE = 1_600_000_000_000;

Deno.test("SyncPeer adopts what it placed before it was killed", () =>
  inSyncWorld(async (world) => {
    const peers = await world.running(2);
    // Both ways round: whose versions would win is decided by their ids.
    for (const [at, from] of peers.entries()) {
      const to = peers[1 - at]!;
      const index = to.storage.snapshot();
      from.write(`x${at}/f`, "f");
      await world.pass();
      const { seq } = world.hub.tracker.register;
      await to.stop();
      to.storage.rollback(index);
      to.start();
      await world.pass(5000);
      assertSame(peers, to.tree as Record<string, string>);
      assertEquals(world.hub.tracker.register.seq, seq);
    }
  }));

Deno.test("SyncPeer becomes another peer when it is a copy of one that runs", () =>
  inSyncWorld(async (world) => {
    const [a] = await world.running(1);
    a!.write("f", "f");
    await world.pass();
    const b = world.add("b");
    b.storage.rollback(a!.storage.snapshot());
    b.user.write(".landline/id", a!.disk.get(".landline/id").bytes);
    b.write("f", "f");
    b.start();
    await world.pass(40_000);
    a!.write("g", "g");
    await world.pass();
    b.write("h", "h");
    await world.pass();
    assertSame([a!, b], { "f": "f", "g": "g", "h": "h" });
  }));

Deno.test("SyncPeer that is a copy counts anew what it made before it was known to be one, in whatever run", () =>
  inSyncWorld(async (world) => {
    const [a] = await world.running(1);
    const b = world.add("b");
    b.storage.rollback(a!.storage.snapshot());
    b.user.write(".landline/id", a!.disk.get(".landline/id").bytes);
    world.isTrackerThere = false;
    b.start();
    b.write("f", "of b");
    await world.pass();
    await b.stop();
    a!.write("f", "of a");
    await world.pass();
    world.isTrackerThere = true;
    b.start();
    await world.pass(40_000);
    assertEquals(sameTree([a!, b]), {
      "f": "of a",
      "f (conflict)": "of b",
    });
  }));

Deno.test("SyncPeer that is a copy does not undo what others made of what it was copied with", () =>
  inSyncWorld(async (world) => {
    const [a, b] = await world.running(2);
    world.isTrackerThere = false;
    world.cut();
    a!.write("f", "f", DATE);
    a!.write("g", "g", DATE);
    await world.pass();
    const copies = ["c", "d", "e"].map((name) => world.add(name));
    for (const copy of copies) {
      copy.storage.rollback(a!.storage.snapshot());
      copy.user.write(".landline/id", a!.disk.get(".landline/id").bytes);
      copy.write("f", "f", DATE);
      copy.write("g", "g", DATE);
    }
    await world.together();
    assertSame([a!, b!], { "f": "f", "g": "g" });
    // Neither has a date that is later: a tick alone makes them newer.
    await b!.stop();
    b!.user.remove("f");
    b!.write("g", "changed", DATE - 1000);
    b!.start();
    await world.pass();
    assertSame([a!, b!], { "g": "changed" });
    // Whether a replica's id wins against b's is chance.
    for (const copy of copies) copy.start();
    await world.pass(60_000);
    assertSame(world.peers, { "g": "changed" });
  }));

Deno.test("SyncPeer whose copy was taken for it counts anew the files that it has told in this run, and nothing else", () =>
  inSyncWorld(async (world) => {
    const [a, b] = ["a", "b"].map((name) => world.add(name));
    // Whatever is made anew would win against what had this one's name.
    const replica = "0000000001";
    a!.storage.open(() => replica);
    a!.start();
    b!.start();
    await world.pass();
    a!.write("earlier", "the copy has it", DATE);
    await world.pass();
    await a!.stop();
    a!.start();
    a!.write("theirs", "of a", DATE);
    await world.pass();
    const copy = world.add("copy");
    copy.storage.rollback(a!.storage.snapshot());
    copy.user.write(".landline/id", a!.disk.get(".landline/id").bytes);
    copy.write("earlier", "the copy has it", DATE);
    copy.write("theirs", "of a", DATE);
    for (const path of ["f", "gone"]) a!.write(path, "of a");
    a!.user.makeFolders("folder");
    await world.pass();
    a!.user.remove("gone");
    b!.write("theirs", "of b");
    await world.pass();
    world.isTrackerThere = false;
    world.cut();
    // By now who was there looks seldom whether the tracker is back.
    await world.pass(60_000);
    world.isTrackerThere = true;
    copy.write("f", "of the copy");
    copy.start();
    await world.pass(60_000);
    assertEquals(copy.peer.status().replica, replica);
    assert(a!.peer.status().replica !== replica);
    assertEquals(sameTree(world.peers), {
      "earlier": "the copy has it",
      "f": "of the copy",
      "f (conflict)": "of a",
      "folder": null,
      "theirs": "of b",
    });
    const { register } = world.hub.tracker;
    const makers = ["earlier", "folder", "gone", "theirs"].map((path) =>
      register.get(toName(path))?.record.stamp.by
    );
    const other = b!.peer.status().replica;
    assertEquals(makers, [replica, replica, replica, other]);
  }));

Deno.test("SyncPeer becomes another peer when an old copy of its index was put back", () =>
  inSyncWorld(async (world) => {
    const [a, b] = await world.running(2);
    await world.pass();
    const index = b!.storage.snapshot();
    const { replica } = b!.peer.status();
    b!.write("f", "f");
    await world.pass();
    await b!.stop();
    b!.storage.rollback(index);
    b!.write("g", "g");
    b!.write("h", "h");
    b!.start();
    await world.pass(5000);
    assertSame([a!, b!], { "f": "f", "g": "g", "h": "h" });
    assert(b!.peer.status().replica !== replica);
    const { register } = world.hub.tracker;
    const made = [...register.entries()].map(({ record }) =>
      `${record.stamp.by} ${record.vector[record.stamp.by]}`
    );
    assertEquals(new Set(made).size, 3, `counted twice: ${made}`);
  }));

Deno.test("SyncPeer becomes another peer when an old copy of its index was put back, and nobody knows more of it", () =>
  inSyncWorld(async (world) => {
    const [a] = await world.running(1);
    const index = a!.storage.snapshot();
    const { replica } = a!.peer.status();
    a!.write("f", "f");
    await world.pass();
    await a!.stop();
    await world.stopTracker();
    await world.startTracker(true);
    a!.storage.rollback(index);
    a!.start();
    await world.pass();
    const another = a!.peer.status().replica;
    assert(another !== replica);
    assertSame([a!], { "f": "f" });
    a!.write("g", "g");
    await world.pass();
    await a!.stop();
    a!.start();
    await world.pass();
    assertEquals(a!.peer.status().replica, another);
  }));

Deno.test("SyncPeer does not go on as who it was when it cannot write down that it is another", () =>
  inSyncWorld(async (world) => {
    const [a] = await world.running(1);
    const index = a!.storage.snapshot();
    const { replica } = a!.peer.status();
    a!.write("f", "f");
    await world.pass();
    await a!.stop();
    a!.storage.rollback(index);
    a!.storage.fault = new Error("disk full");
    assertThrows(() => a!.start(), Error, "disk full");
    a!.storage.fault = undefined;
    a!.start();
    await world.pass();
    assert(a!.peer.status().replica !== replica);
    assertSame([a!], { "f": "f" });
  }));

Deno.test("SyncPeer gets anew what a power cut left less of, or other bytes of, and tells nobody of it", () =>
  inSyncWorld(async (world) => {
    const [a, b] = await world.running(2);
    const tree = { "f": "all of it", "g": "the new text" };
    for (const [path, text] of Object.entries(tree)) a!.write(path, text);
    await world.pass();
    const { seq } = world.hub.tracker.register;
    await a!.stop();
    a!.disk.get("f").bytes = new Uint8Array(3);
    a!.disk.get("g").bytes = new TextEncoder().encode("the old text");
    a!.start();
    await world.pass(5000);
    assertSame([a!, b!], tree);
    assertEquals(world.hub.tracker.register.seq, seq);
  }));

Deno.test("SyncPeer takes what a power cut left where nobody has more", () =>
  inSyncWorld(async (world) => {
    const [a, b] = await world.running(2);
    b!.fetchMs = 1e9;
    a!.write("f", "all of it");
    await world.pass();
    await a!.stop();
    a!.disk.get("f").bytes = new TextEncoder().encode("all");
    a!.start();
    b!.fetchMs = 1;
    await b!.stop();
    b!.start();
    await world.pass(60_000);
    assertSame([a!, b!], { "f": "all" });
  }));

Deno.test("SyncPeer keeps what is written while a newcomer looks at its folder for the first time", () =>
  inSyncWorld(async (world) => {
    const [a] = await world.running(1);
    a!.write("f", "a's");
    await world.pass();
    a!.user.remove("f");
    await world.pass();
    const b = world.add("b");
    b.start();
    b.write("f", "b's");
    await world.pass(5000);
    assertSame([a!, b], { "f": "b's" });
  }));

Deno.test("SyncPeer does not take an old copy of the folder for news, however young its dates are", () =>
  inSyncWorld(async (world) => {
    const [a, b] = await world.running(2);
    a!.write("f", "old");
    a!.write("g", "deleted");
    await world.pass();
    a!.write("f", "new");
    a!.user.remove("g");
    await world.pass();
    const c = world.add("c");
    c.write("f", "old");
    c.write("g", "deleted");
    c.write("h", "its own");
    await world.pass(50);
    c.start();
    await world.pass(5000);
    assertSame([a!, b!, c], { "f": "new", "h": "its own" });
  }));

Deno.test("SyncPeer asserts an older content when nobody has the newest any more", () =>
  inSyncWorld(async (world) => {
    const [a, b] = await world.running(2);
    a!.write("f", "old");
    await world.pass();
    b!.fetchMs = 1_000_000;
    a!.write("f", "new");
    await world.pass();
    await a!.stop();
    // The only copy goes, and the memory of it.
    a!.user.remove("f");
    a!.wipeIndex();
    a!.start();
    await world.pass(20_000);
    assertSame([a!, b!], { "f": "old" });
  }));
