import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Refusal } from "../../errors.ts";
import { toName } from "../../names/name.ts";
import { named } from "../../testing/records.ts";
import {
  assertSame,
  inSyncWorld,
  type SyncWorld,
  type TestPeer,
} from "../../testing/sync_world.ts";

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

Deno.test("SyncPeer says once what the tracker does not take, tries again ever later, and is well when it does", () =>
  inSyncWorld(async (world) => {
    world.recordsMax = 1;
    await world.stopTracker();
    await world.startTracker();
    const [a] = await world.running(1);
    a!.write("f", "f");
    await world.pass();
    const before = a!.notes.length;
    a!.write("g", "g");
    // Half a second, then twice as long each time: 500 ms, 1.5 s, ..., 31.5 s.
    await world.pass(60_000);
    const said = a!.notes.slice(before);
    assertEquals(said, ["g: The tracker keeps the records of 1 paths"]);
    assertEquals(a!.peer.status().troubles.length, 1);
    await world.stopTracker();
    world.recordsMax = 2;
    await world.startTracker();
    await world.pass(60_000);
    assertEquals(a!.peer.status().troubles, []);
    assertEquals(world.hub.tracker.register.size, 2);
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

Deno.test("SyncPeer tells all again to a tracker that has forgotten some of it, whoever comes to that first", () =>
  inSyncWorld(async (world) => {
    const [a, b, c] = await world.running(3);
    a!.write("f", "first");
    a!.write("g", "g");
    await world.pass();
    await c!.stop();
    const old = world.store.copy();
    a!.write("f", "second");
    b!.write("h", "h");
    b!.user.remove("g");
    await world.pass();
    const { seq } = world.hub.tracker.register;
    for (const peer of [a!, b!]) await peer.stop();
    await world.stopTracker();
    world.store = old;
    await world.startTracker();
    for (const path of ["p", "q", "r"]) c!.write(path, path);
    c!.start();
    await world.pass();
    assertEquals(world.hub.tracker.register.seq, seq, "nobody sees it so far");
    for (const peer of [a!, b!]) peer.start();
    await world.pass(15_000);
    const tree = { "f": "second", "h": "h", "p": "p", "q": "q", "r": "r" };
    assertSame([a!, b!, c!], tree);
    const d = world.add("d");
    d.start();
    await world.pass();
    assertSame([d], tree);
  }));

Deno.test("SyncPeer goes on with a tracker whose digests are never right, and begins anew every ten minutes only", () =>
  inSyncWorld(async (world) => {
    const [a] = await world.running(1);
    a!.write("f", "f");
    await world.pass();
    const { digest } = world.hub.tracker.register;
    digest.total = () => "0".repeat(32);
    digest.bucket = () => "0".repeat(32);
    const connections = () => a!.toTracker.length;
    assertEquals(connections(), 1);
    for (const [minutes, count] of [[1, 2], [8, 2], [3, 3]] as const) {
      await world.clock.advance(minutes * 60_000);
      assertEquals(connections(), count);
    }
    a!.write("g", "g");
    await world.pass();
    const { register } = world.hub.tracker;
    const paths = [...register.entries()].map(({ record }) => record.path);
    assertEquals(paths.sort(), named("f", "g"));
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

Deno.test("SyncPeer removes a part that was placed when it was killed, and had its second name still", () =>
  inSyncWorld(async (world) => {
    const [a, b] = await world.running(2);
    a!.write("f", "first");
    await world.pass();
    const { root } = world.hub.tracker.register.get(toName("f"))!.record;
    b!.folder!.part(root!, 5).close();
    await b!.stop();
    b!.start();
    await world.pass(2000);
    assertSame([a!, b!], { "f": "first" });
    assertEquals(b!.folder!.parts(), []);
    assertEquals(b!.storage.state.lists.size, 1);
  }));

Deno.test("SyncPeer says once why old versions cannot be cleared out", () =>
  inSyncWorld(async (world) => {
    const [a] = await world.running(1);
    let rounds = 0;
    a!.folder!.pruneVersions = () => {
      rounds++;
      throw new Refusal("not-allowed", "The disk is read-only");
    };
    await world.clock.advance(30 * 60_000);
    assert(rounds > 1);
    assertEquals(a!.notes, [
      "Old versions and leftovers stay: The disk is read-only",
    ]);
  }));

Deno.test("SyncPeer makes versions where there is no room for its mark, and hides no other error there", () =>
  inSyncWorld(async (world) => {
    const [a] = await world.running(1);
    let fault: Error = new Refusal("no-space");
    const refuseMark = () => {
      a!.folder!.setMarker = () => {
        throw fault;
      };
    };
    refuseMark();
    a!.write("f", "f");
    await world.pass();
    assertSame([a!], { "f": "f" });
    await a!.stop();
    a!.start();
    await world.pass();
    // Of the first version of a run the mark is to tell.
    fault = new TypeError("a bug");
    refuseMark();
    a!.write("g", "g");
    await world.pass();
    assertEquals(a!.peer.status().troubles, [{ path: "g", text: "a bug" }]);
  }));
