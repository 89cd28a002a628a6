import { assert, assertEquals } from "@std/assert";
import {
  contentOf,
  someBytes,
  type TestPeer,
  TransferWorld,
} from "../../../testing/transfer_world.ts";

function peersOf(world: TransferWorld): [TestPeer, TestPeer, TestPeer] {
  return world.peers as unknown as [TestPeer, TestPeer, TestPeer];
}

Deno.test("Transfer gets the right bytes wherever the connection is cut, and each block once", async () => {
  const contents = [contentOf(someBytes(40, 1)), contentOf(someBytes(150, 2))];
  for (const [direction, bytes] of [["aToB", 420], ["bToA", 900]] as const) {
    for (let cutAfterBytes = 0; cutAfterBytes < bytes; cutAfterBytes += 3) {
      const cutAs = cutAfterBytes % 2 === 0 ? "reset" : "end";
      const world = new TransferWorld(2);
      const [a, b] = peersOf(world);
      world.quality = () =>
        world.connections.length > 0
          ? {}
          : { [direction]: { cutAfterBytes, cutAs } };
      for (const content of contents) a.put(content);
      for (const { list: { root } } of contents) world.tell(root);
      const all = Promise.all(contents.map((content) => b.get(content)));
      assertEquals(await world.until(all), contents.map((one) => one.bytes));
      // What came before the cut is not fetched again, but for blocks and small files that were not whole.
      const { received } = b.transfer;
      assert(received <= 190 + 40 + 16, `${cutAfterBytes}: ${received}`);
      await world.stop();
    }
  }
});

Deno.test("Transfer gets the right bytes over connections that are cut again and again", async () => {
  const world = new TransferWorld(3);
  const [a, b, c] = peersOf(world);
  world.quality = () => ({ bToA: { cutAfterBytes: 3000, chunkBytes: 100 } });
  const content = contentOf(someBytes(20_000), "large", 6);
  a.put(content);
  b.put(content);
  world.tell(content.list.root);
  // The list has 10 000 bytes: on such connections it never comes whole.
  c.index.commit({ lists: [content.list] });
  c.list = () => content.list;
  assertEquals(await world.until(c.get(content)), content.bytes);
  await world.stop();
});

Deno.test("Transfer asks others after five seconds without a byte, and goes on with what it had", async () => {
  const world = new TransferWorld(3);
  const [a, b, c] = peersOf(world);
  const content = contentOf(someBytes(3000));
  a.put(content);
  world.tell(content.list.root);
  world.paceOf = (id) => id === a.id ? 500 : Infinity;
  const fetching = c.get(content);
  while (c.transfer.received < 1000) await world.clock.advance(10);
  world.freeze(a);
  b.put(content);
  world.tell(content.list.root);
  const begun = world.clock.now();
  assertEquals(await world.until(fetching), content.bytes);
  assert(world.clock.now() - begun <= 6000);
  assert(c.transfer.received <= 3000 + 16);
  await world.stop();
});

Deno.test("Transfer asks one that was cut off at once elsewhere", async () => {
  const world = new TransferWorld(3);
  const [a, b, c] = peersOf(world);
  const contents = [contentOf(someBytes(60, 1)), contentOf(someBytes(900, 2))];
  world.quality = (_from, to) =>
    to === a.id ? { bToA: { cutAfterBytes: 100 } } : {};
  for (const content of contents) {
    a.put(content);
    b.put(content);
    world.tell(content.list.root);
  }
  const begun = world.clock.now();
  const all = Promise.all(contents.map((content) => c.get(content)));
  assertEquals(await world.until(all), contents.map(({ bytes }) => bytes));
  assert(world.clock.now() - begun <= 50, `${world.clock.now() - begun} ms`);
  await world.stop();
});

Deno.test("Transfer tells of peers it cannot reach, tries them ever more rarely, and gets it elsewhere", async () => {
  const world = new TransferWorld(3);
  const [a, b, c] = peersOf(world);
  const content = contentOf(someBytes(100));
  a.put(content);
  world.unreachable.add(a.id);
  world.tell(content.list.root);
  const fetching = c.get(content);
  for (let i = 0; i < 100; i++) await world.clock.advance(100);
  const told = c.told.filter((word) => word === `bad ${a.id} unreachable`);
  assert(told.length >= 4 && told.length <= 8, `${told.length} times`);
  b.put(content);
  world.tell(content.list.root);
  assertEquals(await world.until(fetching), content.bytes);
  await world.stop();
});

