import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { assertSameBytes, patterned } from "../../testing/content.ts";
import { turn } from "../../testing/fake_clock.ts";
import { type HttpPeer, requestText } from "../../testing/http_peer.ts";
import {
  type MemoryBrowser,
  MemoryServer,
  type MemoryServerOptions,
} from "../../testing/memory_server.ts";
import { textOf } from "../../testing/wire_peer.ts";

/** Several outboxes (257 KiB) long. */
const LARGE = patterned(700_000);
const FILES = { "a.txt": "hello", "b.txt": "other", large: LARGE, empty: "" };

/** A connection to a server of its own. */
function served(
  options: MemoryServerOptions = {},
): { server: MemoryServer } & MemoryBrowser {
  const server = new MemoryServer({ files: FILES, ...options });
  return { server, ...server.browse() };
}

/** What is to be answered, and with which status and body. */
const MIXED: readonly (readonly [string, number, string | Uint8Array])[] = [
  ["GET /a.txt", 200, "hello"],
  ["GET /large", 200, LARGE],
  ["HEAD /large", 200, ""],
  ["GET /none", 404, "404 Not Found: There is no such file\n"],
  ["BREW /a.txt", 501, "501 Not Implemented: "],
  ["HEAD /none", 404, ""],
  ["HEAD /a.txt", 200, ""],
  ["GET /empty", 200, ""],
  ["OPTIONS /a.txt", 204, ""],
  ["GET /?simple", 200, "a.txt\nb.txt\nempty\nlarge\n"],
  ["HEAD /?list", 200, ""],
  ["GET /a%", 400, "400 Bad Request: "],
  ["GET /large?sha256", 200, ""],
  ["GET /b.txt", 200, "other"],
];

async function checkMixed(peer: HttpPeer): Promise<void> {
  for (const [request, status, body] of MIXED) {
    const answer = await peer.answer(request.split(" ")[0]);
    assertEquals(answer.status, status, request);
    if (typeof body !== "string") assertSameBytes(answer.body, body);
    else assert(answer.text.startsWith(body), `${request}: ${answer.text}`);
    assertEquals(answer.fields.has("connection"), false, request);
  }
}

Deno.test("HttpSession answers requests sent ahead in order: small, large, refused, without a body", async () => {
  // RFC 9112 9.3.2.
  const { server, peer } = served();
  await using _ = server;
  await peer.send(MIXED.map(([request]) => requestText(request)).join(""));
  await checkMixed(peer);
  assertEquals(server.directory.openFiles, 0);
});

for (const chunkBytes of [1, 3]) {
  Deno.test(`HttpSession understands requests that arrive in pieces of ${chunkBytes}, and a reader of as little`, async () => {
    await using server = new MemoryServer({
      files: { ...FILES, large: LARGE.subarray(0, 70_000) },
    });
    const small = { chunkBytes, capacityBytes: 5000 };
    const { peer } = server.browse({ aToB: small, bToA: small });
    for (const request of ["GET /large", "HEAD /large", "GET /a.txt"]) {
      await peer.send(requestText(request));
    }
    assertSameBytes((await peer.answer()).body, LARGE.subarray(0, 70_000));
    assertEquals((await peer.answer("HEAD")).status, 200);
    assertEquals((await peer.answer()).text, "hello");
  });
}

Deno.test("HttpSession joins the answers to requests sent ahead into one write", async () => {
  const { server, peer, serverEnd } = served();
  await using _ = server;
  await peer.send(requestText("GET /a.txt").repeat(50));
  for (let i = 0; i < 50; i++) {
    assertEquals((await peer.answer()).text, "hello");
  }
  assertEquals(serverEnd.writeSizes.length, 1);
});

Deno.test("HttpSession ignores an empty line in front of a request, and no more of them", async () => {
  // RFC 9112 2.2.
  const { server, peer } = served();
  await using _ = server;
  await peer.send(requestText("GET /a.txt"));
  await peer.send("\r\n" + requestText("GET /b.txt"));
  assertEquals((await peer.answer()).text, "hello");
  assertEquals((await peer.answer()).text, "other");
  await peer.send("\r\n\r\n" + requestText("GET /b.txt"));
  assertEquals((await peer.answer()).status, 400);
  assertEquals(await peer.rest(), new Uint8Array());
});

