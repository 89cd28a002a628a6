import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { PeerError } from "../errors.ts";
import { anyLineText } from "../testing/arbitrary.ts";
import { formatFields, parseReply, type Reply } from "./reply.ts";

/** A word without blanks and line ends. */
const word = anyLineText(10).map((text) => text.replace(/[ \n\r]/g, ""));
const key = word.map((text) => "k" + text.replaceAll("=", ""));
const fields = fc.uniqueArray(fc.tuple(key, word), {
  selector: ([key]) => key,
  maxLength: 5,
}).map((pairs) => new Map(pairs));

Deno.test("parseReply() gives back every reply that was formatted", () => {
  const reply: fc.Arbitrary<Reply> = fc.oneof(
    fc.record({
      kind: fc.constantFrom("ok" as const, "data" as const),
      bytes: fc.maxSafeNat(),
      fields,
    }),
    fc.record({ kind: fc.constant("end" as const), fields }),
    fc.record({
      kind: fc.constant("err" as const),
      code: key,
      text: anyLineText(),
    }),
  );
  fc.assert(fc.property(reply, (reply) => {
    assertEquals(parseReply(lineOf(reply)), reply);
  }));
});

function lineOf(reply: Reply): string {
  switch (reply.kind) {
    case "ok":
    case "data":
      return `${reply.kind.toUpperCase()} ${reply.bytes}${
        formatFields(Object.fromEntries(reply.fields))
      }`;
    case "end":
      return `END${formatFields(Object.fromEntries(reply.fields))}`;
    case "err":
      return `ERR ${reply.code} ${reply.text}`;
    default:
      throw reply satisfies never;
  }
}

Deno.test("formatFields() writes a blank before each field, and nothing for none", () => {
  assertEquals(formatFields({}), "");
  assertEquals(formatFields({ size: 5, version: "a" }), " size=5 version=a");
});

Deno.test("parseReply() gives a reply or a PeerError, and nothing else, for any line", () => {
  const kinds = fc.constantFrom("OK", "DATA", "END", "ERR", "OK ", "END ", "");
  const rest = fc.oneof(anyLineText(), fc.nat().map((n) => ` ${n}`));
  fc.assert(
    fc.property(kinds, rest, (kind, rest) => {
      try {
        const reply = parseReply(kind + rest);
        if ("bytes" in reply) assert(Number.isSafeInteger(reply.bytes));
      } catch (error) {
        if (!(error instanceof PeerError)) throw error;
        assert(!/[\x00-\x1f\x7f-\x9f]/.test(error.message));
      }
    }),
    { numRuns: 500 },
  );
});

Deno.test("parseReply() quotes at most 80 characters of what is no reply, made visible", () => {
  const error = assertThrows(
    () => parseReply("\x1b[2J" + "y".repeat(5000)),
    PeerError,
  );
  assert(error.message.includes("\\x1b[2J"));
  assert(error.message.length < 200);
});
