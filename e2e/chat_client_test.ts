import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  chat,
  startChatClient,
  startChatServer,
} from "../lib/testing/chats.ts";
import { ownPort } from "../lib/testing/ports.ts";

/** What is typed, and what the other sees: names and texts of every kind. */
const FORMS: readonly (readonly [
  from: string,
  to: string,
  typed: string,
  seen: string,
])[] = [
  ["alice", "bob", "hello", "hello"],
  ["alice", "bob", "  blanks  stay ", "  blanks  stay "],
  ["alice", "bob", "a | b", "a | b"],
  ["alice", "bob", "a|b||", "a|b||"],
  ["alice", "bob", "| |", "| |"],
  ["Mary Ann", "Bob Lee", "hi", "hi"],
  ["Åsa", "Jürgen", "größer", "größer"],
  ["e\u0301", "o\u0308x", "a\u030a e\u0301", "a\u030a e\u0301"],
  ["דוד", "שרה", "שלום | hello", "שלום | hello"],
  ["مریم", "علی", "می‌خواهم", "می‌خواهم"],
  ["🙂", "👍🏽", "👩‍👩‍👧 🏳️‍🌈", "👩‍👩‍👧 🏳️‍🌈"],
  ["<b>", "&amp;", "<script>alert(1)</script>", "<script>alert(1)</script>"],
  ["a'b", 'c"d', "$(id) `id` \\n %s", "$(id) `id` \\n %s"],
  ["alice", "bob", "//etc", "/etc"],
  ["alice", "bob", "/me waves", "/me waves"],
  ["alice", "bob", "\x1b[2J\x07\x7f\x9b31m\t", "\\x1b[2J\\x07\\x7f\\x9b31m\\t"],
  [
    "alice",
    "bob",
    "\u202eevil\u2066 \u200b\ufeff\u2028",
    "\\u{202e}evil\\u{2066} \\u{200b}\\u{feff}\\u{2028}",
  ],
];

Deno.test("chat_client.ts sends what is typed as MESSAGE | NAME, and shows it as NAME|MESSAGE, both ways", async () => {
  await using server = await startChatServer();
  for (const [from, to, typed, seen] of FORMS) {
    await using first = startChatClient(server.port, from, ["--quiet"]);
    await using second = startChatClient(server.port, to, ["--quiet"]);
    // Who answers is in.
    await second.type("/who\n");
    await second.stderr.until(/here/);
    await first.type(`${typed} | ${to}\n`);
    await second.stdout.until(/\n/);
    await second.type(`${typed} | ${from}\n/quit\n`);
    await first.stdout.until(/\n/);
    await first.endInput();
    // Names are composed, texts are as they were typed.
    const sees = (name: string) => `${name.normalize("NFC")}|${seen}\n`;
    assertEquals((await second.ended()).stdout, sees(from));
    assertEquals((await first.ended()).stdout, sees(to));
  }
});

Deno.test("chat_client.ts tells everyone what is for *, and what is for nobody by name", async () => {
  await using server = await startChatServer();
  await using bob = startChatClient(server.port, "bob");
  await using carol = startChatClient(server.port, "carol");
  for (const client of [bob, carol]) {
    await client.type("/who\n");
    await client.stderr.until(/here/);
  }
  const { code, stdout } = await chat(
    server.port,
    "alice",
    "to all\nto all, too | *\nto bob | BOB",
  );
  assertEquals([code, stdout], [0, ""]);
  for (const [client, last] of [[bob, "to bob"], [carol, ""]] as const) {
    await client.endInput();
    const { stdout } = await client.ended();
    const own = last === "" ? "" : `alice|${last}\n`;
    assertEquals(stdout, `alice|to all\nalice|to all, too\n${own}`);
  }
});

Deno.test("chat_client.ts ends with 7 when a line was refused, says which on stderr, and sends the rest", async () => {
  await using server = await startChatServer();
  const long = "x".repeat(4097);
  const lines = [
    "a | nobody",
    `${long} | alice`,
    `${"y".repeat(100_000)}`,
    "b | server",
    "/unheard",
    "ends well",
  ];
  const { code, stdout, stderr } = await chat(
    server.port,
    "alice",
    lines.join("\n"),
  );
  assertEquals([code, stdout], [7, ""]);
  const told = stderr.trimEnd().split("\n").filter((line) =>
    line.startsWith("Not sent: ")
  );
  assertEquals(told.length, 5, stderr);
  assertMatch(stderr, /"a \| nobody": .*nobody/);
  assertMatch(stderr, /4096 bytes; that one has 4097/);
  const history = await chat(server.port, "bob", "/history 5\n");
  assertEquals(history.stdout, "alice|ends well\n");
});

