import { assertEquals } from "@std/assert";
import { toBytes } from "../../bytes/ascii.ts";
import { assertSameBytes, patterned } from "../../testing/content.ts";
import { turn } from "../../testing/fake_clock.ts";
import {
  askWith,
  changeServer,
  connectHttp,
  contentOf,
  requestWith,
  sendUntilCut,
} from "../../testing/http_changes.ts";
import { requestText } from "../../testing/http_peer.ts";
import { MemoryServer } from "../../testing/memory_server.ts";

const CONTENT = patterned(90);
const CHUNKED = { "Transfer-Encoding": "chunked" };

Deno.test("PutAnswers stores the body under the name, in folders that it makes, and says where it is", async () => {
  await using server = changeServer();
  const { directory } = server;
  const peer = connectHttp(server);
  const answer = await askWith(peer, "PUT /a/b%20c%25.txt", CONTENT);
  assertEquals(answer.status, 201);
  assertEquals(answer.fields.get("location"), "/a/b%20c%25.txt");
  assertEquals(answer.text, "/a/b%20c%25.txt\n");
  assertSameBytes(directory.get("a/b c%.txt"), CONTENT);
  // RFC 9110 9.3.4: the entity tag is that of what is there now.
  const { fields } = await peer.ask("HEAD /a/b%20c%25.txt");
  assertEquals(answer.fields.get("etag"), fields.get("etag"));
  assertEquals((await askWith(peer, "PUT /empty", "")).status, 201);
  assertSameBytes(directory.get("empty"), new Uint8Array());
  assertEquals(directory.partKeys, []);
  assertEquals(directory.openFiles, 0);
});

Deno.test("PutAnswers takes a body in chunks, and goes on behind it", async () => {
  await using server = changeServer();
  const peer = connectHttp(server);
  await peer.send(requestText("PUT /a", CHUNKED));
  await peer.send("1\r\na\r\n2;x=y\r\nll\r\n0\r\nA: b\r\n\r\n");
  assertEquals((await peer.answer()).status, 201);
  assertEquals((await peer.ask("GET /a")).text, "all");
});

Deno.test("PutAnswers takes nothing where uploads are not allowed", async () => {
  await using server = new MemoryServer();
  const peer = connectHttp(server);
  assertEquals((await askWith(peer, "PUT /a", "all")).status, 403);
  assertEquals(server.directory.fileNames, []);
  const { fields } = await peer.ask("OPTIONS /a");
  assertEquals(fields.get("allow"), "GET, HEAD, OPTIONS");
});

Deno.test("PutAnswers leaves nothing of a body that is cut after byte n, for every n", async () => {
  // security.md W2, W3; RFC 9112 8.
  const chunked = new Uint8Array([
    ...toBytes(requestText("PUT /x/a", CHUNKED) + "2d\r\n"),
    ...CONTENT.subarray(0, 45),
    ...toBytes("\r\n2d;x=y\r\n"),
    ...CONTENT.subarray(45),
    ...toBytes("\r\n0\r\nA: b\r\n\r\n"),
  ]);
  for (const bytes of [requestWith("PUT /x/a", CONTENT), chunked]) {
    for (let cut = 0; cut < bytes.length; cut++) {
      for (const cutAs of ["reset", "end"] as const) {
        await using server = changeServer();
        const { directory } = server;
        const peer = connectHttp(server, {
          aToB: { cutAfterBytes: cut, cutAs, chunkBytes: 13 },
        });
        await sendUntilCut(peer, bytes);
        assertEquals(directory.fileNames, [], `cut after ${cut}`);
        assertEquals(directory.partKeys, [], `cut after ${cut}`);
        assertEquals(directory.heldParts, 0);
      }
    }
    await using server = changeServer();
    const peer = connectHttp(server, { aToB: { chunkBytes: 13 } });
    await peer.send(bytes);
    assertEquals((await peer.answer()).status, 201);
    assertSameBytes(server.directory.get("x/a"), CONTENT);
  }
});

for (
  const [what, body] of [
    ["is longer than its size", "3\r\nnewx"],
    ["has no size", "3\r\nnew\r\nz\r\n"],
    ["has broken trailers", "3\r\nnew\r\n0\r\nbad line\r\n\r\n"],
  ] as const
) {
  Deno.test(`PutAnswers keeps the old content when a chunk of the new one ${what}`, async () => {
    // security.md W3, S4.
    await using server = changeServer({
      files: { a: "old" },
      uploads: { onConflict: "overwrite" },
    });
    const peer = connectHttp(server);
    await peer.send(requestText("PUT /a", CHUNKED) + body);
    assertEquals((await peer.answer()).status, 400);
    assertEquals(await peer.rest(), new Uint8Array());
    assertEquals(contentOf(server, "a"), "old");
    assertEquals(server.directory.partKeys, []);
  });
}

