import { assert, assertEquals } from "@std/assert";
import { toName } from "../../names/name.ts";
import {
  inSyncWorld,
  type SyncWorld,
  type TestPeer,
} from "../../testing/sync_world.ts";

/** 300 small files and 10 large ones, which take more blocks than are fetched at once. */
function someFiles(): Record<string, string> {
  const files: Record<string, string> = {};
  for (let at = 100; at < 400; at++) files[`small ${at}`] = `content ${at}`;
  for (let at = 10; at < 20; at++) files[`large ${at}`] = `${at}`.repeat(300);
  return files;
}

/** `a`, which has told of its files and left, and `b` and `c`, which came then. */
async function withoutHolder(
  world: SyncWorld,
): Promise<[a: TestPeer, b: TestPeer, c: TestPeer, Record<string, string>]> {
  world.hasTransfers = true;
  const files = someFiles();
  const [a, b, c] = ["a", "b", "c"].map((name) => world.add(name));
  for (const [path, text] of Object.entries(files)) a!.write(path, text);
  a!.start();
  await world.pass();
  await a!.stop();
  b!.start();
  c!.start();
  await world.pass();
  return [a!, b!, c!, files];
}

Deno.test("SyncPeer gets what is here while 310 contents wait for somebody who is away, and those when they are back", () =>
  inSyncWorld(async (world) => {
    const [a, b, c, files] = await withoutHolder(world);
    c.write("new small", "small");
    c.write("new large", "large".repeat(100));
    await world.pass(2000);
    const fresh = { "new small": "small", "new large": "large".repeat(100) };
    assertEquals(b.tree, fresh);
    a.start();
    await world.pass(5000);
    for (const peer of [a, b, c]) {
      assertEquals(peer.tree, { ...files, ...fresh }, peer.name);
      assert(peer.peer.status().isIdle, peer.name);
    }
  }));

Deno.test("SyncPeer that waits for all knows of a conflict copy that another one made of what it told", async () => {
  // The other one says every 50 ms what it has: the copy is made at each moment before that.
  for (let fetchMs = 40; fetchMs < 52; fetchMs++) {
    await inSyncWorld(async (world) => {
      const [a, b] = await world.running(2);
      a!.write("f", "of a");
      await world.pass();
      await b!.stop();
      b!.wipeIndex();
      b!.write("f", "of b");
      a!.fetchMs = fetchMs;
      b!.start();
      let names: string[][] = [];
      void b!.peer.waitFor(undefined, new AbortController().signal)
        .then(() => names = [a!, b!].map(({ tree }) => Object.keys(tree)));
      for (let ms = 0; ms < 3000 && names.length === 0; ms++) {
        await world.clock.advance(1);
      }
      assertEquals(names[0]!.length, 2, `${fetchMs}`);
      assertEquals(names[1], names[0], `${fetchMs}`);
    });
  }
});

Deno.test("SyncPeer tells how many files wait for whom, and waits with wait --all", () =>
  inSyncWorld(async (world) => {
    const [a, b, c, files] = await withoutHolder(world);
    const texts = Object.values(files);
    const bytes = texts.reduce((sum, text) => sum + text.length, 0);
    const replica = world.hub.tracker.register.get(toName("small 100"))!
      .record.stamp.by;
    assertEquals(b.peer.status().waiting, {
      files: 310,
      bytes,
      peers: [replica],
    });
    assertEquals(b.peer.status().lacking, { files: 310, bytes });
    let waited = 0;
    const { signal } = new AbortController();
    for (const { peer } of [b, c]) {
      void peer.waitFor(undefined, signal).then(() => waited++);
    }
    await world.pass(5000);
    assertEquals(waited, 0);
    a.start();
    void a.peer.waitFor(undefined, signal).then(() => waited++);
    await world.pass(5000);
    assertEquals(waited, 3);
    const nothing = { files: 0, bytes: 0, peers: [] };
    assertEquals(b.peer.status().waiting, nothing);
    // Now that it was here, its name is known.
    world.unreachable.add(a);
    // Connections end after 30 s without use.
    await world.clock.advance(40_000);
    a.write("late", "late");
    await world.pass();
    const late = { files: 1, bytes: 4, peers: [] };
    assertEquals(b.peer.status().waiting, late, "it is there");
    await a.stop();
    await world.pass();
    assertEquals(b.peer.status().waiting, {
      files: 1,
      bytes: 4,
      peers: ["a"],
    });
  }));

