import { assert, assertEquals, assertMatch } from "@std/assert";
import { turn } from "../../testing/fake_clock.ts";
import type { HttpPeer } from "../../testing/http_peer.ts";
import { requestText } from "../../testing/http_peer.ts";
import { MemoryChat } from "../../testing/memory_chat.ts";
import { within } from "../../testing/within.ts";

const KEY = "0123456789abcdef";
const HOST = { Host: "localhost:6000" };

/** A browser's stream of events. */
class EventStream {
  readonly peer: HttpPeer;
  #text = "";

  private constructor(peer: HttpPeer) {
    this.peer = peer;
  }

  static async open(
    chat: MemoryChat,
    name: string,
    more = "",
    fields: Record<string, string> = {},
  ): Promise<EventStream> {
    const peer = chat.browse();
    const path = `/chat/events?name=${name}&key=${KEY}${more}`;
    await peer.send(requestText(`GET ${path}`, { ...HOST, ...fields }));
    const stream = new EventStream(peer);
    await stream.until(/^retry: 1000$/);
    return stream;
  }

  /** Lines of the stream up to one that matches; those of the head and of chunks, too. */
  async until(pattern: RegExp): Promise<string[]> {
    const lines: string[] = [];
    for (;;) {
      const at = this.#text.indexOf("\n");
      if (at < 0) {
        const [byte] = await within(`${pattern}`, this.peer.bytes(1));
        this.#text += String.fromCharCode(byte!);
        continue;
      }
      const line = this.#text.slice(0, at).replace(/\r$/, "");
      this.#text = this.#text.slice(at + 1);
      lines.push(line);
      if (pattern.test(line)) return lines;
    }
  }

  async rest(): Promise<string> {
    return this.#text + new TextDecoder().decode(await this.peer.rest());
  }

  [Symbol.dispose](): void {
    this.peer.close();
  }
}

/** Says `lines` for who has `key`. */
async function post(
  chat: MemoryChat,
  lines: string,
  fields: Record<string, string> = {},
  key = KEY,
): Promise<number> {
  using peer = chat.browse();
  const length = {
    "Content-Length": `${new TextEncoder().encode(lines).length}`,
  };
  await peer.send(
    requestText(`POST /chat/send?key=${key}`, {
      ...HOST,
      ...length,
      ...fields,
    }) +
      lines,
  );
  return (await peer.answer("POST")).status;
}

Deno.test("ChatHttp makes a browser a citizen like others: events come, lines go by POST", async () => {
  await using chat = new MemoryChat();
  using bob = await chat.join("bob");
  using alice = await EventStream.open(chat, "alice");
  assertEquals(
    (await alice.until(/^data: now/)).filter((line) => /^\w+:/.test(line)),
    [
      "data: joined|alice|e1|0",
      "id: e1.0",
      "data: now|0",
    ],
  );
  assertEquals(
    await post(chat, "send|1|bob|hello\nwho\nsend|2|*|no line end"),
    202,
  );
  assertEquals(
    (await bob.until(/line end$/)).map((line) => line.split("|").at(-1)),
    ["hello", "no line end"],
  );
  await alice.until(/^data: names\|alice\|bob$/);
  await alice.until(/^data: sent\|2$/);
  await bob.send("send|1|alice|one\nsend|2|*|two\n");
  const events = await alice.until(/two$/);
  assertEquals(
    events.filter((line) => /^(id|data)/.test(line)).map((line) =>
      line.replace(/\d{9,}/, "T")
    ),
    [
      "id: e1.3",
      "data: message|3|T|bob|alice|one",
      "id: e1.4",
      "data: message|4|T|bob|*|two",
    ],
  );
});

