import { assert, assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { toBytes } from "../../bytes/ascii.ts";
import { Refusal } from "../../errors.ts";
import { toName } from "../../names/name.ts";
import { assertSameBytes, patterned } from "../../testing/content.ts";
import { turn } from "../../testing/fake_clock.ts";
import {
  askWith,
  changeServer,
  connectHttp,
  requestWith,
  sendUntilCut,
} from "../../testing/http_changes.ts";
import {
  type HttpAnswer,
  type HttpPeer,
  requestText,
} from "../../testing/http_peer.ts";
import { MemoryServer } from "../../testing/memory_server.ts";
import { textOf } from "../../testing/wire_peer.ts";

const TUS = { "Tus-Resumable": "1.0.0" };
const PATCH = { ...TUS, "Content-Type": "application/offset+octet-stream" };
const CONTENT = patterned(90);
/** Of the first upload in the root. */
const FIRST_URL = "/.landline-0000000000000001";
/** `FakeClock` began on Sun, 06 Nov 1994 08:49:37 GMT. */
const A_DAY_LATER = "Mon, 07 Nov 1994 08:49:37 GMT";

Deno.test("TusAnswers takes a file in pieces, and gives it its name and its date with the last byte", async () => {
  await using server = changeServer();
  const { directory } = server;
  const peer = connectHttp(server);
  const begun = await begin(peer, "/x/", 90, {
    filename: "b c.txt",
    lastModified: "1234567890123",
  });
  assertEquals(begun.status, 201);
  const url = begun.fields.get("location")!;
  assertEquals(url, "/x/.landline-0000000000000001");
  assertEquals(begun.fields.get("upload-offset"), "0");
  assertEquals(begun.fields.get("upload-expires"), A_DAY_LATER);
  assertEquals(begun.fields.get("tus-resumable"), "1.0.0");
  const first = await patch(peer, url, 0, CONTENT.subarray(0, 40));
  assertEquals(first.status, 204);
  assertEquals(first.fields.get("upload-offset"), "40");
  assertEquals(first.fields.get("upload-expires"), A_DAY_LATER);
  assertEquals(first.fields.has("content-location"), false);
  assertEquals(directory.fileNames, []);
  assertEquals(directory.partKeys, ["x/ 0000000000000001"]);
  assertEquals(directory.heldParts, 0);
  const last = await patch(peer, url, 40, CONTENT.subarray(40));
  assertEquals(last.status, 204);
  assertEquals(last.fields.get("upload-offset"), "90");
  assertEquals(last.fields.get("content-location"), "/x/b%20c.txt");
  assertEquals(last.fields.get("tus-resumable"), "1.0.0");
  assertSameBytes(directory.get("x/b c.txt"), CONTENT);
  assertEquals(directory.mtimeOf("x/b c.txt"), 1234567890123);
  assertNothingLeft(server, url);
});

Deno.test("TusAnswers tells where an upload goes on, to whoever knows its URL", async () => {
  await using server = changeServer();
  const peer = connectHttp(server);
  const metadata = metadataOf({ filename: "a", filetype: "text/plain" });
  const url = await begunAt(peer, "a", { "Upload-Metadata": metadata });
  await patch(peer, url, 0, CONTENT.subarray(0, 40));
  await server.clock.advance(3600_000);
  const answer = await connectHttp(server).ask(`HEAD ${url}`, TUS);
  assertEquals(answer.status, 200);
  assertEquals(answer.fields.get("upload-offset"), "40");
  assertEquals(answer.fields.get("upload-length"), "90");
  assertEquals(answer.fields.get("upload-metadata"), metadata);
  assertEquals(answer.fields.get("cache-control"), "no-store");
  assertEquals(answer.fields.get("tus-resumable"), "1.0.0");
  assertEquals(
    answer.fields.get("upload-expires"),
    "Mon, 07 Nov 1994 09:49:37 GMT",
  );
  assertEquals(server.directory.heldParts, 0);
});

Deno.test("TusAnswers tells of an upload of which nothing has come, and leaves no part for that", async () => {
  await using server = changeServer();
  const peer = connectHttp(server);
  const url = await begunAt(peer, "a");
  assertEquals(await offsetOf(server, url), 0);
  assertEquals((await patch(peer, url, 0, "")).status, 204);
  assertEquals(server.directory.partKeys, []);
});

Deno.test("TusAnswers promises to keep an upload only where that could be written down", async () => {
  await using server = changeServer();
  const peer = connectHttp(server);
  const url = await begunAt(peer, "a");
  const answers = async () => [
    await peer.ask(`HEAD ${url}`, TUS),
    await patch(peer, url, 0, ""),
  ];
  for (const { status, fields } of await answers()) {
    assert(status < 300);
    assertEquals(fields.get("upload-expires"), A_DAY_LATER);
  }
  server.directory.keepNote = () => {
    throw new Refusal("no-space");
  };
  for (const { status, fields } of await answers()) {
    assert(status < 300);
    assertEquals(fields.get("upload-offset"), "0");
    assertEquals(fields.has("upload-expires"), false);
  }
  // Without room for the note the last step is taken all the same.
  assertEquals((await patch(peer, url, 0, CONTENT)).status, 204);
  assertNothingLeft(server, url);
});

Deno.test("TusAnswers takes bytes with the POST that begins an upload, some or all", async () => {
  await using server = changeServer();
  const peer = connectHttp(server);
  const some = await begin(peer, "/", 90, { filename: "a" }, {
    body: CONTENT.subarray(0, 40),
  });
  assertEquals(some.status, 201);
  assertEquals(some.fields.get("upload-offset"), "40");
  assertEquals(some.fields.get("upload-expires"), A_DAY_LATER);
  const url = some.fields.get("location")!;
  await patch(peer, url, 40, CONTENT.subarray(40));
  assertSameBytes(server.directory.get("a"), CONTENT);
  const all = await begin(peer, "/", 90, { filename: "b" }, { body: CONTENT });
  assertEquals(all.status, 201);
  assertEquals(all.fields.get("upload-offset"), "90");
  assertEquals(all.fields.get("content-location"), "/b");
  assertSameBytes(server.directory.get("b"), CONTENT);
  assertNothingLeft(server, url, all.fields.get("location")!);
});

Deno.test("TusAnswers stores an empty file at once", async () => {
  await using server = changeServer();
  const peer = connectHttp(server);
  const answer = await begin(peer, "/x/", 0, {
    filename: "a",
    lastModified: "5",
  });
  assertEquals(answer.status, 201);
  assertEquals(answer.fields.get("upload-offset"), "0");
  assertEquals(answer.fields.get("content-location"), "/x/a");
  assertEquals(contentOf(server, "x/a"), "");
  assertEquals(server.directory.mtimeOf("x/a"), 5);
  const url = answer.fields.get("location")!;
  const { fields } = await peer.ask(`HEAD ${url}`, TUS);
  assertEquals(fields.get("upload-length"), "0");
  assertNothingLeft(server, url);
});

Deno.test("TusAnswers tells that an upload is done also when its last answer was lost", async () => {
  await using server = changeServer();
  const peer = connectHttp(server);
  const url = await begunAt(peer, "a");
  await peer.send(requestWith(`PATCH ${url}`, CONTENT, offsetAt(0)));
  await turn();
  peer.close();
  assertEquals(await offsetOf(server, url), 90);
  const again = await patch(connectHttp(server), url, 90, "");
  assertEquals(again.status, 204);
  assertEquals(again.fields.get("content-location"), "/a");
  const other = connectHttp(server);
  assertEquals((await patch(other, url, 0, CONTENT)).status, 409);
  assertEquals((await patch(other, url, 90, "more")).status, 413);
  assertEquals(server.directory.fileNames, ["a"]);
});

Deno.test("TusAnswers keeps what has come of a piece that is cut after byte n, for every n, and goes on there", async () => {
  const headBytes = requestWith(`PATCH ${FIRST_URL}`, CONTENT, offsetAt(0))
    .length - CONTENT.length;
  for (let came = -1; came < CONTENT.length; came++) {
    for (const cutAs of ["reset", "end"] as const) {
      await using server = changeServer();
      const url = await begunAt(connectHttp(server), "a");
      assertEquals(url, FIRST_URL);
      const peer = connectHttp(server, {
        aToB: { cutAfterBytes: headBytes + came, cutAs, chunkBytes: 13 },
      });
      const bytes = requestWith(`PATCH ${url}`, CONTENT, offsetAt(0));
      await sendUntilCut(peer, bytes);
      const offset = await offsetOf(server, url);
      assertEquals(offset, Math.max(0, came));
      const rest = CONTENT.subarray(offset);
      const answer = await patch(connectHttp(server), url, offset, rest);
      assertEquals(answer.status, 204);
      assertSameBytes(server.directory.get("a"), CONTENT);
      assertNothingLeft(server, url);
    }
  }
});

Deno.test("TusAnswers keeps nothing of a POST that is cut: nobody knows its URL", async () => {
  await using server = changeServer();
  const bytes = requestWith("POST /x/", CONTENT, {
    ...PATCH,
    "Upload-Length": "90",
    "Upload-Metadata": metadataOf({ filename: "a" }),
  });
  const peer = connectHttp(server);
  await peer.send(bytes.subarray(0, -1));
  await turn();
  assertEquals(server.directory.partKeys, ["x/ 0000000000000001"]);
  peer.close();
  await turn();
  assertNothingLeft(server, "/x/.landline-0000000000000001");
});

for (const algorithm of ["sha1", "sha256", "md5", "crc32"]) {
  Deno.test(`TusAnswers takes a piece whose ${algorithm} is right, and nothing of one whose is not`, async () => {
    await using server = changeServer();
    const peer = connectHttp(server);
    const url = await begunAt(peer, "a");
    const piece = CONTENT.subarray(0, 40);
    const check = checksumOf(algorithm, piece);
    const wrong = await patch(peer, url, 0, piece.toReversed(), check);
    assertEquals(wrong.status, 460);
    assertEquals(wrong.fields.get("tus-resumable"), "1.0.0");
    assertEquals(await offsetOf(server, url), 0);
    assertEquals((await patch(peer, url, 0, piece, check)).status, 204);
    const rest = CONTENT.subarray(40);
    const right = checksumOf(algorithm, rest);
    assertEquals((await patch(peer, url, 40, piece, right)).status, 460);
    assertEquals(await offsetOf(server, url), 40);
    assertEquals((await patch(peer, url, 40, rest, right)).status, 204);
    assertSameBytes(server.directory.get("a"), CONTENT);
    assertNothingLeft(server, url);
  });
}

Deno.test("TusAnswers counts nothing of a piece with a checksum that is cut", async () => {
  await using server = changeServer();
  const url = await begunAt(connectHttp(server), "a");
  await patch(connectHttp(server), url, 0, CONTENT.subarray(0, 10));
  const peer = connectHttp(server);
  const bytes = requestWith(
    `PATCH ${url}`,
    CONTENT.subarray(10),
    { ...offsetAt(10), ...checksumOf("sha1", CONTENT.subarray(10)) },
  );
  await peer.send(bytes.subarray(0, -1));
  await turn();
  peer.close();
  assertEquals(await offsetOf(server, url), 10);
});

Deno.test("TusAnswers counts a piece without a checksum behind one whose checksum was wrong", async () => {
  await using server = changeServer();
  const peer = connectHttp(server);
  const url = await begunAt(peer, "a");
  const wrong = checksumOf("sha1", CONTENT);
  assertEquals((await patch(peer, url, 0, "wrong", wrong)).status, 460);
  assertEquals(
    (await patch(peer, url, 0, CONTENT.subarray(0, 40))).status,
    204,
  );
  assertEquals(await offsetOf(server, url), 40);
  await patch(peer, url, 40, CONTENT.subarray(40));
  assertSameBytes(server.directory.get("a"), CONTENT);
});

Deno.test("TusAnswers takes no POST whose checksum is wrong, and keeps nothing of it", async () => {
  await using server = changeServer();
  const peer = connectHttp(server);
  const answer = await begin(peer, "/", 90, { filename: "a" }, {
    body: CONTENT,
    fields: checksumOf("sha1", CONTENT.toReversed()),
  });
  assertEquals(answer.status, 460);
  assertNothingLeft(server, FIRST_URL);
});

Deno.test("TusAnswers refuses what the protocol does not allow, and goes on", async () => {
  await using server = changeServer();
  const peer = connectHttp(server);
  const url = await begunAt(peer, "a");
  await patch(peer, url, 0, CONTENT.subarray(0, 40));
  const rest = CONTENT.subarray(40);
  const cases:
    readonly (readonly [number, Record<string, string>, Uint8Array])[] = [
      [
        415,
        { ...offsetAt(40), "Content-Type": "application/octet-stream" },
        rest,
      ],
      [409, offsetAt(0), rest],
      [409, offsetAt(41), rest.subarray(1)],
      [400, { ...offsetAt(40), "Upload-Offset": "-1" }, rest],
      [400, { ...offsetAt(40), "Upload-Offset": "0x28" }, rest],
      [400, { ...PATCH }, rest],
      [413, offsetAt(40), CONTENT],
      [413, offsetAt(9007199254740991), rest],
      [400, { ...offsetAt(40), "Upload-Checksum": "sha512 AAAAAA==" }, rest],
      [400, { ...offsetAt(40), "Upload-Checksum": "sha1" }, rest],
      [400, { ...offsetAt(40), "Upload-Checksum": "sha1 AAAA" }, rest],
      [412, { ...offsetAt(40), "Tus-Resumable": "0.2.2" }, rest],
    ];
  for (const [status, fields, body] of cases) {
    const answer = await askWith(peer, `PATCH ${url}`, body, fields);
    assertEquals(answer.status, status, JSON.stringify(fields));
    assertEquals(answer.fields.get("tus-resumable"), "1.0.0");
  }
  assertEquals(await offsetOf(server, url), 40);
  assertEquals((await patch(peer, url, 40, rest)).status, 204);
});

Deno.test("TusAnswers takes a piece in chunks, and not one that goes past the end", async () => {
  await using server = changeServer();
  const peer = connectHttp(server);
  const url = await begunAt(peer, "a", {}, 4);
  const chunked = { ...offsetAt(0), "Transfer-Encoding": "chunked" };
  const head = requestText(`PATCH ${url}`, chunked);
  await peer.send(head + "3\r\nall\r\n2\r\nxx\r\n0\r\n\r\n");
  const answer = await peer.answer();
  assertEquals(answer.status, 413);
  assertEquals(answer.fields.get("connection"), "close");
  const other = connectHttp(server);
  await patch(other, url, 3, "!");
  assertEquals(contentOf(server, "a"), "all!");
  const next = await begunAt(other, "b", {}, 3);
  await other.send(requestText(`PATCH ${next}`, chunked) + "3\r\nall\r\n");
  await other.send("0\r\n\r\n");
  assertEquals((await other.answer()).status, 204);
  assertEquals(contentOf(server, "b"), "all");
});

for (
  const [onConflict, stored] of [
    ["refuse", undefined],
    ["rename", "a (1)"],
    ["overwrite", "a"],
  ] as const
) {
  Deno.test(`TusAnswers obeys --on-conflict ${onConflict} for a name that is taken meanwhile`, async () => {
    await using server = changeServer({ uploads: { onConflict } });
    const { directory } = server;
    const peer = connectHttp(server);
    const url = await begunAt(peer, "a");
    directory.put("a", "old");
    const answer = await patch(peer, url, 0, CONTENT);
    if (stored !== undefined) {
      assertEquals(answer.status, 204);
      const path = `/${stored.replace(" ", "%20")}`;
      assertEquals(answer.fields.get("content-location"), path);
      assertSameBytes(directory.get(stored), CONTENT);
      return assertNothingLeft(server, url);
    }
    assertEquals(answer.status, 409);
    assertEquals(contentOf(server, "a"), "old");
    // What is told to be whole is taken for stored: clients would never hear that it is not.
    assertEquals(await offsetOf(server, url), 89);
    const last = CONTENT.subarray(89);
    assertEquals((await patch(peer, url, 89, last)).status, 409);
    assertEquals((await patch(peer, url, 90, "")).status, 409);
    assertEquals((await patch(peer, url, 88, last)).status, 409);
    directory.remove("a");
    assertEquals((await patch(peer, url, 89, last)).status, 204);
    assertSameBytes(directory.get("a"), CONTENT);
    assertNothingLeft(server, url);
  });
}

Deno.test("TusAnswers gives a file its name by a piece of no bytes, when the name was taken before", async () => {
  await using server = changeServer();
  const peer = connectHttp(server);
  const url = await begunAt(peer, "a");
  server.directory.put("a", "old");
  assertEquals((await patch(peer, url, 0, CONTENT)).status, 409);
  server.directory.remove("a");
  const check = checksumOf("sha1", new Uint8Array());
  assertEquals((await patch(peer, url, 90, "", check)).status, 204);
  assertSameBytes(server.directory.get("a"), CONTENT);
});

Deno.test("TusAnswers gives up an upload, also where nothing may be deleted", async () => {
  await using server = changeServer({ http: { mayDelete: false } });
  const peer = connectHttp(server);
  const url = await begunAt(peer, "x/a");
  await patch(peer, url, 0, CONTENT.subarray(0, 40));
  const answer = await peer.ask(`DELETE ${url}`, TUS);
  assertEquals(answer.status, 204);
  assertEquals(answer.fields.get("tus-resumable"), "1.0.0");
  assertNothingLeft(server, url);
  assertEquals((await peer.ask(`HEAD ${url}`, TUS)).status, 404);
  assertEquals((await patch(peer, url, 40, "x")).status, 404);
  assertEquals((await peer.ask(`DELETE ${url}`, TUS)).status, 404);
  // One that is done is forgotten; its file stays.
  const done = await begunAt(peer, "b");
  await patch(peer, done, 0, CONTENT);
  assertEquals((await peer.ask(`DELETE ${done}`, TUS)).status, 204);
  assertEquals((await peer.ask(`HEAD ${done}`, TUS)).status, 404);
  assertEquals(server.directory.fileNames, ["b"]);
});

Deno.test("TusAnswers knows no upload that was not begun", async () => {
  await using server = changeServer();
  const peer = connectHttp(server);
  const url = await begunAt(peer, "x/a");
  for (
    const path of [
      "/.landline-ffffffffffffffff",
      // The token of another folder.
      url.replace("/x", ""),
      url.replace("/x", "/x/x"),
      url.replace("/x", "/.x"),
    ]
  ) {
    for (const method of ["HEAD", "DELETE"]) {
      assertEquals((await peer.ask(`${method} ${path}`, TUS)).status, 404);
    }
    assertEquals((await patch(peer, path, 0, "x")).status, 404);
  }
  // What is no token is a name like any other, and hidden.
  for (const path of [`${url}0`, url.slice(0, -1) + "A", `${url}.part`]) {
    assertEquals((await peer.ask(`HEAD ${path}`, TUS)).status, 404);
    assertEquals((await patch(peer, path, 0, "x")).status, 405);
  }
  assertEquals(server.directory.partKeys, []);
});

Deno.test("TusAnswers takes no note that is not ours for an upload", async () => {
  await using server = changeServer();
  server.directory.keepNote("", "0123456789abcdef", "{}");
  const { status } = await connectHttp(server).ask(
    "HEAD /.landline-0123456789abcdef",
    TUS,
  );
  assertEquals(status, 404);
  assertEquals(server.directory.partKeys, []);
});

Deno.test("TusAnswers refuses to begin an upload in another version", async () => {
  await using server = changeServer();
  const peer = connectHttp(server);
  for (const version of ["0.2.2", "1.0.1", "1.0", "", "1.0.0, 1.0.0"]) {
    const answer = await begin(peer, "/", 90, { filename: "a" }, {
      fields: { "Tus-Resumable": version },
    });
    assertEquals(answer.status, 412);
    assertEquals(answer.fields.get("tus-version"), "1.0.0");
  }
  assertEquals(server.directory.note("", "0000000000000001"), undefined);
});

const BEGINNINGS: Record<string, [number, Record<string, string>]> = {
  "without a length": [400, { "Upload-Length": "" }],
  "with a length that comes later": [400, { "Upload-Defer-Length": "1" }],
  "of a part of a file": [400, { "Upload-Concat": "partial" }],
  "with a negative length": [400, { "Upload-Length": "-1" }],
  "with a length in hexadecimal": [400, { "Upload-Length": "0x5a" }],
  "with a length past 2^53": [400, { "Upload-Length": "9007199254740992" }],
  "over the cap": [413, { "Upload-Length": "1001" }],
  "without a name": [400, { "Upload-Metadata": "filetype YQ==" }],
  "without metadata": [400, { "Upload-Metadata": "" }],
  "with metadata that are none": [400, { "Upload-Metadata": "filename !" }],
  "with a body of another type": [415, { "Content-Type": "text/plain" }],
  "with a body past its end": [413, { "Upload-Length": "3" }],
  "with a checksum nobody knows": [400, { "Upload-Checksum": "sha512 AA==" }],
};
for (const [what, [status, fields]] of Object.entries(BEGINNINGS)) {
  Deno.test(`TusAnswers refuses to begin an upload ${what} with ${status}`, async () => {
    await using server = changeServer({ uploads: { bytesMax: 1000 } });
    const peer = connectHttp(server);
    const answer = await begin(peer, "/", 90, { filename: "a" }, {
      body: CONTENT,
      fields,
    });
    assertEquals(answer.status, status);
    assertEquals(answer.fields.get("tus-resumable"), "1.0.0");
    assertEquals(answer.fields.has("location"), false);
    assertNothingLeft(server, FIRST_URL);
  });
}

const NAMES: Record<string, number> = {
  // security.md W1, P4, P11.
  "../x": 400,
  "a/../../x": 400,
  "/etc/x": 400,
  "": 400,
  ".": 400,
  "..": 400,
  "a//b": 400,
  "a/": 400,
  "a\0.txt": 400,
  ["x".repeat(256)]: 400,
  ".x": 403,
  "a/.b/c": 403,
  ".landline-0123456789abcdef.part": 403,
  "f": 409,
  "f/x": 409,
  "d": 409,
};
for (const [filename, status] of Object.entries(NAMES)) {
  Deno.test(`TusAnswers refuses to begin an upload of ${JSON.stringify(filename.slice(0, 40))} with ${status}`, async () => {
    await using server = changeServer({ files: { "f": "old", "d/e": "old" } });
    const peer = connectHttp(server);
    assertEquals((await begin(peer, "/", 90, { filename })).status, status);
    assertEquals(server.directory.fileNames, ["d/e", "f"]);
    assertNothingLeft(server, FIRST_URL);
  });
}

Deno.test("TusAnswers finds the name where clients put it", async () => {
  await using server = changeServer();
  const peer = connectHttp(server);
  const stored = async (metadata: Record<string, string>) =>
    (await begin(peer, "/d/", 0, metadata)).fields.get("content-location");
  assertEquals(await stored({ filename: "a/b" }), "/d/a/b");
  assertEquals(await stored({ name: "c" }), "/d/c");
  // As Uppy sends it.
  const uppy = { relativePath: "null", name: "e", filename: "e" };
  assertEquals(await stored(uppy), "/d/e");
  const dropped = { relativePath: "x/y/f", name: "f", filename: "f" };
  assertEquals(await stored(dropped), "/d/x/y/f");
  const other = { relativePath: "../../g", name: "h", filename: "h" };
  assertEquals(await stored(other), "/d/h");
});

Deno.test("TusAnswers takes no date that is none", async () => {
  await using server = changeServer();
  const peer = connectHttp(server);
  for (const lastModified of ["-1", "1e3", "", "9007199254740991"]) {
    const filename = `a${lastModified}`;
    await begin(peer, "/", 0, { filename, lastModified });
    const mtime = server.directory.mtimeOf(filename)!;
    // When it was stored, as the directory counts.
    assert(mtime > 1_700_000_000_000 && mtime < 1_700_001_000_000);
  }
});

Deno.test("TusAnswers ends who has an upload when its client comes back on another connection", async () => {
  // The first connection is lost, but nobody has told the server.
  await using server = changeServer();
  const url = await begunAt(connectHttp(server), "a");
  const lost = connectHttp(server);
  const bytes = requestWith(`PATCH ${url}`, CONTENT, offsetAt(0));
  await lost.send(bytes.subarray(0, -50));
  await turn();
  assertEquals(server.directory.heldParts, 1);
  assertEquals(await offsetOf(server, url), 40);
  assertEquals((await lost.rest()).length, 0);
  const rest = CONTENT.subarray(40);
  const [one, two] = [connectHttp(server), connectHttp(server)];
  // The first is ended, in whatever state; the second goes on, or is told that there is nothing more to do.
  await Promise.all([
    patch(one, url, 40, rest).catch(() => {}),
    patch(two, url, 40, rest),
  ]);
  assertEquals(await offsetOf(server, url), 90);
  assertSameBytes(server.directory.get("a"), CONTENT);
  assertNothingLeft(server, url);
});

Deno.test("TusAnswers says 423 while another thread has an upload", async () => {
  await using server = changeServer();
  const peer = connectHttp(server);
  const url = await begunAt(peer, "a");
  const held = server.directory.receive(toName("a"), tokenOf(url));
  for (const method of ["HEAD", "DELETE"]) {
    assertEquals((await peer.ask(`${method} ${url}`, TUS)).status, 423);
  }
  assertEquals((await patch(peer, url, 0, "x")).status, 423);
  held.close();
  assertEquals(await offsetOf(server, url), 0);
});

Deno.test("TusAnswers keeps what fits on a full disk, and goes on when there is room", async () => {
  // security.md D10.
  await using server = changeServer();
  const { directory } = server;
  const peer = connectHttp(server);
  const url = await begunAt(peer, "a");
  directory.capacityBytes = 50;
  await patch(peer, url, 0, CONTENT.subarray(0, 40));
  assertEquals((await patch(peer, url, 40, CONTENT.subarray(40))).status, 507);
  assertEquals(await offsetOf(server, url), 40);
  directory.capacityBytes = 1000;
  assertEquals((await patch(peer, url, 40, CONTENT.subarray(40))).status, 204);
  assertSameBytes(directory.get("a"), CONTENT);
});

Deno.test("TusAnswers lets a POST stand for PATCH, as old proxies want it, and nothing else", async () => {
  await using server = changeServer();
  const peer = connectHttp(server);
  const url = await begunAt(peer, "a");
  const override = { ...offsetAt(0), "X-HTTP-Method-Override": "PATCH" };
  const piece = CONTENT.subarray(0, 40);
  assertEquals(
    (await askWith(peer, `POST ${url}`, piece, override)).status,
    204,
  );
  // Else the check of where a request comes from would not be made: it is for methods that change something.
  const asGet = { ...TUS, "X-HTTP-Method-Override": "DELETE" };
  assertEquals((await peer.ask(`GET ${url}`, asGet)).status, 405);
  assertEquals((await peer.ask(`HEAD ${url}`, asGet)).status, 200);
  assertEquals((await askWith(peer, `POST ${url}`, "", TUS)).status, 405);
  assertEquals(await offsetOf(server, url), 40);
});

Deno.test("TusAnswers shows nothing of an upload, and puts nothing in its place", async () => {
  await using server = changeServer();
  const peer = connectHttp(server);
  const url = await begunAt(peer, "a");
  await patch(peer, url, 0, CONTENT.subarray(0, 40));
  assertEquals((await peer.ask("GET /?simple")).text, "");
  for (const request of [`GET ${url}`, `PUT ${url}`]) {
    const answer = await askWith(peer, request, "", TUS);
    assertEquals(answer.status, 405);
    assertEquals(
      answer.fields.get("allow"),
      "HEAD, OPTIONS, PATCH, POST, DELETE",
    );
  }
  assertEquals((await peer.ask(`GET ${url}.part`)).status, 404);
  assertEquals((await peer.ask(`GET ${url}.note`)).status, 404);
});

Deno.test("TusAnswers tells whoever asks what is spoken, in whatever version", async () => {
  await using server = changeServer({ uploads: { bytesMax: 1000 } });
  const peer = connectHttp(server);
  const url = await begunAt(peer, "a");
  for (const path of ["/", "/x/", url, "*"]) {
    const { status, fields } = await peer.ask(`OPTIONS ${path}`);
    assertEquals(status, 204);
    assertEquals(fields.get("tus-version"), "1.0.0");
    assertEquals(fields.get("tus-max-size"), "1000");
    assertEquals(fields.get("tus-checksum-algorithm"), "sha1,sha256,md5,crc32");
    assertEquals(
      fields.get("tus-extension"),
      "creation,creation-with-upload,checksum,termination,expiration",
    );
  }
  await using closed = new MemoryServer();
  const { fields } = await connectHttp(closed).ask("OPTIONS /");
  assertEquals(fields.has("tus-version"), false);
});

Deno.test("TusAnswers takes nothing where uploads are not allowed", async () => {
  await using server = new MemoryServer();
  const peer = connectHttp(server);
  assertEquals((await begin(peer, "/", 90, { filename: "a" })).status, 403);
  const url = "/.landline-0123456789abcdef";
  assertEquals((await patch(peer, url, 0, "x")).status, 403);
  assertEquals((await peer.ask(`HEAD ${url}`, TUS)).status, 404);
  assertEquals(server.directory.partKeys, []);
});

Deno.test("TusAnswers is not asked by pages of other sites", async () => {
  // security.md W5: on every method alike, also with --cors.
  await using server = changeServer({ http: { cors: true } });
  const peer = connectHttp(server);
  const url = await begunAt(peer, "a");
  for (
    const fields of [
      { "Origin": "http://evil.example" },
      { "Origin": "null" },
      { "Sec-Fetch-Site": "cross-site" },
      { "Host": "evil.example" },
    ]
  ) {
    const override = { "X-HTTP-Method-Override": "PATCH" };
    const answers = [
      await begin(peer, "/", 90, { filename: "b" }, { fields }),
      await patch(peer, url, 0, CONTENT, fields),
      await peer.ask(`DELETE ${url}`, { ...TUS, ...fields }),
      await askWith(peer, `POST ${url}`, CONTENT, {
        ...offsetAt(0),
        ...override,
        ...fields,
      }),
    ];
    for (const answer of answers) {
      assertEquals(answer.status, 403);
      assertEquals(answer.fields.has("access-control-allow-origin"), false);
    }
  }
  assertEquals(await offsetOf(server, url), 0);
  assertEquals(server.directory.note("", "0000000000000002"), undefined);
});

Deno.test("TusAnswers has room for the longest names there are", async () => {
  await using server = changeServer();
  const peer = connectHttp(server);
  // 3 KiB of UTF-8, three times that in a URL; metadata of nearly 8 KiB.
  const folders = Array.from({ length: 12 }, () => "日".repeat(84)).join("/");
  const filename = "a.txt";
  const more = { filename, more: "x".repeat(5500) };
  const path = `/${folders}/`;
  const answer = await begin(peer, path, 90, more, { body: CONTENT });
  assertEquals(answer.status, 201);
  const longest = answer.fields.get("location")!;
  assert(longest.length > 9000);
  const next = await begin(peer, path, 90, { ...more, filename: "b.txt" });
  const url = next.fields.get("location")!;
  const { fields } = await peer.ask(`HEAD ${decodeURI(url)}`, TUS);
  assert(fields.get("upload-metadata")!.length > 7000);
  const last = await patch(peer, decodeURI(url), 0, CONTENT);
  assertEquals(last.status, 204);
  assertEquals((await peer.ask(`HEAD ${decodeURI(url)}`, TUS)).status, 200);
});

/** Begins an upload of `length` bytes in `folder`. */
async function begin(
  peer: HttpPeer,
  folder: string,
  length: number,
  metadata: Record<string, string>,
  { body, fields }: { body?: Uint8Array; fields?: Record<string, string> } = {},
): Promise<HttpAnswer> {
  const all: Record<string, string> = {
    ...(body === undefined ? TUS : PATCH),
    "Upload-Length": `${length}`,
    "Upload-Metadata": metadataOf(metadata),
    ...fields,
  };
  return await askWith(peer, `POST ${folder}`, body ?? "", all);
}

/** Begins an upload called `filename` in the root; gives its URL. */
async function begunAt(
  peer: HttpPeer,
  filename: string,
  fields: Record<string, string> = {},
  length = CONTENT.length,
): Promise<string> {
  const answer = await begin(peer, "/", length, { filename }, { fields });
  assertEquals(answer.status, 201, answer.text);
  return answer.fields.get("location")!;
}

async function patch(
  peer: HttpPeer,
  url: string,
  offset: number,
  body: string | Uint8Array,
  fields: Record<string, string> = {},
): Promise<HttpAnswer> {
  const all = { ...offsetAt(offset), ...fields };
  return await askWith(peer, `PATCH ${url}`, body, all);
}

/** Where the server says that the upload goes on. */
async function offsetOf(server: MemoryServer, url: string): Promise<number> {
  const peer = connectHttp(server);
  const { status, fields } = await peer.ask(`HEAD ${url}`, TUS);
  peer.close();
  assertEquals(status, 200);
  return Number(fields.get("upload-offset"));
}

function offsetAt(offset: number): Record<string, string> {
  return { ...PATCH, "Upload-Offset": `${offset}` };
}

function metadataOf(metadata: Record<string, string>): string {
  return Object.entries(metadata).map(([key, value]) =>
    `${key} ${toBytes(value).toBase64()}`.trim()
  ).join(",");
}

function checksumOf(
  algorithm: string,
  bytes: Uint8Array,
): Record<string, string> {
  const digest = algorithm === "crc32"
    ? bigEndian(crc32(bytes))
    : createHash(algorithm).update(bytes).digest();
  return { "Upload-Checksum": `${algorithm} ${digest.toBase64()}` };
}

function bigEndian(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

function tokenOf(url: string): string {
  return url.slice(-16);
}

/** Fails if there is anything left of the uploads at `urls`. */
function assertNothingLeft(
  { directory }: MemoryServer,
  ...urls: readonly string[]
): void {
  assertEquals(directory.partKeys, []);
  assertEquals(directory.heldParts, 0);
  for (const url of urls) {
    const folder = decodeURIComponent(url.slice(1, url.lastIndexOf("/") + 1));
    const place = folder === "" ? "" : toName(folder.slice(0, -1));
    assertEquals(directory.note(place, tokenOf(url)), undefined);
  }
}

function contentOf(server: MemoryServer, name: string): string | undefined {
  const bytes = server.directory.get(name);
  return bytes && textOf(bytes);
}
