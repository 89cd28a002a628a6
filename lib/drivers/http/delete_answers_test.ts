import { assertEquals } from "@std/assert";
import {
  askWith,
  changeServer,
  connectHttp,
} from "../../testing/http_changes.ts";

Deno.test("DeleteAnswers removes a file, and an empty folder", async () => {
  await using server = changeServer({ files: { "a/b c": "x", "d": "y" } });
  const { directory } = server;
  const peer = connectHttp(server);
  const answer = await peer.ask("DELETE /a/b%20c");
  assertEquals(answer.status, 204);
  assertEquals(answer.framing, "none");
  assertEquals(directory.fileNames, ["d"]);
  assertEquals((await peer.ask("DELETE /a/")).status, 204);
  assertEquals((await peer.ask("GET /a/")).status, 404);
  assertEquals(directory.openFiles, 0);
});

Deno.test("DeleteAnswers removes an empty folder that is called without its slash", async () => {
  await using server = changeServer({ files: { "a/b": "x" } });
  const peer = connectHttp(server);
  assertEquals((await peer.ask("DELETE /a/b")).status, 204);
  assertEquals((await peer.ask("DELETE /a")).status, 204);
  assertEquals((await peer.ask("GET /a/")).status, 404);
});

Deno.test("DeleteAnswers removes nothing without --allow-delete", async () => {
  await using server = changeServer({
    files: { a: "" },
    http: { mayDelete: false },
  });
  const peer = connectHttp(server);
  assertEquals((await peer.ask("DELETE /a")).status, 403);
  assertEquals((await peer.ask("DELETE /none")).status, 403);
  assertEquals(server.directory.fileNames, ["a"]);
  const { fields } = await peer.ask("OPTIONS /a");
  assertEquals(fields.get("allow"), "GET, HEAD, OPTIONS, PUT");
});

const REFUSED: Record<string, number> = {
  "/": 405,
  "/none": 404,
  "/none/": 404,
  // security.md P9.
  "/f/": 404,
  "/f/x": 404,
  // Not empty.
  "/d/": 409,
  "/d": 409,
  // Hidden is said as absent.
  "/.h": 404,
  "/d/.landline-0123456789abcdef.part": 404,
  "/d/../f": 400,
  "/d/%2e%2e/f": 400,
  "/d%2f..%2ff": 400,
  "/.landline/page.js": 405,
};
for (const [path, status] of Object.entries(REFUSED)) {
  Deno.test(`DeleteAnswers answers ${path} with ${status}, and removes nothing`, async () => {
    await using server = changeServer({
      files: { "f": "", "d/x": "", ".h": "" },
    });
    const before = server.directory.fileNames;
    const answer = await connectHttp(server).ask(`DELETE ${path}`);
    assertEquals(answer.status, status);
    assertEquals(server.directory.fileNames, before);
    if (path === "/") {
      assertEquals(answer.fields.get("allow"), "GET, HEAD, OPTIONS, POST");
    }
  });
}

Deno.test("DeleteAnswers removes the version that If-Match names, and no other", async () => {
  // RFC 9110 13.1.1, 13.1.4.
  await using server = changeServer({ files: { a: "old", "d/x": "" } });
  server.directory.remove("d/x");
  const peer = connectHttp(server);
  const ask = (path: string, field: string, value: string) =>
    peer.ask(`DELETE ${path}`, { [field]: value }).then(({ status }) => status);
  const { fields } = await peer.ask("HEAD /a");
  const etag = fields.get("etag")!;
  const date = "Sun, 06 Nov 1994 08:49:37 GMT";
  assertEquals(await ask("/a", "If-Match", '"other"'), 412);
  assertEquals(await ask("/a", "If-None-Match", etag), 412);
  assertEquals(await ask("/a", "If-Unmodified-Since", date), 412);
  assertEquals(await ask("/a", "If-Match", etag), 204);
  // What is not there has no conditions (13.2.1).
  assertEquals(await ask("/a", "If-Match", etag), 404);
  // A folder has no version, but it is there.
  assertEquals(await ask("/d/", "If-Match", '"any"'), 412);
  assertEquals(await ask("/d/", "If-Match", "*"), 204);
});

Deno.test("DeleteAnswers takes no notice of a body, and goes on behind it", async () => {
  // RFC 9110 9.3.5.
  await using server = changeServer({ files: { a: "" } });
  const peer = connectHttp(server);
  assertEquals((await askWith(peer, "DELETE /a", "body")).status, 204);
  assertEquals((await peer.ask("GET /?simple")).text, "");
});

Deno.test("DeleteAnswers is not asked by pages of other sites", async () => {
  // security.md W5.
  await using server = changeServer({ files: { a: "" }, http: { cors: true } });
  const peer = connectHttp(server);
  for (
    const fields of [
      { "Origin": "http://evil.example" },
      { "Origin": "null" },
      { "Sec-Fetch-Site": "same-site" },
      { "Host": "evil.example" },
    ]
  ) {
    const answer = await peer.ask("DELETE /a", fields);
    assertEquals(answer.status, 403);
    assertEquals(answer.fields.has("access-control-allow-origin"), false);
  }
  assertEquals(server.directory.fileNames, ["a"]);
});