Deno.test("ChatHttp goes on behind what the browser has seen, by Last-Event-ID or by its address", async () => {
  await using chat = new MemoryChat();
  using bob = await chat.join("bob");
  (await EventStream.open(chat, "alice")).peer.close();
  await turn();
  await bob.send("send|1|*|one\nsend|2|alice|two\nsend|3|*|three\n");
  await bob.until(/^sent\|3/);
  for (
    const [more, fields] of [["", { "Last-Event-ID": "e1.1" }], [
      "&since=e1.1",
      {},
    ]] as const
  ) {
    using alice = await EventStream.open(chat, "alice", more, fields);
    const events = (await alice.until(/^data: now/)).filter((line) =>
      line.startsWith("data: m")
    );
    assertEquals(events.map((line) => line.split("|").at(-1)), [
      "two",
      "three",
    ]);
  }
});

Deno.test("ChatHttp replaces a tab by another one of the same KEY, and ends the first", async () => {
  await using chat = new MemoryChat();
  using first = await EventStream.open(chat, "alice");
  await first.until(/^data: now/);
  using second = await EventStream.open(chat, "alice");
  await second.until(/^data: now/);
  assertMatch(await first.rest(), /data: bye\|replaced\|.*\n\n\r\n0\r\n\r\n$/);
  assertEquals(await post(chat, "ping\n"), 202);
  await second.until(/^data: pong/);
  assertEquals(chat.room.names, ["alice"]);
});

Deno.test("ChatHttp knows at once that a tab was closed", async () => {
  await using chat = new MemoryChat();
  using alice = await EventStream.open(chat, "alice");
  await alice.until(/^data: now/);
  assertEquals(chat.room.names, ["alice"]);
  alice.peer.close();
  await turn();
  assertEquals(chat.room.names, []);
  assertEquals(await post(chat, "send|1|*|x\n"), 403);
});

Deno.test("ChatHttp tells why a name cannot be had, and ends the stream", async () => {
  await using chat = new MemoryChat();
  using _bob = await chat.join("bob");
  using taken = await EventStream.open(chat, "BOB");
  assertMatch(
    await taken.rest(),
    /data: refused\|0\|taken\|.*\n\n\r\n0\r\n\r\n$/,
  );
  using bad = await EventStream.open(chat, "a%0Ab");
  assertMatch(await bad.rest(), /data: refused\|0\|bad-name\|/);
});

Deno.test("ChatHttp says that a stream is there, every 20 seconds, and asks a silent visitor for a sign of life", async () => {
  await using chat = new MemoryChat();
  using alice = await EventStream.open(chat, "alice");
  await alice.until(/^data: now/);
  await chat.clock.advance(21_000);
  await alice.until(/^: here$/);
  await chat.clock.advance(20_000);
  await alice.until(/^data: ping$/);
  // Who has never answered may be a program that only listens.
  await chat.clock.advance(100_000);
  assertEquals(chat.room.names, ["alice"]);
  assertEquals(await post(chat, "pong\n"), 202);
  await chat.clock.advance(100_000);
  await alice.until(/^data: bye\|timeout/);
  assertEquals(chat.room.names, []);
});

Deno.test("ChatHttp says goodbye to a stream when the server stops", async () => {
  const chat = new MemoryChat();
  using alice = await EventStream.open(chat, "alice");
  await alice.until(/^data: now/);
  const stopped = chat.stop(3000);
  assertMatch(await alice.rest(), /data: bye\|stopping\|.*\n\n\r\n0\r\n\r\n$/);
  alice.peer.close();
  await within("the server to stop", stopped);
});

Deno.test("ChatHttp drops a stream that nobody reads, with a reason", async () => {
  await using chat = new MemoryChat({ limits: { linesPerSecond: Infinity } });
  using alice = await EventStream.open(chat, "alice");
  using bob = await chat.join("bob");
  for (let i = 1; i <= 200; i++) {
    await bob.send(`send|${i}|*|${"x".repeat(4000)}\n`);
    await bob.until(/^sent/);
  }
  assertEquals(chat.room.names, ["bob"]);
  assertEquals(chat.log.notes, ["alice reads too slowly and is dropped"]);
  await chat.clock.advance(3000);
  const told = await alice.rest();
  assert(told.length < 400_000);
  while (chat.server.clients > 1) await turn();
});

