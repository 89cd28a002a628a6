import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { patterned } from "../testing/content.ts";
import { turn } from "../testing/fake_clock.ts";
import { MemoryServer } from "../testing/memory_server.ts";
import { textOf } from "../testing/wire_peer.ts";
import { VERBS } from "../wire/verbs.ts";
import { Metrics } from "./metrics.ts";

Deno.test("FileService answers help with a line for every verb", async () => {
  await using server = new MemoryServer();
  const { peer } = server.connect();
  const lines = textOf((await peer.ask("help")).body).trimEnd().split("\n");
  assertEquals(lines.length, Object.keys(VERBS).length);
  for (const [i, verb] of Object.keys(VERBS).entries()) {
    assert(lines[i]?.startsWith(verb + " "));
  }
});

Deno.test("FileService echoes text as it is, blanks and backslashes too", async () => {
  await using server = new MemoryServer();
  const { peer } = server.connect();
  for (const text of ["", " ", "a  b ", "\\n \\x00 %41", "é😀", "echo"]) {
    const { line, body } = await peer.ask(`echo ${text}`);
    assertEquals(textOf(body), text + "\n");
    assertEquals(line, `OK ${body.length}`);
  }
});

Deno.test("FileService records every request once: who, what, what became of it, how many bytes, how long", async () => {
  await using server = new MemoryServer({
    files: { "a b": "hello" },
    uploads: {},
  });
  const { peer } = server.connect({ peerOfB: "[::1]:9" });
  await peer.send(
    [
      "download a b",
      "read 1 2 a b",
      "echo secret",
      "nonsense x",
      "download none",
      "upload 3 new",
      "abcquit",
      "",
    ].join("\n"),
  );
  await peer.rest();
  assertEquals(
    server.log.requests.map(({ peer, request, status, bytes }) =>
      [peer, request, status, bytes].join(" | ")
    ),
    [
      "[::1]:9 | download a b | ok | 5",
      "[::1]:9 | read 1 2 a b | ok | 2",
      // What people say to each other is not for the log.
      "[::1]:9 | echo | ok | 0",
      "[::1]:9 | nonsense x | unknown-verb | 0",
      "[::1]:9 | download none | not-found | 0",
      "[::1]:9 | upload 3 new | ok | 3",
      "[::1]:9 | quit | ok | 0",
    ],
  );
});

Deno.test("FileService counts every request once: answered, refused, not understood, left", async () => {
  const metrics = new Metrics({
    version: "1",
    startedAt: 0,
    memoryBytes: () => 0,
  });
  await using server = new MemoryServer({
    files: { a: "hello", large: patterned(500_000) },
    uploads: {},
    metrics,
  });
  const { peer } = server.connect();
  await peer.send(
    "download a\nread 1 2 a\ndownload none\nnonsense\nupload 3 b\nabcquit\n",
  );
  await peer.rest();
  const { peer: leaver } = server.connect({ bToA: { capacityBytes: 1000 } });
  await leaver.send("download large\n");
  await leaver.line();
  leaver.close();
  await turn();
  const text = metrics.text();
  const counts = [...text.matchAll(
    /^landline_requests_total\{language="wire",method="(.*)",status="(.*)"\} (\d+)$/gm,
  )].map(([, method, status, count]) => `${method} ${status} ${count}`);
  assertEquals(counts.sort(), [
    "download 2xx 1",
    "download 4xx 2",
    "other 5xx 1",
    "quit 2xx 1",
    "read 2xx 1",
    "upload 2xx 1",
  ]);
  const bytes = (which: string) =>
    new RegExp(`^landline_${which}_bytes_total{language="wire"} (\\d+)$`, "m")
      .exec(text)?.[1];
  assertEquals([bytes("received"), bytes("sent")], ["3", "7"]);
});

Deno.test("FileService tells the time from a request to the end of its answer", async () => {
  await using server = new MemoryServer({ allowRun: "ls" });
  const { peer } = server.connect();
  await peer.send("run ls\n");
  await server.clock.advance(1234);
  server.processes.last.exit(0);
  await peer.answer();
  assertEquals(server.log.requests[0]?.ms, 1234);
});

Deno.test("FileService answers any line with one answer, and never ends for it", async () => {
  // security.md T3.
  await using server = new MemoryServer({ files: { a: "" } });
  const { peer } = server.connect();
  const words = ["", "a", "0", "-1", "1e9", "x".repeat(2000), "é", "\\", "\0"];
  for (const verb of [...Object.keys(VERBS), "DOWNLOAD", "ERR", "__proto__"]) {
    // `upload` and `part` close when their length is not understood: they have tests of their own.
    if (verb === "quit" || verb === "upload" || verb === "part") continue;
    for (const word of words) {
      for (const count of [1, 2, 3, 50]) {
        const line = [verb, ...Array(count).fill(word)].join(" ");
        if (line.length > 8000) continue;
        const answer = await peer.ask(line);
        assert(/^(?:OK|END|ERR) ?/.test(answer.line), line);
        assert(!answer.line.includes("internal"), line);
      }
    }
  }
  assertEquals(textOf((await peer.ask("echo on")).body), "on\n");
  assertEquals(server.log.notes, []);
});

Deno.test("FileService ends the connection when it cannot know how many bytes follow", async () => {
  // security.md S2, S7.
  for (
    const line of [
      "upload",
      "upload a",
      "upload +5 a",
      "upload -1 a",
      "upload 0x5 a",
      "upload 5 ../a",
      "upload 5 a\\q",
      "upload 99999999999999999999 a",
      "part 0123456789abcdef 0 1048577 0123456789abcdef",
      "part x 0 1 0123456789abcdef",
    ]
  ) {
    await using server = new MemoryServer({ uploads: {} });
    const { peer } = server.connect();
    await peer.send(line + "\necho smuggled\n");
    const answer = textOf(await peer.rest());
    assertStringIncludes(answer, "ERR bad-");
    assert(answer.endsWith("; closing\n"), answer);
    assertEquals(answer.split("\n").length, 2);
  }
});

Deno.test("FileService closes after a line of more than 8192 bytes, and takes one of 8192", async () => {
  // security.md D2.
  await using server = new MemoryServer();
  const { peer } = server.connect();
  const text = "x".repeat(8192 - "echo ".length);
  assertEquals(textOf((await peer.ask(`echo ${text}`)).body), text + "\n");
  await peer.send(`echo ${text}y`);
  assertEquals(
    textOf(await peer.rest()),
    "ERR line-too-long The request line is longer than 8192 bytes; closing\n",
  );
});
