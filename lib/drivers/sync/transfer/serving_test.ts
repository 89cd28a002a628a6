import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import DOCUMENT from "../../../../docs/sync.md" with { type: "text" };
import { fromBytes, toBytes } from "../../../bytes/ascii.ts";
import { turn } from "../../../testing/fake_clock.ts";
import {
  channelPair,
  type MemoryChannel,
} from "../../../testing/memory_channel.ts";
import {
  contentOf,
  someBytes,
  type TestPeer,
  TransferWorld,
} from "../../../testing/transfer_world.ts";

const HI = '{"m":"hi","proto":1,"folder":"set","peer":"zzzzzzzzzz"}\n';
const HI_BACK = '{"m":"hi","proto":1,"folder":"set","peer":"aaaaaaaaaa"}\n';
const SMALL = contentOf(someBytes(20, 1));
const LARGE = contentOf(someBytes(600_000, 2), "large", 10);
const NO_ROOT = "x".repeat(43);

Deno.test("docs/sync.md shows what peers say to each other as it is", async () => {
  const example = /```transfer\n([\s\S]*?)```/.exec(DOCUMENT)![1]!;
  const conversation = new Conversation();
  conversation.peer.put(contentOf(toBytes("Hello, peer!\n"), "a", 17));
  for (const [, asked, answer] of example.matchAll(/> (.*\n)((?:< .*\n)*)/g)) {
    assertEquals(
      fromBytes(await conversation.say(asked!)),
      answer!.replaceAll(/^< /gm, ""),
    );
  }
  await conversation.end();
});

/** A peer that is talked to by hand. */
class Conversation {
  readonly world = new TransferWorld(1);
  readonly peer = this.world.peers[0] as TestPeer;
  readonly channel: MemoryChannel;
  readonly served: Promise<void>;

  constructor(first = "") {
    this.peer.put(SMALL);
    this.peer.put(LARGE);
    const [asking, answering] = channelPair();
    this.channel = asking;
    this.served = this.peer.transfer.serve(answering, toBytes(first));
  }

  /** Sends `text`, and gives all that comes until nothing more does. */
  async say(text: string): Promise<Uint8Array> {
    const bytes = toBytes(text);
    for (let at = 0; at < bytes.length;) {
      at += await this.channel.write(bytes.subarray(at));
    }
    return await this.heard();
  }

  async heard(): Promise<Uint8Array> {
    const all: number[] = [];
    let isWaiting = false;
    while (!isWaiting) {
      const into = new Uint8Array(65_536);
      isWaiting = true;
      const reading = this.#pending ?? this.channel.read(into).then((count) => {
        this.#pending = undefined;
        return into.subarray(0, count ?? 0);
      });
      this.#pending = reading;
      void reading.then((bytes) => {
        all.push(...bytes);
        isWaiting = bytes.length === 0;
      }, () => {});
      for (let i = 0; i < 5; i++) await turn();
      if (this.#pending !== undefined) break;
    }
    return new Uint8Array(all);
  }

  async end(): Promise<void> {
    this.channel.close();
    await this.world.stop();
    await this.served;
  }

  #pending: Promise<Uint8Array> | undefined;
}

/** What comes for `text` behind the greetings. */
async function answerTo(text: string): Promise<string> {
  const conversation = new Conversation();
  const heard = fromBytes(await conversation.say(HI + text))!;
  await conversation.end();
  assert(heard.startsWith(HI_BACK), heard);
  return heard.slice(HI_BACK.length);
}

/** The lines in `bytes`, without the bodies behind them. */
function linesIn(
  bytes: Uint8Array,
): { m: string; id?: number; code?: string; len?: number }[] {
  const lines = [];
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(0x0a, at);
    const message = JSON.parse(fromBytes(bytes.subarray(at, end))!);
    lines.push(message);
    at = end + 1 + (message.len ?? 0);
  }
  return lines;
}

function line(message: object): string {
  return JSON.stringify(message) + "\n";
}

Deno.test("Serving takes what arrived before, and greets back", async () => {
  for (const cut of [0, 1, HI.length - 1, HI.length]) {
    const conversation = new Conversation(HI.slice(0, cut));
    const heard = await conversation.say(HI.slice(cut));
    assertEquals(fromBytes(heard), HI_BACK);
    await conversation.end();
  }
});

Deno.test("Serving refuses who speaks another protocol, belongs to another set, or does not say hi", async () => {
  const refused: [string, string][] = [
    [HI.replace('"proto":1', '"proto":2'), '"code":"proto"'],
    [HI.replace("set", "other"), '"code":"folder"'],
    [line({ m: "ping", id: 1 }), '"code":"bad-request"'],
    ["GET / HTTP/1.1\n", '"code":"bad-request"'],
  ];
  for (const [first, code] of refused) {
    const conversation = new Conversation();
    assertStringIncludes(fromBytes(await conversation.say(first))!, code);
    await conversation.served;
    await conversation.end();
  }
});

Deno.test("Serving says no to a line that is no request, and ends", async () => {
  const root = SMALL.list.root;
  for (
    const wrong of [
      "what?\n",
      line({ m: "get", id: 1, root, at: 0, len: 2 ** 25 }),
      line({ m: "put", id: 1 }),
    ]
  ) {
    const conversation = new Conversation();
    const heard = fromBytes(await conversation.say(HI + wrong))!;
    assertStringIncludes(heard, '"m":"no"');
    await conversation.served;
    await conversation.end();
  }
});

Deno.test("Serving ends a connection with a line that never ends", async () => {
  const conversation = new Conversation();
  const sent = conversation.say(HI + "x".repeat(100_000));
  await conversation.served;
  await sent.catch(() => {});
  await conversation.end();
});

