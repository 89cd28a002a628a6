import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { fromBytes, toBytes } from "../bytes/ascii.ts";
import { type ChatEvent, ChatServerConnection } from "./server_connection.ts";

/** What is understood of `bytes`; of a message, its fields as texts. */
function eventsOf(...pieces: Uint8Array[]): unknown[] {
  const machine = new ChatServerConnection("lines");
  const events: unknown[] = [];
  for (const piece of pieces) {
    machine.buffer.append(piece);
    for (;;) {
      const event = machine.next();
      if (event.kind === "need-data") break;
      events.push(plain(event));
    }
  }
  return events;
}

function plain(event: ChatEvent): unknown {
  if (event.kind !== "send") return event;
  const { kind, isAction, number, bytes, view } = event;
  const text = (start: number, end: number) => {
    const part = bytes.subarray(start, end);
    // Both ways to the bytes lead to the same place.
    for (let at = start; at < end; at++) {
      assertEquals(view.getUint8(at), bytes[at]);
    }
    return fromBytes(part);
  };
  const { toStart, toEnd, textStart, textEnd } = event;
  return {
    kind,
    isAction,
    number,
    to: text(toStart, toEnd),
    text: text(textStart, textEnd),
  };
}

/** Each character is a byte, so that what is no UTF-8 comes up, too. */
function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

const textOf = (unit: fc.Arbitrary<string>) =>
  fc.string({ unit, maxLength: 40 });
/** Mostly what can be read the short way, and whatever can go wrong with it. */
const field = fc.oneof(
  textOf(fc.constantFrom("a", "~", " ", "|", "7")),
  textOf(fc.constantFrom("a", "b", "\0", "\t", "\x1f", "\x7f", "\x80")),
  fc.nat().map(String),
  // So that one bad byte stands at every place of a word.
  fc.tuple(
    fc.string({ unit: fc.constant("x"), maxLength: 8 }),
    fc.constantFrom("\0", "\x1f", "\x7f", "\x80", "\xc3\xbc", "\xff"),
    fc.string({ unit: fc.constant("y"), maxLength: 8 }),
  ).map((parts) => parts.join("")),
  fc.constantFrom("", "0", "007", "1234567890123456", "x".repeat(4097)),
);
const line = fc.tuple(
  fc.constantFrom("send|", "send|", "send|", "act|", "sendx", "sen|"),
  fc.array(field, { minLength: 2, maxLength: 4 }),
).map(([word, fields]) => `${word}${fields.join("|")}`);

Deno.test("readPlainSend() understands a line as it is understood the long way", () => {
  fc.assert(
    fc.property(fc.array(line, { maxLength: 5 }), (lines) => {
      const short = lines.map((text) => `${text}\n`).join("");
      // A line that ends in CR LF is always read the long way.
      const long = lines.map((text) => `${text}\r\n`).join("");
      assertEquals(eventsOf(latin1(short)), eventsOf(latin1(long)));
    }),
    { numRuns: 1000 },
  );
});

Deno.test("readPlainSend() waits for the end of a line, wherever that is cut", () => {
  const bytes = toBytes(`send|1|bob|${"x".repeat(32)}\nsend|2|*|one\n`);
  const whole = eventsOf(bytes);
  assertEquals(whole.length, 2);
  for (let at = 1; at < bytes.length; at++) {
    assertEquals(eventsOf(bytes.subarray(0, at), bytes.subarray(at)), whole);
  }
});

Deno.test("readPlainSend() takes a text and a line up to their limits, and no further", () => {
  const kindOf = (text: string) =>
    (eventsOf(toBytes(`${text}\n`))[0] as ChatEvent).kind;
  assertEquals(kindOf(`send|1|a|${"x".repeat(4096)}`), "send");
  assertEquals(kindOf(`send|1|a|${"x".repeat(4097)}`), "refused");
  assertEquals(
    kindOf(`send|1|${"a".repeat(2000)}|${"x".repeat(3112)}`),
    "send",
  );
  assertEquals(
    kindOf(`send|1|${"a".repeat(2000)}|${"x".repeat(3113)}`),
    "refused",
  );
});
