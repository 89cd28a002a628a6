import { assert, assertEquals, assertMatch } from "@std/assert";
import fc from "fast-check";
import { ClientState } from "../../chat/client_state.ts";
import type { Channel } from "../../io/channel.ts";
import { FakeClock } from "../../testing/fake_clock.ts";
import {
  channelPair,
  type ChannelPairOptions,
  type MemoryChannel,
} from "../../testing/memory_channel.ts";
import { ModelChat } from "../../testing/model_chat.ts";
import { ChatClient, type ChatEnding, type ClientNews } from "./chat_client.ts";

const KEY = "0123456789abcdef";

interface Setting {
  /** How each connection behaves, by its number. */
  readonly pairs?: (connection: number) => ChannelPairOptions;
  /** Whether each connection can be made. */
  readonly reachable?: (connection: number) => boolean;
  readonly firstRetries?: number;
  readonly laterRetries?: number;
}

/** A client in a room of a `ModelChat`, in a time that is moved by hand. */
class Site {
  readonly clock = new FakeClock();
  readonly room = new ModelChat();
  readonly state = new ClientState("alice", KEY, Infinity);
  readonly news: ClientNews[] = [];
  /** The server's ends of all connections, and when each was tried. */
  readonly channels: MemoryChannel[] = [];
  readonly tries: number[] = [];
  readonly client: ChatClient;
  readonly running: Promise<ChatEnding>;

  constructor(
    { pairs, reachable, firstRetries = 0, laterRetries = Infinity }: Setting =
      {},
  ) {
    const connect = (): Promise<Channel> => {
      const connection = this.tries.length;
      this.tries.push(this.clock.now());
      if (reachable?.(connection) === false) {
        return Promise.reject(new Error("Nobody there"));
      }
      const [ours, theirs] = channelPair(pairs?.(connection));
      this.channels.push(theirs);
      void this.room.serve(theirs);
      return Promise.resolve(ours);
    };
    this.client = new ChatClient({
      state: this.state,
      connect,
      clock: this.clock,
      chance: () => 0.5,
      timeoutMs: 15_000,
      firstRetries,
      laterRetries,
      onNews: (news) => this.news.push(news),
    });
    this.running = this.client.run();
  }

  /** Texts that were shown. */
  get shown(): string[] {
    return this.news.flatMap((news) => "id" in news ? [news.text] : []);
  }

  /** What was told beside texts. */
  get kinds(): string[] {
    return this.news.flatMap((news) => "id" in news ? [] : [news.kind]);
  }

  say(text: string, to = "*"): string | undefined {
    return this.client.say({ kind: "say", to, text });
  }

  /** Moves time until `holds`. */
  async until(what: string, holds: () => boolean): Promise<void> {
    for (let i = 0; i < 500; i++) {
      if (holds()) return;
      await this.clock.advance(100);
    }
    throw new Error(`In vain for 50 s: ${what}`);
  }

  untilSettled(): Promise<void> {
    return this.until("all is acknowledged", () => this.state.isSettled);
  }

  /** Leaves, and gives how it ended. */
  async leave(): Promise<ChatEnding> {
    this.client.leave();
    await this.clock.advance(3000);
    const ending = await this.running;
    assertEquals(this.clock.timers, 0);
    return ending;
  }
}

/** Two sides talk while connections are cut; everything arrives once, in order. */
async function talkThroughCuts(
  pairs: (connection: number) => ChannelPairOptions,
): Promise<void> {
  const site = new Site({ pairs, firstRetries: Infinity });
  const { room } = site;
  const ours: string[] = [];
  const theirs: string[] = [];
  for (let i = 0; i < 4; i++) {
    ours.push(`alice>${i % 2 === 0 ? "*" : "bob"}:${i}|🙂`);
    site.say(`${i}|🙂`, i % 2 === 0 ? "*" : "bob");
    theirs.push(`re ${i}`);
    room.say("bob", i % 2 === 0 ? "alice" : "*", `re ${i}`);
    await site.clock.advance(40);
  }
  await site.untilSettled();
  await site.until("all is shown", () => site.shown.length >= theirs.length);
  assertEquals(room.said.filter((said) => said.startsWith("alice")), ours);
  const isDirect = (text: string) => Number(text.at(-1)) % 2 === 0;
  // What was said to one before the first time in is told behind the old lines.
  assertEquals(site.shown.toSorted(), theirs);
  assertEquals(site.shown.filter(isDirect), theirs.filter(isDirect));
  assertEquals(
    site.shown.filter((text) => !isDirect(text)),
    theirs.filter((text) => !isDirect(text)),
  );
  assertEquals((await site.leave()).kind, "left");
}

