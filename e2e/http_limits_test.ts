import {
  assert,
  assertEquals,
  assertLess,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { assertSameBytes, patterned } from "../lib/testing/content.ts";
import { HttpPeer, requestText } from "../lib/testing/http_peer.ts";
import { startServer, type TestServer } from "../lib/testing/servers.ts";
import { eventually, within } from "../lib/testing/within.ts";

/** More than the kernel takes for a peer that does not read. */
const LARGE = patterned(16_000_000);
const latin1 = new TextDecoder("latin1");

/** A new connection in HTTP. */
async function browse(server: TestServer): Promise<HttpPeer> {
  return new HttpPeer((await server.connect()).channel);
}

/** Connections that are closed together. */
class Crowd implements Disposable {
  readonly #server: TestServer;
  readonly #peers: HttpPeer[] = [];

  constructor(server: TestServer) {
    this.#server = server;
  }

  /** `count` clients that connect and send `text`. */
  async join(count: number, text: string): Promise<HttpPeer[]> {
    const peers = await Promise.all(
      Array.from({ length: count }, () => browse(this.#server)),
    );
    this.#peers.push(...peers);
    await Promise.all(peers.map((peer) => peer.send(text)));
    return peers;
  }

  [Symbol.dispose](): void {
    for (const peer of this.#peers) peer.close();
  }
}

const UPLOAD = requestText("PUT /x", { "Content-Length": "100" });

Deno.test("server.ts serves another client of HTTP at once while slow heads, stalled bodies, silent and deaf ones hang on", async () => {
  // security.md D1.
  await using server = await startServer({
    args: ["--log", "off", "--allow-upload"],
    files: { "a.txt": "hello", "large.bin": LARGE },
  });
  using crowd = new Crowd(server);
  const heads = await crowd.join(50, "GET /a.txt HTTP/1.1\r\nHo");
  const bodies = await crowd.join(50, UPLOAD + "half");
  const deaf = await crowd.join(40, requestText("GET /large.bin"));
  await crowd.join(40, requestText("GET /a.txt").repeat(100));
  await crowd.join(100, "");
  await Promise.all(deaf.map((peer) => peer.bytes(1)));

  using peer = await browse(server);
  for (let i = 0; i < 10; i++) {
    assertEquals((await peer.ask("GET /a.txt")).text, "hello");
  }
  assertSameBytes((await peer.ask("GET /large.bin")).body, LARGE);

  // Nobody was thrown out for it.
  for (const slow of heads) {
    await slow.send("st: x\r\n\r\n");
    assertEquals((await slow.answer()).text, "hello");
  }
  await bodies[0]!.send("x".repeat(96));
  assertEquals((await bodies[0]!.answer()).status, 201);
  const rest = await deaf[0]!.bytes(LARGE.length);
  assert(latin1.decode(rest.subarray(0, 500)).startsWith("TTP/1.1 200 OK"));
});

Deno.test("server.ts tells a client of HTTP that took too long, at each deadline, and says nothing to an idle one", async () => {
  // security.md D1; RFC 9110 15.5.9.
  await using server = await startServer({
    args: ["--idle", "1", "--stall", "1", "--allow-upload"],
    files: { "a.txt": "hello", "large.bin": LARGE },
  });
  using crowd = new Crowd(server);
  const [idle] = await crowd.join(1, requestText("GET /a.txt"));
  await idle!.answer();
  const [half] = await crowd.join(1, "GET /a.txt HTTP/1.1\r\n");
  const [stalled] = await crowd.join(1, UPLOAD + "half");
  const [deaf] = await crowd.join(1, requestText("GET /large.bin"));
  for (const late of [half!, stalled!]) {
    const answer = await late.answer();
    assertEquals(answer.status, 408);
    assertEquals(answer.fields.get("connection"), "close");
    assertEquals(await late.rest(), new Uint8Array());
  }
  assertEquals(await idle!.rest(), new Uint8Array());
  await server.stderr.until(/"-" 408 /);
  await server.stderr.until(/"PUT \/x HTTP\/1\.1" timeout 4 /);
  await server.stderr.until(/"GET \/large\.bin HTTP\/1\.1" timeout /);
  assertLess((await deaf!.rest()).length, LARGE.length);
  assertEquals([...Deno.readDirSync(server.folder)].length, 2);
});

Deno.test({
  name:
    "server.ts lets go of every connection and file when its clients of HTTP break off",
  // Descriptors are counted in /proc.
  ignore: Deno.build.os !== "linux",
  async fn() {
    // security.md D8.
    await using server = await startServer({
      args: ["--log", "off"],
      files: { "a.txt": "hello", "large.bin": LARGE },
    });
    using peer = await browse(server);
    await peer.ask("GET /a.txt");
    const before = server.openDescriptors();
    {
      // Closed with bytes that nobody has read, which is a reset.
      using crowd = new Crowd(server);
      await crowd.join(30, requestText("GET /large.bin"));
      const some = await crowd.join(30, requestText("GET /large.bin"));
      await Promise.all(some.map((peer) => peer.bytes(1000)));
      await crowd.join(30, "GET /a.txt HTTP/1.1\r\n");
    }
    await eventually(
      "the descriptors to be closed",
      () => server.openDescriptors() <= before,
    );
    assertEquals((await peer.ask("GET /a.txt")).text, "hello");
  },
});

Deno.test("server.ts answers 503 or not at all while descriptors are short, and serves again when they are not", async () => {
  // security.md D11.
  await using server = await startServer({
    prefix: ["sh", "-c", 'ulimit -n 64; exec "$@"', "sh"],
    files: { "a.txt": "hello" },
  });
  using first = await browse(server);
  await first.ask("GET /a.txt");
  {
    using crowd = new Crowd(server);
    await crowd.join(80, "");
    await server.stderr.until(/Cannot take a connection: .*\n/);
    const { status, text } = await first.ask("GET /a.txt");
    assert(status === 503 || text === "hello", `${status} ${text}`);
  }
  using next = await browse(server);
  const answer = await within("an answer", next.ask("GET /a.txt"));
  assertEquals(answer.text, "hello");
});

Deno.test("server.ts --max-clients answers one client of HTTP too many with 503", async () => {
  await using server = await startServer({
    args: ["--max-clients", "1"],
    files: { "a.txt": "hello" },
  });
  using peer = await browse(server);
  await peer.ask("GET /a.txt");
  using late = await browse(server);
  assertEquals((await late.ask("GET /a.txt")).status, 503);
  assertEquals(await late.rest(), new Uint8Array());
});

Deno.test("server.ts stops at SIGTERM: finishes the download under way over HTTP, and asks nobody for more", async () => {
  await using server = await startServer({ files: { "large.bin": LARGE } });
  using idle = await browse(server);
  await idle.ask("HEAD /large.bin");
  using busy = await browse(server);
  await busy.send(requestText("GET /large.bin"));
  const beginning = await busy.bytes(1000);
  server.signal("SIGTERM");
  await server.untilDeaf();
  assertEquals(await idle.rest(), new Uint8Array());
  const head = latin1.decode(beginning).indexOf("\r\n\r\n") + 4;
  const rest = await busy.bytes(LARGE.length - (1000 - head));
  assertSameBytes(rest, LARGE.subarray(1000 - head));
  assertEquals(await busy.rest(), new Uint8Array());
  busy.close();
  assertEquals((await within("the end", server.ended)).code, 0);
  assertMatch(
    await server.stderr.whole(),
    /"GET \/large\.bin HTTP\/1\.1" 200 16000000 /,
  );
});

/** What is asked, and the rest of the line in each format, behind the peer and the time. */
const LINES: Readonly<Record<string, readonly RegExp[]>> = {
  text: [
    /^\S+Z 127\.0\.0\.1:\d+ "GET \/a\.txt HTTP\/1\.1" 200 5 \d+\.\dms$/,
    /^\S+Z 127\.0\.0\.1:\d+ "GET \/%0d%0aFAKE HTTP\/1\.1" 404 37 \d+\.\dms$/,
    /^\S+Z 127\.0\.0\.1:\d+ "-" 400 \d+ \d+\.\dms$/,
  ],
  common: [
    /^127\.0\.0\.1 - - \[\d\d\/\w{3}\/\d{4}:[\d:]{8} \+0000\] "GET \/a\.txt HTTP\/1\.1" 200 5$/,
    /^127\.0\.0\.1 - - \[.{26}\] "GET \/%0d%0aFAKE HTTP\/1\.1" 404 37$/,
    /^127\.0\.0\.1 - - \[.{26}\] "-" 400 \d+$/,
  ],
  combined: [
    /^127\.0\.0\.1 - - \[.{26}\] "GET \/a\.txt HTTP\/1\.1" 200 5 "http:\/\/r\/" "curl\/8 \\"quoted\\""$/,
    /^127\.0\.0\.1 - - \[.{26}\] "GET \/%0d%0aFAKE HTTP\/1\.1" 404 37 "-" "-"$/,
    /^127\.0\.0\.1 - - \[.{26}\] "-" 400 \d+ "-" "-"$/,
  ],
  json: [
    /"request":"GET \/a\.txt HTTP\/1\.1","status":"200","bytes":5,.*"httpStatus":200,"referer":"http:\/\/r\/","agent":"curl\/8 \\"quoted\\""\}$/,
    /"request":"GET \/%0d%0aFAKE HTTP\/1\.1","status":"404"/,
    /"request":"-","status":"400"/,
  ],
};

for (const [format, lines] of Object.entries(LINES)) {
  Deno.test(`server.ts --log ${format} writes one line for each request of HTTP, whatever it holds`, async () => {
    // security.md L1.
    await using server = await startServer({
      args: ["--log", format],
      files: { "a.txt": "hello" },
    });
    using peer = await browse(server);
    await peer.ask("GET /a.txt", {
      Referer: "http://r/",
      "User-Agent": 'curl/8 "quoted"',
    });
    await peer.ask("GET /%0d%0aFAKE");
    // A control character makes it no request, and is not logged.
    assertEquals(
      (await peer.ask("GET /a.txt", { "User-Agent": "\x1b[2J" })).status,
      400,
    );
    using other = await browse(server);
    await other.ask("GET /é\u202e\u0085", { "User-Agent": "\u009b31m" });
    await server.stop();
    const written = (await server.stderr.whole()).trimEnd().split("\n");
    assertEquals(written.length, 4, written.join("\n"));
    for (const [i, line] of lines.entries()) assertMatch(written[i]!, line);
    for (const line of written) {
      assert(!/[\x00-\x1f\x7f-\x9f\u2028\u202e]/.test(line), line);
    }
  });
}

Deno.test("server.ts --metrics counts what all its threads answer, in both languages", async () => {
  for (const workers of ["1", "2"]) {
    await using server = await startServer({
      args: ["--metrics", "--workers", workers, "--log", "off"],
      files: { "a.txt": "hello" },
    });
    for (let i = 0; i < 8; i++) {
      using peer = await browse(server);
      assertEquals((await peer.ask("GET /a.txt")).text, "hello");
      assertEquals((await peer.ask("GET /none")).status, 404);
      using wire = await server.connect();
      await wire.ask("download a.txt");
    }
    using peer = await browse(server);
    assertEquals((await peer.ask("GET /healthz")).text, "ok\n");
    const { text, fields } = await peer.ask("GET /metrics");
    assertStringIncludes(
      fields.get("content-type")!,
      "text/plain; version=0.0.4",
    );
    for (
      const line of [
        'landline_requests_total{language="http",method="GET",status="2xx"} 9',
        'landline_requests_total{language="http",method="GET",status="4xx"} 8',
        'landline_requests_total{language="wire",method="download",status="2xx"} 8',
        'landline_sent_bytes_total{language="wire"} 40',
        "landline_connections_total 17",
      ]
    ) assertStringIncludes(text, line + "\n", `${workers} workers`);
    // Read by who is asked: it is open itself.
    assertMatch(text, /^landline_connections_open [1-9]/m);
    assertEquals((await peer.ask("POST /metrics")).status, 405);
  }
});
