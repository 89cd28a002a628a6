import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Refusal } from "../../errors.ts";
import {
  inSyncWorld,
  type SyncWorld,
  type TestPeer,
} from "../../testing/sync_world.ts";

function assertSame(
  peers: readonly TestPeer[],
  tree: Record<string, string | null>,
): void {
  for (const peer of peers) {
    assertEquals(peer.tree, tree, peer.name);
    assert(peer.peer.status().isIdle, `${peer.name} is not idle`);
  }
}

/** Two peers with 40 files. */
async function withFiles(
  world: SyncWorld,
): Promise<[TestPeer, TestPeer, Record<string, string>]> {
  const [a, b] = await world.running(2);
  const tree: Record<string, string> = {};
  for (let at = 10; at < 50; at++) a!.write(`f${at}`, tree[`f${at}`] = `${at}`);
  await world.pass();
  assertSame([a!, b!], tree);
  return [a!, b!, tree];
}

Deno.test("SyncPeer goes on when the tracker comes back, with its state or without", () =>
  inSyncWorld(async (world) => {
    for (const isNew of [false, true]) {
      const [a, b, tree] = world.peers.length > 0
        ? [world.peers[0]!, world.peers[1]!, { ...world.peers[0]!.tree }]
        : await withFiles(world);
      await world.stopTracker();
      await world.pass(100);
      a.user.remove("f10");
      b.write("f20", `changed ${isNew}`);
      await world.pass();
      await world.startTracker(isNew);
      await world.pass(10_000);
      delete tree["f10"];
      tree["f20"] = `changed ${isNew}`;
      assertSame([a, b], tree as Record<string, string>);
      a.write("f10", "again");
      await world.pass();
    }
  }));

Deno.test("SyncPeer tells a tracker that lost its state of deletes, too", () =>
  inSyncWorld(async (world) => {
    const [a, b, tree] = await withFiles(world);
    const c = world.add("c");
    c.start();
    await world.pass();
    await c.stop();
    a.user.remove("f10");
    await world.pass();
    await world.stopTracker();
    await world.startTracker(true);
    await world.pass(10_000);
    c.start();
    await world.pass(5000);
    delete tree["f10"];
    assertSame([a, b, c], tree);
  }));

Deno.test("SyncPeer holds back deletes of most files, until they are confirmed", () =>
  inSyncWorld(async (world) => {
    const [a, b, tree] = await withFiles(world);
    for (let at = 10; at < 45; at++) a.user.remove(`f${at}`);
    a.write("new", "new");
    await world.pass();
    assertEquals(b.tree, { ...tree, new: "new" });
    const { held } = a.peer.status();
    assertEquals(held?.deletes, 35);
    assertStringIncludes(a.notes.join("\n"), "peer.ts confirm");
    // What others do meanwhile comes in.
    b.write("f10", "changed");
    await world.pass();
    assertEquals(a.tree["f10"], "changed");
    assertEquals(await a.peer.confirmDeletes(), 34);
    await world.pass();
    assertSame([a, b], {
      "f10": "changed",
      ...Object.fromEntries([45, 46, 47, 48, 49].map((n) => [`f${n}`, `${n}`])),
      "new": "new",
    });
  }));

Deno.test("SyncPeer gives a delete no date that happened while it was not running", () =>
  inSyncWorld(async (world) => {
    const [a] = await world.running(1);
    const mtime = world.clock.wallTime() - 100_000;
    for (const path of ["f", "g"]) a!.write(path, "text", mtime);
    await world.pass();
    a!.user.remove("f");
    await world.pass();
    await a!.stop();
    a!.user.remove("g");
    a!.start();
    await world.pass();
    const { register } = world.hub.tracker;
    const stamps = [...register.entries()].map(({ record }) => [
      record.path,
      record.root,
      record.stamp.phys > mtime,
      record.stamp.logical,
    ]);
    assertEquals(stamps.sort(), [["f", null, true, 0], ["g", null, false, 1]]);
  }));

Deno.test("SyncPeer does nothing in a folder that lost its mark", () =>
  inSyncWorld(async (world) => {
    const [a, b, tree] = await withFiles(world);
    a.user.removeAll(".landline");
    for (const path of Object.keys(tree)) a.user.remove(path);
    await world.pass();
    b.write("new", "new");
    await world.pass();
    assertEquals(b.tree, { ...tree, new: "new" });
    assertEquals(a.tree, {});
    assertStringIncludes(a.notes.join("\n"), "mounted");
  }));

Deno.test("SyncPeer gives no mark to a folder that lost its own, and goes on when it has it again", () =>
  inSyncWorld(async (world) => {
    const [a, b] = await world.running(2);
    for (const name of ["f", "g"]) a!.write(name, name);
    await world.pass();
    const { bytes } = b!.disk.get(".landline/id");
    b!.user.remove(".landline/id");
    b!.user.remove("f");
    world.cut();
    await world.pass(5000);
    a!.write("h", "h");
    await world.pass();
    assertEquals(b!.disk.find(".landline/id"), undefined);
    assertEquals(a!.tree, { "f": "f", "g": "g", "h": "h" });
    b!.user.write(".landline/id", bytes);
    await b!.peer.scan();
    await world.pass();
    assertSame([a!, b!], { "g": "g", "h": "h" });
  }));

