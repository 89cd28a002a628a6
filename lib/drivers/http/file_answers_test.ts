import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { assertSameBytes, patterned } from "../../testing/content.ts";
import { type HttpPeer, requestText } from "../../testing/http_peer.ts";
import { MemoryServer } from "../../testing/memory_server.ts";

/** Sun, 06 Nov 1994 08:00:00 GMT: before the time of the server's clock, in the middle of a second. */
const MTIME = 784_108_800_500;
const LAST_MODIFIED = "Sun, 06 Nov 1994 08:00:00 GMT";
const VERSION = `1-10-${MTIME}-0`;

/** Several outboxes (257 KiB) long. */
const LARGE = patterned(700_000);

/** A server with files of that age. */
function serverOf(
  files: Readonly<Record<string, string | Uint8Array>>,
  options: { chunkBytes?: number } = {},
): MemoryServer {
  const server = new MemoryServer(options);
  for (const [name, content] of Object.entries(files)) {
    server.directory.put(name, content, MTIME);
  }
  return server;
}

Deno.test("FileAnswers says what a file is, its version and its age, on every way", async () => {
  await using server = serverOf({ "a.txt": "hello", "b.bin": LARGE });
  const { peer } = server.browse();
  const etag = `"1-5-${MTIME}-0"`;
  const lines = [
    "HTTP/1.1 200 OK",
    "Date: Sun, 06 Nov 1994 08:49:37 GMT",
    "Server: Landline",
    "Content-Type: text/plain; charset=utf-8",
    "X-Content-Type-Options: nosniff",
    `Last-Modified: ${LAST_MODIFIED}`,
    `ETag: ${etag}`,
    "Accept-Ranges: bytes",
    "Cache-Control: no-cache",
    "Vary: Accept-Encoding",
    "Content-Length: 5",
  ];
  // From memory, the second time as it was made the first time.
  for (let i = 0; i < 2; i++) {
    assertEquals((await peer.ask("GET /a.txt")).lines, lines);
  }
  // With a condition, and from the disk.
  const long = await peer.ask("GET /a.txt", { "If-Match": etag });
  assertEquals(long.lines, lines);
  server.directory.isSettled = false;
  server.directory.put("a.txt", "hello", MTIME);
  const opened = await peer.ask("GET /a.txt");
  assertEquals(
    opened.lines,
    lines.map((line) =>
      line.replace(etag, `"3-5-${MTIME}-0~one-shot-token-1"`)
    ),
  );
  const bytes = await peer.ask("GET /b.bin");
  assertEquals(bytes.fields.get("content-type"), "application/octet-stream");
  assertEquals(bytes.fields.has("vary"), false);
});

Deno.test("FileAnswers tells a Date of now, and no Last-Modified behind it", async () => {
  // RFC 9110 6.6.1, 8.8.2.1.
  await using server = new MemoryServer();
  server.directory.put("future", "x", 4e12);
  const { peer } = server.browse();
  for (const date of ["08:49:37", "08:49:38"]) {
    for (let i = 0; i < 2; i++) {
      const { fields } = await peer.ask("GET /future");
      assertEquals(fields.get("date"), `Sun, 06 Nov 1994 ${date} GMT`);
      assertEquals(fields.get("last-modified"), fields.get("date"));
    }
    await server.clock.advance(1000);
  }
});

Deno.test("FileAnswers shows a changed file at once, whoever asks, however many", async () => {
  await using server = serverOf({ a: "0" });
  const peers = Array.from({ length: 4 }, () => server.browse().peer);
  let etag = "";
  for (const content of ["1", "22", "1"]) {
    for (const how of ["rewrite", "put"] as const) {
      server.directory[how]("a", content);
      const all = await Promise.all(
        peers.map((peer) => askOften(peer, 8)),
      );
      for (const { text, fields } of all.flat()) {
        assertEquals(text, content);
        assertEquals(fields.get("etag"), all[0]![0]!.fields.get("etag"));
      }
      assertNotEquals(all[0]![0]!.fields.get("etag"), etag);
      etag = all[0]![0]!.fields.get("etag")!;
    }
  }
  // All who ask in one turn share a question.
  const before = server.directory.lookUps;
  await Promise.all(peers.map((peer) => peer.ask("GET /a")));
  assert(server.directory.lookUps - before <= peers.length);
  server.directory.remove("a");
  assertEquals((await peers[0]!.ask("GET /a")).status, 404);
});

