import { assert, assertEquals, assertLess, assertRejects } from "@std/assert";
import { assertSameBytes, patterned } from "../../testing/content.ts";
import { FakeClock, turn } from "../../testing/fake_clock.ts";
import { HttpPeer, requestText } from "../../testing/http_peer.ts";
import { channelPair } from "../../testing/memory_channel.ts";
import { MemoryServer, TIMES } from "../../testing/memory_server.ts";
import { BufferPool } from "../outbox.ts";
import { type HttpHandler, HttpSession } from "./http_session.ts";

/** Several outboxes (257 KiB) long. */
const LARGE = patterned(700_000);
const FILES = { "a.txt": "hello", "b.txt": "other", large: LARGE };

Deno.test("HttpSession stops reading from a peer that sends 2000 requests ahead and reads nothing", async () => {
  // security.md D7.
  await using server = new MemoryServer({ files: FILES });
  const { peer, clientEnd, serverEnd } = server.browse();
  const request = requestText("GET /a.txt", { "X-Pad": "y".repeat(900) });
  const sending = peer.send(request.repeat(2000));
  await turn();
  assert(serverEnd.isWriting && clientEnd.isWriting);
  assertLess(serverEnd.bytesRead, 1_300_000);
  for (let i = 0; i < 2000; i++) {
    assertEquals((await peer.answer()).text, "hello");
  }
  await sending;
  assertEquals(server.log.requests.length, 2000);
});

Deno.test("HttpSession reads no further than it is read: a slow reader gets all of a large file, and nobody's buffer grows", async () => {
  await using server = new MemoryServer({ files: FILES });
  const { peer, serverEnd } = server.browse({
    bToA: { capacityBytes: 1000, chunkBytes: 700 },
  });
  let readsAhead = 0;
  server.directory.onRead = (_, offset) => {
    readsAhead = Math.max(readsAhead, offset - serverEnd.bytesWritten);
  };
  await peer.send(requestText("GET /large"));
  assertSameBytes((await peer.answer()).body, LARGE);
  assertLess(readsAhead, 300_000);
});

Deno.test("HttpSession answers everything that was asked before the peer ended its side, then ends", async () => {
  await using server = new MemoryServer({ files: FILES });
  const { peer } = server.browse();
  await peer.send(
    requestText("GET /a.txt") + requestText("GET /large") + "GET /b",
  );
  await peer.end();
  assertEquals((await peer.answer()).text, "hello");
  assertSameBytes((await peer.answer()).body, LARGE);
  assertEquals(await peer.rest(), new Uint8Array());
  peer.close();
  await turn();
  assertEquals(server.server.clients, 0);
});

/** A request of each kind for which the connection is cut after every byte of its answer. */
const CUT = [
  requestText("GET /a"),
  requestText("GET /a", { Range: "bytes=5-9,20-29" }),
  requestText("GET /a", { "Landline-Check": "xxh64" }),
  requestText("GET /?list"),
  requestText("GET /none"),
];

for (const request of CUT) {
  Deno.test(`HttpSession lets everything go when the connection is lost after any byte of the answer to ${request.slice(0, 40).split("\r\n").join(" ")}`, async () => {
    // security.md D8.
    const capacityBytes = 10;
    const options = { files: { a: patterned(120) }, chunkBytes: 50 };
    const answerBytes = await (async () => {
      await using server = new MemoryServer(options);
      server.directory.isSettled = false;
      const { peer, serverEnd } = server.browse();
      await peer.send(request);
      await peer.answer();
      return serverEnd.bytesWritten;
    })();
    for (let cut = 0; cut < answerBytes - capacityBytes; cut++) {
      await using server = new MemoryServer(options);
      server.directory.isSettled = false;
      const cutAs = cut % 2 === 0 ? "reset" : "end";
      const { peer, serverEnd } = server.browse({
        bToA: { cutAfterBytes: cut, capacityBytes, cutAs },
      });
      await peer.send(request);
      await peer.rest();
      peer.close();
      await turn();
      assertEquals(server.server.clients, 0);
      assertEquals(server.directory.openFiles, 0);
      assert(serverEnd.isClosed);
      assertEquals(server.log.requests.length, 1);
      assertEquals(server.log.notes, []);
    }
  });
}