/** Version, Connection -> whether the connection goes on, and what is said about it (RFC 9112 9.3). */
const PERSISTENCE = [
  ["HTTP/1.1", undefined, true, undefined],
  ["HTTP/1.1", "close", false, "close"],
  ["HTTP/1.1", "keep-alive", true, undefined],
  ["HTTP/1.1", "x, CLOSE", false, "close"],
  ["HTTP/1.2", undefined, true, undefined],
  ["HTTP/1.0", undefined, false, "close"],
  ["HTTP/1.0", "keep-alive", true, "keep-alive"],
  ["HTTP/1.0", "Keep-Alive, close", false, "close"],
] as const;

for (const [version, connection, goesOn, said] of PERSISTENCE) {
  Deno.test(`HttpSession ${goesOn ? "goes on" : "ends"} behind a request of ${version} with Connection: ${connection}`, async () => {
    for (const path of ["/a.txt", "/large", "/none", "/?json"]) {
      const { server, peer } = served();
      await using _ = server;
      const line = connection ? `Connection: ${connection}\r\n` : "";
      await peer.send(`GET ${path} ${version}\r\nHost: x\r\n${line}\r\n`);
      await peer.send(requestText("GET /a.txt"));
      const first = await peer.answer();
      assertEquals(first.fields.get("connection"), said);
      // RFC 9110 6.2: the version of the server, not of the request.
      assert(first.lines[0]!.startsWith("HTTP/1.1 "));
      if (goesOn) assertEquals((await peer.answer()).text, "hello");
      else assertEquals(await peer.rest(), new Uint8Array());
    }
  });
}

Deno.test("HttpSession sends HTTP/1.0 no chunks: the end of the connection ends what has no length", async () => {
  // RFC 9112 6.1, 6.3.
  const { server, peer } = served();
  await using _ = server;
  await peer.send("GET /?list HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const { framing, fields, text } = await peer.answer();
  assertEquals([framing, fields.get("connection")], ["close", "close"]);
  assertEquals(text.split("\n").length, Object.keys(FILES).length + 1);
});

Deno.test("HttpSession takes HTTP/1.0 without Host, and no HTTP/1.1 without one", async () => {
  // RFC 9112 3.2; security.md S8.
  const { server, peer } = served();
  await using _ = server;
  await peer.send("GET /a.txt HTTP/1.0\r\n\r\n");
  assertEquals((await peer.answer()).text, "hello");
  const { peer: next } = server.browse();
  await next.send("GET /a.txt HTTP/1.1\r\n\r\n");
  assertEquals((await next.answer()).status, 400);
  assertEquals(await next.rest(), new Uint8Array());
});

/** What is no request, and the status it earns; the vectors of testdata/http have some hundreds more. */
const FAULTY: readonly (readonly [string, string, number])[] = [
  ["a version from the future", "GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505],
  ["HTTP/2 by prior knowledge", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505],
  ["a line that ends in LF", "GET / HTTP/1.1\nHost: x\n\n", 400],
  ["two lengths", requestText("GET /", length("5", "6")), 400],
  [
    "length and chunks",
    requestText("GET /", { ...length("5"), "Transfer-Encoding": "chunked" }),
    400,
  ],
  ["two hosts", "GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", 400],
  ["a blank before a colon", requestText("GET /", { "A ": "b" }), 400],
  ["a folded field", "GET / HTTP/1.1\r\nHost: x\r\n a\r\n\r\n", 400],
  ["an address that is too long", `GET /${"x".repeat(9000)}`, 414],
  ["a head that is too large", requestText("GET /", fieldsOf(10, 4000)), 431],
  ["too many fields", requestText("GET /", fieldsOf(101, 1)), 431],
  ["an unknown expectation", requestText("GET /", { Expect: "x" }), 417],
  [
    "an unknown coding",
    requestText("GET /", { "Transfer-Encoding": "gzip, chunked" }),
    501,
  ],
];

function length(...lengths: string[]): Record<string, string> {
  return { "Content-Length": lengths.join("\r\nContent-Length: ") };
}

function fieldsOf(count: number, bytes: number): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`X-${i}`, "y".repeat(bytes)]),
  );
}

