import { assertEquals, assertLess } from "@std/assert";
import { assertSameBytes, patterned } from "../lib/testing/content.ts";
import { startServer, type TestServer } from "../lib/testing/servers.ts";
import { within } from "../lib/testing/within.ts";
import { textOf, type WirePeer } from "../lib/testing/wire_peer.ts";

const FILE = patterned(200_000);
/** More than the kernel takes for a peer that reads nothing, and many times a buffer of the server. */
const LARGE = patterned(16_000_000, 2);

Deno.test("server.ts gives 200 clients at once a whole file while slow, silent and half-asking ones hang on", async () => {
  // security.md D1.
  await using server = await startServer({
    args: ["--log", "off"],
    files: { "a.bin": FILE, "large.bin": LARGE },
  });
  await using crowd = new Crowd(server);
  const slow = await crowd.join(20, "download large.bin\n");
  const silent = await crowd.join(20, "");
  const half = await crowd.join(20, "echo hal");
  for (const peer of slow) await peer.line();

  const clients = await crowd.join(200, "download a.bin\n");
  await Promise.all(clients.map(async (peer) => {
    assertSameBytes((await peer.answer()).body, FILE);
  }));

  // Nobody was thrown out for it, and who was slow still gets everything.
  for (const peer of half) {
    await peer.send("f\n");
    assertEquals(textOf((await peer.answer()).body), "half\n");
  }
  for (const peer of silent) {
    assertEquals(textOf((await peer.ask("echo hi")).body), "hi\n");
  }
  assertSameBytes(await slow[0]!.bytes(LARGE.length), LARGE);
});

Deno.test({
  name: "server.ts keeps its memory while clients ask and read nothing",
  // It is read from /proc.
  ignore: Deno.build.os !== "linux",
  async fn() {
    // security.md D1, D7.
    await using server = await startServer({
      args: ["--log", "off"],
      files: { "a.bin": FILE, "large.bin": LARGE },
    });
    await using crowd = new Crowd(server);
    const [reader] = await crowd.join(1, "");
    const askAll = async () => {
      for (let i = 0; i < 20; i++) {
        const { body } = await reader!.ask("read 0 16000000 large.bin");
        assertEquals(body.length, LARGE.length);
      }
    };
    await askAll();
    const before = await server.residentBytes();

    await crowd.join(40, "download large.bin\n".repeat(50));
    await crowd.join(20, "read 0 16000000 large.bin\n".repeat(2000), false);
    await crowd.join(20, `echo ${"x".repeat(8000)}\n`.repeat(2000), false);
    await askAll();

    // 80 outboxes of at most 257 KiB and as many receive buffers of 64 KiB are 26 MB, and some more are not collected yet;
    // a single one of the files they wait for is 16 MB each.
    assertLess(await server.residentBytes() - before, 150e6);
    assertEquals(textOf((await reader!.ask("echo hi")).body), "hi\n");
  },
});

Deno.test("server.ts lets go of every connection and file when its clients vanish", async () => {
  // security.md D8.
  await using server = await startServer({
    args: ["--log", "off"],
    files: { "large.bin": LARGE },
  });
  {
    await using crowd = new Crowd(server);
    await crowd.join(1, "echo first\n");
  }
  const before = await settledDescriptors(server);
  {
    await using crowd = new Crowd(server);
    for (const peer of await crowd.join(30, "download large.bin\n")) {
      await peer.bytes(1000);
    }
    await crowd.join(30, "echo hal");
  }
  await within(
    "the descriptors to be closed",
    (async () => {
      while (server.openDescriptors() > before) await anotherClient(server);
    })(),
  );
});

/** Connections that are closed together. */
class Crowd implements AsyncDisposable {
  readonly #server: TestServer;
  readonly #peers: WirePeer[] = [];
  readonly #sending: Promise<void>[] = [];

  constructor(server: TestServer) {
    this.#server = server;
  }

  /** `count` clients that connect and send `text`; without `waits`, as far as the server takes it. */
  async join(count: number, text: string, waits = true): Promise<WirePeer[]> {
    const peers = await Promise.all(
      Array.from(
        { length: count },
        (_, i) => this.#server.connect(i % 2 === 0 ? "127.0.0.1" : "::1"),
      ),
    );
    this.#peers.push(...peers);
    const sending = peers.map((peer) => peer.send(text));
    if (waits) await Promise.all(sending);
    else this.#sending.push(...sending.map((sent) => sent.catch(() => {})));
    return peers;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const peer of this.#peers) peer.close();
    await Promise.all(this.#sending);
  }
}

/** A client that comes, asks, and goes: the server has had its turn then. */
async function anotherClient(server: TestServer): Promise<void> {
  using peer = await server.connect();
  await peer.ask("quit");
  await peer.rest();
}

/** The lowest number of open descriptors that shows while clients come and go. */
async function settledDescriptors(server: TestServer): Promise<number> {
  let lowest = Infinity;
  for (let i = 0; i < 10; i++) {
    await anotherClient(server);
    lowest = Math.min(lowest, server.openDescriptors());
  }
  return lowest;
}
