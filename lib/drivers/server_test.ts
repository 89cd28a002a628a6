import { assert, assertEquals } from "@std/assert";
import { patterned } from "../testing/content.ts";
import { turn } from "../testing/fake_clock.ts";
import {
  type MemoryClient,
  MemoryServer,
  type MemoryServerOptions,
  TIMES,
} from "../testing/memory_server.ts";
import { textOf } from "../testing/wire_peer.ts";

/** Deadlines are looked at once a second. */
const TICK = 1000;

Deno.test("Server.expire ends a connection that asks nothing, and tells it why", async () => {
  await using server = new MemoryServer();
  const { peer } = server.connect();
  await peer.ask("echo hi");
  await server.clock.advance(TIMES.idleMsMax);
  assertEquals(server.server.clients, 1);
  await server.clock.advance(2 * TICK);
  assertEquals(
    textOf(await peer.rest()),
    "ERR timeout Nothing was asked for too long; closing\n",
  );
  assertEquals(server.server.clients, 0);
});

Deno.test("Server.expire lets a connection live on that asks in time", async () => {
  await using server = new MemoryServer();
  const { peer } = server.connect();
  for (let i = 0; i < 5; i++) {
    await server.clock.advance(TIMES.idleMsMax - TICK);
    assertEquals(textOf((await peer.ask("echo hi")).body), "hi\n");
  }
});

/** Ways to hold a connection, and the deadline that ends each (security.md D1). */
const HOLDERS: {
  readonly what: string;
  readonly options?: MemoryServerOptions;
  hold(client: MemoryClient, server: MemoryServer): Promise<void>;
  /** Time from the beginning at which it must still live, and at which it must be over. */
  readonly livesMs: number;
  readonly overMs: number;
}[] = [
  {
    what: "sends half a request and sleeps",
    hold: async ({ peer }) => await peer.send("echo hal"),
    livesMs: TIMES.lineMsMax - TICK,
    overMs: TIMES.lineMsMax + 2 * TICK,
  },
  {
    what: "dribbles a request line byte by byte",
    hold: async ({ peer }, server) => {
      server.clock.every(500, () => void peer.send("x").catch(() => {}));
      await turn();
    },
    livesMs: TIMES.lineMsMax - TICK,
    overMs: TIMES.lineMsMax + 3 * TICK,
  },
  {
    what: "stalls in the body of an upload",
    options: { uploads: {} },
    hold: async ({ peer }) => await peer.send("upload 100 a\nhalf"),
    livesMs: TIMES.stallMsMax - TICK,
    overMs: TIMES.stallMsMax + 2 * TICK,
  },
  {
    what: "takes nothing of an answer",
    options: { files: { a: patterned(1_000_000) } },
    hold: async ({ peer }) => await peer.send("download a\n"),
    livesMs: TIMES.stallMsMax - TICK,
    overMs: TIMES.stallMsMax + 2 * TICK,
  },
  {
    what: "does not end its side after a refusal that closes",
    hold: async ({ peer }) => await peer.send("x".repeat(10_000) + "\n"),
    livesMs: TIMES.stallMsMax - TICK,
    overMs: TIMES.stallMsMax + 2 * TICK,
  },
  {
    what: "sends nothing at all",
    hold: async () => await turn(),
    livesMs: TIMES.idleMsMax - TICK,
    overMs: TIMES.idleMsMax + 2 * TICK,
  },
];

for (const { what, options, hold, livesMs, overMs } of HOLDERS) {
  Deno.test(`Server.expire ends a connection that ${what}, at its deadline and not before`, async () => {
    await using server = new MemoryServer(options);
    const client = server.connect();
    await hold(client, server);
    await server.clock.advance(livesMs);
    assertEquals(server.server.clients, 1);
    await server.clock.advance(overMs - livesMs);
    assertEquals(server.server.clients, 0);
    assert(client.serverEnd.isClosed);
    assertEquals(server.directory.openFiles, 0);
    assertEquals(server.directory.partKeys, []);
    assertEquals(server.log.notes, []);
    for (const { status } of server.log.requests) {
      assert(status === "timeout" || status === "line-too-long", status);
    }
  });
}

Deno.test("Server.expire lets a transfer live on that moves, however slowly", async () => {
  await using server = new MemoryServer({
    files: { a: patterned(300) },
    uploads: {},
  });
  const { peer } = server.connect({ bToA: { capacityBytes: 50 } });
  await peer.send("download a\n");
  for (let i = 0; i < 3; i++) {
    await server.clock.advance(TIMES.stallMsMax - TICK);
    await peer.bytes(60);
  }
  await peer.bytes(
    "OK 300 mtime=1700000000001 version=1-300-1700000000001-0\n".length + 300 -
      180,
  );
  await peer.send("upload 6 b\n");
  for (const byte of "123456") {
    await server.clock.advance(TIMES.stallMsMax - TICK);
    await peer.send(byte);
  }
  assertEquals(textOf((await peer.answer()).body), "b\n");
});