for (const [what, request, status] of FAULTY) {
  Deno.test(`HttpSession answers ${what} with ${status}, and ends`, async () => {
    const { server, peer, clientEnd } = served();
    await using _ = server;
    await peer.send(requestText("GET /a.txt"));
    await peer.send(request);
    const smuggled = peer.send(requestText("GET /b.txt"));
    assertEquals((await peer.answer()).text, "hello");
    const answer = await peer.answer();
    assertEquals(answer.status, status);
    assertEquals(answer.fields.get("connection"), "close");
    assert(answer.text.startsWith(`${status} ${answer.reason}: `));
    assertEquals(await peer.rest(), new Uint8Array());
    await smuggled;
    clientEnd.close();
    await turn();
    assertEquals(server.server.clients, 0);
    assertEquals(server.log.requests.at(-1)?.request, "-");
    assertEquals(server.log.requests.at(-1)?.http?.status, status);
    assertEquals(server.log.notes, []);
  });
}

Deno.test("HttpSession sends heads of any size, wherever in the outbox they fall", async () => {
  // Every byte of the name becomes three in Location, and what is asked for stays behind it.
  const folder = Array.from({ length: 8 }, () => "é".repeat(127)).join("/");
  await using server = new MemoryServer({ files: { [`${folder}/x`]: "x" } });
  // As much at once as makes answers for more than one outbox.
  const { peer } = server.browse({ aToB: { capacityBytes: 2_000_000 } });
  const moved = encodeURI(`/${folder}/`);
  const longest = "?".padEnd(8 * 1024 - moved.length, "y");
  const CASES = [
    [`/${folder}${longest}`, 301, moved + longest],
    [`/${folder}?é`, 301, `${moved}?%C3%A9`],
    [`/${folder}${longest}y`, 414, undefined],
  ] as const;
  for (const [target, status, location] of CASES) {
    await peer.send(requestText(`GET ${target}`).repeat(200));
    for (let i = 0; i < 200; i++) {
      const answer = await peer.answer();
      assertEquals(answer.status, status);
      assertEquals(answer.fields.get("location"), location);
    }
  }
  assertEquals((await peer.ask(`GET ${moved}?simple`)).text, "x\n");
  assertEquals(server.log.notes, []);
});

// A long page: each of these is five characters in HTML. Six of them leave room for a head, and for no seventh page.
for (const request of ["GET /none", `${"'".repeat(7700)} /`]) {
  Deno.test(`HttpSession answers any number of requests sent ahead that are refused with a page (${request.slice(0, 9)})`, async () => {
    await using server = new MemoryServer({ files: FILES });
    const { peer } = server.browse({ aToB: { capacityBytes: 2_000_000 } });
    const count = request.length > 1000 ? 50 : 1000;
    await peer.send(
      requestText(request, { Accept: "text/html" }).repeat(count),
    );
    const first = await peer.answer();
    assertEquals(first.fields.get("content-type"), "text/html; charset=utf-8");
    for (let i = 1; i < count; i++) {
      const { lines, text } = await peer.answer();
      assertEquals(lines, first.lines);
      assertEquals(text, first.text);
    }
    assertEquals(server.log.notes, []);
  });
}

const SMUGGLED = requestText("GET /b.txt");

/** Bodies that nobody reads (security.md S7), how they are framed, and whether the connection may go on behind them. */
const UNREAD: readonly (readonly [string, string, string, boolean])[] = [
  ["counted", SMUGGLED, `Content-Length: ${SMUGGLED.length}`, true],
  ["of nothing", "", "Content-Length: 0", true],
  [
    "of more than 1 MiB",
    SMUGGLED.padEnd(1048577),
    "Content-Length: 1048577",
    false,
  ],
  ["in chunks", "5\r\nGET /\r\n0\r\n\r\n", "Transfer-Encoding: chunked", false],
  [
    "that waits for 100",
    SMUGGLED,
    `Content-Length: ${SMUGGLED.length}\r\nExpect: 100-continue`,
    false,
  ],
];