const REFUSED: [
  what: string,
  request: string,
  fields: Record<string, string>,
  status: number,
][] = [
  ["a POST of another site", "POST /chat/send?key=" + KEY, {
    Origin: "http://evil.example",
  }, 403],
  [
    "a POST without an origin that could be named",
    "POST /chat/send?key=" + KEY,
    { Origin: "null" },
    403,
  ],
  [
    "a POST that the browser says is of another site",
    "POST /chat/send?key=" + KEY,
    { "Sec-Fetch-Site": "cross-site" },
    403,
  ],
  ["a POST to a name that may be anybody's", "POST /chat/send?key=" + KEY, {
    Host: "evil.example",
  }, 403],
  ["events for another site", "GET /chat/events?name=a&key=" + KEY, {
    Origin: "http://evil.example",
  }, 403],
  [
    "events under a name that may be anybody's",
    "GET /chat/events?name=a&key=" + KEY,
    { Host: "evil.example" },
    403,
  ],
  ["names under a name that may be anybody's", "GET /chat/names", {
    Host: "evil.example",
  }, 403],
  ["events without a key", "GET /chat/events?name=a", {}, 400],
  [
    "events with a key that can be guessed",
    "GET /chat/events?name=a&key=1234",
    {},
    400,
  ],
  ["a POST of somebody who is not in", "POST /chat/send?key=" + KEY, {}, 403],
  ["a page that is not there", "GET /nothing", {}, 404],
  ["an upload", "PUT /x", {}, 405],
  ["a POST to the page", "POST /", {}, 405],
  ["a GET of what takes POST", "GET /chat/send?key=" + KEY, {}, 405],
  ["an unknown method", "BREW /", {}, 501],
];

for (const [what, request, fields, status] of REFUSED) {
  Deno.test(`ChatHttp refuses ${what}`, async () => {
    await using chat = new MemoryChat();
    using peer = chat.browse();
    const length = request.startsWith("P") ? { "Content-Length": "0" } : {};
    await peer.send(requestText(request, { ...HOST, ...length, ...fields }));
    assertEquals((await peer.answer()).status, status);
    assertEquals(chat.room.size, 0);
  });
}

Deno.test("ChatHttp takes a page under a name that --allow-host allows", async () => {
  await using chat = new MemoryChat({ allowedHosts: ["chat.example"] });
  using peer = chat.browse();
  await peer.send(
    requestText("GET /chat/names", {
      Host: "chat.example:6000",
      Origin: "http://chat.example:6000",
    }),
  );
  assertEquals((await peer.answer()).status, 200);
});

Deno.test("ChatHttp answers HEAD of events without letting anybody in", async () => {
  await using chat = new MemoryChat();
  using peer = chat.browse();
  const answer = await peer.ask(`HEAD /chat/events?name=a&key=${KEY}`, HOST);
  assertEquals([answer.status, answer.fields.get("content-type")], [
    200,
    "text/event-stream",
  ]);
  assertEquals(chat.room.size, 0);
});

Deno.test("ChatHttp refuses a POST that is too large, and takes what stood in front", async () => {
  await using chat = new MemoryChat();
  using alice = await EventStream.open(chat, "alice");
  await alice.until(/^data: now/);
  const line = `send|1|*|${"x".repeat(4000)}\n`;
  assertEquals(await post(chat, line.repeat(20)), 413);
});

Deno.test("ChatHttp tells names to scripts, and neither names, nor keys, nor what is said to the log", async () => {
  await using chat = new MemoryChat();
  using _zoe = await chat.join("zoë", { key: KEY.replace("0", "z") });
  using secret = await EventStream.open(chat, "alice");
  await secret.until(/^data: now/);
  await post(chat, "send|1|*|s3cret\nnonsense s3cret\n");
  using peer = chat.browse();
  const { text } = await peer.ask("GET /chat/names", HOST);
  assertEquals(text, "alice\nzoë\n");
  secret.peer.close();
  await turn();
  const log = JSON.stringify([chat.log.requests, chat.log.notes]);
  assert(!/s3cret|alice|zo|0123456789/.test(log), log);
  assertEquals(chat.log.outcomes, ["POST 202", "GET 200", "GET 200"]);
});