Deno.test("Server.expire lets a person think while a program runs", async () => {
  await using server = new MemoryServer({
    allowRun: "ls",
    run: { msMax: 10 * TIMES.idleMsMax },
  });
  const { peer } = server.connect();
  await peer.send("run ls\n");
  await server.clock.advance(2 * TIMES.idleMsMax);
  assertEquals(server.server.clients, 1);
  server.processes.last.exit(0);
  assertEquals((await peer.answer()).line, "END exit=0");
});

Deno.test("Server tells a client above --max-clients that it is busy, and takes the next when one has left", async () => {
  await using server = new MemoryServer({ clientsMax: 2 });
  const clients = [server.connect(), server.connect()];
  const busy =
    "ERR busy The server has its 2 clients; try again later; closing\n";
  const third = server.connect();
  await third.peer.send("list\n");
  assertEquals(textOf(await third.peer.rest()), busy);
  // What it goes on to ask is taken before the connection is closed: a reset would destroy the answer.
  await third.peer.send("list\n");
  await turn();
  assert(third.serverEnd.isClosed);
  // HTTP is answered in HTTP, and who says nothing is not waited for.
  const browser = server.connect();
  await browser.peer.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  const answer = textOf(await browser.peer.rest());
  assert(answer.startsWith("HTTP/1.1 503 Service Unavailable\r\n"));
  assert(
    answer.endsWith(`\r\n\r\n503 Service Unavailable: ${busy.slice(9, -10)}\n`),
  );
  const silent = server.connect();
  await server.clock.advance(500);
  assertEquals(textOf(await silent.peer.rest()), busy);
  await server.clock.advance(500);
  await turn();
  assert(silent.serverEnd.isClosed);
  for (const { peer } of clients) {
    assertEquals(textOf((await peer.ask("echo hi")).body), "hi\n");
  }
  clients[0]!.peer.close();
  await turn();
  const fourth = server.connect();
  assertEquals(textOf((await fourth.peer.ask("echo hi")).body), "hi\n");
});

Deno.test("Server.stop tells idle connections, ends them at once, and lets answers under way finish", async () => {
  await using server = new MemoryServer({ files: { a: patterned(200_000) } });
  const idle = server.connect();
  await idle.peer.ask("echo hi");
  const busy = server.connect({ bToA: { capacityBytes: 1000 } });
  await busy.peer.send("download a\necho asked before\n");
  await turn();
  let stopped = false;
  const stopping = server.server.stop(5000).then(() => stopped = true);
  assertEquals(
    textOf(await idle.peer.rest()),
    "ERR stopping The server is stopping; closing\n",
  );
  await turn();
  assertEquals(server.server.clients, 1);
  await server.clock.advance(4000);
  const received = await busy.peer.answer();
  assertEquals(received.body, patterned(200_000));
  // The server ends its side, and waits for the client to end its own.
  assertEquals(textOf(await busy.peer.rest()), "OK 13\nasked before\n");
  assert(!stopped);
  busy.peer.close();
  await stopping;
  assertEquals(server.clock.timers, 0);
});

Deno.test("Server.stop ends what is still under way after the grace time", async () => {
  await using server = new MemoryServer({ files: { a: patterned(500_000) } });
  const stuck = server.connect();
  await stuck.peer.send("download a\n");
  const half = server.connect();
  await half.peer.send("echo hal");
  await turn();
  const stopping = server.server.stop(5000);
  await server.clock.advance(4999);
  assertEquals(server.server.clients, 2);
  await server.clock.advance(1);
  await stopping;
  assert(stuck.serverEnd.isClosed && half.serverEnd.isClosed);
});

Deno.test("Server goes on after a fault of its own, and notes it", async () => {
  await using server = new MemoryServer({ files: { a: "x" } });
  const { peer } = server.connect();
  server.directory.onRead = () => {
    throw new TypeError("a bug");
  };
  // Nothing of the inside is told to the peer.
  assertEquals(
    (await peer.ask("digest xxh64 a")).line,
    "ERR internal The server could not do that",
  );
  // A length was promised that cannot be kept: the connection ends.
  await peer.send("download a\n");
  assertEquals(await peer.rest(), new Uint8Array());
  assertEquals(server.log.notes, Array(2).fill("internal: TypeError: a bug"));
  assertEquals(server.directory.openFiles, 0);
  server.directory.onRead = () => {};
  const next = server.connect();
  assertEquals(textOf((await next.peer.ask("download a")).body), "x");
});

Deno.test("Server.expire ends a connection that was told goodbye and does not leave, as soon as a stalled one", async () => {
  await using server = new MemoryServer({});
  const { peer } = server.connect();
  assertEquals((await peer.ask("quit")).line, "OK 0");
  await turn();
  assertEquals(server.server.clients, 1);
  await server.clock.advance(TIMES.stallMsMax + TICK);
  await turn();
  assertEquals(server.server.clients, 0);
});
