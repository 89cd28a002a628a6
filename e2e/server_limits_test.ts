import {
  assert,
  assertEquals,
  assertLess,
  assertStringIncludes,
} from "@std/assert";
import { startServer } from "../lib/testing/servers.ts";
import { within } from "../lib/testing/within.ts";
import { textOf, type WirePeer } from "../lib/testing/wire_peer.ts";

const TIME = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`;

Deno.test("server.ts takes no connection while descriptors are short, says so once, and takes them again", async () => {
  // security.md D11.
  await using server = await startServer({
    prefix: ["sh", "-c", 'ulimit -n 64; exec "$@"', "sh"],
    files: { "a.txt": "hello" },
  });
  const peers: WirePeer[] = [];
  try {
    peers.push(await server.connect());
    await peers[0]!.ask("echo hi");
    for (let i = 0; i < 80; i++) peers.push(await server.connect());
    await server.stderr.until(/Cannot take a connection: .*\n/);
    // Who is in is served; a file needs a descriptor and is refused softly, or served when one is left.
    const { line } = await peers[0]!.ask("download a.txt");
    assert(line.startsWith("OK 5 ") || line.startsWith("ERR busy "), line);
    assertEquals(textOf((await peers[0]!.ask("echo hi")).body), "hi\n");
    for (const peer of peers.splice(1)) peer.close();
    using next = await server.connect();
    const answer = await within("an answer", next.ask("download a.txt"));
    assertEquals(textOf(answer.body), "hello");
    // Not a line a turn: the pause between two tries is not a spin.
    assertLess(server.stderr.text.split("Cannot take").length, 4);
  } finally {
    for (const peer of peers) peer.close();
  }
});

Deno.test({
  name: "server.ts does not spin while descriptors are short",
  // Its processor time is read from /proc.
  ignore: Deno.build.os !== "linux",
  async fn() {
    // security.md D11.
    await using server = await startServer({
      args: ["--idle", "1"],
      prefix: ["sh", "-c", 'ulimit -n 64; exec "$@"', "sh"],
    });
    const peers = await Promise.all(
      Array.from({ length: 80 }, () => server.connect()),
    );
    try {
      await server.stderr.until(/Cannot take a connection: .*\n/);
      const before = await server.cpuMs();
      // A second or two later the first ones have been idle for too long.
      await Promise.any(peers.map((peer) => peer.line()));
      assertLess(await server.cpuMs() - before, 500);
    } finally {
      for (const peer of peers) peer.close();
    }
  },
});

Deno.test("server.ts tells a client above --max-clients that it is busy", async () => {
  await using server = await startServer({ args: ["--max-clients", "2"] });
  using one = await server.connect();
  await one.ask("echo hi");
  using two = await server.connect();
  await two.ask("echo hi");
  using three = await server.connect();
  assertStringIncludes(await three.line(), "ERR busy The server has its 2 ");
  assertEquals(await three.rest(), new Uint8Array());
  assertEquals(textOf((await one.ask("echo hi")).body), "hi\n");
});

Deno.test("server.ts writes one line a request, whatever the request holds", async () => {
  // security.md L1.
  await using server = await startServer();
  using peer = await server.connect();
  const fake = '2026-01-01T00:00:00.000Z 127.0.0.1:1 "download x" ok';
  const requests = [
    `download a\r${fake}`,
    "download \x1b[2J\x1b]0;title\x07",
    `download a\\n${fake}`,
    `nonsense\r${fake}\x00\x9b`,
    "run \x1b[31m",
    "echo \x1b[31m not logged",
    "download \u202egnp.exe\u2028",
  ];
  for (const request of requests) await peer.ask(request);
  await peer.ask("quit");
  await server.stderr.until(/"quit" ok/);
  const lines = server.stderr.text.trimEnd().split("\n");
  assertEquals(lines.length, requests.length + 1);
  for (const line of lines) {
    assert(new RegExp(`^${TIME} 127\\.0\\.0\\.1:\\d+ "`).test(line), line);
    assert(!/[\x00-\x1f\x7f-\x9f\u2028\u202e]/.test(line), line);
  }
  assert(!server.stderr.text.includes("not logged"));
});

Deno.test("server.ts --log json writes an object a line, --log off nothing", async () => {
  for (const log of ["json", "off"]) {
    await using server = await startServer({ args: ["--log", log] });
    using peer = await server.connect();
    await peer.ask('download a"b\\\\c');
    await peer.ask("quit");
    await server.stop();
    const text = await server.stderr.whole();
    if (log === "off") {
      assertEquals(text, "");
      continue;
    }
    const records = text.trimEnd().split("\n").map((line) => JSON.parse(line));
    assertEquals(
      records.map(({ request, status }) => [request, status]),
      [['download a"b\\\\c', "not-found"], ["quit", "ok"]],
    );
  }
});

Deno.test("server.ts serves on while nobody reads its log, and tells how many lines that cost", async () => {
  await using server = await startServer({ ignoreStderr: true });
  using peer = await server.connect();
  const COUNT = 30_000;
  const request = `download ${"x".repeat(200)}\n`;
  await peer.ask("echo hi");
  const before = await server.residentBytes();
  const sending = peer.send(request.repeat(COUNT));
  for (let i = 0; i < COUNT; i++) {
    assertEquals(await peer.line(), "ERR not-found There is no such file");
  }
  await sending;
  // 8 MB of lines were due; two megabytes of them are kept at the most.
  assertLess(await server.residentBytes() - before, 60e6);
  server.stderr.resume();
  const [, dropped] = await server.stderr.until(/ (\d+) lines dropped: .*\n/);
  const lines = server.stderr.text.split('"download x').length - 1;
  assertEquals(lines + Number(dropped), COUNT);
});
