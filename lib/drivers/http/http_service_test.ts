import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { requestText } from "../../testing/http_peer.ts";
import {
  MemoryServer,
  type MemoryServerOptions,
} from "../../testing/memory_server.ts";
import { Metrics } from "../metrics.ts";

const FILES = { "a.txt": "hello", "sub/b": "x", "index/index.html": "<p>" };

function serverOf(
  http: MemoryServerOptions["http"] = {},
  options: MemoryServerOptions = {},
): MemoryServer {
  return new MemoryServer({ files: FILES, http, ...options });
}

/** Answers of every kind: request, fields, status. */
const KINDS: readonly (readonly [string, Record<string, string>, number])[] = [
  ["GET /a.txt", {}, 200],
  ["HEAD /a.txt", {}, 200],
  ["GET /a.txt", { Range: "bytes=1-2" }, 206],
  ["GET /a.txt", { Range: "bytes=1-2,4-4" }, 206],
  ["GET /a.txt", { Range: "bytes=9-" }, 416],
  ["GET /a.txt", { "If-None-Match": "*" }, 304],
  ["GET /a.txt", { "If-Match": '"x"' }, 412],
  ["GET /a.txt", { "Landline-Check": "xxh64" }, 200],
  ["GET /a.txt?sha256", {}, 200],
  ["GET /index/", {}, 200],
  ["GET /", {}, 200],
  ["GET /?json", {}, 200],
  ["GET /?simple", {}, 200],
  ["GET /?list", {}, 200],
  ["GET /sub", {}, 301],
  ["GET /none", {}, 404],
  ["GET /none", { Accept: "text/html" }, 404],
  ["GET /../x", {}, 400],
  ["GET /.landline/page.css", {}, 200],
  ["GET /.landline/none", {}, 404],
  ["GET /healthz", {}, 200],
  ["GET /metrics", {}, 200],
  ["POST /metrics", {}, 405],
  ["OPTIONS /a.txt", {}, 204],
  ["OPTIONS *", {}, 204],
  ["BREW /a.txt", {}, 501],
  ["PUT /a.txt", { Origin: "http://evil.example" }, 403],
  ["GET /a.txt", { Connection: "close" }, 200],
];

function newMetrics(): Metrics {
  return new Metrics({ version: "1", startedAt: 0, memoryBytes: () => 0 });
}

