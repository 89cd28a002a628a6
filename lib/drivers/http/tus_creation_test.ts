import { assert, assertEquals } from "@std/assert";
import { assertSameBytes } from "../../testing/content.ts";
import { turn } from "../../testing/fake_clock.ts";
import {
  changeServer,
  connectHttp,
  contentOf,
  requestWith,
} from "../../testing/http_changes.ts";
import {
  A_DAY_LATER,
  assertNothingLeft,
  begin,
  checksumOf,
  CONTENT,
  FIRST_URL,
  metadataOf,
  PATCH,
  patch,
  TUS,
} from "../../testing/http_tus.ts";

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