for (const [what, body, framing, goesOn] of UNREAD) {
  for (const when of ["with its head", "behind the answer"]) {
    Deno.test(`HttpSession takes no body ${what} for a request that comes ${when}`, async () => {
      const { server, peer } = served();
      await using _ = server;
      const behind = body + requestText("GET /none");
      await peer.send(`GET /a.txt HTTP/1.1\r\nHost: x\r\n${framing}\r\n\r\n`);
      let sending = when === "with its head" ? peer.send(behind) : undefined;
      const { text, fields } = await peer.answer();
      assertEquals(text, "hello");
      assertEquals(fields.get("connection"), goesOn ? undefined : "close");
      sending ??= peer.send(behind);
      if (goesOn) assertEquals((await peer.answer()).status, 404);
      else assertEquals(await peer.rest(), new Uint8Array());
      await sending;
      assertEquals(server.log.outcomes.length, goesOn ? 2 : 1);
    });
  }
}

Deno.test("HttpSession says no 100 for a body that it does not want, and none to HTTP/1.0", async () => {
  // RFC 9110 10.1.1.
  const { server, peer } = served();
  await using _ = server;
  await peer.send(requestText("GET /a.txt", { Expect: "100-continue" }));
  const { status, fields } = await peer.answer();
  assertEquals([status, fields.has("connection")], [200, false]);
  await peer.send(
    "GET /a.txt HTTP/1.0\r\nConnection: keep-alive\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx",
  );
  assertEquals((await peer.answer()).status, 200);
  assertEquals((await peer.ask("GET /a.txt")).status, 200);
});

Deno.test("HttpSession sends no byte of a body to HEAD, and the same fields as to GET, for every kind of answer", async () => {
  // RFC 9110 9.3.2.
  await using server = new MemoryServer({
    files: {
      ...FILES,
      "site/index.html": "<p>",
      "site/page.css": "x",
      "site/page.css.gz": "gz",
      "sub/f": "x",
    },
  });
  const requests: readonly (readonly [string, Record<string, string>])[] = [
    ["/a.txt", {}],
    ["/a.txt", { Accept: "text/html" }],
    ["/large", {}],
    ["/empty", {}],
    ["/site/", {}],
    ["/site/page.css", { "Accept-Encoding": "gzip" }],
    ["/", {}],
    ["/", { Accept: "application/json" }],
    ["/?json", {}],
    ["/?simple", {}],
    ["/?list", {}],
    ["/a.txt?list", {}],
    ["/large?sha256", {}],
    ["/large", { "Landline-Check": "xxh64" }],
    ["/a.txt", { "Landline-Check": "xxh64" }],
    ["/a.txt", { "If-None-Match": "*" }],
    ["/a.txt", { "If-Match": '"x"' }],
    ["/sub", {}],
    ["/none", {}],
    ["/none", { Accept: "text/html" }],
    ["/%zz", {}],
    ["/.landline/page.css", {}],
    ["/.landline/none", {}],
  ];
  const { peer } = server.browse();
  for (const [path, fields] of requests) {
    const got = await peer.ask(`GET ${path}`, fields);
    const head = await peer.ask(`HEAD ${path}`, fields);
    assertEquals(head.lines, got.lines, path);
    assertEquals(head.body.length, 0);
  }
  // Nothing came behind the last head.
  assertEquals((await peer.ask("GET /b.txt")).text, "other");
  assertEquals(server.directory.openFiles, 0);
});

Deno.test("HttpSession answers wire protocol text inside HTTP with 400, and does none of it", async () => {
  // security.md S10.
  const { server, peer } = served();
  await using _ = server;
  await peer.send(requestText("GET /a.txt") + "download b.txt\nquit\n");
  assertEquals((await peer.answer()).text, "hello");
  const { status } = await peer.answer();
  assertEquals(status, 400);
  assertEquals(await peer.rest(), new Uint8Array());
  assert(!textOf(await peer.rest()).includes("other"));
});

Deno.test("HttpSession goes on behind a file that cannot be read at once", async () => {
  const { server, peer } = served();
  await using _ = server;
  server.directory.readsAreAsync = true;
  server.directory.readBytesMax = 70_001;
  server.directory.isSettled = false;
  await peer.send(MIXED.map(([request]) => requestText(request)).join(""));
  await checkMixed(peer);
  assertStringIncludes((await peer.ask("GET /")).text, "large");
});
