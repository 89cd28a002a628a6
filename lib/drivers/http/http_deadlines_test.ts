import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { assertSameBytes, patterned } from "../../testing/content.ts";
import { turn } from "../../testing/fake_clock.ts";
import { requestText } from "../../testing/http_peer.ts";
import {
  type MemoryBrowser,
  MemoryServer,
  type MemoryServerOptions,
  TIMES,
} from "../../testing/memory_server.ts";

/** Deadlines are looked at once a second. */
const TICK = 1000;
const LARGE = patterned(1_000_000);
const latin1 = new TextDecoder("latin1");
const FILES = { a: "hello", large: LARGE };

/** Ways to hold a connection, the deadline that ends each, and what is said (security.md D1). */
const HOLDERS: {
  readonly what: string;
  readonly options?: MemoryServerOptions;
  hold(client: MemoryBrowser, server: MemoryServer): Promise<unknown>;
  readonly msMax: number;
  /** The last status that is said. */
  readonly status: number | undefined;
  /** What the log tells. */
  readonly outcomes: readonly string[];
}[] = [
  {
    what: "sends half a head and sleeps",
    hold: ({ peer }) => peer.send("GET /a HTTP/1.1\r\nHost: x\r\n"),
    msMax: TIMES.lineMsMax,
    status: 408,
    outcomes: ["- 408"],
  },
  {
    what: "dribbles a head byte by byte",
    hold: async ({ peer }, server) => {
      await peer.send("GET /a HTTP/1.1\r\n");
      server.clock.every(500, () => void peer.send("x").catch(() => {}));
    },
    msMax: TIMES.lineMsMax,
    status: 408,
    outcomes: ["- 408"],
  },
  {
    what: "sends half a head behind a request",
    hold: async ({ peer }) => {
      await peer.ask("GET /a");
      await peer.send("GET /a HTTP/1.1\r\nHost");
    },
    msMax: TIMES.lineMsMax,
    status: 408,
    outcomes: ["GET 200", "- 408"],
  },
  {
    what: "asks nothing behind a request",
    hold: ({ peer }) => peer.ask("GET /a"),
    msMax: TIMES.idleMsMax,
    status: undefined,
    outcomes: ["GET 200"],
  },
  {
    what: "does not send the rest of a body that nobody reads",
    hold: async ({ peer }) => {
      await peer.send(requestText("GET /a", { "Content-Length": "9" }));
      await peer.answer();
      await peer.send("half");
    },
    msMax: TIMES.stallMsMax,
    status: undefined,
    outcomes: ["GET 200"],
  },
  {
    what: "stalls in the body of an upload",
    options: { uploads: {} },
    hold: ({ peer }) =>
      peer.send(requestText("PUT /new", { "Content-Length": "9" }) + "half"),
    msMax: TIMES.stallMsMax,
    status: 408,
    outcomes: ["PUT timeout"],
  },
  {
    what: "stalls in a chunk of an upload",
    options: { uploads: {} },
    hold: ({ peer }) =>
      peer.send(
        requestText("PUT /new", { "Transfer-Encoding": "chunked" }) + "9\r\nh",
      ),
    msMax: TIMES.stallMsMax,
    status: 408,
    outcomes: ["PUT timeout"],
  },
  {
    what: "takes nothing of a file",
    hold: ({ peer }) => peer.send(requestText("GET /large")),
    msMax: TIMES.stallMsMax,
    status: 200,
    outcomes: ["GET timeout"],
  },
  {
    what: "takes nothing of answers that wait for each other",
    hold: ({ peer }) => {
      void peer.send(requestText("GET /a").repeat(20_000)).catch(() => {});
      return turn();
    },
    msMax: TIMES.stallMsMax,
    status: 200,
    outcomes: [],
  },
  {
    what: "does not end its side behind the last answer",
    hold: ({ peer }) => peer.ask("GET /a", { Connection: "close" }),
    msMax: TIMES.stallMsMax,
    status: undefined,
    outcomes: ["GET 200"],
  },
];

for (const { what, options, hold, msMax, status, outcomes } of HOLDERS) {
  Deno.test(`Server.expire ends a client of HTTP that ${what}, at its deadline and not before`, async () => {
    await using server = new MemoryServer({ files: FILES, ...options });
    const client = server.browse();
    await hold(client, server);
    await server.clock.advance(msMax - TICK);
    assertEquals(server.server.clients, 1);
    await server.clock.advance(3 * TICK);
    assertEquals(server.server.clients, 0);
    assert(client.serverEnd.isClosed);
    const said = latin1.decode(await client.peer.rest());
    assertEquals(
      /^HTTP\/1\.1 (\d{3}) /.exec(said)?.[1],
      status === undefined ? undefined : `${status}`,
    );
    if (status === 408) assertStringIncludes(said, "\r\nConnection: close\r\n");
    else assert(!said.includes("HTTP/1.1 408 "));
    assertEquals(server.directory.openFiles, 0);
    assertEquals(server.directory.fileNames, Object.keys(FILES));
    assertEquals(server.directory.partKeys, []);
    assertEquals(server.log.notes, []);
    if (outcomes.length > 0) assertEquals(server.log.outcomes, outcomes);
    else assertEquals(new Set(server.log.outcomes), new Set(["GET 200"]));
  });
}

