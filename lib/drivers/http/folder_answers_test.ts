import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  MemoryServer,
  type MemoryServerOptions,
} from "../../testing/memory_server.ts";

const NASTY = `<img src=x onerror=alert(1)>"'&amp;`;
const FILES = {
  "b.txt": "b",
  "a 10.txt": "a10",
  "a 2.txt": "a2",
  "sub/c.txt": "c",
  "sub/deep/d.txt": "d",
  "site/index.html": "<h1>",
  "site/other": "o",
  ".hidden": "h",
};

function serverOf(
  http: MemoryServerOptions["http"] = {},
  files: Readonly<Record<string, string>> = FILES,
): MemoryServer {
  return new MemoryServer({ files, http });
}

/** What is asked for -> the type and the beginning of what comes. */
const FORMS:
  readonly (readonly [string, string | undefined, string, string])[] = [
    ["/", undefined, "text/html", "<!DOCTYPE html>"],
    ["/", "*/*", "text/html", "<!DOCTYPE html>"],
    ["/", "text/html,application/xhtml+xml", "text/html", "<!DOCTYPE html>"],
    ["/", "application/json", "application/json", '{"folder":"/"'],
    ["/", "text/plain", "text/plain", "site/\nsub/\n"],
    ["/", "text/html;q=0.1, application/json", "application/json", "{"],
    ["/?json", "text/html", "application/json", '{"folder":"/"'],
    ["/sub/?json", undefined, "application/json", '{"folder":"/sub/"'],
    ["/?simple", "text/html", "text/plain", "site/\nsub/\n"],
    [
      "/?simple&sort=size&order=asc",
      undefined,
      "text/plain",
      "site/\nsub/\nb.txt\na 2.txt\n",
    ],
    ["/?list", "text/html", "text/plain", "3 17"],
    ["/site/", undefined, "text/html", "<h1>"],
    ["/site/", "application/json", "text/html", "<h1>"],
    ["/site/?json", undefined, "application/json", '{"folder":"/site/"'],
    ["/site/?simple", undefined, "text/plain", "index.html\nother\n"],
    ["/sub/c.txt?list", undefined, "text/plain", "1 17"],
    ["/sub?list", undefined, "text/plain", "1 17"],
  ];

Deno.test("FolderAnswers gives the index of a folder, or a listing in the form that is asked for", async () => {
  await using server = serverOf();
  const { peer } = server.browse();
  for (const [path, accept, type, start] of FORMS) {
    const how = `${path} ${accept}`;
    const fields = accept === undefined ? {} : { Accept: accept };
    const answer = await peer.ask(`GET ${path}`, fields);
    assertEquals(answer.status, 200, how);
    assertEquals(answer.fields.get("content-type"), `${type}; charset=utf-8`);
    assertEquals(answer.fields.get("x-content-type-options"), "nosniff");
    assert(answer.text.startsWith(start), `${how}: ${answer.text}`);
    assert(!answer.text.includes(".hidden"));
    // RFC 9110 12.5.5: the answer depends on Accept, but for an index.
    if (start !== "<h1>") {
      assertStringIncludes(answer.fields.get("vary")!, "Accept");
    }
  }
});

Deno.test("FolderAnswers lists all files below a place as the wire protocol does, with their number behind", async () => {
  await using server = serverOf();
  server.directory.batchEntries = 2;
  const { peer } = server.browse();
  const { peer: wire } = server.connect();
  for (
    const [path, place] of [["/?list", ""], ["/sub/?list", " sub"], [
      "/b.txt?list",
      " b.txt",
    ]]
  ) {
    const answer = await peer.ask(`GET ${path}`);
    const expected = await wire.ask(`list${place}`);
    assertEquals(answer.body, expected.body);
    assertEquals(answer.chunks, expected.frames.map(({ bytes }) => bytes));
    assertEquals(`END ${answer.trailers.get("landline-end")}`, expected.line);
  }
  const missing = await peer.ask("GET /none?list");
  assertEquals([missing.status, missing.fields.get("landline-fault")], [
    404,
    "not-found",
  ]);
});

