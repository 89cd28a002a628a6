import { assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { PeerError, Refusal } from "../../../errors.ts";
import { toName } from "../../../names/name.ts";
import {
  CONTROL_LINE_BYTES_MAX,
  controlLine,
  type ControlRequest,
  parseControlLine,
} from "../../../sync/control_messages.ts";
import { FakePeer, QUIET_STATUS } from "../../../testing/fake_peer.ts";
import {
  channelPair,
  type MemoryChannel,
} from "../../../testing/memory_channel.ts";
import { within } from "../../../testing/within.ts";
import DOCUMENT from "../../../../docs/sync.md" with { type: "text" };
import { ControlClient } from "./control_client.ts";
import { isLoopback, serveControl } from "./control_session.ts";

const TOKEN = "0123456789abcdef";

/** A peer, and a command that has connected to it. */
function connected(
  peer: FakePeer,
  { token = TOKEN, from = "127.0.0.1:5" } = {},
): { client: ControlClient; channel: MemoryChannel; served: Promise<void> } {
  const [near, far] = channelPair({ peerOfB: from });
  const served = serveControl(far, new Uint8Array(), {
    peer,
    folder: {
      restore: (id, to) => {
        peer.asked.push(`restore ${id} to ${to}`);
        return to === "taken" ? "exists" : "done";
      },
    },
    isToken: (text) => text === TOKEN,
  });
  return { client: new ControlClient(near, token), channel: near, served };
}

Deno.test("serveControl() answers one request after another", async () => {
  const peer = new FakePeer();
  const { client, served } = connected(peer);
  const a = toName("a b/ü\n");
  // What is not defined is not told.
  assertEquals(
    await client.ask({ do: "status" }),
    JSON.parse(JSON.stringify(QUIET_STATUS)),
  );
  assertEquals(await client.ask({ do: "scan", paths: [] }), true);
  assertEquals(await client.ask({ do: "scan", paths: [a] }), true);
  assertEquals(await client.ask({ do: "confirm" }), 7);
  assertEquals(await client.ask({ do: "why", path: a }), [`path: ${a}`]);
  const taken = toName("taken");
  assertEquals(await client.ask({ do: "restore", id: "i", to: a }), "done");
  assertEquals(
    await client.ask({ do: "restore", id: "i", to: taken }),
    "exists",
  );
  const waiting = client.ask({ do: "wait", peer: "bob" });
  peer.arrival.resolve();
  assertEquals(await waiting, true);
  assertEquals(peer.asked, [
    "scan everything",
    "scan a b/ü\n",
    "confirm",
    "restore i to a b/ü\n",
    "restore i to taken",
    "scan everything",
    "wait bob",
  ]);
  client.close();
  await within("the end", served);
});

Deno.test("serveControl() tells why something did not work, and goes on", async () => {
  const peer = new FakePeer();
  const { client, served } = connected(peer);
  peer.fault = new Refusal("no-space");
  const paths = [toName("a")];
  await assertRejects(
    () => client.ask({ do: "scan", paths }),
    Refusal,
    "The disk is full",
  );
  await assertRejects(
    () => client.ask({ do: "why", path: toName("a") }),
    Refusal,
    "The disk is full",
  );
  peer.fault = undefined;
  assertEquals(await client.ask({ do: "confirm" }), 7);
  client.close();
  await within("the end", served);
});

Deno.test("serveControl() ends a wait whose command has left", async () => {
  const peer = new FakePeer();
  const { client, served } = connected(peer);
  const waiting = assertRejects(() =>
    client.ask({ do: "wait", peer: undefined })
  );
  client.close();
  await waiting;
  await within("the end of the wait", served);
});

Deno.test("serveControl() obeys nobody without the token, and nobody of another machine", async () => {
  const cases = [
    { token: "0123456789abcdeF", text: "token" },
    { token: "", text: "token" },
    { from: "192.168.1.7:5", text: "this machine" },
    { from: "[::2]:5", text: "this machine" },
  ];
  for (const { text, ...options } of cases) {
    const peer = new FakePeer();
    const { client, served } = connected(peer, options);
    await assertRejects(() => client.ask({ do: "confirm" }), Refusal, text);
    await assertRejects(() => client.ask({ do: "confirm" }));
    assertEquals(peer.asked, []);
    client.close();
    await within("the end", served);
  }
});

Deno.test("serveControl() cuts off who sends no request", async () => {
  const lines = [
    "{}\n",
    "no JSON\n",
    "\xff\xfe\n",
    "x".repeat(CONTROL_LINE_BYTES_MAX + 10),
    `${
      JSON.stringify({
        m: "control",
        token: TOKEN,
        do: "scan",
        paths: ["../x"],
      })
    }\n`,
    `${JSON.stringify({ m: "control", token: TOKEN, do: "fly" })}\n`,
    `${JSON.stringify({ m: "hi", token: TOKEN, do: "confirm" })}\n`,
  ];
  for (const line of lines) {
    const peer = new FakePeer();
    const { channel, served } = connected(peer);
    const bytes = Uint8Array.from(line, (character) => character.charCodeAt(0));
    await channel.write(bytes);
    await within(`the end after ${line.slice(0, 60)}`, served);
    assertEquals(peer.asked, []);
    channel.close();
  }
});

Deno.test("ControlClient says so when the peer ends before it has answered", async () => {
  const [near, far] = channelPair();
  const client = new ControlClient(near, TOKEN);
  const asked = assertRejects(
    () => client.ask({ do: "status" }),
    PeerError,
    "has ended",
  );
  far.close();
  await asked;
});

Deno.test("isLoopback() knows this machine, and is not taken in", () => {
  for (const here of ["127.0.0.1:1", "127.9.9.9:65535", "[::1]:80"]) {
    assertEquals(isLoopback(here), true, here);
  }
  for (
    const elsewhere of [
      "128.0.0.1:1",
      "[::2]:1",
      "[fe80::1]:1",
      "127.0.0.1.example:1",
      "1127.0.0.1:1",
      "127.0.0.1",
      "",
    ]
  ) assertEquals(isLoopback(elsewhere), false, elsewhere);
});

Deno.test("parseControlLine() reads what controlLine() wrote", () => {
  const name = fc.stringMatching(/^[^/\x00.][^/\x00]{0,20}$/).map(toName);
  const requests: fc.Arbitrary<ControlRequest> = fc.oneof(
    fc.constant({ do: "status" as const }),
    fc.constant({ do: "confirm" as const }),
    fc.record({
      do: fc.constant("wait" as const),
      peer: fc.option(fc.stringMatching(/^[a-z ]{1,10}$/), { nil: undefined }),
    }),
    fc.record({
      do: fc.constant("scan" as const),
      paths: fc.array(name, { maxLength: 5 }),
    }),
    fc.record({ do: fc.constant("why" as const), path: name }),
    fc.record({
      do: fc.constant("restore" as const),
      id: fc.stringMatching(/^[0-9a-z~-]{1,20}$/),
      to: name,
    }),
  );
  fc.assert(
    fc.property(
      requests,
      fc.stringMatching(/^[0-9a-f]{16}$/),
      (request, token) => {
        assertEquals(parseControlLine(controlLine(token, request).trimEnd()), {
          token,
          request,
        });
      },
    ),
  );
});

Deno.test("parseControlLine() makes a sentence of anything else", () => {
  fc.assert(fc.property(fc.json(), (line) => {
    assertEquals(typeof parseControlLine(line), "string");
  }));
  const wrong = [
    `{"m":"control"}`,
    `{"m":"control","token":1,"do":"status"}`,
    `{"m":"control","token":"x","do":"scan","paths":"a"}`,
    `{"m":"control","token":"x","do":"scan","paths":[1]}`,
    `{"m":"control","token":"x","do":"why"}`,
    `{"m":"control","token":"x","do":"why","path":"/etc"}`,
    `{"m":"control","token":"x","do":"wait","peer":"a\\u001b"}`,
    JSON.stringify({ m: "control", token: "x".repeat(300), do: "status" }),
    JSON.stringify({
      m: "control",
      token: "x",
      do: "scan",
      paths: Array(101).fill("a"),
    }),
  ];
  for (const line of wrong) {
    assertEquals(typeof parseControlLine(line), "string", line);
  }
});

Deno.test("docs/sync.md shows a request that is one", () => {
  const [, line = ""] = /^ {4}(\{"m":"control".*\})$/m.exec(DOCUMENT) ?? [];
  assertEquals(parseControlLine(line), {
    token: "8c0f...",
    request: { do: "why", path: toName("a/b.txt") },
  });
});