Deno.test("Transfer does not take wrong bytes, and does not ask who sends them three times", async () => {
  const world = new TransferWorld(3);
  const [a, b, c] = peersOf(world);
  a.lies = (_root, _offset, into) => void (into[0]! ^= 1);
  const contents = [1, 2, 3, 4, 5].map((seed) =>
    contentOf(someBytes(seed % 2 === 0 ? 60 : 900, seed))
  );
  for (const content of contents) {
    a.put(content);
    world.tell(content.list.root);
  }
  const fetching = Promise.all(contents.map((content) => c.get(content)));
  for (let i = 0; i < 100; i++) await world.clock.advance(100);
  assert(c.told.includes(`bad ${a.id} corrupt`));
  assertEquals(c.logged.length, 1);
  const { sent } = a.transfer;
  for (let i = 0; i < 100; i++) await world.clock.advance(5000);
  assertEquals(a.transfer.sent, sent, "asked within ten minutes");
  for (const content of contents) {
    b.put(content);
    world.tell(content.list.root);
  }
  assertEquals(
    await world.until(fetching),
    contents.map(({ bytes }) => bytes),
  );
  await world.stop();
});

Deno.test("Transfer gets it from an honest peer while another one lies about some blocks", async () => {
  const world = new TransferWorld(3);
  const [a, b, c] = peersOf(world);
  const content = contentOf(someBytes(3000));
  a.put(content);
  b.put(content);
  a.lies = (_root, offset, into) => {
    if (offset < 640) into.fill(1);
  };
  world.tell(content.list.root);
  assertEquals(await world.until(c.get(content)), content.bytes);
  await world.stop();
});

Deno.test("Transfer: a file that changes while it is sent is looked at, and the sender is not blamed", async () => {
  const world = new TransferWorld(2);
  const [a, b] = peersOf(world);
  const content = contentOf(someBytes(600_000), "large", 10);
  a.put(content);
  world.tell(content.list.root);
  world.paceOf = () => 20_000;
  const fetching = b.get(content);
  while (b.transfer.received < 30_000) await world.clock.advance(10);
  // What is open is not what it was.
  a.files.delete(content.list.root);
  a.lies = (_root, _offset, into) => into.fill(0);
  await world.clock.advance(400);
  a.lies = undefined;
  a.put(content);
  assertEquals(await world.until(fetching), content.bytes);
  assert(a.told.includes(`changed ${content.list.root}`));
  assert(!b.told.some((word) => word.endsWith("corrupt")));
  await world.stop();
});

Deno.test("Transfer serves sixteen others at the same time; who comes then is served later", async () => {
  const world = new TransferWorld(20);
  const [a] = world.peers as [TestPeer];
  const content = contentOf(someBytes(100));
  a.put(content);
  world.isSilent = true;
  const others = world.peers.slice(1);
  for (const peer of others) {
    peer.transfer.setSources(content.list.root, [a.id], []);
  }
  const all = Promise.all(others.map((peer) => peer.get(content)));
  for (let i = 0; i < 50; i++) await world.clock.advance(10);
  const served = others.filter(({ files }) => files.size > 0);
  assertEquals(served.length, 16);
  // Those who ask nothing more make room.
  assertEquals((await world.until(all, 5000)).length, 19);
  // To be busy is not to be unreachable.
  for (const { told } of others) {
    assert(!told.some((word) => word.startsWith("bad")));
  }
  await world.stop();
});

Deno.test("Transfer does not take a wrong block list", async () => {
  const world = new TransferWorld(3);
  const [a, b, c] = peersOf(world);
  const content = contentOf(someBytes(3000));
  const hashes = content.list.hashes.slice();
  hashes[40]! ^= 1;
  a.list = () => ({ ...content.list, hashes });
  a.put(content);
  world.tell(content.list.root);
  const fetching = c.get(content);
  await world.clock.advance(1000);
  assertEquals(c.transfer.received, 0);
  b.put(content);
  world.tell(content.list.root);
  assertEquals(await world.until(fetching), content.bytes);
  await world.stop();
});

Deno.test("Transfer gives up a connection on which nothing comes for five seconds", async () => {
  const world = new TransferWorld(3);
  const [a, b, c] = peersOf(world);
  const content = contentOf(someBytes(100));
  a.put(content);
  world.paceOf = (id) => id === a.id ? 10 : Infinity;
  world.freeze(a);
  world.tell(content.list.root);
  const fetching = c.get(content);
  await world.clock.advance(100);
  b.put(content);
  world.tell(content.list.root);
  await world.clock.advance(4500);
  assertEquals(c.transfer.received, 0);
  await world.clock.advance(700);
  assertEquals(await world.until(fetching, 1000), content.bytes);
  assert(c.told.includes(`bad ${a.id} unreachable`));
  await world.stop();
});

