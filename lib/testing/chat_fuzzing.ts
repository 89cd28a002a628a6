/**
 * What has to hold for any bytes that the chat server's machine is given: events, the same ones however the bytes are cut,
 * and no more than a buffer of them held.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { toBytes } from "../bytes/ascii.ts";
import { NameFault, toChatName } from "../chat/names.ts";
import {
  CHAT_LINE_BYTES_MAX,
  type ChatEvent,
  ChatServerConnection,
  TEXT_BYTES_MAX,
} from "../chat/server_connection.ts";
import { cut, nearly, type Numbers } from "./fuzzing_bytes.ts";

const BUFFER_BYTES_MAX = 64 * 1024;

const WORDS = [
  "join|bob|0123456789abcdef|e1.5\n",
  "join|",
  "send|1|bob|hello\n",
  "send|2|*|a|b\n",
  "act|3|bob|waves\n",
  "send|",
  "act|",
  "seen|7\n",
  "nick|Zoë\n",
  "history|5\n",
  "who\n",
  "ping\n",
  "quit\n",
  "GET / HTTP/1.1\n",
  " HTTP/1.1",
  "|",
  "|",
  "*",
  "\r\n",
  "\n",
  "\n",
  "\r",
  "\0",
  "é",
  "😀",
  "9007199254740993",
];

/** What the machine makes of `pieces`, as testdata/chat/README.md writes it. */
export function listenChat(pieces: Iterable<Uint8Array>): string[] {
  const machine = new ChatServerConnection();
  const log: string[] = [];
  for (const piece of pieces) {
    // As a socket does: no more than there is room for.
    for (let rest = piece; rest.length > 0;) {
      const space = machine.buffer.space();
      const count = Math.min(space.length, rest.length);
      space.set(rest.subarray(0, count));
      machine.buffer.commit(count);
      rest = rest.subarray(count);
      for (;;) {
        const event = machine.next();
        if (event.kind === "need-data") break;
        log.push(eventText(event));
        if (event.kind === "http") return log;
      }
      assert(machine.buffer.length <= CHAT_LINE_BYTES_MAX, "No line ends");
      assert(machine.buffer.peek().buffer.byteLength <= BUFFER_BYTES_MAX);
    }
  }
  return log;
}

/** @throws what is found */
export function fuzzChat(random: Numbers): void {
  const bytes = nearly(random, WORDS);
  assertEquals(listenChat(cut(random, bytes)), listenChat([bytes]));
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function eventText(event: ChatEvent): string {
  switch (event.kind) {
    case "send": {
      const { bytes, toStart, toEnd, textStart, textEnd } = event;
      const text = decoder.decode(bytes.subarray(textStart, textEnd));
      const size = textEnd - textStart;
      assert(size > 0 && size <= TEXT_BYTES_MAX && !/[\0\r\n]/.test(text));
      assert(Number.isSafeInteger(event.number) && event.number > 0);
      const to = decoder.decode(bytes.subarray(toStart, toEnd));
      assert(to !== "" && !to.includes("|"));
      return `${event.isAction ? "act" : "send"} ${event.number} ${
        JSON.stringify(to)
      } ${JSON.stringify(text)}`;
    }
    case "join":
      checkName(event.name);
      return `join ${JSON.stringify(event.name)} ${
        event.key ?? "-"
      } ${event.since}`;
    case "nick":
      checkName(event.name);
      return `nick ${JSON.stringify(event.name)}`;
    case "seen":
      return `seen ${event.id}`;
    case "history":
      return `history ${event.count}`;
    case "refused":
      return `refused ${event.number} ${event.code}`;
    default:
      return event.kind;
  }
}

/** What is a name is shown as one line of a terminal shows it, and is a name again. */
function checkName(text: string): void {
  try {
    const { shown, folded } = toChatName(text);
    assert(!/[\x00-\x1f\x7f-\x9f|\u202a-\u202e\u2066-\u2069]/.test(shown));
    assertEquals(toChatName(shown), { shown, folded });
    assert(toBytes(shown).length <= 128);
  } catch (error) {
    if (!(error instanceof NameFault)) throw error;
  }
}