Deno.test("SyncPeer joins when a disk that was full has room for its mark", () =>
  inSyncWorld(async (world) => {
    const [a] = await world.running(1);
    a!.write("d/f", "f");
    await world.pass();
    const b = world.add("b");
    b.write("g", "g");
    b.disk.capacity = b.disk.used();
    b.start();
    await world.pass(6000);
    b.disk.capacity = 1_000_000;
    await world.pass(10_000);
    assertSame([a!, b], { "d": null, "d/f": "f", "g": "g" });
  }));

Deno.test("SyncPeer does not tell the emptiness of a folder that was emptied while it was away", () =>
  inSyncWorld(async (world) => {
    const [a, b, tree] = await withFiles(world);
    await a.stop();
    for (const path of Object.keys(tree)) a.user.remove(path);
    a.start();
    await world.pass(5000);
    assertEquals(b.tree, tree);
    assertEquals(a.peer.status().held?.deletes, 40);
  }));

Deno.test("SyncPeer goes on with the rest when the disk is full, and with all when there is room", () =>
  inSyncWorld(async (world) => {
    const [a, b] = await world.running(2);
    b!.disk.capacity = 1000;
    a!.write("large", "x".repeat(2000));
    a!.write("small", "small");
    await world.pass(5000);
    assertEquals(b!.tree, { "small": "small" });
    assertStringIncludes(b!.peer.status().troubles[0]!.text, "full");
    b!.disk.capacity = 1_000_000;
    await world.pass(65_000);
    assertSame([a!, b!], a!.tree as Record<string, string>);
    assertEquals(b!.peer.status().troubles, []);
  }));

Deno.test("SyncPeer tells of a delete when the disk of its index has room again", () =>
  inSyncWorld(async (world) => {
    const [a, b] = await world.running(2);
    for (const path of ["f", "g"]) a!.write(path, path);
    await world.pass();
    await b!.stop();
    let isFull = false;
    const { storage } = b!;
    const open = storage.open.bind(storage);
    storage.open = (newReplica) => {
      const index = open(newReplica);
      const commit = index.commit.bind(index);
      index.commit = (batch) => {
        if (isFull && batch.durable) throw new Refusal("no-space");
        commit(batch);
      };
      return index;
    };
    b!.start();
    await world.pass();
    isFull = true;
    b!.user.remove("f");
    await world.pass(5000);
    assertEquals(a!.tree, { "f": "f", "g": "g" });
    assertEquals(b!.peer.status().troubles.map(({ path }) => path), ["f"]);
    isFull = false;
    await world.pass(20_000);
    assertSame([a!, b!], { "g": "g" });
    assertEquals(b!.peer.status().troubles, []);
  }));

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

Deno.test("SyncPeer does not publish while its clock is off by minutes, and goes on receiving", () =>
  inSyncWorld(async (world) => {
    const a = world.add("a");
    const b = world.add("b");
    b.skewMs = 300_000;
    a.start();
    b.start();
    await world.pass(6000);
    b.write("of b", "b");
    a.write("of a", "a");
    await world.pass(6000);
    assertEquals(a.tree, { "of a": "a" });
    assertEquals(b.tree, { "of a": "a", "of b": "b" });
    assertStringIncludes(b.notes.join("\n"), "300.0 s off");
  }));

Deno.test("SyncPeer makes a version anew that was made while its clock was far ahead", () =>
  inSyncWorld(async (world) => {
    const [a, b] = await world.running(2);
    a!.write("f", "first");
    await world.pass();
    await world.stopTracker();
    a!.skewMs = 3_600_000;
    await a!.stop();
    a!.start();
    await world.pass();
    a!.write("f", "second");
    await world.pass();
    a!.skewMs = 0;
    await world.startTracker();
    await world.pass(20_000);
    assertSame([a!, b!], { "f": "second" });
    b!.write("f", "third");
    await world.pass();
    assertSame([a!, b!], { "f": "third" });
  }));

Deno.test("SyncPeer corrects its clock by the tracker's", () =>
  inSyncWorld(async (world) => {
    const a = world.add("a");
    const b = world.add("b");
    b.skewMs = -60_000;
    a.write("f", "older", world.clock.wallTime() - 5000);
    a.start();
    b.start();
    await world.pass();
    b.user.remove("f");
    await world.pass();
    assertSame([a, b], {});
  }));

Deno.test("SyncPeer.stop ends everything at once", () =>
  inSyncWorld(async (world) => {
    const [a, b] = await world.running(2);
    b!.fetchMs = 1000;
    for (let at = 0; at < 100; at++) a!.write(`x/f${at}`, `${at}`);
    await world.pass(100);
    const stopping = b!.peer.stop();
    const { changes } = b!.folder!.calls;
    await world.pass(5000);
    await stopping;
    assertEquals(b!.folder!.calls.changes, changes);
  }));

Deno.test("SyncPeer removes what was left of contents that nobody wants any more", () =>
  inSyncWorld(async (world) => {
    const [a, b] = await world.running(2);
    a!.write("f", "first");
    b!.folder!.part("stale".padEnd(43, "A"), 10).close();
    b!.storage.commit({
      lists: [{
        root: "stale".padEnd(43, "A"),
        size: 10,
        blockLog: 4,
        hashes: new Uint8Array(32),
      }],
    });
    await world.pass();
    assertEquals(b!.folder!.parts().length, 1);
    await world.clock.advance(15 * 60_000);
    assertEquals(b!.folder!.parts(), []);
    assertEquals(b!.storage.state.lists.size, 1);
  }));
