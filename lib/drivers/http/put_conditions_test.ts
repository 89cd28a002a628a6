import { assertEquals } from "@std/assert";
import { turn } from "../../testing/fake_clock.ts";
import {
  askWith,
  changeServer,
  connectHttp,
  contentOf,
  requestWith,
} from "../../testing/http_changes.ts";

const REFUSED: readonly (readonly [string, Record<string, string>])[] = [
  ["/a", { "If-None-Match": "*" }],
  ["/a", { "If-Match": '"other"' }],
  ["/a", { "If-Unmodified-Since": "Sun, 06 Nov 1994 08:49:37 GMT" }],
  ["/new", { "If-Match": "*" }],
  ["/new", { "If-Match": '"any"' }],
];
for (const [path, condition] of REFUSED) {
  const told = Object.entries(condition).map((field) => field.join(" "));
  Deno.test(`PutAnswers does not ask for the body of ${path} with ${told}`, async () => {
    // RFC 9110 13.1.1, 13.1.2, 13.1.4.
    await using server = changeServer({
      files: { a: "old" },
      uploads: { onConflict: "overwrite" },
    });
    const answer = await connectHttp(server).ask(`PUT ${path}`, {
      ...condition,
      "Content-Length": "3",
      "Expect": "100-continue",
    });
    assertEquals(answer.status, 412);
    assertEquals(server.directory.fileNames, ["a"]);
    assertEquals(contentOf(server, "a"), "old");
  });
}

Deno.test("PutAnswers replaces the version that If-Match names, unless it has changed while the body came", async () => {
  // RFC 9110 13.1.1: no update is lost.
  await using server = changeServer({
    files: { a: "old" },
    uploads: { onConflict: "overwrite" },
  });
  const peer = connectHttp(server);
  const etagNow = async () =>
    (await peer.ask("HEAD /a")).fields.get("etag") ?? "";
  const first = { "If-Match": await etagNow() };
  assertEquals((await askWith(peer, "PUT /a", "new", first)).status, 204);
  assertEquals((await askWith(peer, "PUT /a", "lost", first)).status, 412);
  const second = { "If-Match": await etagNow() };
  const bytes = requestWith("PUT /a", "lost", second);
  await peer.send(bytes.subarray(0, -1));
  await turn();
  server.directory.rewrite("a", "other");
  await peer.send(bytes.subarray(-1));
  assertEquals((await peer.answer()).status, 412);
  assertEquals(contentOf(server, "a"), "other");
  assertEquals(server.directory.partKeys, []);
});

Deno.test("PutAnswers lets one of two win that replace the same version at the same time", async () => {
  // RFC 9110 13.1.1: also while a file is put on the disk, which takes its time.
  await using server = changeServer({
    files: { a: "old" },
    uploads: { onConflict: "overwrite" },
  });
  const peers = [connectHttp(server), connectHttp(server)];
  const { fields } = await peers[0]!.ask("HEAD /a");
  const condition = { "If-Match": fields.get("etag")! };
  const answers = await Promise.all(
    peers.map((peer, i) => askWith(peer, "PUT /a", `new ${i}`, condition)),
  );
  assertEquals(answers.map(({ status }) => status).sort(), [204, 412]);
  const winner = answers.findIndex(({ status }) => status === 204);
  assertEquals(contentOf(server, "a"), `new ${winner}`);
  assertEquals(server.directory.partKeys, []);
});

Deno.test("PutAnswers overwrites nothing with If-None-Match: *, also not what has come while the body came", async () => {
  // RFC 9110 13.1.2.
  await using server = changeServer({ uploads: { onConflict: "overwrite" } });
  const peer = connectHttp(server);
  const isNew = { "If-None-Match": "*" };
  const bytes = requestWith("PUT /a", "new", isNew);
  await peer.send(bytes.subarray(0, -1));
  await turn();
  server.directory.put("a", "old");
  await peer.send(bytes.subarray(-1));
  assertEquals((await peer.answer()).status, 412);
  assertEquals(contentOf(server, "a"), "old");
  assertEquals((await askWith(peer, "PUT /b", "new", isNew)).status, 201);
});

Deno.test("PutAnswers overwrites nothing with If-None-Match: *, also not what another program stores in the last moment", async () => {
  await using server = changeServer({ uploads: { onConflict: "overwrite" } });
  const { directory } = server;
  const receive = directory.receive.bind(directory);
  directory.receive = (name, token) => {
    const incoming = receive(name, token);
    const finish = incoming.finish.bind(incoming);
    incoming.finish = (name, onConflict, mtime, check) =>
      finish(name, onConflict, mtime, () => {
        check?.();
        directory.put(name, "other");
      });
    return incoming;
  };
  const isNew = { "If-None-Match": "*" };
  const peer = connectHttp(server);
  assertEquals((await askWith(peer, "PUT /a", "new", isNew)).status, 409);
  assertEquals(contentOf(server, "a"), "other");
});