for (const cutAs of ["reset", "end"] as const) {
  Deno.test(`ChatClient loses and doubles nothing when what it hears is cut after any byte (${cutAs})`, async () => {
    for (let cutAfterBytes = 0; cutAfterBytes < 420; cutAfterBytes++) {
      await talkThroughCuts((connection) =>
        connection === 0 ? { bToA: { cutAfterBytes, cutAs } } : {}
      );
    }
  });

  Deno.test(`ChatClient loses and doubles nothing when what it says is cut after any byte (${cutAs})`, async () => {
    for (let cutAfterBytes = 0; cutAfterBytes < 110; cutAfterBytes++) {
      await talkThroughCuts((connection) =>
        connection === 0 ? { aToB: { cutAfterBytes, cutAs } } : {}
      );
    }
  });
}

Deno.test("ChatClient loses and doubles nothing when connections are cut again and again", async () => {
  const cut = fc.integer({ min: 0, max: 300 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(cut, cut, fc.boolean()), { maxLength: 6 }),
      (cuts) =>
        talkThroughCuts((connection) => {
          const [to = 1e9, from = 1e9, isReset] = cuts[connection] ?? [];
          const cutAs = isReset ? "reset" : "end";
          return {
            aToB: { cutAfterBytes: to, cutAs, chunkBytes: 7 },
            bToA: { cutAfterBytes: from, cutAs, chunkBytes: 3 },
          };
        }),
    ),
    { numRuns: 60 },
  );
});

Deno.test("ChatClient says that the server is lost and that it is back, once each, and tries with growing pauses", async () => {
  const site = new Site({
    reachable: (connection) => connection === 0 || connection > 8,
  });
  await site.untilSettled();
  site.channels[0]!.reset();
  await site.until("it is back", () => site.kinds.includes("back"));
  assertEquals(site.kinds, ["joined", "lost", "back", "joined"]);
  const pauses = site.tries.slice(1).map((at, i) => at - site.tries[i]!);
  assertEquals(pauses.slice(1), [500, 1000, 2000, 4000, 8000, 1e4, 1e4, 1e4]);
  await site.leave();
});

Deno.test("ChatClient gives up at once where there was never a server, and later when it was told to", async () => {
  const never = new Site({ reachable: () => false });
  assertEquals((await never.running).kind, "unreachable");
  assertEquals(never.tries.length, 1);
  const retries = new Site({ reachable: () => false, firstRetries: 2 });
  await retries.clock.advance(10_000);
  assertEquals((await retries.running).kind, "unreachable");
  assertEquals([retries.tries.length, retries.kinds], [3, []]);
  const later = new Site({
    reachable: (connection) => connection === 0,
    laterRetries: 3,
  });
  await later.untilSettled();
  later.channels[0]!.reset();
  await later.clock.advance(20_000);
  assertEquals((await later.running).kind, "unreachable");
  assertEquals(later.tries.length, 4);
});

Deno.test("ChatClient asks a silent server, goes on if it answers, and comes back if it does not", async () => {
  const site = new Site();
  await site.untilSettled();
  const pings = () => site.room.lines.filter((line) => line === "ping").length;
  await site.clock.advance(29_000);
  assertEquals(pings(), 0);
  await site.clock.advance(3000);
  assertEquals(pings(), 1);
  await site.clock.advance(20_000);
  assertEquals([pings(), site.tries.length], [1, 1]);
  // From the next question on it hears nothing.
  site.room.listens = false;
  await site.clock.advance(45_000);
  assertEquals(site.kinds.includes("lost"), true);
  site.room.listens = true;
  await site.until("it is back", () => site.kinds.includes("back"));
  await site.leave();
});