Deno.test("SyncPeer gets what is here while 310 contents wait for somebody who cannot be reached, and those when they can", () =>
  inSyncWorld(async (world) => {
    const [a, b, c, files] = await withoutHolder(world);
    world.unreachable.add(a);
    a.start();
    await world.pass(30_000);
    assertEquals(b.tree, {});
    const { writeSizes } = b.toTracker.at(-1)!;
    const writes = writeSizes.length;
    await world.clock.advance(60_000);
    // Heartbeats, that it is out of reach, and who else has them.
    const more = writeSizes.length - writes;
    assert(more <= 12 + 4 + 4, `${more} writes in a minute`);
    const fresh: Record<string, string> = {};
    for (let at = 10; at < 40; at++) {
      const path = `new ${at}`;
      c.write(path, fresh[path] = path);
      await world.pass(1000);
      assertEquals(b.tree, fresh);
    }
    world.unreachable.delete(a);
    await world.pass(35_000);
    assertEquals(b.tree, { ...files, ...fresh });
  }));

Deno.test("SyncPeer says little to the tracker while 310 contents wait", () =>
  inSyncWorld(async (world) => {
    const [, b] = await withoutHolder(world);
    await world.clock.advance(120_000);
    const channel = b.toTracker.at(-1)!;
    const before = channel.bytesWritten;
    await world.clock.advance(600_000);
    // A heartbeat has less than 100 bytes; the 310 roots are asked for once a minute.
    const beats = 120 * 100;
    const asked = 11 * 310 * 50;
    const bytes = channel.bytesWritten - before;
    assert(bytes < beats + asked, `${bytes} bytes`);
    const writes = channel.writeSizes.length;
    await world.clock.advance(60_000);
    const more = channel.writeSizes.length - writes;
    assert(more <= 12 + 2, `${more} writes in a minute`);
  }));

Deno.test("SyncPeer does not wait for what only a tracker knew that has lost its memory", () =>
  inSyncWorld(async (world) => {
    const [a, b, c, files] = await withoutHolder(world);
    assertEquals(b.peer.status().waiting.files, 310);
    await world.stopTracker();
    await world.startTracker(true);
    await world.pass(10_000);
    for (const { peer } of [b, c]) {
      const { lacking, waiting, isIdle } = peer.status();
      assertEquals([lacking.files, waiting.files, isIdle], [0, 0, true]);
    }
    a.start();
    await world.pass(5000);
    for (const peer of [b, c]) assertEquals(peer.tree, files, peer.name);
  }));

Deno.test("SyncPeer says whom it was to each tracker, so that what only that one had is not waited for", () =>
  inSyncWorld(async (world) => {
    const [a, b] = await world.running(2);
    a!.write("f", "old");
    await world.pass();
    b!.fetchMs = 1_000_000;
    a!.write("f", "new");
    await world.pass();
    await a!.stop();
    a!.user.remove("f");
    for (let times = 0; times < 3; times++) await loseIndex(world, a!);
    a!.start();
    await world.pass();
    await world.stopTracker();
    await world.startTracker();
    await world.pass(20_000);
    for (const peer of [a!, b!]) assertEquals(peer.tree, { f: "old" });
  }));

Deno.test("SyncPeer makes anew what it made as a replica that never joined", () =>
  inSyncWorld(async (world) => {
    const [a] = await world.running(1);
    await a!.stop();
    world.isTrackerThere = false;
    a!.wipeIndex();
    a!.write("f", "f");
    a!.start();
    await world.pass();
    await a!.stop();
    a!.start();
    world.isTrackerThere = true;
    await world.pass(5000);
    const { record } = world.hub.tracker.register.get(toName("f"))!;
    const { replica } = a!.peer.status();
    assertEquals(Object.keys(record.vector), [replica]);
    assertEquals(record.stamp.by, replica);
  }));

Deno.test("SyncPeer remembers eight replicas that it was", () =>
  inSyncWorld(async (world) => {
    const [a] = await world.running(1);
    await a!.stop();
    const replicas: string[] = [];
    for (let times = 0; times < 10; times++) {
      replicas.unshift(await loseIndex(world, a!));
    }
    const [replica, ...before] = replicas;
    assertEquals(markOf(a!), { replica, formerly: before.slice(0, 8) });
  }));

/** The peer loses its index and is another replica for a moment; the tracker forgets whatever it only remembered. */
async function loseIndex(world: SyncWorld, peer: TestPeer): Promise<string> {
  peer.wipeIndex();
  peer.start();
  await world.pass();
  const { replica } = peer.peer.status();
  await peer.stop();
  await world.stopTracker();
  await world.startTracker();
  return replica;
}

function markOf({ disk }: TestPeer): object {
  const text = new TextDecoder().decode(disk.get(".landline/id").bytes);
  const { replica, formerly } = JSON.parse(text);
  return { replica, formerly };
}