Deno.test("Server.expire closes a connection on which nothing was ever said without a word of HTTP", async () => {
  await using server = new MemoryServer();
  const { peer } = server.browse();
  await server.clock.advance(TIMES.idleMsMax + 2 * TICK);
  assert(!latin1.decode(await peer.rest()).includes("HTTP"));
  assertEquals(server.log.requests, []);
});

Deno.test("Server.expire lets a transfer over HTTP live on that moves, and a client that asks in time", async () => {
  await using server = new MemoryServer({ files: { a: patterned(300) } });
  const { peer } = server.browse({
    bToA: { capacityBytes: 80, chunkBytes: 80 },
  });
  await peer.send(requestText("GET /a", { Range: "bytes=0-" }));
  const received: number[] = [];
  for (let i = 0; i < 4; i++) {
    await server.clock.advance(TIMES.stallMsMax - TICK);
    received.push(...await peer.bytes(80));
  }
  while (!latin1.decode(new Uint8Array(received)).endsWith("\r\n\r\n")) {
    received.push(...await peer.bytes(1));
  }
  assertSameBytes(await peer.bytes(300), patterned(300));
  for (let i = 0; i < 3; i++) {
    await server.clock.advance(TIMES.idleMsMax - TICK);
    assertEquals((await peer.ask("HEAD /a")).status, 200);
  }
});

Deno.test("Server.stop closes idle clients of HTTP, and ends the others behind their answers, which say so", async () => {
  await using server = new MemoryServer({ files: FILES });
  const idle = server.browse();
  await idle.peer.ask("GET /a");
  const busy = server.browse({ bToA: { capacityBytes: 1000 } });
  await busy.peer.send(requestText("GET /large") + requestText("GET /a"));
  const half = server.browse();
  await half.peer.send("GET /a HTTP/1.1\r\n");
  const begun = server.browse();
  await begun.peer.send("GET /a HT");
  const taking = server.browse({ bToA: { capacityBytes: 100 } });
  await taking.peer.send(requestText("GET /a"));
  await turn();
  let stopped = false;
  const stopping = server.server.stop(5000).then(() => stopped = true);
  assertEquals(await idle.peer.rest(), new Uint8Array());
  await half.peer.send("Host: x\r\n");
  await turn();
  await half.peer.send("\r\n");
  const asked = await half.peer.answer();
  assertEquals([asked.text, asked.fields.get("connection")], [
    "hello",
    "close",
  ]);
  half.peer.close();
  await begun.peer.send("TP/1.1\r\nHost: x\r\n\r\n");
  const first = await begun.peer.answer();
  assertEquals([first.text, first.fields.get("connection")], [
    "hello",
    "close",
  ]);
  begun.peer.close();
  // It was said that this one goes on: there is nothing to wait for all the same.
  assertEquals((await taking.peer.answer()).text, "hello");
  assertEquals(await taking.peer.rest(), new Uint8Array());
  taking.peer.close();
  assertSameBytes((await busy.peer.answer()).body, LARGE);
  // What was asked before is answered, and nothing behind it.
  const last = await busy.peer.answer();
  assertEquals([last.text, last.fields.get("connection")], ["hello", "close"]);
  assertEquals(await busy.peer.rest(), new Uint8Array());
  assert(!stopped);
  busy.peer.close();
  await stopping;
  assertEquals(server.clock.timers, 0);
});

Deno.test("Server.stop ends what is under way over HTTP after the grace time", async () => {
  await using server = new MemoryServer({ files: FILES, uploads: {} });
  const stuck = server.browse();
  await stuck.peer.send(requestText("GET /large"));
  const half = server.browse();
  await half.peer.send("GET /a HTTP/1.1\r\n");
  const upload = server.browse();
  await upload.peer.send(requestText("PUT /x", { "Content-Length": "9" }));
  await turn();
  const stopping = server.server.stop(5000);
  await server.clock.advance(4999);
  assertEquals(server.server.clients, 3);
  await server.clock.advance(1);
  await stopping;
  assert(stuck.serverEnd.isClosed && half.serverEnd.isClosed);
  assertEquals(server.directory.openFiles, 0);
  assertEquals(server.directory.partKeys, []);
  assertEquals(server.log.notes, []);
});

Deno.test("Server tells one client of HTTP too many to come back later, with no body for HEAD", async () => {
  await using server = new MemoryServer({ files: FILES, clientsMax: 1 });
  const { peer } = server.browse();
  await peer.ask("GET /a");
  for (const method of ["GET", "HEAD"]) {
    const { peer: late } = server.browse();
    await late.send(requestText(`${method} /a`));
    const answer = await late.answer(method);
    assertEquals(answer.status, 503);
    assertEquals(answer.fields.get("connection"), "close");
    assertEquals(answer.fields.get("retry-after"), "5");
    assertEquals(answer.fields.get("server"), "Landline");
    assertEquals(answer.fields.get("date"), "Sun, 06 Nov 1994 08:49:37 GMT");
    assertEquals(answer.fields.get("x-content-type-options"), "nosniff");
    assertEquals(await late.rest(), new Uint8Array());
  }
  peer.close();
  await turn();
  assertEquals((await server.browse().peer.ask("GET /a")).text, "hello");
});