Deno.test("Serving says of each thing it does not have that it is gone", async () => {
  const { root } = SMALL.list;
  const gone = (id: number) => line({ m: "err", id, code: "gone" });
  const of = (id: number, of: number) =>
    line({ m: "err", id, of, code: "gone" });
  const cases: [object, string][] = [
    [{ m: "get", id: 7, root: NO_ROOT, at: 0, len: 1 }, gone(7)],
    [{ m: "get", id: 7, root, at: 20, len: 1 }, gone(7)],
    [{ m: "get", id: 7, root, at: 2 ** 53 - 1, len: 1 }, gone(7)],
    [{ m: "files", id: 7, roots: [NO_ROOT, NO_ROOT] }, of(7, 0) + of(7, 1)],
    [{ m: "list", id: 7, root: NO_ROOT, at: 0 }, gone(7)],
    [{ m: "list", id: 7, root, at: 2 }, gone(7)],
    [{ m: "bits", id: 7, root: NO_ROOT }, gone(7)],
  ];
  for (const [request, answer] of cases) {
    assertEquals(await answerTo(line(request)), answer);
  }
});

Deno.test("Serving answers small things before large ones", async () => {
  const conversation = new Conversation();
  const { root } = LARGE.list;
  const large = [1, 2, 3].map((id) =>
    line({ m: "get", id, root, at: 0, len: 600_000 })
  );
  const small = line({ m: "files", id: 4, roots: [SMALL.list.root] });
  const heard = await conversation.say(
    HI + large.join("") + small + line({ m: "ping", id: 5 }),
  );
  const lines = linesIn(heard);
  const answers = lines.filter(({ m }) => m === "data").map(({ id }) => id);
  assertEquals([...new Set(answers)], [1, 4, 2, 3]);
  // A word for the connection comes between two pieces of a body.
  const pong = lines.findIndex(({ m }) => m === "pong");
  assert(pong > 0 && lines[pong + 1]!.id === 1);
  await conversation.end();
});

Deno.test("Serving reads no more while its answers are not taken: nothing piles up", async () => {
  const conversation = new Conversation();
  const { root } = LARGE.list;
  const request = line({ m: "get", id: 1, root, at: 0, len: 600_000 });
  await conversation.channel.write(toBytes(HI));
  let asked = 0;
  let isStuck = false;
  while (!isStuck) {
    isStuck = true;
    void conversation.channel.write(toBytes(request)).then(
      () => void (isStuck = false),
      () => {},
    );
    for (let i = 0; i < 3; i++) await turn();
    asked++;
    assert(asked < 5000, "it reads on");
  }
  // And who takes nothing for half a minute is let go.
  for (let i = 0; i < 31; i++) await conversation.world.clock.advance(1000);
  await conversation.served;
  await conversation.end();
});

Deno.test("Serving does not answer what was cancelled", async () => {
  const conversation = new Conversation();
  const { root } = LARGE.list;
  const asked = [1, 2, 3].map((id) =>
    line({ m: "get", id, root, at: 0, len: 600_000 })
  ).join("");
  await conversation.channel.write(toBytes(HI + asked));
  await conversation.channel.write(toBytes(line({ m: "cancel", id: 2 })));
  const lines = linesIn(await conversation.heard());
  assertEquals(lines.filter(({ id }) => id === 2), [
    { m: "err", id: 2, code: "cancelled" },
  ]);
  assertEquals(lines.at(-1)?.id, 3);
  await conversation.end();
});

Deno.test("Serving lets go of who asks nothing for a minute", async () => {
  const conversation = new Conversation();
  await conversation.say(HI);
  for (let i = 0; i < 61; i++) await conversation.world.clock.advance(1000);
  await conversation.served;
  await conversation.end();
});

Deno.test("Serving: the newer connection of a peer replaces the older one", async () => {
  const conversation = new Conversation();
  await conversation.say(HI);
  const [asking, answering] = channelPair();
  const served = conversation.peer.transfer.serve(answering, toBytes(HI));
  await conversation.served;
  asking.close();
  await conversation.end();
  await served;
});

Deno.test("Serving gives of what is being fetched what is there, and tells of what comes", async () => {
  const world = new TransferWorld(2);
  const [a, b] = world.peers as [TestPeer, TestPeer];
  a.put(LARGE);
  world.paceOf = () => 2000;
  const { root } = LARGE.list;
  world.tell(root);
  const fetching = b.get(LARGE);
  while (b.transfer.received < 20_000) await world.clock.advance(10);
  const [asking, answering] = channelPair();
  const served = b.transfer.serve(answering, toBytes(HI));
  const heard = async (): Promise<string> => {
    const into = new Uint8Array(65_536);
    const count = await asking.read(into) ?? 0;
    return fromBytes(into.subarray(0, count).map((byte) => byte & 0x7f))!;
  };
  assertEquals(await heard(), HI_BACK.replace(/a{10}/, b.id));
  const first = line({ m: "get", id: 1, root, at: 0, len: 1024 });
  await asking.write(toBytes(first));
  assertStringIncludes(await heard(), '"m":"data","id":1,"len":1024');
  const last = { m: "get", id: 2, root, at: 584 * 1024, len: 1024 };
  await asking.write(toBytes(line(last)));
  assertEquals(await heard(), line({ m: "err", id: 2, code: "gone" }));
  await asking.write(toBytes(line({ m: "bits", id: 3, root })));
  assertStringIncludes(await heard(), '"m":"bits","id":3,"whole":false');
  const news = heard();
  await world.clock.advance(200);
  assertStringIncludes(await news, '"m":"got"');
  asking.close();
  await world.until(fetching);
  await world.stop();
  await served;
});
