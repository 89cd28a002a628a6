import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { FakeClock } from "../../../testing/fake_clock.ts";
import {
  channelPair,
  type MemoryChannel,
} from "../../../testing/memory_channel.ts";
import { SimChance } from "../../../testing/sim_chance.ts";
import { parsePeerLine } from "../../../sync/peer_line.ts";
import { trackerLine } from "../../../sync/tracker_line.ts";
import type {
  PeerMessage,
  TrackerMessage,
} from "../../../sync/tracker_messages.ts";
import { TrackerLink, type TrackerSide } from "./tracker_link.ts";

const HELLO = {
  m: "hello",
  proto: 1,
  folder: undefined,
  peer: "a".repeat(10),
  run: "r",
  formerly: [],
  name: "a",
  port: 1,
  advertise: undefined,
  epoch: undefined,
  seq: 0,
} as const;

/** A link to a tracker whose part a test plays. */
class Site {
  readonly clock = new FakeClock();
  readonly told: string[] = [];
  readonly connectedAt: number[] = [];
  isThere: boolean;
  channel!: MemoryChannel;
  readonly link: TrackerLink;
  readonly run: Promise<void>;

  constructor(isThere = true) {
    this.isThere = isThere;
    const side: TrackerSide = {
      hello: () => HELLO,
      welcome: () => void this.told.push("welcome"),
      hear: ({ m }) => void this.told.push(m),
      refused: ({ code }) => void this.told.push(`refused ${code}`),
      lost: () => void this.told.push("lost"),
      beat: () => ({ sent: 1, received: 2, left: 3 }),
      moved: () => {},
    };
    const network = {
      connect: () => {
        this.connectedAt.push(this.clock.now());
        if (!this.isThere) return Promise.reject(new Error("refused"));
        const [near, far] = channelPair();
        this.channel = far;
        return Promise.resolve(near);
      },
    };
    this.link = new TrackerLink(
      { clock: this.clock, chance: new SimChance(3), network },
      { host: "h", port: 1 },
      side,
    );
    this.run = this.link.run();
  }

  async say(message: TrackerMessage): Promise<void> {
    await this.channel.write(new TextEncoder().encode(trackerLine(message)));
    await this.clock.advance(0);
  }

  /** What was said to the tracker since the last call. */
  async heard(): Promise<PeerMessage[]> {
    const bytes = new Uint8Array(65536);
    const count = await this.channel.read(bytes) ?? 0;
    const text = new TextDecoder().decode(bytes.subarray(0, count));
    return text.split("\n").slice(0, -1)
      .map((line) => parsePeerLine(line) as PeerMessage);
  }

  async welcome(time = this.clock.wallTime()): Promise<void> {
    await this.clock.advance(0);
    assertEquals((await this.heard()).map(({ m }) => m), ["hello"]);
    await this.say({
      m: "welcome",
      proto: 1,
      folder: "set",
      epoch: "e",
      seq: 0,
      time,
      beatMs: 5000,
      ttlMs: 15_000,
      peers: [],
    });
  }

  async stop(): Promise<void> {
    this.link.stop();
    await this.clock.advance(0);
    await this.run;
    assertEquals(this.clock.timers, 0);
  }
}

Deno.test("TrackerLink says hello, lets itself be heard, and says goodbye", async () => {
  const site = new Site();
  assertEquals(site.link.state, "connecting");
  site.link.say({ m: "bye" });
  await site.welcome();
  assertEquals([site.link.state, site.told], ["connected", ["welcome"]]);
  await site.clock.advance(5000);
  const [ping] = await site.heard();
  assertEquals(ping, {
    m: "ping",
    time: site.clock.wallTime(),
    sent: 1,
    received: 2,
    left: 3,
  });
  const { channel } = site;
  await site.stop();
  assertEquals((await site.heard()).map(({ m }) => m), ["bye"]);
  assertEquals(await channel.read(new Uint8Array(1)), undefined);
});

Deno.test("TrackerLink comes back ever more slowly, and soon after it was welcomed", async () => {
  const site = new Site(false);
  await site.clock.advance(60_000);
  assertEquals(site.link.state, "away");
  assertStringIncludes(site.link.why!, "refused");
  const pauses = site.connectedAt.slice(1)
    .map((at, i) => at - site.connectedAt[i]!);
  assert(pauses[0]! <= 100 && pauses.every((pause) => pause <= 5000));
  assert(pauses.length > 12 && pauses.length < 60, `${pauses.length}`);
  site.isThere = true;
  await site.clock.advance(5000);
  await site.welcome();
  const lostAt = site.clock.now();
  site.channel.reset();
  await site.clock.advance(100);
  assertEquals(site.told, ["welcome", "lost"]);
  assert(site.connectedAt.at(-1)! >= lostAt);
  await site.welcome();
  await site.stop();
});

Deno.test("TrackerLink leaves a tracker that is silent, says nonsense, or does not welcome it", async () => {
  const site = new Site();
  await site.clock.advance(10_000);
  assertStringIncludes(site.link.why!, "does not answer");
  await site.clock.advance(200);
  await site.say({ m: "own" });
  assertStringIncludes(site.link.why!, 'began with "own"');
  await site.clock.advance(400);
  await site.welcome();
  await site.channel.write(new TextEncoder().encode("nonsense\n"));
  await site.clock.advance(0);
  assertStringIncludes(site.link.why!, "The tracker said something else");
  await site.clock.advance(100);
  await site.welcome();
  await site.clock.advance(14_999);
  assertEquals(site.link.state, "connected");
  await site.clock.advance(5001);
  assertStringIncludes(site.link.why ?? "", "does not answer");
  await site.stop();
});

Deno.test("TrackerLink tells why it was refused, and tries again", async () => {
  const site = new Site();
  await site.clock.advance(0);
  await site.heard();
  await site.say({ m: "no", code: "folder", text: "another set" });
  assertEquals([site.link.state, site.link.why], ["refused", "another set"]);
  assertEquals(site.told, ["refused folder"]);
  await site.clock.advance(100);
  await site.welcome();
  assertEquals(site.link.state, "connected");
  await site.stop();
});

Deno.test("TrackerLink knows how far the tracker's clock is ahead", async () => {
  const site = new Site();
  await site.welcome(site.clock.wallTime() + 60_000);
  assertEquals(site.link.offsetMs, 60_000);
  await site.stop();
});

Deno.test("TrackerLink stops while it connects, or waits to", async () => {
  const site = new Site(false);
  await site.clock.advance(3000);
  await site.stop();
});
