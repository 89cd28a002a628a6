import { assert, assertEquals } from "@std/assert";
import { parseServerFlags, SERVER_FLAGS } from "../lib/cli/server_flags.ts";
import { OFFERS_MAX } from "../lib/drivers/upload_answers.ts";
import { SKIPPED_BYTES_MAX } from "../lib/drivers/wire_session.ts";
import { FAULTS, isFaultCode } from "../lib/errors.ts";
import { NAME_BYTES_MAX, PART_BYTES_MAX } from "../lib/names/name.ts";
import { LINE_MS_MAX } from "../lib/programs/file_server.ts";
import {
  type Exchange,
  exchangesOf,
  withAnyWords,
} from "../lib/testing/exchanges.ts";
import { FakeProcess } from "../lib/testing/fake_processes.ts";
import { converse } from "../lib/testing/conversing.ts";
import { MemoryServer } from "../lib/testing/memory_server.ts";
import { sectionsOf, splitsOf } from "../lib/testing/vectors.ts";
import { REPLY_BYTES_MAX } from "../lib/wire/reply.ts";
import { LINE_BYTES_MAX } from "../lib/wire/request.ts";
import * as verbs from "../lib/wire/verbs.ts";
import protocol from "./protocol.md" with { type: "text" };

const { VERBS } = verbs;
const EXCHANGES = exchangesOf(protocol);
const FILES: Record<string, string> = JSON.parse(
  sectionsOf(protocol).flatMap(({ blocks }) => blocks)
    .find(({ words }) => words.join(" ") === "json folder")!.lines.join("\n"),
);
const MTIME = 1_700_000_000_000;

/** What the programs of the examples print, and their exit code. */
const PROGRAMS: Record<string, [printed: string, code: number]> = {
  "/bin/expr 6 * 7": ["42\n", 0],
  "/bin/false": ["", 1],
};

function serverWith(flags: readonly string[]): MemoryServer {
  const { flags: said } = parseServerFlags(flags);
  const processes = {
    start(path: string, args: readonly string[]) {
      const [printed, code] = PROGRAMS[[path, ...args].join(" ")]!;
      const process = new FakeProcess(path, args);
      if (printed !== "") process.print(printed);
      process.exit(code);
      return process;
    },
  };
  const server = new MemoryServer({
    ...said["allow-upload"] &&
      { uploads: { onConflict: said["on-conflict"] } },
    ...said["allow-run"] !== undefined &&
      { allowRun: said["allow-run"], run: { processes } },
  });
  for (const [name, content] of Object.entries(FILES)) {
    server.directory.put(name, content, MTIME);
  }
  return server;
}

/** The pieces of each connection: all whole, all byte by byte, and one of them cut in two at each place. */
function* splitsOfAll({ conversations }: Exchange): Iterable<Uint8Array[][]> {
  const all = conversations.map(({ sent }) => new TextEncoder().encode(sent));
  for (const [i, bytes] of all.entries()) {
    for (const pieces of splitsOf(bytes)) {
      yield all.map((bytes, j) => i === j ? pieces : [bytes]);
    }
  }
}

for (const exchange of EXCHANGES) {
  Deno.test(`docs/protocol.md: the example in ${exchange.name}, at every split`, async () => {
    for (const split of splitsOfAll(exchange)) {
      await using server = serverWith(exchange.flags);
      for (const [i, conversation] of exchange.conversations.entries()) {
        const received = await converse(server, split[i]!, conversation);
        assertEquals(
          withAnyWords(received, conversation.received),
          conversation.received,
          `cut into ${split[i]!.slice(0, 5).map((piece) => piece.length)}`,
        );
      }
    }
  });
}

Deno.test("docs/protocol.md has an example of every verb", () => {
  const sent = EXCHANGES.flatMap(({ conversations }) =>
    conversations.map(({ sent }) => sent)
  ).join("");
  const without = Object.keys(VERBS).filter((verb) =>
    !new RegExp(`^${verb}\\b`, "m").test(sent)
  );
  // What it answers is for people, and another text tomorrow.
  assertEquals(without, ["help"]);
});