Deno.test("PutAnswers refuses a part of a file, and a body of which nobody knows the end", async () => {
  // RFC 9110 14.5 (security.md W4), 15.5.12.
  await using server = changeServer({ files: { a: "old" } });
  const peer = connectHttp(server);
  const range = { "Content-Range": "bytes 0-2/3" };
  assertEquals((await askWith(peer, "PUT /b", "all", range)).status, 400);
  assertEquals((await peer.ask("PUT /b")).status, 411);
  assertEquals(server.directory.fileNames, ["a"]);
  assertEquals(server.directory.partKeys, []);
});

Deno.test("PutAnswers stores nothing that is compressed for its way: it would be another file", async () => {
  // RFC 9110 15.5.16.
  await using server = changeServer();
  const peer = connectHttp(server);
  const put = async (coding: string) =>
    (await askWith(peer, "PUT /a", "x", { "Content-Encoding": coding })).status;
  assertEquals(await put("gzip"), 415);
  assertEquals(await put("identity, br"), 415);
  assertEquals(server.directory.fileNames, []);
  assertEquals(await put("identity"), 201);
});

Deno.test("PutAnswers takes files up to the cap", async () => {
  await using server = changeServer({ uploads: { bytesMax: 90 } });
  const peer = connectHttp(server);
  assertEquals((await askWith(peer, "PUT /a", CONTENT)).status, 201);
});

Deno.test("PutAnswers refuses what is over the cap before a byte of it is asked for", async () => {
  // RFC 9110 10.1.1: no "100 Continue" is said; security.md D4.
  for (const length of ["91", "9007199254740991"]) {
    await using server = changeServer({ uploads: { bytesMax: 90 } });
    const peer = connectHttp(server);
    const answer = await peer.ask("PUT /a", {
      "Content-Length": length,
      "Expect": "100-continue",
    });
    assertEquals(answer.status, 413);
    assertEquals(answer.fields.get("connection"), "close");
    assertEquals(server.directory.partKeys, []);
  }
});

Deno.test("PutAnswers asks for a body that it takes", async () => {
  await using server = changeServer();
  const peer = connectHttp(server);
  const expecting = { "Content-Length": "3", "Expect": "100-continue" };
  assertEquals((await peer.ask("PUT /a", expecting)).status, 100);
  await peer.send("all");
  assertEquals((await peer.answer()).status, 201);
});

Deno.test("PutAnswers ends a body in chunks at the cap", async () => {
  await using server = changeServer({ uploads: { bytesMax: 4 } });
  const peer = connectHttp(server);
  await peer.send(requestText("PUT /a", CHUNKED) + "3\r\nall\r\n2\r\nxx\r\n");
  const answer = await peer.answer();
  assertEquals(answer.status, 413);
  assertEquals(answer.fields.get("connection"), "close");
  assertEquals(server.directory.partKeys, []);
  assertEquals(server.directory.fileNames, []);
});

for (
  const [onConflict, status, stored, old] of [
    ["refuse", 409, undefined, "old"],
    ["rename", 201, "X (1).txt", "old"],
    ["overwrite", 204, "X.txt", "new"],
  ] as const
) {
  Deno.test(`PutAnswers obeys --on-conflict ${onConflict}, also for a name that is taken while the body comes`, async () => {
    await using server = changeServer({ uploads: { onConflict } });
    const { directory } = server;
    const peer = connectHttp(server);
    for (const base of ["before", "meanwhile"]) {
      const path = `/${base}.txt`;
      const name = stored?.replace("X", base);
      if (base === "before") directory.put("before.txt", "old");
      const bytes = requestWith(`PUT ${path}`, "new");
      await peer.send(bytes.subarray(0, -1));
      await turn();
      if (base === "meanwhile") directory.put("meanwhile.txt", "old");
      await peer.send(bytes.subarray(-1));
      const answer = await peer.answer();
      assertEquals(answer.status, status);
      assertEquals(
        answer.fields.get("location"),
        status === 201 ? `/${base}%20(1).txt` : undefined,
      );
      assertEquals(answer.fields.has("etag"), status !== 409);
      assertEquals(contentOf(server, `${base}.txt`), old);
      if (name !== undefined) assertEquals(contentOf(server, name), "new");
      assertEquals(directory.partKeys, []);
    }
  });
}

