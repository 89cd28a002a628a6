import { assert, assertEquals } from "@std/assert";
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