Deno.test("FolderAnswers lists an empty folder", async () => {
  await using server = serverOf({}, {});
  const { peer } = server.browse();
  assertEquals((await peer.ask("GET /?simple")).text, "");
  assertEquals(
    (await peer.ask("GET /?json")).text,
    '{"folder":"/","entries":[]}\n',
  );
  assertEquals(
    (await peer.ask("GET /?list")).trailers.get("landline-end"),
    "files=0",
  );
  assertEquals((await peer.ask("GET /")).status, 200);
});

Deno.test("FolderAnswers shows names as text, and a README below", async () => {
  // security.md X1.
  await using server = serverOf({}, {
    [NASTY]: "x",
    "README.md": `# ${NASTY}`,
  });
  for (const readsAreAsync of [false, true]) {
    server.directory.readsAreAsync = readsAreAsync;
    server.directory.readBytesMax = 5;
    const { peer } = server.browse();
    const { text, fields } = await peer.ask("GET /");
    assert(!text.includes("<img"));
    assertEquals(text.split("&lt;img src=x onerror=alert(1)&gt;").length, 3);
    const href = /href="\.\/(%3Cimg[^"]*)"/.exec(text)![1]!;
    assertEquals((await peer.ask(`GET /${href}`)).text, "x");
    // Nothing but what is ours is run, and nobody frames it.
    const policy = fields.get("content-security-policy")!;
    assertStringIncludes(policy, "default-src 'none'");
    assertStringIncludes(policy, "frame-ancestors 'none'");
    assert(!policy.includes("unsafe-"));
    assertEquals(fields.get("cache-control"), "no-store");
  }
  assertEquals(server.directory.openFiles, 0);
});

/** A place without its slash, or with a hostile one -> where it is said to be. */
const REDIRECTS = [
  ["/sub", "/sub/"],
  ["/sub?sort=size&x=%2F", "/sub/?sort=size&x=%2F"],
  ["/sub?", "/sub/?"],
  ["/sub/deep", "/sub/deep/"],
  ["http://evil.example/sub", "/sub/"],
  [
    "/a%20%22%25%0d%0aSet-Cookie:x%F0%9F%98%80",
    "/a%20%22%25%0D%0ASet-Cookie%3Ax%F0%9F%98%80/",
  ],
  ["/evil.example", "/evil.example/"],
  ["/%5cevil.example", "/%5Cevil.example/"],
] as const;

Deno.test("FolderAnswers sends who forgot the slash to the folder, on this server and nowhere else", async () => {
  // RFC 9110 15.4.2; security.md X2, X3, X6.
  await using server = serverOf({}, {
    ...FILES,
    [`a "%\r\nSet-Cookie:x😀/f`]: "",
    "evil.example/f": "",
    "\\evil.example/f": "",
  });
  const { peer } = server.browse();
  for (const [target, location] of REDIRECTS) {
    for (const method of ["GET", "HEAD"]) {
      const answer = await peer.ask(`${method} ${target}`, {
        Host: "forged.example",
      });
      assertEquals(answer.status, 301, target);
      assertEquals(answer.fields.get("location"), location);
      assert(
        !answer.lines.join().includes("forged") &&
          !answer.text.includes("forged"),
      );
      assert(!answer.fields.has("set-cookie"));
      // Not kept: tomorrow it may be a file.
      assertEquals(answer.fields.get("cache-control"), "no-store");
    }
    // The address that is told is the right one.
    assertEquals((await peer.ask(`GET ${location}`)).status, 200);
  }
  for (
    const target of [
      "//evil.example/%2e%2e/sub",
      "//evil.example/sub",
      "///sub",
      "//sub",
      "/sub//",
    ]
  ) {
    const { status, fields } = await peer.ask(`GET ${target}`);
    assertEquals([status, fields.has("location")], [400, false], target);
  }
});

Deno.test("FolderAnswers takes the slash at the end at its word", async () => {
  // security.md P9.
  await using server = serverOf();
  const { peer } = server.browse();
  for (
    const path of [
      "/b.txt/",
      "/b.txt/x",
      "/b.txt/?json",
      "/b.txt/?list",
      "/b.txt/?sha256",
      "/none/",
      "/none/?list",
      "/none?json",
    ]
  ) {
    assertEquals((await peer.ask(`GET ${path}`)).status, 404, path);
  }
});

