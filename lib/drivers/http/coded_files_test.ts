import { assert, assertEquals, assertLess } from "@std/assert";
import { gunzipSync } from "node:zlib";
import { toBytes } from "../../bytes/ascii.ts";
import { assertSameBytes, patterned } from "../../testing/content.ts";
import { turn } from "../../testing/fake_clock.ts";
import { connectHttp } from "../../testing/http_changes.ts";
import type { HttpAnswer } from "../../testing/http_peer.ts";
import {
  MemoryServer,
  type MemoryServerOptions,
} from "../../testing/memory_server.ts";

const GZIP = { "Accept-Encoding": "gzip, deflate" };
/** Larger than what is held in memory, and well compressed. */
const LARGE = toBytes(
  "A line of a log that is like the others.\n".repeat(9000),
);
const SMALL = LARGE.subarray(0, 5000);

const FILES = { "small.txt": SMALL, "large.txt": LARGE };

for (
  const [path, content] of [["/small.txt", SMALL], [
    "/large.txt",
    LARGE,
  ]] as const
) {
  Deno.test(`CodedFiles compresses ${path} for who takes that, as another representation`, async () => {
    // RFC 9110 8.4, 8.8.3.3, 12.5.5.
    await using server = compressing();
    const peer = connectHttp(server);
    const plain = await peer.ask(`GET ${path}`);
    assertEquals(plain.fields.has("content-encoding"), false);
    assertSameBytes(plain.body, content);
    const coded = await peer.ask(`GET ${path}`, GZIP);
    assertEquals(coded.status, 200);
    assertEquals(coded.fields.get("content-encoding"), "gzip");
    assertEquals(coded.fields.get("content-type"), "text/plain; charset=utf-8");
    assertSameBytes(gunzipSync(coded.body), content);
    assertLess(coded.body.length, content.length / 10);
    for (const { fields } of [plain, coded]) {
      assertEquals(fields.get("vary"), "Accept-Encoding");
    }
    const [one, other] = [plain, coded].map(etagOf);
    assert(one !== other && other!.startsWith('"'));
    assertEquals(server.directory.openFiles, 0);
  });

  Deno.test(`CodedFiles lets ${path} be asked for conditionally, compressed or not`, async () => {
    await using server = compressing();
    const peer = connectHttp(server);
    const [plain, coded] = [
      etagOf(await peer.ask(`HEAD ${path}`)),
      etagOf(await peer.ask(`HEAD ${path}`, GZIP)),
    ];
    const status = async (fields: Record<string, string>) =>
      (await peer.ask(`GET ${path}`, fields)).status;
    assertEquals(await status({ ...GZIP, "If-None-Match": coded }), 304);
    assertEquals(await status({ ...GZIP, "If-None-Match": plain }), 200);
    assertEquals(await status({ "If-None-Match": plain }), 304);
    assertEquals(await status({ "If-None-Match": coded }), 200);
    assertEquals(await status({ ...GZIP, "If-Match": plain }), 412);
    assertEquals(server.directory.openFiles, 0);
  });

  Deno.test(`CodedFiles compresses no range of ${path}: it is one of the file`, async () => {
    await using server = compressing();
    const peer = connectHttp(server);
    const coded = etagOf(await peer.ask(`HEAD ${path}`, GZIP));
    const range = { ...GZIP, Range: "bytes=10-19" };
    const part = await peer.ask(`GET ${path}`, range);
    assertEquals(part.status, 206);
    assertEquals(part.fields.has("content-encoding"), false);
    assertSameBytes(part.body, content.subarray(10, 20));
    // RFC 9110 13.1.5: half of the one and half of the other would make no file.
    const whole = await peer.ask(`GET ${path}`, {
      ...range,
      "If-Range": coded,
    });
    assertEquals(whole.status, 200);
    assertSameBytes(whole.body, content);
  });

  Deno.test(`CodedFiles tells of the compressed ${path} without sending it`, async () => {
    await using server = compressing();
    const peer = connectHttp(server);
    const told = await peer.ask(`HEAD ${path}`, GZIP);
    const sent = await peer.ask(`GET ${path}`, GZIP);
    for (
      const field of ["content-encoding", "etag", "vary", "content-length"]
    ) {
      assertEquals(told.fields.get(field), sent.fields.get(field));
    }
    assertEquals(told.body.length, 0);
    assertEquals(server.directory.openFiles, 0);
  });
}