async function askOften(peer: HttpPeer, times: number) {
  await peer.send(requestText("GET /a").repeat(times));
  const answers = [];
  for (let i = 0; i < times; i++) answers.push(await peer.answer());
  return answers;
}

Deno.test("FileAnswers gives the digest of a file, once for each version", async () => {
  await using server = serverOf({ a: "abc", large: LARGE, empty: "" });
  const { peer } = server.browse();
  let reads = 0;
  server.directory.onRead = () => void reads++;
  // FIPS 180-2, B.1.
  const abc =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n";
  for (let i = 0; i < 3; i++) {
    const { text, fields } = await peer.ask("GET /a?sha256");
    assertEquals(text, abc);
    assertEquals(fields.get("content-type"), "text/plain; charset=utf-8");
  }
  assertEquals(reads, 1);
  server.directory.rewrite("a", "abd");
  assertNotEquals((await peer.ask("GET /a?sha256")).text, abc);
  server.directory.rewrite("a", "abc");
  assertEquals((await peer.ask("GET /a?x&sha256=")).text, abc);
  assertEquals((await peer.ask("GET /none?sha256")).status, 404);
  assertEquals((await peer.ask("GET /empty?sha256")).text.length, 65);
  server.directory.onRead = () =>
    server.directory.rewrite("large", LARGE.toReversed());
  const changed = await peer.ask("GET /large?sha256");
  assertEquals([changed.status, changed.fields.get("landline-fault")], [
    409,
    "changed",
  ]);
  assertEquals(server.directory.openFiles, 0);
});

Deno.test("FileAnswers gives our own client the check behind the bytes, for a part too", async () => {
  for (const isSettled of [true, false]) {
    await using server = serverOf({ a: "0123456789", large: LARGE, empty: "" });
    server.directory.isSettled = isSettled;
    const { peer } = server.browse();
    const ask = (path: string, range?: string) =>
      peer.ask(`GET ${path}`, {
        "Landline-Check": "xxh64",
        ...(range && { Range: `bytes=${range}` }),
      });
    const a = await ask("/a");
    assertEquals([a.status, a.text, a.framing], [200, "0123456789", "chunked"]);
    assertEquals(a.fields.get("trailer"), "Landline-End");
    // Values of the reference implementation: xxhsum -H64.
    assertEquals(
      a.trailers.get("landline-end"),
      `xxh64=3f5fc178a81867e7 size=10 mtime=${MTIME} version=${VERSION}`,
    );
    const part = await ask("/a", "2-5");
    assertEquals([part.status, part.text, part.fields.get("content-range")], [
      206,
      "2345",
      "bytes 2-5/10",
    ]);
    const empty = await ask("/empty");
    assertEquals([empty.text, empty.chunks.length], ["", 0]);
    assert(
      empty.trailers.get("landline-end")!.startsWith(
        "xxh64=ef46db3751d8e999 size=0 ",
      ),
    );
    assertSameBytes((await ask("/large", "5-")).body, LARGE.subarray(5));
    assertEquals((await ask("/a", "10-")).status, 416);
    assertEquals(
      (await ask("/none")).fields.get("landline-fault"),
      "not-found",
    );
    // Nobody else has chunks.
    await peer.send("GET /a HTTP/1.0\r\nLandline-Check: xxh64\r\n\r\n");
    assertEquals((await peer.answer()).framing, "counted");
    assertEquals(server.directory.openFiles, 0);
  }
});

Deno.test("FileAnswers has room for as many fields as there may be, in front of a check too", async () => {
  await using server = new MemoryServer({
    files: { large: LARGE },
    http: { fields: [["X-Added", "y".repeat(4000)]] },
  });
  const { peer } = server.browse();
  for (const check of [{}, { "Landline-Check": "xxh64" }]) {
    const { body, fields } = await peer.ask("GET /large", check);
    assertSameBytes(body, LARGE);
    assertEquals(fields.get("x-added")?.length, 4000);
  }
  assertEquals(server.log.notes, []);
});

