import { assert, assertEquals } from "@std/assert";
import { patterned } from "../lib/testing/content.ts";
import { ownPort } from "../lib/testing/ports.ts";
import { StoppingProxy } from "../lib/testing/stopping_proxy.ts";
import { type SitePeer, SyncSite } from "../lib/testing/sync_site.ts";
import { eventually } from "../lib/testing/within.ts";

// sync.md T4 and G15: what goes on between peers is broken off in the middle, by processes that die or freeze and by
// lines that end. In the end everybody has everything, and next to nothing was fetched twice.

const MB = 2 ** 20;
/** Of the file that is on its way: many blocks, and of half of it twice is more than may be fetched twice. */
const SIZE = 40 * MB;
/** What may be fetched twice after a crash (the issue). */
const TWICE_MAX = 16 * MB;
/** Words around the bytes. */
const TALK_MAX = 1 * MB;

/** A peer that has `large.bin`, and that others reach only by way of a proxy which lets `toClient` bytes through. */
async function behindProxy(
  site: SyncSite,
  name: string,
  toClient: number,
): Promise<{ peer: SitePeer; proxy: StoppingProxy }> {
  const port = ownPort();
  const proxy = new StoppingProxy(port, { toClient });
  const peer = site.peer(name, {
    args: ["--port", `${port}`, "--advertise", `127.0.0.1:${proxy.port}`],
  });
  await peer.start();
  peer.write("large.bin", patterned(SIZE));
  return { peer, proxy };
}

/** Two peers have the file, and one that fetches it is waiting for the first, whose line stands still. */
async function stuckWithTheFirst(site: SyncSite) {
  const { peer: first, proxy } = await behindProxy(site, "first", Infinity);
  const second = await site.peer("second").start();
  // Each for itself: who has only just been started is not yet among those that others wait for.
  await site.settled();
  assertEquals(second.files(), ["large.bin"]);
  proxy.cut();
  // Some blocks: however quick the second one is, that much is asked of the first.
  proxy.open(MB / 2);
  const receiver = await site.peer("receiver").start();
  await proxy.stopped();
  return { first, second, receiver, proxy };
}

/** Next to nothing came twice. */
function assertOnce({ passed: { toClient } }: StoppingProxy): void {
  assert(toClient < SIZE + TWICE_MAX + TALK_MAX, `${toClient} bytes came`);
}

Deno.test("peer.ts that is killed in the middle of a transfer goes on where it was: at most 16 MiB come twice", async () => {
  await using site = await SyncSite.start();
  const { proxy } = await behindProxy(site, "holder", SIZE / 2);
  await using _proxy = proxy;
  const receiver = await site.peer("receiver").start();
  await proxy.stopped();
  await receiver.kill();
  assertEquals(receiver.files(), [], "no piece of it has its name");
  proxy.open();
  await receiver.start();
  await site.assertWell();
  assertOnce(proxy);
});

Deno.test("peer.ts finishes when its only source is killed and comes back", async () => {
  await using site = await SyncSite.start();
  const { peer: holder, proxy } = await behindProxy(site, "holder", SIZE / 2);
  await using _proxy = proxy;
  await site.peer("receiver").start();
  await proxy.stopped();
  await holder.kill();
  proxy.cut();
  proxy.open();
  await holder.start();
  await site.assertWell();
  assertOnce(proxy);
});

Deno.test("peer.ts takes the rest from another peer when a source is killed", async () => {
  await using site = await SyncSite.start();
  const { first, second, receiver, proxy } = await stuckWithTheFirst(site);
  await using _proxy = proxy;
  await first.kill();
  proxy.cut();
  await second.waitForAll();
  assertEquals(receiver.files(), ["large.bin"]);
  proxy.open();
  await first.start();
  await site.assertWell();
});

Deno.test("peer.ts takes the rest from another peer when a source freezes, and the frozen one joins in again", async () => {
  await using site = await SyncSite.start();
  const { first, receiver, proxy } = await stuckWithTheFirst(site);
  await using _proxy = proxy;
  first.process.signal("SIGSTOP");
  proxy.open();
  // Nobody says that it is frozen: that nothing comes for some seconds has to do.
  await eventually(
    "the file from another peer",
    () => receiver.files().includes("large.bin"),
  );
  receiver.write("while you slept.txt", "good morning");
  first.process.signal("SIGCONT");
  await site.assertWell();
});

Deno.test("peer.ts has another peer do nearly all when the line to one source crawls", async () => {
  await using site = await SyncSite.start();
  const { receiver, proxy } = await stuckWithTheFirst(site);
  await using _proxy = proxy;
  const before = proxy.passed.toClient;
  proxy.crawl();
  await eventually(
    "the file, mostly from the other",
    () => receiver.files().includes("large.bin"),
  );
  // All of it would have taken two minutes over that line.
  assert(proxy.passed.toClient - before < SIZE / 4);
  proxy.open();
  await site.assertWell();
});

Deno.test("peer.ts finishes over a line that is cut again and again, and fetches next to nothing twice", async () => {
  await using site = await SyncSite.start();
  const cuts = 4;
  const { proxy } = await behindProxy(site, "holder", 8 * MB);
  await using _proxy = proxy;
  await site.peer("receiver").start();
  for (let cut = 0; cut < cuts; cut++) {
    await proxy.stopped();
    proxy.cut();
    proxy.open(cut === cuts - 1 ? Infinity : 8 * MB);
  }
  await site.assertWell();
  // What was under way when the line was cut: at most a run of blocks for each of some requests.
  assertOnce(proxy);
});

Deno.test("peer.ts goes on with a transfer while there is no tracker", async () => {
  await using site = await SyncSite.start();
  const { proxy } = await behindProxy(site, "holder", SIZE / 4);
  await using _proxy = proxy;
  const receiver = await site.peer("receiver").start();
  await proxy.stopped();
  await site.killTracker();
  proxy.open();
  await eventually(
    "the file without a tracker",
    () => receiver.files().includes("large.bin"),
  );
  await site.startTracker();
  await site.assertWell();
});