Deno.test("HttpSession lets everything go when the connection is lost after any byte of a request", async () => {
  // security.md D8.
  const request = requestText("GET /a.txt", { "Content-Length": "3" }) + "abc" +
    requestText("GET /b.txt");
  for (let cut = 0; cut < request.length; cut++) {
    for (const cutAs of ["reset", "end"] as const) {
      await using server = new MemoryServer({ files: FILES });
      const { peer, serverEnd } = server.browse({
        aToB: { cutAfterBytes: cut, cutAs },
      });
      await peer.send(request).catch(() => {});
      await peer.rest();
      peer.close();
      await turn();
      assertEquals(server.server.clients, 0);
      assert(serverEnd.isClosed);
      assertEquals(server.log.notes, []);
      assertLess(server.log.requests.length, 2);
    }
  }
});

Deno.test("HttpSession records a client that left in the middle, with the status it was sent", async () => {
  await using server = new MemoryServer({ files: FILES });
  const { peer } = server.browse({ bToA: { capacityBytes: 1000 } });
  await peer.send(requestText("GET /large"));
  await peer.bytes(100);
  peer.close();
  await turn();
  assertEquals(server.log.outcomes, ["GET gone"]);
  assertEquals(server.log.requests[0]!.http!.status, 200);
  assertLess(server.log.requests[0]!.bytes, LARGE.length);
});

Deno.test("HttpSession records a client that left before it was answered", async () => {
  await using server = new MemoryServer({ uploads: {} });
  const { peer } = server.browse();
  await peer.send(requestText("PUT /new", { "Content-Length": "9" }) + "half");
  await turn();
  peer.close();
  await turn();
  assertEquals(server.log.outcomes, ["PUT gone"]);
  assertEquals(server.log.requests[0]!.http!.status, 499);
  assertEquals(server.log.requests[0]!.bytes, 4);
});

/** What a handler of ours may do wrong, and how the session then ends. */
const WRONGS: Readonly<
  Record<string, readonly [HttpHandler["answer"], "cut" | "thrown"]>
> = {
  "answers nothing": [() => {}, "cut"],
  "sends less than it promised": [
    async (_, session) => {
      session.respond(200, [], 5);
      await session.send(new Uint8Array(4));
    },
    "cut",
  ],
  "sends more than it promised": [
    async (_, session) => {
      session.respond(200, [], 5);
      await session.send(new Uint8Array(6));
    },
    "thrown",
  ],
  "answers twice": [
    (_, session) => {
      session.respond(200, [], 0);
      session.respond(200, [], 0);
    },
    "thrown",
  ],
  "says a field with a line end": [
    (_, session) => session.respond(200, [["X", "a\r\nY: b"]], 0),
    "thrown",
  ],
  "throws": [() => {
    throw new TypeError("a bug");
  }, "thrown"],
};

for (const [what, [answer, end]] of Object.entries(WRONGS)) {
  Deno.test(`HttpSession gives a client nothing whole from a handler that ${what}`, async () => {
    const [client, server] = channelPair();
    const handler = { answer, fault: () => {} };
    const session = new HttpSession(
      server,
      new BufferPool(),
      new FakeClock(),
      TIMES,
      handler,
    );
    const serving = session.serve();
    using peer = new HttpPeer(client);
    await peer.send(requestText("GET /").repeat(2));
    assertEquals(await peer.rest(), new Uint8Array());
    if (end === "thrown") await assertRejects(() => serving);
    else await serving;
    assert(server.isClosed);
  });
}
