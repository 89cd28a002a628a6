import { assert, assertEquals } from "@std/assert";
import { turn } from "../../testing/fake_clock.ts";
import { MemoryTracker } from "../../testing/memory_tracker.ts";
import { hello, record } from "../../testing/tracker_peer.ts";
import { within } from "../../testing/within.ts";

const PING = { m: "ping", time: 1, sent: 0, received: 0, left: 0 };

Deno.test("TrackerSession understands what comes byte by byte, and many lines at once", async () => {
  await using tracker = await MemoryTracker.start();
  const slow = tracker.connect({ aToB: { chunkBytes: 1 } });
  await slow.join("slow");
  await slow.say({ m: "put", id: 1, records: [record("a", "slow")] }, PING);
  assertEquals((await slow.until("ok")).seqs, [1]);
  assertEquals((await slow.until("pong")).seq, 1);
  const fast = tracker.connect();
  const puts = Array.from({ length: 300 }, (_, id) => ({
    m: "put",
    id,
    records: [record(`f${id}`, "fast")],
  }));
  await fast.say(hello("fast"), ...puts);
  for (let id = 0; id < 300; id++) {
    assertEquals((await fast.until("ok")).id, id);
  }
});

Deno.test("TrackerSession understands a line that is cut at every place", async () => {
  await using tracker = await MemoryTracker.start();
  const line = JSON.stringify(PING) + "\n";
  const peer = tracker.connect();
  await peer.join("peer");
  for (let at = 1; at < line.length; at++) {
    await peer.say(line.slice(0, at));
    await turn();
    await peer.say(line.slice(at));
    assertEquals((await peer.until("pong")).echo, 1);
  }
});

Deno.test("TrackerSession says why it ends: no JSON, no UTF-8, a line too long, nothing said", async () => {
  await using tracker = await MemoryTracker.start();
  const refusalOf = async (text: string | Uint8Array) => {
    const peer = tracker.connect();
    if (typeof text === "string") void peer.say(text).catch(() => {});
    else await peer.channel.write(text);
    const no = await peer.until("no");
    assertEquals(await peer.next(), undefined);
    peer.close();
    return no.text;
  };
  assertEquals(await refusalOf("hello\n"), "The line is no JSON");
  assertEquals(await refusalOf("\n"), "The line is no JSON");
  assertEquals(
    await refusalOf(new Uint8Array([0x22, 0xff, 0x22, 0x0a])),
    "The line is not UTF-8",
  );
  assertEquals(
    await refusalOf("x".repeat(2 ** 20 + 10)),
    "A line has at most 1048576 bytes",
  );
  const silent = tracker.connect();
  await tracker.clock.advance(12_000);
  assertEquals((await silent.until("no")).text, "Nothing was said for 10 s");
  silent.close();
  await turn();
  assertEquals(tracker.server.clients, 0);
});

Deno.test("TrackerSession: after a goodbye the connection ends, and the peer is gone", async () => {
  await using tracker = await MemoryTracker.start();
  const alice = tracker.connect();
  const bob = tracker.connect();
  await alice.join("alice");
  await bob.join("bob");
  await alice.say({ m: "bye" });
  assertEquals((await bob.until("peers")).del, ["alice00000"]);
  while (await alice.next() !== undefined);
  alice.close();
  await turn();
  assertEquals(tracker.server.clients, 1);
});

Deno.test("TrackerSession: what is lost in the middle of a line is a peer that may come back", async () => {
  await using tracker = await MemoryTracker.start();
  const bob = tracker.connect();
  await bob.join("bob");
  for (const cutAs of ["reset", "end"] as const) {
    const text = JSON.stringify(hello("alice")) + "\n";
    const alice = tracker.connect({
      aToB: { cutAfterBytes: text.length + 5, cutAs },
    });
    await alice.say(text, '{"m":"put","id":1');
    await turn();
    await turn();
    assertEquals(tracker.server.clients, 1);
    const peer = tracker.hub.tracker.roster.get("alice00000");
    assertEquals(peer?.link, undefined);
    assert(peer !== undefined);
  }
});

Deno.test("TrackerSession drops a peer that takes nothing for 30 s, and holds little for it", async () => {
  await using tracker = await MemoryTracker.start();
  const deaf = tracker.connect({ bToA: { capacityBytes: 10_000 } });
  await deaf.join("deaf");
  const alice = tracker.connect();
  await alice.join("alice");
  for (let id = 0; id < 20; id++) {
    const records = Array.from(
      { length: 100 },
      (_, at) => record(`${id}/${at}`, "alice"),
    );
    await alice.say({ m: "put", id, records });
    await alice.until("ok");
  }
  const { answers, news, came } = tracker.hub.tracker.roster
    .get("deaf000000")!.link!;
  assertEquals([answers.length, news.size, came.size], [0, 0, 0]);
  for (let seconds = 0; seconds < 35; seconds++) {
    await alice.say(PING);
    // In vain, in the end.
    await deaf.say(PING).catch(() => {});
    await alice.until("pong");
    await tracker.clock.advance(1000);
  }
  assertEquals(tracker.server.clients, 1);
});

Deno.test("TrackerSession stops reading a peer that asks and does not listen, and goes on when it does", async () => {
  await using tracker = await MemoryTracker.start();
  const peer = tracker.connect({
    aToB: { capacityBytes: 1000 },
    bToA: { capacityBytes: 1000 },
  });
  await peer.join("peer");
  let said = 0;
  const saying = (async () => {
    for (; said < 5000; said++) await peer.say(PING);
  })();
  for (let turns = 0; turns < 2000; turns++) await turn();
  assert(said < 2500, `${said}`);
  const { answers } = tracker.hub.tracker.roster.get("peer000000")!.link!;
  assert(answers.length < 1100, `${answers.length}`);
  for (let heard = 0; heard < 5000; heard++) await peer.until("pong");
  await within("the last line", saying);
});

Deno.test("TrackerSession goes on listening to a peer that asked for buckets in which nothing is", async () => {
  await using tracker = await MemoryTracker.start();
  const peer = tracker.connect();
  await peer.join("peer");
  await peer.say({ m: "sync", buckets: [1, 2] });
  await turn();
  await peer.say(PING);
  const pong = await within("the answer", peer.until("pong"));
  assertEquals(pong.echo, 1);
});

Deno.test("TrackerSession: a snapshot is not queued whole for one who reads slowly", async () => {
  await using tracker = await MemoryTracker.start();
  const alice = tracker.connect();
  await alice.join("alice");
  for (let id = 0; id < 20; id++) {
    const records = Array.from(
      { length: 500 },
      (_, at) => record(`${id}/${at}`, "alice"),
    );
    await alice.say({ m: "put", id, records });
    await alice.until("ok");
  }
  const slow = tracker.connect({ bToA: { capacityBytes: 1000 } });
  await slow.say(hello("slow"));
  await turn();
  const { link } = tracker.hub.tracker.roster.get("slow000000")!;
  assertEquals(link!.cursor, 500);
  const paths = new Set<string>();
  for (let more = true; more;) {
    const page = await slow.until("snap");
    for (const { record: { p } } of page.records) paths.add(p);
    more = page.more;
  }
  assertEquals(paths.size, 10_000);
});