const REFUSALS = [
  "",
  "identity",
  "br",
  "gzip;q=0",
  "identity, gzip;q=0.5",
  "*;q=0",
];
for (const accepted of REFUSALS) {
  Deno.test(`CodedFiles compresses nothing for who says "Accept-Encoding: ${accepted}"`, async () => {
    // RFC 9110 12.5.3.
    await using server = compressing();
    const { fields, body } = await connectHttp(server).ask("GET /small.txt", {
      "Accept-Encoding": accepted,
    });
    assertEquals(fields.has("content-encoding"), false);
    assertSameBytes(body, SMALL);
  });
}

Deno.test("CodedFiles compresses text, and nothing that is small, compressed already, or gets no smaller", async () => {
  await using server = compressing({
    files: {
      "tiny.txt": SMALL.subarray(0, 1023),
      "photo.jpg": SMALL,
      "archive.zip": SMALL,
      "data": SMALL,
      "noise.txt": patterned(5000),
      "a.js": SMALL,
      "a.json": SMALL,
      "a.svg": SMALL,
      "a.html": SMALL,
    },
  });
  const peer = connectHttp(server);
  const codings: Record<string, string | undefined> = {};
  for (const name of server.directory.fileNames) {
    const { fields, body } = await peer.ask(`GET /${name}`, GZIP);
    codings[name] = fields.get("content-encoding");
    if (codings[name] === undefined) {
      assertSameBytes(body, server.directory.get(name)!);
    }
  }
  const gzip = "gzip";
  assertEquals(codings, {
    "a.html": gzip,
    "a.js": gzip,
    "a.json": gzip,
    "a.svg": gzip,
    "archive.zip": undefined,
    "data": undefined,
    "noise.txt": undefined,
    "photo.jpg": undefined,
    "tiny.txt": undefined,
  });
});

Deno.test("CodedFiles compresses nothing unless it is told to, nor for our own client", async () => {
  await using server = new MemoryServer({ files: FILES });
  const { fields } = await connectHttp(server).ask("GET /small.txt", GZIP);
  assertEquals(fields.has("content-encoding"), false);
  assertEquals(fields.get("vary"), "Accept-Encoding");
  await using other = compressing();
  const checked = await connectHttp(other).ask("GET /small.txt", {
    ...GZIP,
    "Landline-Check": "xxh64",
  });
  assertSameBytes(checked.body, SMALL);
});

Deno.test("CodedFiles compresses a changed file anew", async () => {
  await using server = compressing();
  const peer = connectHttp(server);
  const first = await peer.ask("GET /small.txt", GZIP);
  const again = await peer.ask("GET /small.txt", GZIP);
  assertEquals(etagOf(again), etagOf(first));
  const changed = SMALL.toReversed();
  server.directory.rewrite("small.txt", changed);
  const second = await peer.ask("GET /small.txt", GZIP);
  assertSameBytes(gunzipSync(second.body), changed);
  assert(etagOf(second) !== etagOf(first));
});

Deno.test("CodedFiles gives a neighbour rather than compressing", async () => {
  await using server = compressing({
    files: { "a.css": SMALL, "a.css.gz": "made before", "a.css.br": "brotli" },
  });
  const peer = connectHttp(server);
  assertEquals((await peer.ask("GET /a.css", GZIP)).text, "made before");
  const { fields, body } = await peer.ask("GET /a.css", {
    "Accept-Encoding": "zstd, gzip;q=0.1",
  });
  assertEquals(fields.get("content-encoding"), "gzip");
  assertEquals(body.length, "made before".length);
});

