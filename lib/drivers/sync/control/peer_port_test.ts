import { assert, assertEquals } from "@std/assert";
import { fromBytes, toBytes } from "../../../bytes/ascii.ts";
import type { Channel } from "../../../io/channel.ts";
import { FakeClock, turn } from "../../../testing/fake_clock.ts";
import {
  channelPair,
  type DirectionOptions,
  type MemoryChannel,
} from "../../../testing/memory_channel.ts";
import { within } from "../../../testing/within.ts";
import { CONNECTIONS_MAX, FIRST_LINE_MS_MAX, PeerPort } from "./peer_port.ts";

const HI = '{"m":"hi","folder":"f"}\n';
const CONTROL = '{"m":"control","do":"status"}\n';

/** A port, and what came through it. */
class Site {
  readonly clock = new FakeClock();
  /** `control` or `transfer`, and what had arrived. */
  readonly served: string[] = [];
  /** Ends what is being served. */
  readonly over = Promise.withResolvers<void>();
  readonly port = new PeerPort({
    clock: this.clock,
    transfer: (_, arrived) => this.#serve("transfer", arrived),
    control: (_, arrived) => this.#serve("control", arrived),
  });

  connect(aToB: DirectionOptions = {}): MemoryChannel {
    const [near, far] = channelPair({ aToB });
    this.port.accept(far);
    return near;
  }

  async #serve(what: string, arrived: Uint8Array): Promise<void> {
    this.served.push(`${what} ${fromBytes(arrived)}`);
    await this.over.promise;
  }
}

/** Waits until the other side has closed `channel`. */
async function cutOff(channel: Channel): Promise<void> {
  const reading = channel.read(new Uint8Array(1)).catch(() => undefined);
  assertEquals(await within("the end of a connection", reading), undefined);
}

Deno.test("PeerPort hands a connection on to what its first line asks for, with all that came", async () => {
  for (const chunkBytes of [1, 7, 1000]) {
    const site = new Site();
    const lines = [HI, CONTROL];
    for (const line of lines) {
      await site.connect({ chunkBytes }).write(toBytes(line));
    }
    for (let i = 0; i < HI.length + CONTROL.length; i++) await turn();
    assertEquals(site.served.sort(), [`control ${CONTROL}`, `transfer ${HI}`]);
    site.over.resolve();
    await site.port.stop();
  }
});

Deno.test("PeerPort hands on what came behind the first line", async () => {
  const site = new Site();
  await site.connect().write(toBytes(HI + "more"));
  await turn();
  assertEquals(site.served, [`transfer ${HI}more`]);
  site.over.resolve();
  await turn();
  assertEquals(site.port.open, 0);
  await site.port.stop();
});

Deno.test("PeerPort cuts off who speaks another language, at once", async () => {
  const site = new Site();
  for (
    const text of [
      "G",
      "GET / HTTP/1.1\r\n",
      "\n",
      "[]\n",
      "{\n",
      "{}\n",
      '{"m":5}\n',
      "{" + "x".repeat(20_000),
    ]
  ) {
    const channel = site.connect();
    await channel.write(toBytes(text));
    await cutOff(channel);
  }
  assertEquals(site.served, []);
  assertEquals(site.port.open, 0);
  assertEquals(site.clock.timers, 0);
  await site.port.stop();
});

Deno.test("PeerPort cuts off who says no line in time, and looks no longer than there is one", async () => {
  const site = new Site();
  const silent = site.connect();
  const slow = site.connect();
  await slow.write(toBytes("{"));
  await site.clock.advance(FIRST_LINE_MS_MAX);
  assertEquals(site.port.open, 2);
  await site.clock.advance(2000);
  await cutOff(silent);
  await cutOff(slow);
  assertEquals([site.port.open, site.clock.timers], [0, 0]);
  // Who is served may be silent for long.
  const served = site.connect();
  await served.write(toBytes(HI));
  await site.clock.advance(FIRST_LINE_MS_MAX * 10);
  assertEquals(site.port.open, 1);
  assertEquals(site.clock.timers, 0);
  site.over.resolve();
  await site.port.stop();
});

Deno.test("PeerPort has room for so many, and for more when some have gone", async () => {
  const site = new Site();
  const open = Array.from({ length: CONNECTIONS_MAX }, () => site.connect());
  await cutOff(site.connect());
  assertEquals(site.port.open, CONNECTIONS_MAX);
  open[0]!.close();
  await turn();
  await site.connect().write(toBytes(HI));
  await turn();
  assertEquals(site.served.length, 1);
  site.over.resolve();
  await site.port.stop();
});

Deno.test("PeerPort ends everything when it stops, and takes nobody any more", async () => {
  const site = new Site();
  const silent = site.connect();
  const served = site.connect();
  await served.write(toBytes(HI));
  await turn();
  const stopping = site.port.stop();
  await cutOff(silent);
  await cutOff(served);
  let isStopped = false;
  void stopping.then(() => isStopped = true);
  await turn();
  assert(!isStopped, "what serves has not ended");
  site.over.resolve();
  await within("the stop", stopping);
  await cutOff(site.connect());
  assertEquals(site.clock.timers, 0);
});
