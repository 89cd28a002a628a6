import { assert, assertEquals, assertRejects } from "@std/assert";
import { Refusal } from "../../../errors.ts";
import { joinBytes } from "../../../bytes/join.ts";
import { turn } from "../../../testing/fake_clock.ts";
import {
  type Content,
  contentOf,
  someBytes,
  type TestPeer,
  TransferWorld,
} from "../../../testing/transfer_world.ts";

/** Peers who do not have anything yet. */
function peersOf(world: TransferWorld): [TestPeer, TestPeer, TestPeer] {
  return world.peers as unknown as [TestPeer, TestPeer, TestPeer];
}

/** Bytes on all connections, in both directions. */
function bytesOn(world: TransferWorld): number {
  return world.connections.reduce(
    (sum, { asking, answering }) =>
      sum + asking.bytesWritten + answering.bytesWritten,
    0,
  );
}

function put(world: TransferWorld, content: Content, ...peers: TestPeer[]) {
  for (const peer of peers) peer.put(content);
  world.tell(content.list.root);
}

Deno.test("Transfer fetches contents of any length", async () => {
  const world = new TransferWorld(2);
  const [a, b] = peersOf(world);
  // Blocks have 16 bytes; beyond 8 of them there is a list.
  for (const length of [1, 15, 16, 17, 127, 128, 129, 145, 2000, 70_000]) {
    const content = contentOf(someBytes(length, length));
    put(world, content, a);
    assertEquals(await world.until(b.get(content)), content.bytes);
  }
  assertEquals(world.connections.length, 1);
  await world.clock.advance(3000);
  assertEquals(a.open_, 0, "files are not kept open for long");
  await world.stop();
  assertEquals(a.open_ + b.open_, 0);
});

Deno.test("Transfer counts what is sent and received", async () => {
  const world = new TransferWorld(2);
  const [a, b] = peersOf(world);
  for (const length of [100, 1000]) {
    const content = contentOf(someBytes(length, length));
    put(world, content, a);
    await world.until(b.get(content));
  }
  assertEquals([a.transfer.sent, a.transfer.received], [1100, 0]);
  assertEquals([b.transfer.sent, b.transfer.received], [0, 1100]);
  await world.stop();
});

Deno.test("Transfer asks for a small file with one line, without its list", async () => {
  const world = new TransferWorld(2);
  const [a, b] = peersOf(world);
  const content = contentOf(someBytes(100));
  put(world, content, a);
  await world.until(b.get(content));
  assertEquals(world.connections[0]!.asking.writeSizes.length, 1);
  assert(bytesOn(world) < 100 + 300, `${bytesOn(world)} bytes`);
  await world.stop();
});

Deno.test("Transfer asks for many small files with few requests", async () => {
  const world = new TransferWorld(2);
  const [a, b] = peersOf(world);
  const contents = Array.from(
    { length: 300 },
    (_, i) => contentOf(someBytes(50 + i % 70, i)),
  );
  for (const content of contents) put(world, content, a);
  const all = await world.until(Promise.all(contents.map((one) => b.get(one))));
  assertEquals(all, contents.map(({ bytes }) => bytes));
  const { asking, answering } = world.connections[0]!;
  assert(asking.writeSizes.length <= 10, `${asking.writeSizes.length} writes`);
  assert(
    answering.writeSizes.length <= 20,
    `${answering.writeSizes.length} writes`,
  );
  await world.stop();
});

Deno.test("Transfer spreads small files over all who have them", async () => {
  const world = new TransferWorld(4);
  const [a, b, c] = peersOf(world);
  const me = world.peers[3]!;
  const contents = Array.from(
    { length: 300 },
    (_, i) => contentOf(someBytes(100, i)),
  );
  for (const content of contents) put(world, content, a, b, c);
  // The connections are there: what is asked before that is not spread.
  await world.until(
    Promise.all(contents.slice(0, 9).map((one) => me.get(one))),
  );
  const before = [a, b, c].map(({ transfer }) => transfer.sent);
  await world.until(Promise.all(contents.slice(9).map((one) => me.get(one))));
  for (const [i, { transfer }] of [a, b, c].entries()) {
    const sent = transfer.sent - before[i]!;
    assert(sent > 6000 && sent < 14_000, `${sent} bytes of one`);
  }
  await world.stop();
});

Deno.test("Transfer: three receivers pass a content on, and take little more than one copy of it from the first holder", async () => {
  const world = new TransferWorld(4);
  const [a] = peersOf(world);
  const others = world.peers.slice(1);
  // As slow as it takes for news to be worth something.
  world.paceOf = () => 2048;
  const content = contentOf(someBytes(400_000), "large", 10);
  put(world, content, a);
  const all = Promise.all(others.map((peer) => peer.get(content)));
  for (const bytes of await world.until(all)) {
    assertEquals(bytes, content.bytes);
  }
  const { sent } = a.transfer;
  assert(sent <= 1.6 * content.bytes.length, `${sent} bytes`);
  for (const { transfer } of others) assert(transfer.sent > 0);
  await world.stop();
});