Deno.test("CodedFiles closes every neighbour that it looked at, large or older", async () => {
  await using server = compressing({
    files: {
      "old.css.br": LARGE,
      "old.css": LARGE,
      "new.css": LARGE,
      "new.css.br": LARGE,
      "new.css.gz": LARGE,
      "new.css.zst": LARGE,
    },
  });
  const peer = connectHttp(server);
  const all = { "Accept-Encoding": "br, gzip, zstd" };
  const requests: [
    string,
    string,
    Record<string, string>,
    string | undefined,
  ][] = [
    ["GET", "new", all, "br"],
    ["HEAD", "new", all, "br"],
    ["GET", "new", { ...all, Range: "bytes=0-9" }, "br"],
    ["GET", "new", { ...all, Range: "bytes=999999-" }, undefined],
    ["GET", "new", { ...all, "If-Match": '"x"' }, undefined],
    ["GET", "new", { ...all, "If-None-Match": "*" }, "br"],
    ["GET", "new", { "Accept-Encoding": "br;q=0.1, identity" }, undefined],
    ["GET", "old", all, "gzip"],
    ["GET", "old", { "Accept-Encoding": "br" }, undefined],
  ];
  for (const [method, base, fields, coding] of requests) {
    const answer = await peer.ask(`${method} /${base}.css`, fields);
    assertEquals(answer.fields.get("content-encoding"), coding);
    assertEquals(server.directory.openFiles, 0, JSON.stringify(fields));
  }
});

for (const readsAreAsync of [false, true]) {
  const from = readsAreAsync ? "a cold disk" : "memory";
  Deno.test(`CodedFiles cuts the connection when a large file changes while it is compressed from ${from}`, async () => {
    await using server = compressing();
    const { directory } = server;
    directory.readsAreAsync = readsAreAsync;
    directory.onRead = (_name, offset) => {
      if (offset > 0) directory.rewrite("large.txt", LARGE.toReversed());
    };
    const peer = connectHttp(server);
    await peer.send(
      "GET /large.txt HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n",
    );
    const text = new TextDecoder().decode(await peer.rest());
    assert(!text.endsWith("0\r\n\r\n"));
    assertEquals(directory.openFiles, 0);
    assertEquals(server.log.requests.at(-1)?.status, "changed");
  });

  Deno.test(`CodedFiles ends the reading from ${from} when the peer leaves`, async () => {
    // security.md D8.
    for (const cut of [0, 1, 200, 400, 5000]) {
      await using server = compressing({
        files: { "large.txt": patterned(1_000_000) },
      });
      server.directory.readsAreAsync = readsAreAsync;
      const peer = connectHttp(server, {
        bToA: { cutAfterBytes: cut, capacityBytes: 100 },
      });
      await peer.send(
        "GET /large.txt HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n",
      );
      await peer.rest();
      await server.clock.advance(0);
      await turn();
      assertEquals(server.directory.openFiles, 0, `cut after ${cut}`);
    }
  });
}

Deno.test("CodedFiles reads no more of a large file than its peer takes", async () => {
  // security.md D7.
  await using server = compressing({
    files: { "large.txt": patterned(5_000_000) },
  });
  let bytesRead = 0;
  server.directory.onRead = (_name, offset) => bytesRead = offset;
  const peer = connectHttp(server, { bToA: { capacityBytes: 1000 } });
  await peer.send(
    "GET /large.txt HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n",
  );
  for (let i = 0; i < 50; i++) await turn();
  assertLess(bytesRead, 1_000_000);
  peer.close();
  await turn();
  assertEquals(server.directory.openFiles, 0);
});

function compressing(options: MemoryServerOptions = {}): MemoryServer {
  return new MemoryServer({
    files: FILES,
    ...options,
    http: { compress: true, ...options.http },
  });
}

function etagOf({ fields }: HttpAnswer): string {
  return fields.get("etag") ?? "";
}