Deno.test("docs/protocol.md has a section for every verb, in the order of the table, with its line", () => {
  const part = protocol.split("\n## Verbs\n")[1]!.split("\n## ")[0]!;
  const sections = part.split("\n### ").slice(1);
  assertEquals(
    sections.map((section) => section.slice(0, section.indexOf("\n"))),
    Object.keys(VERBS),
  );
  for (const section of sections) {
    const [verb = "", , line] = section.split("\n");
    const { template } = VERBS[verb as keyof typeof VERBS];
    assertEquals(line, `    ${verb} ${template}`.trimEnd());
  }
});

Deno.test("docs/protocol.md has the codes and texts of refusals that the code has, in its order", () => {
  const rows = [
    ...protocol.matchAll(/^\| `([a-z-]+)` +\| ([A-Z][^|]*?) +\| (yes|no|if)/gm),
  ];
  assertEquals(
    rows.map(([, code, text]) => [code, text]),
    Object.entries(FAULTS).map(([code, { text }]) => [code, text]),
  );
  for (const [, code = ""] of protocol.matchAll(/ERR ([a-z-]+)/g)) {
    assert(isFaultCode(code), code);
  }
});

Deno.test("docs/protocol.md names the limits that the code has", () => {
  const rows = new Map(
    [...protocol.matchAll(/^\| ([^|]+?) +\| (\d+)(?: bytes| s)? +\|/gm)].map(
      ([, what = "", limit]) => [what, Number(limit)],
    ),
  );
  assertEquals(Object.fromEntries(rows), {
    "request line, LF not counted": LINE_BYTES_MAX,
    "reply line, LF not counted": REPLY_BYTES_MAX,
    "name": NAME_BYTES_MAX,
    "part of a name": PART_BYTES_MAX,
    "body of a `part`": verbs.PART_BYTES_MAX,
    "rest of a refused body that is skipped": SKIPPED_BYTES_MAX,
    "uploads under way on a connection": OFFERS_MAX,
    "from the first byte of a request line to its end": LINE_MS_MAX / 1000,
    "nothing asked and nothing answered": SERVER_FLAGS.idle.default,
    "a body or a reply of which no byte moves": SERVER_FLAGS.stall.default,
    "after SIGTERM, for what is under way": SERVER_FLAGS.grace.default,
    "connections": SERVER_FLAGS["max-clients"].default,
    "size of an uploaded file": parseServerFlags([]).flags["max-upload"]!,
    "a command": SERVER_FLAGS["run-seconds"].default,
    "output of a command": parseServerFlags([]).flags["run-output"]!,
    "commands at once": SERVER_FLAGS["run-at-once"].default,
  });
});

Deno.test("docs/protocol.md says the same numbers in its text as in its tables", () => {
  const said = [
    `at most ${LINE_BYTES_MAX} bytes long`,
    `It has at most ${NAME_BYTES_MAX} bytes`,
    `at most ${PART_BYTES_MAX} in a part`,
    `\`LENGTH\`: at most ${verbs.PART_BYTES_MAX}.`,
    `if that is at most ${SKIPPED_BYTES_MAX} bytes`,
    `this one has ${OFFERS_MAX} under way`,
    `lines of up to ${REPLY_BYTES_MAX} bytes`,
    `to ${Number.MAX_SAFE_INTEGER} (2^53 - 1)`,
  ];
  const text = protocol.replace(/\s+/g, " ");
  for (const words of said) assert(text.includes(words), words);
});

Deno.test("docs/protocol.md names only flags that server.ts has", () => {
  for (const [, flag = ""] of protocol.matchAll(/`--([a-z-]+)/g)) {
    assert(flag in SERVER_FLAGS, flag);
  }
});
