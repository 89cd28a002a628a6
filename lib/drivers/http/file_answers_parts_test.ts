import { assert, assertEquals } from "@std/assert";
import { assertSameBytes, patterned } from "../../testing/content.ts";
import { MemoryServer } from "../../testing/memory_server.ts";

/** Sun, 06 Nov 1994 08:00:00 GMT: before the time of the server's clock, in the middle of a second. */
const MTIME = 784_108_800_500;
const LAST_MODIFIED = "Sun, 06 Nov 1994 08:00:00 GMT";
const LATER = "Sun, 06 Nov 1994 08:00:01 GMT";
const EARLIER = "Sun, 06 Nov 1994 07:59:59 GMT";

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

const ETAG = `"1-10-${MTIME}-0"`;

/** Fields of a request for `0123456789` -> the status (RFC 9110 13.2.2), for GET and HEAD alike. */
const CONDITIONS: readonly (readonly [Record<string, string>, number])[] = [
  [{ "If-Match": ETAG }, 200],
  [{ "If-Match": "*" }, 200],
  [{ "If-Match": '"other"' }, 412],
  [{ "If-Match": `W/${ETAG}` }, 412],
  [{ "If-Match": `"other", ${ETAG}` }, 200],
  [{ "If-None-Match": ETAG }, 304],
  [{ "If-None-Match": `W/${ETAG}` }, 304],
  [{ "If-None-Match": `"a,b", ${ETAG}` }, 304],
  [{ "If-None-Match": "*" }, 304],
  [{ "If-None-Match": '"other"' }, 200],
  // security.md R6: the tag decides, not the date.
  [{ "If-None-Match": '"other"', "If-Modified-Since": LATER }, 200],
  [{ "If-None-Match": ETAG, "If-Modified-Since": EARLIER }, 304],
  [{ "If-Modified-Since": LAST_MODIFIED }, 304],
  [{ "If-Modified-Since": LATER }, 304],
  [{ "If-Modified-Since": EARLIER }, 200],
  [{ "If-Modified-Since": "yesterday" }, 200],
  [{ "If-Unmodified-Since": LAST_MODIFIED }, 200],
  [{ "If-Unmodified-Since": EARLIER }, 412],
  [{ "If-Match": ETAG, "If-Unmodified-Since": EARLIER }, 200],
  [{ "If-Match": ETAG, "If-None-Match": ETAG }, 304],
  [{ "If-Match": '"other"', "If-None-Match": ETAG }, 412],
];

Deno.test("FileAnswers judges conditions, and sends what they leave", async () => {
  await using server = serverOf({ a: "0123456789" });
  const { peer } = server.browse();
  for (const [condition, status] of CONDITIONS) {
    const how = JSON.stringify(condition);
    const answer = await peer.ask("GET /a", condition);
    assertEquals(answer.status, status, how);
    assertEquals((await peer.ask("HEAD /a", condition)).status, status, how);
    if (status === 200) assertEquals(answer.text, "0123456789");
    // RFC 9110 15.4.5.
    if (status === 304) assertEquals(answer.fields.get("etag"), ETAG);
    assertEquals(answer.fields.has("connection"), false);
    // RFC 9110 13.2.1: no condition makes of nothing something.
    assertEquals((await peer.ask("GET /none", condition)).status, 404, how);
  }
});

/** What is asked for -> the body and its Content-Range, or the whole (RFC 9110 14.1.2, 14.2). */
const RANGES: readonly (readonly [string, string, string?])[] = [
  ["bytes=0-0", "0", "0-0"],
  ["bytes=2-5", "2345", "2-5"],
  ["BYTES=2-5", "2345", "2-5"],
  ["bytes=7-", "789", "7-9"],
  ["bytes=-3", "789", "7-9"],
  ["bytes=-99", "0123456789", "0-9"],
  ["bytes=8-99", "89", "8-9"],
  ["bytes=, 2-5 ,", "2345", "2-5"],
  ["bytes=20-30, 2-5", "2345", "2-5"],
  // security.md R2.
  [`bytes=8-${"9".repeat(400)}`, "89", "8-9"],
  [`bytes=-${"9".repeat(400)}`, "0123456789", "0-9"],
  // security.md R3, R4, and other units.
  ["bytes=5-2", "0123456789"],
  ["bytes=0x0-0x9", "0123456789"],
  ["bytes=1e1-2e1", "0123456789"],
  ["bytes=0.5-9", "0123456789"],
  ["bytes=\xb2-5", "0123456789"],
  ["bytes=-", "0123456789"],
  ["bytes", "0123456789"],
  ["lines=1-2", "0123456789"],
  // security.md R1: bytes that are asked for twice.
  ["bytes=0-,0-", "0123456789"],
  [`bytes=${"0-9,".repeat(200)}`, "0123456789"],
  [`bytes=${"0-,".repeat(1000)}`, "0123456789"],
];

for (const isSettled of [true, false]) {
  Deno.test(`FileAnswers sends the range that is asked for, clamped, or the whole (${isSettled ? "from memory" : "from the disk"})`, async () => {
    await using server = serverOf({ a: "0123456789" });
    server.directory.isSettled = isSettled;
    const { peer } = server.browse();
    for (const [range, body, contentRange] of RANGES) {
      const { status, fields, text } = await peer.ask("GET /a", {
        Range: range,
      });
      assertEquals(text, body, range);
      assertEquals(status, contentRange === undefined ? 200 : 206, range);
      assertEquals(
        fields.get("content-range"),
        contentRange && `bytes ${contentRange}/10`,
      );
      if (isSettled) assertEquals(fields.get("etag"), ETAG);
      // RFC 9110 14.2: no other method has ranges.
      const head = await peer.ask("HEAD /a", { Range: range });
      assertEquals([head.status, head.fields.get("content-length")], [
        200,
        "10",
      ]);
    }
    assertEquals(server.directory.openFiles, 0);
  });
}