Deno.test("PutAnswers refuses to put a folder, with the methods that it has", async () => {
  await using server = changeServer({ files: { "a/b": "" } });
  const peer = connectHttp(server);
  for (const path of ["/", "/a/", "/a", "/none/"]) {
    const answer = await askWith(peer, `PUT ${path}`, "all");
    assertEquals(answer.status, 405, path);
    assertEquals(
      answer.fields.get("allow"),
      path === "/"
        ? "GET, HEAD, OPTIONS, POST"
        : "GET, HEAD, OPTIONS, POST, DELETE",
    );
  }
});

const NAMES: Record<string, number> = {
  // security.md P1 to P5, P11, W1.
  "/../x": 400,
  "/a/../../x": 400,
  "/%2e%2e/x": 400,
  "/..%2fx": 400,
  "/a%2f..%2fx": 400,
  "/.": 400,
  "/a//b": 400,
  "//x": 400,
  "/a%00.txt": 400,
  "/%c0%ae%c0%ae/x": 400,
  "/%ff": 400,
  ["/" + "x".repeat(256)]: 400,
  "/.x": 403,
  "/..%5cx": 403,
  "/a/.b/c": 403,
  "/.landline-0123456789abcdef.part": 403,
  "/.landline-0123456789abcdef": 405,
  "/.landline/x": 405,
  "/f/x": 409,
};
for (const [path, status] of Object.entries(NAMES)) {
  Deno.test(`PutAnswers answers ${path.slice(0, 40)} with ${status}, and stores nothing`, async () => {
    await using server = changeServer({
      files: { f: "" },
      uploads: { onConflict: "overwrite" },
    });
    const peer = connectHttp(server);
    assertEquals((await askWith(peer, `PUT ${path}`, "all")).status, status);
    assertEquals(server.directory.fileNames, ["f"]);
    assertEquals(server.directory.partKeys, []);
  });
}

Deno.test("PutAnswers takes every character that a file can have, decoded once", async () => {
  // security.md P2, P3: a backslash only names a file.
  await using server = changeServer();
  const peer = connectHttp(server);
  const names = {
    "/%252e%252e": "%2e%2e",
    "/a%5c..%5cx": "a\\..\\x",
    "/%0d%0aX-Y:%20z": "\r\nX-Y: z",
    "/日本": "日本",
    "/__proto__": "__proto__",
  };
  for (const [path, name] of Object.entries(names)) {
    const answer = await askWith(peer, `PUT ${path}`, name);
    assertEquals(answer.status, 201);
    assertEquals(contentOf(server, name), name);
    // security.md X2.
    const location = answer.fields.get("location")!;
    assertEquals((await peer.ask(`GET ${location}`)).text, name);
  }
});

Deno.test("PutAnswers says 507 on a full disk, leaves nothing, and goes on", async () => {
  // security.md D10.
  await using server = changeServer();
  const { directory } = server;
  directory.capacityBytes = 65;
  const peer = connectHttp(server);
  assertEquals((await askWith(peer, "PUT /x/a", CONTENT)).status, 507);
  assertEquals(directory.partKeys, []);
  assertEquals((await askWith(peer, "PUT /b", "all")).status, 201);
});

Deno.test("PutAnswers never shows half a file, nor a part of it", async () => {
  // security.md W2.
  await using server = changeServer({ files: { a: "old" } });
  const peer = connectHttp(server);
  const reader = connectHttp(server);
  const bytes = requestWith("PUT /b", CONTENT);
  await peer.send(bytes.subarray(0, -45));
  await turn();
  assertEquals(server.directory.heldParts, 1);
  assertEquals((await reader.ask("GET /?simple")).text, "a\n");
  assertEquals((await reader.ask("GET /b")).status, 404);
});

Deno.test("PutAnswers is not asked by pages of other sites, and tells them nothing", async () => {
  // security.md W5: also not with --cors.
  await using server = changeServer({ http: { cors: true } });
  const peer = connectHttp(server);
  for (
    const fields of [
      { "Origin": "http://evil.example" },
      { "Sec-Fetch-Site": "cross-site" },
      { "Host": "evil.example" },
    ]
  ) {
    const answer = await askWith(peer, "PUT /a", "all", fields);
    assertEquals(answer.status, 403);
    assertEquals(answer.fields.has("access-control-allow-origin"), false);
  }
  const answer = await askWith(peer, "PUT /a", "all", { Origin: "http://x" });
  assertEquals(answer.status, 201);
  assertEquals(answer.fields.has("access-control-allow-origin"), false);
  const { fields } = await peer.ask("OPTIONS /a", { Origin: "http://evil" });
  assertEquals(fields.get("access-control-allow-methods"), "GET, HEAD");
});