Deno.test("Transfer does not run against a peer that hangs up again and again", async () => {
  // Before its greeting, right behind it, and in its answer.
  for (const cutAfterBytes of [0, 56, 60]) {
    const world = new TransferWorld(2);
    const [a, b] = peersOf(world);
    const content = contentOf(someBytes(100));
    a.put(content);
    world.quality = () => ({ bToA: { cutAfterBytes, cutAs: "end" } });
    world.tell(content.list.root);
    b.get(content).catch(() => {});
    for (let i = 0; i < 100; i++) await world.clock.advance(100);
    const { length } = world.connections;
    assert(length >= 4 && length <= 9, `${length} connections`);
    await world.stop();
  }
});

Deno.test("Transfer does not run against a peer that does not have what the tracker says", async () => {
  const world = new TransferWorld(2);
  const [a, b] = peersOf(world);
  for (const content of [contentOf(someBytes(99)), contentOf(someBytes(999))]) {
    b.transfer.setSources(content.list.root, [a.id], []);
    b.get(content).catch(() => {});
  }
  for (let i = 0; i < 100; i++) await world.clock.advance(100);
  const { asking } = world.connections[0]!;
  assert(asking.writeSizes.length <= 12, `${asking.writeSizes.length} writes`);
  await world.stop();
});

Deno.test("Transfer makes at most eight connections at the same time, and uses all who have it in the end", async () => {
  const world = new TransferWorld(13);
  const [me] = peersOf(world);
  const contents = world.peers.slice(1).map((peer, i) => {
    const content = contentOf(someBytes(100, i));
    peer.put(content);
    world.tell(content.list.root);
    return content;
  });
  const all = Promise.all(contents.map((content) => me.get(content)));
  for (let i = 0; i < 3; i++) {
    await world.clock.advance(1);
    const open = world.connections.filter(({ asking }) => !asking.isClosed);
    assert(open.length <= 8, `${open.length} connections`);
  }
  assertEquals((await world.until(all)).length, 12);
  await world.stop();
});

Deno.test("Transfer gives back the places of large contents whose holder leaves half-way, and goes on with them when it is back", async () => {
  const world = new TransferWorld(3);
  const [a, b, c] = peersOf(world);
  world.paceOf = (id) => id === a.id ? 500 : Infinity;
  const halves = [contentOf(someBytes(9000, 1)), contentOf(someBytes(9000, 2))];
  for (const content of halves) a.put(content);
  for (const { list: { root } } of halves) world.tell(root);
  const both = Promise.all(halves.map((content) => b.get(content)));
  const came = (root: string) =>
    b.writes.filter((write) => write.root === root).length;
  while (halves.some(({ list }) => came(list.root) < 50)) {
    await world.clock.advance(10);
  }
  world.freeze(a);
  world.tellPeers([b, c]);
  // All of what comes at the same time is larger: it would have to wait for them.
  const whole = contentOf(someBytes(20_000, 3));
  c.put(whole);
  world.tell(whole.list.root);
  assertEquals(await world.until(b.get(whole), 5000), whole.bytes);
  await world.clock.advance(5000);
  assertEquals(b.left, 2);
  assert([...b.parts.values()].every(({ isOpen }) => !isOpen));
  const received = b.transfer.received;
  assert(received >= 20_000 + 100 * 16, `${received}`);
  world.frozen.clear();
  world.paceOf = () => Infinity;
  world.tellPeers();
  assertEquals(await world.until(both), halves.map(({ bytes }) => bytes));
  assert(b.transfer.received <= 38_000 + 8 * 16, `${b.transfer.received}`);
  await world.stop();
});

Deno.test("Transfer takes to its end what is on its way from one whom the tracker does not name any more", async () => {
  const world = new TransferWorld(2);
  const [a, b] = peersOf(world);
  world.paceOf = () => 20;
  const content = contentOf(someBytes(120));
  a.put(content);
  world.tell(content.list.root);
  const fetching = b.get(content);
  // The greeting and some of the answer.
  const sent = () => world.connections[0]?.answering.bytesWritten ?? 0;
  while (sent() < 150) await world.clock.advance(10);
  assert(b.transfer.received < 120);
  world.isSilent = true;
  b.transfer.setSources(content.list.root, [], []);
  assertEquals(await world.until(fetching, 2000), content.bytes);
  assertEquals([b.left, b.transfer.received], [0, 120]);
  await world.stop();
});