Deno.test("Transfer does not fetch what is in another file", async () => {
  const world = new TransferWorld(2);
  const [a, b] = peersOf(world);
  for (const length of [100, 1000]) {
    const content = contentOf(someBytes(length, length));
    put(world, content, a, b);
    const { part, list } = await world.until(
      b.transfer.fetch(content.record, new AbortController().signal),
    );
    assertEquals(list, content.list);
    const into = new Uint8Array(length);
    part.readAt(0, into);
    assertEquals(into, content.bytes);
  }
  assertEquals(world.connections.length, 0);
  assertEquals(b.transfer.received, 0);
  await world.stop();
});

Deno.test("Transfer fetches only blocks that are in no file here", async () => {
  const world = new TransferWorld(2);
  const [a, b] = peersOf(world);
  const before = contentOf(someBytes(16 * 100));
  const bytes = before.bytes.slice();
  bytes.set(someBytes(16, 77), 16 * 50);
  // Something in front, too: the blocks are at other places then.
  const after = contentOf(joinBytes([someBytes(32, 78), bytes]));
  b.put(before);
  put(world, after, a);
  assertEquals(await world.until(b.get(after)), after.bytes);
  assertEquals(b.transfer.received, 16 * 3);
  assertEquals(b.open_, 0);
  await world.stop();
});

Deno.test("Transfer does not believe the index: what is not in the file any more is fetched", async () => {
  const world = new TransferWorld(2);
  const [a, b] = peersOf(world);
  const content = contentOf(someBytes(1600));
  put(world, content, a);
  b.put(content);
  b.lies = (_root, offset, into) => {
    if (offset >= 160 && offset < 192) into.fill(0);
  };
  assertEquals(await world.until(b.get(content)), content.bytes);
  assertEquals(b.transfer.received, 32);
  await world.stop();
});

Deno.test("Transfer goes on with what is left of an earlier run, block for block", async () => {
  const world = new TransferWorld(2);
  const [a, b] = peersOf(world);
  const content = contentOf(someBytes(1600));
  put(world, content, a);
  // The list has 3200 bytes.
  world.quality = () => ({ bToA: { cutAfterBytes: 4500, cutAs: "end" } });
  const first = b.get(content);
  first.catch(() => {});
  for (let i = 0; i < 30; i++) await turn();
  assert(b.transfer.received > 300, `${b.transfer.received} bytes`);
  b.restart();
  await assertRejects(() => first, Refusal);
  // One block is damaged meanwhile.
  const [part] = [...b.parts.values()];
  part!.bytes[17]! ^= 1;
  const received = b.writes.length * 16;
  world.quality = () => ({});
  world.tellPeers();
  world.tell(content.list.root);
  assertEquals(await world.until(b.get(content)), content.bytes);
  assertEquals(b.transfer.received, 1600 - received + 16);
  await world.stop();
});

Deno.test("Transfer asks the tracker ever more rarely while nobody has it, for all together", async () => {
  const world = new TransferWorld(2);
  const [a, b] = peersOf(world);
  const small = contentOf(someBytes(100, 1));
  const large = contentOf(someBytes(1000, 2));
  const both = Promise.all([b.get(small), b.get(large)]);
  const asks = () => b.told.filter((word) => word === "want").length;
  for (let i = 0; i < 100; i++) await world.clock.advance(100);
  assert(asks() >= 3 && asks() <= 5, `${asks()} times in 10 seconds`);
  await world.clock.advance(300_000);
  const before = asks();
  await world.clock.advance(640_000);
  assertEquals(asks() - before, 10, "times in 640 seconds");
  assertEquals(world.clock.timers, 1);
  put(world, small, a);
  put(world, large, a);
  assertEquals(await world.until(both), [small.bytes, large.bytes]);
  await world.stop();
});

Deno.test("Transfer lets contents that nobody has not keep others waiting", async () => {
  const world = new TransferWorld(2);
  const [a, b] = peersOf(world);
  const lost = [1, 2, 3].map((seed) => b.get(contentOf(someBytes(900, seed))));
  for (const one of lost) one.catch(() => {});
  await world.clock.advance(1000);
  const content = contentOf(someBytes(2000, 9));
  put(world, content, a);
  assertEquals(await world.until(b.get(content)), content.bytes);
  await world.stop();
});

Deno.test("Transfer gets a content once that is wanted twice", async () => {
  const world = new TransferWorld(2);
  const [a, b] = peersOf(world);
  for (const length of [100, 1000]) {
    const content = contentOf(someBytes(length, length));
    put(world, content, a);
    const both = [b.get(content), b.get(content)];
    const [one, other] = await world.until(Promise.all(both));
    assertEquals([one, other], [content.bytes, content.bytes]);
  }
  assertEquals(b.transfer.received, 1100);
  await world.stop();
});

