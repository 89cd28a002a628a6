import { assert, assertEquals, assertMatch } from "@std/assert";
import { runClient } from "../lib/testing/clients.ts";
import { DiskFolder } from "../lib/testing/disk_folder.ts";
import { ScriptedServer } from "../lib/testing/scripted_server.ts";
import { filesBelow } from "../lib/testing/trees.ts";

/** A server that lists `lines` and gives "evil" for every name. */
function listing(lines: readonly string[]): ScriptedServer {
  const list = lines.map((line) => line + "\n").join("");
  const bytes = new TextEncoder().encode(list).length;
  return new ScriptedServer((line) =>
    line.startsWith("list")
      ? `DATA ${bytes}\n${list}END files=${lines.length}\n`
      // xxh64 of "evil".
      : "DATA 4\nevilEND xxh64=d52b557741716bd3 size=4 mtime=1 version=v\n"
  );
}

const named = (...names: string[]) => names.map((name) => `4 1 v ${name}`);

/** Runs a client that downloads everything into `in` of a folder; gives what it did and what is in that folder then. */
async function download(server: ScriptedServer, ...flags: string[]) {
  using here = new DiskFolder();
  here.write("in/mine", "untouched");
  const args = ["--retries", "0", "--out", here.at("in"), ...flags];
  const output = await runClient(server.port, args, { cwd: here.path });
  const files = filesBelow(here.path).filter((name) => name !== "in/mine");
  return { ...output, files, mine: Deno.readTextFileSync(here.at("in/mine")) };
}

Deno.test("client.ts takes a proper file from a scripted server: the next tests test something", async () => {
  await using server = listing(named("good"));
  const { code, files } = await download(server);
  assertEquals([code, files], [0, ["in/good"]]);
});

const HOSTILE = [
  "../evil",
  "a/../../evil",
  "/tmp/landline-evil",
  "..",
  "a//evil",
  "./evil",
  "evil\\x00.txt",
  "evil/",
  ".landline-0123456789abcdef.lock",
  "sub/.landline-0123456789abcdef-0.part",
  "\\x1b]0;evil\\x07/../x",
];

Deno.test("client.ts writes nothing at all for a server that lists a name that no honest one lists", async () => {
  // security.md P1, P3, P4, W1, T2, L2.
  for (const name of HOSTILE) {
    await using server = listing(named("good", name));
    const { code, stderr, files, mine } = await download(server);
    assertEquals([code, files, mine], [5, [], "untouched"], name);
    assertMatch(stderr, /^client\.ts: .*could not be stored safely\n$/);
    assert(!/[\x1b\x07]/.test(stderr), "it drives no terminal");
    assertEquals(server.lines, ["list"]);
  }
});

Deno.test("client.ts tells names that clash before anything is written, and ends with 8", async () => {
  // security.md P11, T2.
  for (
    const names of [
      ["a", "a"],
      ["a", "a/b"],
      ["a/b", "good", "a"],
      ["deep/x/y", "deep/x", "deep/x/y/z"],
    ]
  ) {
    await using server = listing(named(...names));
    const { code, stderr, files, mine } = await download(server);
    assertEquals([code, files, mine], [8, [], "untouched"], `${names}`);
    assertMatch(stderr, /^client\.ts: These names cannot both be stored in /);
    assertEquals(server.lines, ["list"]);
  }
});

Deno.test("client.ts tells different names that --client-id makes the same, before anything is written", async () => {
  await using server = listing(named("a/bio.txt", "b/bio.txt"));
  const { code, stderr, files } = await download(server, "--client-id", "7");
  assertEquals([code, files], [8, []]);
  assertMatch(stderr, /received_bio_7\.txt/);
});

Deno.test("client.ts ends with 5 and a sentence for a server that speaks something else", async () => {
  for (
    const answer of [
      "HTTP/1.1 400 Bad Request\r\n\r\n",
      "SSH-2.0-OpenSSH_9\r\n",
      "\0\x01\x02\n",
      "x".repeat(20_000) + "\n",
      "OK 5\n\x1b[2J\n",
      "OK 99999999999999999999\n",
      undefined,
    ]
  ) {
    await using server = new ScriptedServer(() => answer);
    const { code, stderr, files } = await download(server);
    assertEquals([code, files], [5, []], `${answer}`);
    assertMatch(stderr, /^client\.ts: [^\n]+\n$/);
    assert(!/[\x00-\x09\x1b]/.test(stderr), stderr);
  }
});

Deno.test("client.ts prints what a server says without letting it drive the terminal", async () => {
  // security.md L2.
  const text = "\x1b[2J\x9b31m\u202e\u200b\r";
  const bytes = new TextEncoder().encode(text).length;
  for (
    const [args, answer] of [
      [["list"], `ERR not-allowed ${text}\n`],
      [["download", "a"], `ERR not-allowed ${text}\n`],
      [["list"], `DATA 19\n4 1 v \\x1b[2J\\x9b31mEND files=1\n`],
      [["list"], `DATA ${bytes}\n${text}END\n`],
      [["download", "a"], `ERR ${text} x\n`],
    ] as const
  ) {
    await using server = new ScriptedServer(() => answer);
    using here = new DiskFolder();
    const { stdout, stderr } = await runClient(server.port, args, {
      cwd: here.path,
    });
    assert(stdout + stderr !== "");
    assert(!/[\x1b\x9b\u202e\u200b\r]/.test(stdout + stderr), stdout + stderr);
  }
});

Deno.test("client.ts stores nothing of a file whose check never fits, and ends with 6", async () => {
  const list = "4 1 v bad\n";
  await using server = new ScriptedServer((line) =>
    line.startsWith("list")
      ? `DATA ${list.length}\n${list}END files=1\n`
      : "DATA 4\nevilEND xxh64=0123456789abcdef size=4 mtime=1 version=v\n"
  );
  const { code, stderr, stdout, files } = await download(server);
  assertEquals([code, files], [6, []]);
  assertMatch(stderr, /^client\.ts: bad: Its bytes do not match .*\n$/);
  assertMatch(stdout, /1 FAILED/);
  assertEquals(server.lines.length, 3, "it was tried twice");
});