Deno.test("FileAnswers says 416 and how long the file is for a range behind its end", async () => {
  // RFC 9110 15.5.17.
  await using server = serverOf({ a: "0123456789", empty: "" });
  const { peer } = server.browse();
  for (
    const range of ["10-", "10-20", "-0", `${"9".repeat(400)}-`, "20-,30-40"]
  ) {
    const answer = await peer.ask("GET /a", { Range: `bytes=${range}` });
    assertEquals(answer.status, 416, range);
    assertEquals(answer.fields.get("content-range"), "bytes */10");
    assertEquals(answer.fields.has("connection"), false);
  }
  // There is no range of nothing.
  const empty = await peer.ask("GET /empty", { Range: "bytes=0-" });
  assertEquals([empty.status, empty.text], [200, ""]);
});

Deno.test("FileAnswers sends a part only of the version that If-Range names", async () => {
  // RFC 9110 13.1.5; security.md R5: else a resumed download would be made of two files.
  await using server = serverOf({ a: "0123456789" });
  const { peer } = server.browse();
  const CASES = [
    [ETAG, 206],
    [LAST_MODIFIED, 206],
    ['"other"', 200],
    [`W/${ETAG}`, 200],
    [EARLIER, 200],
    [LATER, 200],
    ["*", 200],
    ["", 200],
    ["garbage", 200],
    [ETAG.slice(1, -1), 200],
  ] as const;
  for (const [ifRange, status] of CASES) {
    for (const Range of ["bytes=2-5", "bytes=2-3,5-6", "bytes=10-"]) {
      const fields = { Range, "If-Range": ifRange };
      const answer = await peer.ask("GET /a", fields);
      const isBehind = Range === "bytes=10-" && status === 206;
      assertEquals(answer.status, isBehind ? 416 : status, ifRange);
      if (status === 200) assertEquals(answer.text, "0123456789");
    }
  }
  server.directory.rewrite("a", "changed!");
  const resumed = { Range: "bytes=5-", "If-Range": ETAG };
  assertEquals((await peer.ask("GET /a", resumed)).text, "changed!");
});

for (
  const [name, chunkBytes] of [["small", undefined], ["small", 1000], [
    "large",
    undefined,
  ]] as const
) {
  Deno.test(`FileAnswers sends several parts, each with its range, in the order they were asked for (${name}, chunks of ${chunkBytes})`, async () => {
    // RFC 9110 14.6.
    const content = name === "small" ? LARGE.subarray(0, 60_000) : LARGE;
    await using server = serverOf(
      { [name]: content },
      { ...(chunkBytes && { chunkBytes }) },
    );
    const { peer } = server.browse();
    const size = content.length;
    const answer = await peer.ask(`GET /${name}`, {
      Range: `bytes=100-40000, -5, 7-7, ${size}-, 50000-50001`,
    });
    assertEquals(answer.status, 206);
    const parts = [[100, 40_000], [size - 5, size - 1], [7, 7], [
      50_000,
      50_001,
    ]];
    assertParts(answer, parts as [number, number][], content);
    assertEquals((await peer.ask(`HEAD /${name}`)).status, 200);
    assertEquals(server.directory.openFiles, 0);
  });
}

Deno.test("FileAnswers ignores 10 000 ranges, and sends as many as are no more than the file", async () => {
  // security.md R1.
  await using server = serverOf({ large: LARGE });
  const { peer } = server.browse();
  const ranges = (count: number) =>
    Array.from({ length: count }, (_, i) => `${2 * i}-${2 * i}`);
  const all = await peer.ask("GET /large", {
    Range: `bytes=${ranges(200).join()}`,
  });
  assertParts(
    all,
    ranges(200).map((range) => range.split("-").map(Number)) as [
      number,
      number,
    ][],
    LARGE,
  );
  // More than fit a head are no request at all; as many as do are not served one by one.
  assertEquals(
    (await peer.ask("GET /large", { Range: `bytes=${"0-0,".repeat(7000)}` }))
      .status,
    200,
  );
  const { status } = await peer.ask("GET /large", {
    Range: `bytes=${ranges(10_000).join()}`,
  });
  assertEquals(status, 431);
});

/** Fails unless `answer` has just these parts of `content`. */
function assertParts(
  { fields, body }: { fields: ReadonlyMap<string, string>; body: Uint8Array },
  parts: readonly (readonly [number, number])[],
  content: Uint8Array,
): void {
  const [, boundary] = /^multipart\/byteranges; boundary=([\w-]+)$/.exec(
    fields.get("content-type")!,
  ) ?? [];
  assert(boundary !== undefined);
  const expected: number[] = [];
  const text = (line: string) =>
    expected.push(...new TextEncoder().encode(line));
  for (const [i, [first, last]] of parts.entries()) {
    text(
      `${
        i === 0 ? "" : "\r\n"
      }--${boundary}\r\nContent-Type: application/octet-stream\r\n` +
        `Content-Range: bytes ${first}-${last}/${content.length}\r\n\r\n`,
    );
    for (const byte of content.subarray(first, last + 1)) expected.push(byte);
  }
  text(`\r\n--${boundary}--\r\n`);
  assertSameBytes(body, new Uint8Array(expected));
}