Deno.test("chat_client.ts ends with 8 where its name is taken, 2 where it is none, 5 where nobody listens", async () => {
  await using server = await startChatServer();
  await using alice = startChatClient(server.port, "Alice");
  await alice.type("/who\n");
  await alice.stderr.until(/here/);
  for (
    const [port, name, code, sentence] of [
      [server.port, "ALICE", 8, /already/],
      [server.port, "a|b", 2, /\|/],
      [server.port, "*", 2, /called/],
      [1, "bob", 5, /Cannot connect to 127\.0\.0\.1:1: nothing listens there/],
    ] as const
  ) {
    const ended = await chat(port, name, "x\n");
    assertEquals([ended.code, ended.stdout], [code, ""], name);
    assertMatch(ended.stderr, sentence);
    assertMatch(ended.stderr, /^chat_client\.ts: .*\n$/);
  }
  const nameless = await chat(server.port, "", "x\n");
  assertEquals(nameless.code, 2);
});

Deno.test("chat_client.ts ends its input only when everything is acknowledged, however much that is", async () => {
  await using server = await startChatServer("--rate", "0");
  await using bob = startChatClient(server.port, "bob", ["--quiet"]);
  await bob.type("/who\n");
  await bob.stderr.until(/here/);
  const texts = Array.from({ length: 3000 }, (_, i) => `${i} `);
  const { code } = await chat(
    server.port,
    "alice",
    texts.map((text) => `${text} | bob\n`).join(""),
  );
  assertEquals(code, 0);
  await bob.endInput();
  const { stdout } = await bob.ended();
  assertEquals(stdout, texts.map((text) => `alice|${text}\n`).join(""));
});

Deno.test("chat_client.ts --stay goes on listening, until a signal", async () => {
  await using server = await startChatServer();
  await using logger = startChatClient(server.port, "logger", [
    "--stay",
    "--time",
  ]);
  await logger.type("/who\n");
  await logger.endInput();
  await logger.stderr.until(/here/);
  await chat(server.port, "alice", "for the log\n");
  await logger.stdout.until(
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ alice\|for the log\n$/,
  );
  logger.signal("SIGTERM");
  assertEquals((await logger.ended()).code, 143);
});

Deno.test({
  name:
    "chat_client.ts ends in silence when whoever reads its output has had enough",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using server = await startChatServer();
    await using head = startChatClient(server.port, "bob", ["--stay"], [
      "sh",
      "-c",
      '"$@" | head -1',
      "sh",
    ]);
    await head.type("/who\n");
    await head.stderr.until(/here/);
    await using alice = startChatClient(server.port, "alice");
    await alice.type("one | bob\n");
    await head.stdout.until(/alice\|one\n/);
    await alice.type("two | bob\nthree | bob\n");
    const { code, stdout, stderr } = await head.ended();
    assertEquals([code, stdout], [0, "alice|one\n"]);
    assertMatch(stderr, /^(\d here.*\n|[+-] .*\n)*$/);
  },
});

Deno.test("chat_client.ts comes back to a server that was killed, says so in a line, and loses and doubles nothing", async () => {
  const data = await Deno.makeTempDir({ prefix: "landline-test-" });
  try {
    const port = ownPort();
    const args = ["--port", `${port}`, "--data", data, "--rate", "0"];
    await using first = await startChatServer(...args);
    await using bob = startChatClient(port, "bob");
    await using alice = startChatClient(port, "alice");
    for (const client of [bob, alice]) {
      await client.type("/who\n");
      await client.stderr.until(/here/);
    }
    const texts = Array.from({ length: 400 }, (_, i) => `message ${i}`);
    const typed = texts.map((text) => `${text} | bob\n`);
    await alice.type(typed.slice(0, 200).join(""));
    await bob.stdout.until(/message 20\n/);
    await first.kill();
    await alice.type(typed.slice(200).join(""));
    await alice.endInput();
    await alice.stderr.until(/Lost the server: .*\n/);
    await using _second = await startChatServer(...args);
    const ended = await alice.ended();
    assertEquals(ended.code, 0);
    assertEquals(ended.stderr.match(/^Lost .*\nBack\n/gm)?.length, 1);
    await bob.stdout.until(/message 399\n/);
    await bob.endInput();
    const { code, stdout, stderr } = await bob.ended();
    assertEquals(code, 0);
    assertEquals(stdout, texts.map((text) => `alice|${text}\n`).join(""));
    assertMatch(stderr, /^Back\n/m);
  } finally {
    await Deno.remove(data, { recursive: true });
  }
});

Deno.test("chat_client.ts --help and --version need no server", async () => {
  const help = await chat(1, "x", "", ["--help"]);
  assertEquals([help.code, help.stderr], [0, ""]);
  assert(help.stdout.includes("Exit codes:"));
  assertMatch((await chat(1, "x", "", ["-V"])).stdout, /^landline \d/);
});