Deno.test("ChatClient comes back when a server takes the connection and does not let it in", async () => {
  const site = new Site({
    firstRetries: 1,
    pairs: (connection) =>
      connection === 0 ? { aToB: { capacityBytes: 5 } } : {},
  });
  // Five bytes are taken of `join`, and nobody reads on.
  site.room.listens = false;
  await site.clock.advance(1000);
  site.room.listens = true;
  await site.until("it is in", () => site.state.isJoined);
  await site.leave();
});

Deno.test("ChatClient answers ping", async () => {
  const site = new Site();
  await site.untilSettled();
  site.room.tell("ping\n");
  await site.until("pong", () => site.room.lines.includes("pong"));
  await site.leave();
});

Deno.test("ChatClient tells what was seen, now and then and when it leaves", async () => {
  const site = new Site();
  await site.untilSettled();
  for (let i = 1; i <= 3; i++) site.room.say("bob", "alice", `${i}`);
  await site.until("seen", () => site.room.lines.includes("seen|3"));
  site.room.say("bob", "alice", "4");
  await site.until("it is shown", () => site.shown.length === 4);
  assertEquals((await site.leave()).kind, "left");
  assertEquals(site.room.lines.slice(-2), ["seen|4", "quit"]);
  assertEquals(site.room.lines.filter((l) => l.startsWith("seen")).length, 2);
});

Deno.test("ChatClient ends when it is refused, and when another has taken its place", async () => {
  for (
    const [line, code] of [
      ["refused|0|taken|There is an alice", "taken"],
      ["refused|0|bad-name|No", "bad-name"],
      ["joined|alice|one|0\nbye|replaced|You came in once more", "replaced"],
    ] as const
  ) {
    const site = new Site();
    // The model lets everybody in; this server is a sterner one.
    await site.channels[0]!.write(new TextEncoder().encode(line + "\n"));
    const ending = await site.running;
    assert(ending.kind === "refused");
    assertEquals(ending.code, code);
  }
});

Deno.test("ChatClient comes back to a server that stops, is busy, or does not speak the protocol any more", async () => {
  for (const line of ["bye|stopping|Stopping", "bye|slow|", "HTTP/1.1 400"]) {
    const site = new Site();
    await site.untilSettled();
    site.room.tell(line + "\n");
    await site.until("it is back", () => site.kinds.includes("back"));
    const lost = site.news.find(({ kind }) => kind === "lost");
    assert(lost?.kind === "lost" && lost.cause instanceof Error);
    assertMatch(lost.cause.message, /Stopping|slow|does not speak/);
    await site.leave();
  }
});

Deno.test("ChatClient tells a server that has forgotten everything what it did not acknowledge", async () => {
  const site = new Site();
  await site.untilSettled();
  site.say("before");
  await site.untilSettled();
  site.channels[0]!.reset();
  site.say("meanwhile");
  site.room.forget("two");
  site.room.say("bob", "*", "new here");
  await site.untilSettled();
  assertEquals(site.room.said, ["bob>*:new here", "alice>*:meanwhile"]);
  assertEquals(site.shown, ["new here"]);
  await site.leave();
});

Deno.test("say() refuses more than may wait, and untilRoom() tells when there is room", async () => {
  const site = new Site({
    reachable: (connection) => connection > 0,
    firstRetries: 1,
  });
  let count = 0;
  while (site.say(`${count}`) === undefined) count++;
  assertEquals(count, 512);
  const room = site.client.untilRoom();
  await site.clock.advance(1000);
  await room;
  assertEquals(site.say("more"), undefined);
  await site.untilSettled();
  assertEquals(site.room.said.length, 513);
  await site.leave();
});

Deno.test("leave() ends at once where there is no connection, and soon where nobody says goodbye", async () => {
  const away = new Site({ reachable: () => false, firstRetries: Infinity });
  await away.clock.advance(20_000);
  assertEquals((await away.leave()).kind, "left");
  const deaf = new Site();
  await deaf.untilSettled();
  deaf.room.listens = false;
  deaf.say("is lost");
  await deaf.clock.advance(100);
  assertEquals((await deaf.leave()).kind, "left");
});