Deno.test("HttpService says who it is, the date, what kind of text it sends, and what --header adds, in every answer", async () => {
  await using server = serverOf({
    fields: [["X-Added", "yes"], ["X-More", ""]],
    metrics: newMetrics(),
  });
  for (const [request, fields, status] of KINDS) {
    const { peer } = server.browse();
    const answer = await peer.ask(request, fields);
    assertEquals(answer.status, status, request);
    assertEquals(answer.fields.get("server"), "Landline", request);
    assertMatch(answer.fields.get("date")!, /^Sun, 06 Nov 1994 08:49:37 GMT$/);
    assertEquals(answer.fields.get("x-added"), "yes", request);
    assertEquals(answer.fields.get("x-more"), "", request);
    const type = answer.fields.get("content-type");
    // RFC 9110 8.3: whatever has content says what it is.
    assertEquals(type === undefined, status === 204, request);
    if (type !== undefined) {
      assertEquals(answer.fields.get("x-content-type-options"), "nosniff");
      if (/^text\//.test(type)) assertMatch(type, /; charset=utf-8$/);
    }
    const names = answer.lines.slice(1).map((line) => line.split(":")[0]!);
    assertEquals(names.length, new Set(names).size, names.join());
  }
});

Deno.test("HttpService answers what is no request with the fields of --header, too", async () => {
  await using server = serverOf({ fields: [["X-Added", "yes"]] });
  const { peer } = server.browse();
  await peer.send("GET / HTTP/1.1\r\n\r\n");
  const { status, fields } = await peer.answer();
  assertEquals([status, fields.get("x-added")], [400, "yes"]);
});

Deno.test("HttpService answers a method that it does not know with 501, whatever it is asked of", async () => {
  // RFC 9110 9.1, 15.6.2.
  await using server = serverOf();
  const { peer } = server.browse();
  for (
    const request of [
      "TRACE /a.txt",
      "CONNECT x:80",
      "CONNECT /a.txt",
      "get /a.txt",
      "PROPFIND /",
      "__proto__ /a.txt",
      "constructor /",
      `${"X".repeat(7000)} /`,
      "BREW *",
      "BREW not-a-path",
    ]
  ) {
    const answer = await peer.ask(request);
    assertEquals(answer.status, 501, request);
    assert(!answer.fields.has("connection"));
  }
  assertEquals((await peer.ask("GET /a.txt")).text, "hello");
});

Deno.test("HttpService takes the addresses that are none for what they are", async () => {
  // RFC 9112 3.2.
  await using server = serverOf();
  for (
    const [target, status] of [
      ["*", 400],
      ["a.txt", 400],
      ["x:80", 400],
      ["/a.txt#x", 400],
      ["http:///a.txt", 400],
      ["http://x/a.txt", 200],
      ["HTTP://x:80/a.txt", 200],
      ["https://x/a.txt", 200],
      ["ftp://x/a.txt", 400],
      ["/a.txt?", 200],
      ["/a.txt?x=%zz", 200],
    ] as const
  ) {
    const { peer } = server.browse();
    const answer = await peer.ask(`GET ${target}`);
    assertEquals(answer.status, status, target);
    // Who does not know how to ask may mean something else by all that follows.
    const said = status === 400 ? "close" : undefined;
    assertEquals(answer.fields.get("connection"), said, target);
  }
});

Deno.test("HttpService tells in OPTIONS what may be asked, and in 405 what else", async () => {
  // RFC 9110 9.3.7, 15.5.6.
  await using server = serverOf({ metrics: newMetrics() });
  const { peer } = server.browse();
  for (const target of ["*", "/a.txt", "/", "/sub/", "/none"]) {
    const answer = await peer.ask(`OPTIONS ${target}`);
    assertEquals(answer.status, 204, target);
    assertEquals(answer.fields.get("allow"), "GET, HEAD, OPTIONS");
    assert(!answer.fields.has("content-length"));
    assert(!answer.fields.has("access-control-allow-origin"));
  }
  for (const method of ["POST", "PUT", "DELETE", "PATCH"]) {
    for (const path of ["/metrics", "/healthz", "/.landline/page.css"]) {
      const answer = await peer.ask(`${method} ${path}`);
      assertEquals(answer.status, 405);
      assertEquals(answer.fields.get("allow"), "GET, HEAD");
    }
  }
});

Deno.test("HttpService lets pages of every site read with --cors, and change nothing", async () => {
  // WHATWG Fetch 3.2, 4.8; security.md W5.
  await using server = serverOf({ cors: true, fields: [["X-Added", "yes"]] }, {
    uploads: {},
  });
  const { peer } = server.browse();
  const Origin = "http://evil.example";
  for (const path of ["/a.txt", "/", "/?json", "/none", "/sub"]) {
    const { fields } = await peer.ask(`GET ${path}`, { Origin });
    assertEquals(fields.get("access-control-allow-origin"), "*");
    assertStringIncludes(fields.get("access-control-expose-headers")!, "ETag");
    assert(!fields.has("access-control-allow-credentials"));
  }
  const preflight = await peer.ask("OPTIONS /a.txt", {
    Origin,
    "Access-Control-Request-Method": "GET",
    "Access-Control-Request-Headers": "range",
  });
  assertEquals(preflight.status, 204);
  assertEquals(preflight.fields.get("access-control-allow-origin"), "*");
  assertEquals(
    preflight.fields.get("access-control-allow-methods"),
    "GET, HEAD",
  );
  assertStringIncludes(
    preflight.fields.get("access-control-allow-headers")!,
    "Range",
  );
  for (const method of ["PUT", "POST", "DELETE", "PATCH"]) {
    for (const path of ["/new.txt", "/"]) {
      const fields = { Origin, "Content-Length": "1" };
      await peer.send(requestText(`${method} ${path}`, fields) + "x");
      const answer = await peer.answer();
      assertEquals(answer.status, 403, method);
      assert(!answer.fields.has("access-control-allow-origin"), method);
      assertEquals(answer.fields.get("x-added"), "yes");
    }
  }
  assertEquals(server.directory.fileNames, Object.keys(FILES).sort());
  const length = { "Content-Length": "1" };
  await peer.send(requestText("PUT /new.txt", length) + "x");
  const stored = await peer.answer();
  assertEquals(stored.status, 201);
  assert(!stored.fields.has("access-control-allow-origin"));
});

Deno.test("HttpService judges where a request comes from by the host in its target, if there is one", async () => {
  // RFC 9112 3.2.2; security.md W5.
  await using server = serverOf({}, { uploads: {} });
  const { peer } = server.browse();
  for (
    const [target, Host, status] of [
      ["http://evil.example/new", "localhost", 403],
      ["http://localhost/new", "evil.example", 201],
      ["/new", "evil.example", 403],
    ] as const
  ) {
    await peer.send(
      requestText(`PUT ${target}`, { Host, "Content-Length": "1" }) + "x",
    );
    assertEquals((await peer.answer()).status, status, target);
  }
});

Deno.test("HttpService tells a browser of an error in a page, everybody else in a line, and repeats no address", async () => {
  // security.md X4, X6.
  await using server = serverOf();
  const { peer } = server.browse();
  const evil = "/%3Cscript%3Ealert(1)%3C/script%3E";
  for (const path of ["/none", evil, `${evil}?<script>`, "/%3Cb%3E/../x"]) {
    const Host = "evil.example";
    const line = await peer.ask(`GET ${path}`, { Host, Accept: "*/*" });
    assertEquals(line.fields.get("content-type"), "text/plain; charset=utf-8");
    assertMatch(line.text, /^(?:404 Not Found|400 Bad Request): [^\n]+\n$/);
    const page = await peer.ask(`GET ${path}`, {
      Host,
      Accept: "text/html,*/*",
    });
    assertEquals(page.status, line.status);
    assertEquals(page.fields.get("content-type"), "text/html; charset=utf-8");
    assertStringIncludes(page.text, `<h1>${page.status} ${page.reason}</h1>`);
    assertStringIncludes(
      page.fields.get("content-security-policy")!,
      "default-src 'none'",
    );
    for (const { text, lines } of [line, page]) {
      for (const echo of ["script>", "alert", "%3C", "evil.example"]) {
        assert(!text.includes(echo) && !lines.join().includes(echo), text);
      }
    }
  }
});

Deno.test("HttpService tells our own client which fault it was", async () => {
  await using server = serverOf();
  const { peer } = server.browse();
  for (
    const [path, fault] of [["/none", "not-found"], ["/../x", "bad-name"]]
  ) {
    const { fields } = await peer.ask(`GET ${path}`);
    assertEquals(fields.get("landline-fault"), fault);
  }
});

Deno.test("HttpService tells nobody the inside of a fault of its own, notes it, and goes on", async () => {
  await using server = serverOf();
  const { peer } = server.browse();
  server.directory.isSettled = false;
  server.directory.onRead = () => {
    throw new TypeError("a bug at /root/secret");
  };
  const { status, text } = await peer.ask("GET /a.txt?sha256");
  assertEquals(status, 500);
  assert(!text.includes("bug") && !text.includes("/root"));
  assertEquals(server.log.notes, ["internal: a bug at /root/secret"]);
  // A length was promised that cannot be kept: the connection ends.
  await peer.send(requestText("GET /a.txt"));
  assertEquals(await peer.rest(), new Uint8Array());
  assertEquals(server.directory.openFiles, 0);
  server.directory.onRead = () => {};
  const { peer: next } = server.browse();
  assertEquals((await next.ask("GET /a.txt")).text, "hello");
});

Deno.test("HttpService is not moved by fields that JavaScript has another use for", async () => {
  // security.md S9.
  await using server = serverOf();
  const { peer } = server.browse();
  for (const name of ["constructor", "then", "toString", "X"]) {
    const answer = await peer.ask("GET /a.txt", { [name]: "é" });
    assertEquals(answer.text, "hello", name);
  }
  await peer.send("GET /a.txt HTTP/1.1\r\nHost: x\r\n__proto__: {}\r\n\r\n");
  assertEquals((await peer.answer()).text, "hello");
  assertEquals((await peer.ask("GET /?__proto__=x&then")).status, 200);
});

Deno.test("HttpService records every request once: who, what, which status, how many bytes, and what it said of itself", async () => {
  const metrics = newMetrics();
  await using server = serverOf({ metrics });
  const { peer } = server.browse({ peerOfB: "[::1]:9" });
  const requests = [
    requestText("GET /a.txt", { Referer: "http://r/", "User-Agent": "ua/1" }),
    requestText("HEAD /a.txt"),
    requestText("GET /a.txt", { Range: "bytes=1-3" }),
    "GET http://x/none?q HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    requestText("GET /?simple"),
    requestText("BREW /%0d%0aFAKE"),
    requestText("PUT /a.txt", { "Content-Length": "3" }) + "abc",
    "nonsense HTTP/1.1\r\n\r\n",
  ];
  await peer.send(requests.join(""));
  await peer.rest();
  assertEquals(
    server.log.requests.map(({ peer, request, status, bytes, http }) =>
      [peer, request, status, http!.status, bytes].join(" | ")
    ),
    [
      "[::1]:9 | GET /a.txt HTTP/1.1 | 200 | 200 | 5",
      "[::1]:9 | HEAD /a.txt HTTP/1.1 | 200 | 200 | 0",
      "[::1]:9 | GET /a.txt HTTP/1.1 | 206 | 206 | 3",
      "[::1]:9 | GET http://x/none?q HTTP/1.0 | 404 | 404 | 37",
      "[::1]:9 | GET /?simple HTTP/1.1 | 200 | 200 | 18",
      "[::1]:9 | BREW /%0d%0aFAKE HTTP/1.1 | 501 | 501 | 55",
      "[::1]:9 | PUT /a.txt HTTP/1.1 | 403 | 403 | 0",
      "[::1]:9 | - | 400 | 400 | 64",
    ],
  );
  const [first, second] = server.log.requests;
  assertEquals(first!.http, {
    status: 200,
    referer: "http://r/",
    agent: "ua/1",
  });
  assertEquals(second!.http!.agent, undefined);
  const text = metrics.text();
  for (
    const [method, status, count] of [
      ["GET", "2xx", 3],
      ["GET", "4xx", 1],
      ["HEAD", "2xx", 1],
      ["PUT", "4xx", 1],
      ["other", "4xx", 1],
      ["other", "5xx", 1],
    ]
  ) {
    assertStringIncludes(
      text,
      `landline_requests_total{language="http",method="${method}",status="${status}"} ${count}\n`,
    );
  }
});