Deno.test("FolderAnswers tells no name with --no-listing, and still gives files and indexes", async () => {
  await using server = serverOf({ listings: false });
  const { peer } = server.browse();
  for (
    const path of [
      "/",
      "/?json",
      "/?simple",
      "/?list",
      "/sub/",
      "/sub/?list",
      "/site/?json",
      "/site?list",
      "/b.txt?list",
    ]
  ) {
    for (const accept of ["*/*", "text/html", "application/json"]) {
      const { status, text } = await peer.ask(`GET ${path}`, {
        Accept: accept,
      });
      assertEquals(status, 403, path);
      assert(!/b\.txt|deep|other/.test(text));
    }
  }
  assertEquals((await peer.ask("GET /b.txt")).text, "b");
  assertEquals((await peer.ask("GET /site/")).text, "<h1>");
  assertEquals((await peer.ask("GET /sub")).status, 301);
  assertEquals((await peer.ask("GET /none/")).status, 404);
});

Deno.test("FolderAnswers gives the index of the root for paths that are not there with --spa, and for nothing else", async () => {
  const files = { ...FILES, "index.html": "<app>" };
  await using server = serverOf({ spa: true }, files);
  const { peer } = server.browse();
  for (
    const path of ["/", "/users/7", "/users/", "/none.txt", "/b.txt/x", "/?x"]
  ) {
    const answer = await peer.ask(`GET ${path}`);
    assertEquals([answer.status, answer.text], [200, "<app>"], path);
    const again = await peer.ask(`GET ${path}`, {
      "If-None-Match": answer.fields.get("etag")!,
    });
    assertEquals(again.status, 304);
  }
  assertEquals((await peer.ask("GET /b.txt")).text, "b");
  assertEquals((await peer.ask("GET /site/")).text, "<h1>");
  assertEquals((await peer.ask("GET /sub")).status, 301);
  assertEquals((await peer.ask("HEAD /x")).fields.get("content-length"), "5");
  for (
    const path of ["/none?list", "/none?json", "/none?sha256", "/none/?simple"]
  ) {
    assertEquals((await peer.ask(`GET ${path}`)).status, 404, path);
  }
  assertEquals((await peer.ask("GET /../x")).status, 400);
  server.directory.remove("index.html");
  assertEquals((await peer.ask("GET /users/7")).status, 404);
  await using without = serverOf({}, files);
  const { peer: other } = without.browse();
  assertEquals((await other.ask("GET /users/7")).status, 404);
  assertEquals(server.log.notes, []);
});

Deno.test("FolderAnswers takes no folder for a README", async () => {
  await using server = serverOf({}, { "README/x": "", "readme.txt": "Hello" });
  const { peer } = server.browse();
  assertStringIncludes((await peer.ask("GET /")).text, "<pre>Hello</pre>");
});

Deno.test("FolderAnswers shows the file of --index, whatever it is called", async () => {
  const files = { "home.htm": "home", "index.html": "index", "sub/x": "" };
  await using server = serverOf({ indexName: "home.htm" }, files);
  const { peer } = server.browse();
  assertEquals((await peer.ask("GET /")).text, "home");
  assertEquals((await peer.ask("GET /index.html")).text, "index");
  assertEquals((await peer.ask("GET /", { Range: "bytes=1-2" })).text, "om");
  assertStringIncludes((await peer.ask("GET /sub/")).text, "<ul");
});

Deno.test("FolderAnswers takes a folder called like the index for a folder", async () => {
  await using server = serverOf({}, { "index.html/x": "x" });
  const { peer } = server.browse();
  assertStringIncludes((await peer.ask("GET /?simple")).text, "index.html/\n");
  assertStringIncludes((await peer.ask("GET /")).text, "index.html");
  assertEquals(
    (await peer.ask("GET /index.html")).fields.get("location"),
    "/index.html/",
  );
});

Deno.test("FolderAnswers lists a folder whose own name is as long as a name may be", async () => {
  const folder = Array.from({ length: 12 }, () => "x".repeat(254)).join("/") +
    "/yyyyyyy";
  await using server = serverOf({}, { [`${folder}/z`]: "x" });
  const { peer } = server.browse();
  assertStringIncludes((await peer.ask(`GET /${folder}/`)).text, '"./z"');
});