Deno.test("Transfer waits for a part that is in other hands", async () => {
  const world = new TransferWorld(2);
  const [a, b] = peersOf(world);
  for (const length of [100, 1000]) {
    const content = contentOf(someBytes(length, length));
    const signal = new AbortController().signal;
    put(world, content, a);
    const { part } = await world.until(
      b.transfer.fetch(content.record, signal),
    );
    const second = b.transfer.fetch(content.record, signal);
    await world.clock.advance(1000);
    part.close();
    const again = await world.until(second);
    const into = new Uint8Array(length);
    again.part.readAt(0, into);
    assertEquals(into, content.bytes);
  }
  await world.stop();
});

Deno.test("Transfer stops fetching what is not wanted any more, and leaves its part for later", async () => {
  const world = new TransferWorld(2);
  const [a, b] = peersOf(world);
  world.paceOf = () => 50;
  for (const length of [100, 10_000]) {
    const content = contentOf(someBytes(length, length));
    put(world, content, a);
    const abort = new AbortController();
    const fetching = b.get(content, abort.signal);
    fetching.catch(() => {});
    await world.clock.advance(20);
    abort.abort(new Error("not any more"));
    await assertRejects(() => world.until(fetching), Error, "not any more");
    assertEquals([...b.parts.values()].filter((part) => part.isOpen), []);
    assertEquals(await world.until(b.get(content)), content.bytes);
  }
  const signal = AbortSignal.abort(new Error("not at all"));
  await assertRejects(
    () => b.get(contentOf(someBytes(10, 5)), signal),
    Error,
    "not at all",
  );
  await world.stop();
});

Deno.test("Transfer tells what the disk refuses, and goes on with the rest", async () => {
  const world = new TransferWorld(2);
  const [a, b] = peersOf(world);
  for (const length of [100, 40_000]) {
    for (const isAtOnce of [true, false]) {
      const content = contentOf(someBytes(length, length));
      put(world, content, a);
      const fetching = b.get(content);
      fetching.catch(() => {});
      for (let i = 0; !isAtOnce && b.writes.length === 0 && i < 99; i++) {
        await turn();
        if (length === 100) break;
      }
      b.diskFault = new Refusal("no-space");
      await assertRejects(() => world.until(fetching), Refusal, "full");
      b.diskFault = undefined;
      b.writes.length = 0;
      assertEquals(await world.until(b.get(content)), content.bytes);
      b.files.delete(content.list.root);
      b.index.commit({});
      world.tell(content.list.root);
    }
  }
  assertEquals(world.connections.length, 1);
  await world.stop();
});

Deno.test("Transfer refuses what is no content of blocks", async () => {
  const world = new TransferWorld(1);
  const [a] = peersOf(world);
  const { record } = contentOf(someBytes(10));
  const { signal } = new AbortController();
  for (
    const wrong of [
      { ...record, size: 0 },
      { ...record, root: null },
      { ...record, size: 2 ** 40, blockLog: 4 },
    ]
  ) await assertRejects(() => a.transfer.fetch(wrong, signal), Refusal);
  await world.stop();
});

Deno.test("Transfer tells of its progress", async () => {
  const world = new TransferWorld(2);
  const [a, b] = peersOf(world);
  world.paceOf = () => 500;
  const content = contentOf(someBytes(20_000), "films/one.mkv");
  put(world, content, a);
  const fetching = b.get(content);
  while (b.transfer.received < 5000) await world.clock.advance(250);
  const [progress] = b.progress();
  assertEquals(progress!.path, "films/one.mkv");
  assertEquals(progress!.size, 20_000);
  assertEquals(progress!.sources, [a.id]);
  assert(progress!.fetched >= 5000);
  assert(progress!.done <= progress!.fetched && progress!.done > 4000);
  assert(progress!.rate > 0);
  await world.until(fetching);
  assertEquals(b.progress(), []);
  await world.stop();
});

Deno.test("Transfer keeps no connection that nobody needs, and no clock running", async () => {
  const world = new TransferWorld(2);
  const [a, b] = peersOf(world);
  const content = contentOf(someBytes(1000));
  put(world, content, a);
  await world.until(b.get(content));
  for (let i = 0; i < 29; i++) await world.clock.advance(1000);
  const { asking, answering } = world.connections[0]!;
  assert(!asking.isClosed);
  for (let i = 0; i < 40; i++) await world.clock.advance(1000);
  assert(asking.isClosed && answering.isClosed);
  assertEquals(world.clock.timers, 0);
  assertEquals(a.open_, 0);
  await world.stop();
});

Deno.test("Transfer that was stopped does nothing more", async () => {
  const world = new TransferWorld(2);
  const [a, b] = peersOf(world);
  const content = contentOf(someBytes(40_000));
  world.paceOf = () => 500;
  put(world, content, a);
  const fetching = b.get(content);
  fetching.catch(() => {});
  while (b.transfer.received < 5000) await world.clock.advance(250);
  b.transfer.stop();
  const writes = b.writes.length;
  await assertRejects(() => fetching, Refusal);
  await world.clock.advance(60_000);
  assertEquals(b.writes.length, writes);
  await assertRejects(() => b.get(content), Refusal);
  await world.stop();
  assertEquals(world.clock.timers, 0);
  assertEquals(a.open_ + b.open_, 0);
});