for (const isSettled of [true, false]) {
  Deno.test(`FileAnswers sends what was compressed before to those who take it, and says that it did (${isSettled ? "from memory" : "from the disk"})`, async () => {
    await using server = serverOf({
      "a.css": "identity",
      "a.css.br": "brotli",
      "a.css.gz": "gzip",
      "a.css.zst": "zstd",
      "b.css": "identity",
      "b.css.gz": "old",
      "c.png": "identity",
      "c.png.gz": "gzip",
    });
    server.directory.put("b.css.gz", "old", MTIME - 1);
    server.directory.isSettled = isSettled;
    const { peer } = server.browse();
    const CASES = [
      ["/a.css", undefined, "identity", undefined],
      ["/a.css", "gzip, deflate, br, zstd", "brotli", "br"],
      ["/a.css", "gzip, zstd", "zstd", "zstd"],
      ["/a.css", "gzip", "gzip", "gzip"],
      ["/a.css", "br;q=0, gzip;q=0.5", "gzip", "gzip"],
      ["/a.css", "deflate", "identity", undefined],
      ["/a.css", "br;q=0.5, identity", "identity", undefined],
      ["/a.css", "*", "brotli", "br"],
      // What is older than the file was made of another one; pictures are not looked for.
      ["/b.css", "gzip", "identity", undefined],
      ["/c.png", "gzip", "identity", undefined],
    ] as const;
    const tags = new Map<string, string>();
    for (const [path, accepted, body, coding] of CASES) {
      const fields = accepted === undefined
        ? {}
        : { "Accept-Encoding": accepted };
      const answer = await peer.ask(`GET ${path}`, fields);
      assertEquals(
        [answer.status, answer.text],
        [200, body],
        `${path} ${accepted}`,
      );
      assertEquals(answer.fields.get("content-encoding"), coding);
      assertEquals(
        answer.fields.get("content-type"),
        path === "/c.png" ? "image/png" : "text/css; charset=utf-8",
      );
      assertEquals(
        answer.fields.get("vary"),
        path === "/c.png" ? undefined : "Accept-Encoding",
      );
      // RFC 9110 8.8.3: another coding is another representation.
      const tag = answer.fields.get("etag")!;
      // 8.8.1: one that may change unseen has another one each time.
      const isAsBefore = (tags.get(path + body) ?? tag) === tag;
      assert(isSettled ? isAsBefore : !tags.has(tag));
      tags.set(isSettled ? path + body : tag, tag);
      const again = await peer.ask(`GET ${path}`, {
        ...fields,
        "If-None-Match": tag,
      });
      assertEquals(again.status, isSettled ? 304 : 200);
      const match = await peer.ask(`GET ${path}`, {
        ...fields,
        "If-Match": tag,
      });
      assertEquals(match.status, 200);
    }
    assertEquals(tags.size, isSettled ? 6 : CASES.length);
    assertEquals(server.directory.openFiles, 0);
  });
}

Deno.test("FileAnswers keeps pages of strangers from acting for whoever opens them, where strangers may put files", async () => {
  // security.md X5.
  const files = {
    "a.html": "<script>",
    "a.svg": "<svg>",
    "a.txt": "x",
    "a.unknown": "<script>",
  };
  for (const uploads of [undefined, {}]) {
    await using server = new MemoryServer({
      files,
      ...(uploads && { uploads }),
    });
    const { peer } = server.browse();
    for (const name of Object.keys(files)) {
      const { fields } = await peer.ask(`GET /${name}`);
      const isActive = name === "a.html" || name === "a.svg";
      assertEquals(
        fields.get("content-security-policy"),
        isActive && uploads ? "sandbox allow-scripts" : undefined,
      );
      assertEquals(fields.get("x-content-type-options"), "nosniff");
      if (name === "a.unknown") {
        assertEquals(fields.get("content-type"), "application/octet-stream");
      }
    }
  }
});
