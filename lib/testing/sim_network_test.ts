import { assertEquals, assertRejects } from "@std/assert";
import { fromBytes, toBytes } from "../bytes/ascii.ts";
import type { Channel } from "../io/channel.ts";
import { SimChance } from "./sim_chance.ts";
import { SimNetwork } from "./sim_network.ts";
import { SimProcess, SimTime } from "./sim_time.ts";

/** Two hosts, and a connection from `a` to `b` unless the network is blocked. */
function newPair(seed = 1) {
  const chance = new SimChance(seed);
  const time = new SimTime(chance.fork());
  const network = new SimNetwork(time, chance.fork(), {
    delayMs: [1, 3],
    bandwidth: 1000,
    slowShare: 0,
    pieceShare: 0.5,
  });
  const a = new SimProcess("a");
  const b = new SimProcess("b");
  const accepted: Channel[] = [];
  network.listen(b, "hb", 7, (channel) => accepted.push(channel));
  const connect = () => network.networkOf(a, "ha").connect("hb", 7, 3000);
  return { time, network, a, b, accepted, connect };
}

async function connected(world: ReturnType<typeof newPair>) {
  let near: Channel | undefined;
  void world.connect().then((channel) => near = channel);
  await world.time.run(10);
  return { near: near!, far: world.accepted[0]! };
}

/** Reads to the end in the background. */
function reading(channel: Channel) {
  const got = { text: "", end: "" };
  const read = async () => {
    const into = new Uint8Array(50);
    for (;;) {
      const count = await channel.read(into);
      if (count === undefined) return "end";
      got.text += fromBytes(into.subarray(0, count));
    }
  };
  void read().catch((error) => error.code ?? error.name)
    .then((end) => got.end = end);
  return got;
}

async function writeAll(channel: Channel, text: string): Promise<void> {
  const bytes = toBytes(text);
  for (let done = 0; done < bytes.length;) {
    done += await channel.write(bytes.subarray(done));
  }
}

const LONG = Array.from({ length: 5000 }, (_, i) => `${i};`).join("");

Deno.test("SimNetwork carries bytes in order, later, and lets a fast writer wait", async () => {
  const world = newPair();
  const { near, far } = await connected(world);
  const got = reading(far);
  let written = false;
  void writeAll(near, LONG).then(() => near.closeWrite()).then(() =>
    written = true
  );
  assertEquals(got.text, "");
  await world.time.run(2);
  assertEquals(written, false);
  await world.time.run(1000);
  assertEquals([got.text === LONG, got.end, written], [true, "end", true]);
  const back = reading(near);
  await writeAll(far, "back");
  far.close();
  await world.time.run(10);
  assertEquals(back, { text: "back", end: "end" });
});

Deno.test("SimNetwork refuses where nobody listens, and is silent where it is blocked", async () => {
  const world = newPair();
  const { time, network } = world;
  const elsewhere = network.networkOf(world.a, "ha").connect("hb", 8, 3000);
  const refused = assertRejects(() => elsewhere, Error, "ECONNRESET");
  await time.run(10);
  await refused;
  network.block("hb", "ha");
  const timedOut = assertRejects(() => world.connect(), Error, "timed out");
  await time.run(2999);
  const began = time.now;
  await time.run(10);
  await timedOut;
  assertEquals(began, 3009);
});

Deno.test("SimNetwork delivers after a block what was written during it, in that direction alone", async () => {
  const world = newPair();
  const { near, far } = await connected(world);
  const toFar = reading(far);
  const toNear = reading(near);
  world.network.block("ha", "hb");
  await writeAll(near, "there");
  await writeAll(far, "here");
  await world.time.run(5000);
  assertEquals([toFar.text, toNear.text], ["", "here"]);
  world.network.unblockAll();
  await world.time.run(10);
  assertEquals(toFar.text, "there");
  world.network.block("ha", "hb");
  await writeAll(near, "never");
  await world.time.run(61_000);
  assertEquals(toNear.end, "ECONNRESET");
});

Deno.test("SimNetwork loses connections after any number of bytes", async () => {
  for (let bytes = 1; bytes < 30; bytes++) {
    const world = newPair(bytes);
    const { near, far } = await connected(world);
    world.network.connections[0]!.bytesUntilLost = bytes;
    const got = reading(far);
    const back = reading(near);
    await writeAll(near, "x".repeat(30));
    await world.time.run(100);
    assertEquals([back.end, got.end], ["ECONNRESET", "ECONNRESET"]);
    assertEquals(got.text.length <= bytes, true);
    assertEquals(world.network.connections.length, 0);
  }
});

Deno.test("SimNetwork ends the connections of a process that was killed, but not of a machine without power", async () => {
  const killed = newPair();
  const first = await connected(killed);
  const got = reading(first.far);
  await writeAll(first.near, "last words");
  killed.a.kill("killed");
  await killed.time.run(10);
  assertEquals(got, { text: "last words", end: "end" });
  await assertRejects(() => writeAll(first.near, "more"));

  const cut = newPair();
  const second = await connected(cut);
  const heard = reading(second.far);
  cut.a.kill("power-cut");
  await cut.time.run(10_000);
  assertEquals(heard, { text: "", end: "" });
  await writeAll(second.far, "anybody?");
  await cut.time.run(61_000);
  assertEquals(heard.end, "ECONNRESET");
});
