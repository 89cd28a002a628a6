import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { cpuTime } from "../testing/cpu_time.ts";
import { parseFieldLines } from "./field_lines.ts";
import { AnswerFields } from "./response_lines.ts";
import { HttpRefusal } from "./status.ts";

const STATUS = "HTTP/1.1 200 OK\r\n";

function fieldsOf(text: string): AnswerFields {
  return new AnswerFields(STATUS + text, STATUS.length);
}

const NAMES = ["a", "content-length", "te", "x-te", "__proto__", "constructor"];

/** Field lines, and what is nearly so. */
const nearlyFields = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.tuple(
        fc.constantFrom(...NAMES, ...NAMES.map((name) => name.toUpperCase())),
        fc.constantFrom(":", ": ", ":\t ", ": TE:", ":\u00a0"),
        fc.constantFrom("", "5", "a b", " te: 1", "\u0178 \u20ac", "x \t"),
      ).map(([name, colon, value]) => `${name}${colon}${value}\r\n`),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        "\r\n",
        " te: 1\r\n",
        "te : 1\r\n",
        "te\r\n",
        ": 1\r\n",
        "te: 1\n",
        "te: 1",
        "te: \0\r\n",
        "t\u00e9: 1\r\n",
      ),
    },
  ),
  { maxLength: 8 },
).map((lines) => lines.join(""));

Deno.test("AnswerFields takes and refuses what parseFieldLines() does, and gives the same values", () => {
  // RFC 9112 5; security.md S3, S6, S9.
  let taken = 0;
  fc.assert(
    fc.property(nearlyFields, (text) => {
      let expected: ReturnType<typeof parseFieldLines>;
      try {
        expected = parseFieldLines(text);
      } catch {
        assertThrows(() => fieldsOf(text), HttpRefusal);
        return;
      }
      taken++;
      const fields = fieldsOf(text);
      for (const name of [...NAMES, "x", "tostring"]) {
        assertEquals(fields.get(name), expected.get(name), name);
      }
    }),
    { numRuns: 500 },
  );
  assert(taken > 100, `${taken} were right`);
});

Deno.test("AnswerFields takes no longer for blanks, colons and names without end", () => {
  // security.md D5.
  const began = cpuTime();
  for (
    const value of [
      " ".repeat(30_000) + "x" + " ".repeat(30_000),
      `x${" ".repeat(30_000)}x`,
      "a:".repeat(15_000),
      "\t\x01".padStart(30_000, " "),
      `${"x:".repeat(15_000)}\0`,
    ]
  ) {
    try {
      fieldsOf(`A: ${value}\r\nB: ${value}\r\n`).get("a");
    } catch (error) {
      if (!(error instanceof HttpRefusal)) throw error;
    }
  }
  assert(cpuTime() - began < 1000);
});
