import { assert, assertEquals } from "@std/assert";
import { Refusal } from "../../errors.ts";
import { toName } from "../../names/name.ts";
import { assertSameBytes } from "../../testing/content.ts";
import { turn } from "../../testing/fake_clock.ts";
import {
  askWith,
  changeServer,
  connectHttp,
  requestWith,
} from "../../testing/http_changes.ts";
import {
  A_DAY_LATER,
  assertNothingLeft,
  begin,
  begunAt,
  CONTENT,
  metadataOf,
  offsetAt,
  offsetOf,
  patch,
  tokenOf,
  TUS,
} from "../../testing/http_tus.ts";
import { MemoryServer } from "../../testing/memory_server.ts";

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
