import { assertEquals } from "@std/assert";
import { assertSameBytes } from "../../testing/content.ts";
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
import {
  assertNothingLeft,
  begunAt,
  checksumOf,
  CONTENT,
  FIRST_URL,
  offsetAt,
  offsetOf,
  PATCH,
  patch,
} from "../../testing/http_tus.ts";

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
