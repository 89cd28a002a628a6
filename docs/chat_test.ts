import { assert, assertEquals } from "@std/assert";
import { LINES_BYTES_MAX } from "../lib/io/chat_store.ts";
import {
  CHAT_SERVER_FLAGS,
  parseChatServerFlags,
} from "../lib/cli/chat_server_flags.ts";
import {
  AWAY_MESSAGES_MAX,
  MAILBOX_BYTES_MAX,
  MAILBOXES_BYTES_MAX,
} from "../lib/chat/mailbox.ts";
import { NAME_CHARACTERS_MAX } from "../lib/chat/names.ts";
import { AWAY_MAX, KEYS_MAX } from "../lib/chat/people.ts";
import {
  CHAT_LINE_BYTES_MAX,
  TEXT_BYTES_MAX,
} from "../lib/chat/server_connection.ts";
import { HISTORY_BYTES_MAX } from "../lib/chat/speech.ts";
import { POST_BYTES_MAX } from "../lib/drivers/chat/chat_visitors.ts";
import { QUEUE_BYTES_MAX } from "../lib/drivers/chat/out_port.ts";
import {
  JOIN_MS_MAX,
  LINES_AT_ONCE,
  STALL_MS_MAX,
} from "../lib/programs/chat_server.ts";
import type { ChatPeer } from "../lib/testing/chat_peer.ts";
import { turn } from "../lib/testing/fake_clock.ts";
import { MemoryChat } from "../lib/testing/memory_chat.ts";
import { sectionsOf } from "../lib/testing/vectors.ts";
import markdown from "./chat.md" with { type: "text" };

const EXAMPLES = sectionsOf(markdown).flatMap(({ blocks }) => blocks)
  .filter(({ words }) => words[0] === "chat").map(({ lines }) => lines);

/** Longer than comings and goings are collected. */
const COMINGS_MS = 300;

/** Plays `lines`; what is typed is sent in pieces of `pieceBytes`. */
async function play(
  lines: readonly string[],
  pieceBytes: number,
): Promise<void> {
  await using chat = new MemoryChat();
  const peers = new Map<string, ChatPeer>();
  for (const line of lines) {
    const [, who = "", mark, text = ""] = /^(\w+)( \* is gone|[<>])(.*)$/
      .exec(line) ?? [];
    assert(mark !== undefined, `This is no line of an example: "${line}"`);
    const peer = peers.get(who) ?? chat.connect();
    peers.set(who, peer);
    if (mark === ">") {
      const bytes = new TextEncoder().encode(text.slice(1) + "\n");
      for (let at = 0; at < bytes.length; at += pieceBytes) {
        await peer.send(bytes.subarray(at, at + pieceBytes));
        await turn();
      }
    } else if (mark === "<") {
      if (/^ (came|left)\|/.test(text)) await chat.clock.advance(COMINGS_MS);
      const told = await peer.line();
      assertEquals(told.replace(/\|\d{12}\|/, "|…|"), text.slice(1), line);
    } else {
      peer.close();
      peers.delete(who);
      await turn();
    }
  }
  for (const [who, peer] of peers) {
    await peer.end();
    assertEquals(await peer.rest(), [], `${who} is told more`);
    peer.close();
  }
}

for (const [i, lines] of EXAMPLES.entries()) {
  Deno.test(`docs/chat.md: example ${i + 1}, line by line and byte by byte`, async () => {
    for (const pieceBytes of [Infinity, 1, 7]) await play(lines, pieceBytes);
  });
}

Deno.test("docs/chat.md has an example of most lines, both ways", () => {
  assertEquals(EXAMPLES.length, 3);
  const said = EXAMPLES.flat().map((line) => line.replace(/^\w+[<>] /, ""));
  const words = new Set(said.map((line) => line.split("|")[0]));
  for (const word of ["join", "send", "act", "seen", "who", "quit", "old"]) {
    assert(words.has(word), word);
  }
});

Deno.test("docs/chat.md names the limits that the code has", () => {
  const rows = [
    ...markdown.matchAll(
      /^\| ([^|`]+?(?:`[^`]+`[^|`]*?)*) +\| (\d+)(?: (bytes|KiB|MiB|s|characters|messages))? +\|$/gm,
    ),
  ];
  const units: Record<string, number> = {
    KiB: 1024,
    MiB: 1024 * 1024,
    s: 1000,
  };
  const limits = Object.fromEntries(
    rows.map(([, what = "", count, unit = ""]) => [
      what,
      Number(count) * (units[unit] ?? 1),
    ]),
  );
  const { flags } = parseChatServerFlags([]);
  assertEquals(limits, {
    "text": TEXT_BYTES_MAX,
    "line, LF not counted": CHAT_LINE_BYTES_MAX,
    "name": NAME_CHARACTERS_MAX,
    "lines that wait for a reader that does not read; then `bye\\|slow`":
      QUEUE_BYTES_MAX,
    "history in memory": HISTORY_BYTES_MAX,
    "history on the disk, with `--data`": LINES_BYTES_MAX,
    "kept for one name": MAILBOX_BYTES_MAX,
    "kept for one who is away": AWAY_MESSAGES_MAX,
    "kept for all names": MAILBOXES_BYTES_MAX,
    "names of people who are away, that are remembered": AWAY_MAX,
    "KEYs that are remembered": KEYS_MAX,
    "lines that one person may say at once": LINES_AT_ONCE,
    "lines a second behind that (`--rate`)": flags.rate,
    "without a word, until `ping`; and until `bye\\|timeout` for one with a KEY (`--idle`)":
      flags.idle,
    "from the connection to `join`": JOIN_MS_MAX,
    "without taking a byte, while some wait": STALL_MS_MAX,
    "bytes of a POST": POST_BYTES_MAX,
    "connections (`--max-clients`)": flags["max-clients"],
  });
});

Deno.test("docs/chat.md names only flags that chat_server.ts has", () => {
  for (const [, flag = ""] of markdown.matchAll(/`--([a-z-]+)/g)) {
    assert(flag in CHAT_SERVER_FLAGS, flag);
  }
});
