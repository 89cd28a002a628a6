import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ReceiveBuffer } from "../bytes/receive_buffer.ts";
import { toBytes } from "../bytes/ascii.ts";
import { cpuTime } from "../testing/cpu_time.ts";
import {
  characters,
  FIELDS_MAX,
  listMembers,
  parseFieldLines,
  takeCrlfLine,
} from "./field_lines.ts";
import { HttpRefusal } from "./status.ts";

/** What is thrown is a refusal with `status` that closes. */
function assertRefused(status: number, act: () => unknown): void {
  const refusal = assertThrows(act, HttpRefusal);
  assertEquals([refusal.status, refusal.closes], [status, true]);
}

Deno.test("characters() makes every byte a character of its own, and tells ASCII from the rest", () => {
  for (let byte = 0; byte < 256; byte++) {
    for (const others of [[], [0x41], [0xc3], [0xe2, 0x82]]) {
      const bytes = new Uint8Array([0x61, byte, ...others, 0x62]);
      const text = characters(bytes);
      assertEquals(text.length, bytes.length);
      for (const [at, value] of bytes.entries()) {
        const code = text.charCodeAt(at);
        assert(value < 0x80 ? code === value : code >= 0x80, `byte ${value}`);
      }
    }
  }
});

Deno.test("characters() keeps offsets, whatever the bytes mean as UTF-8", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
    const text = characters(bytes);
    assertEquals(text.length, bytes.length);
    assertEquals(
      Array.from(text, (_, at) => text.charCodeAt(at) < 0x80),
      Array.from(bytes, (byte) => byte < 0x80),
    );
  }));
});

Deno.test("FieldLines gives values by the name in lower case, and joins those of several lines", () => {
  const fields = parseFieldLines("A: b\r\nHOST: x\r\na: c\r\nEmpty:\r\n");
  assertEquals(fields.names, ["a", "host", "a", "empty"]);
  assertEquals(fields.get("a"), "b, c");
  assertEquals(fields.all("a"), ["b", "c"]);
  assertEquals(fields.get("host"), "x");
  assertEquals(fields.get("empty"), "");
  assertEquals([fields.has("empty"), fields.has("A")], [true, false]);
  assertEquals([fields.get("b"), fields.all("b")], [undefined, []]);
});

Deno.test("FieldLines has nothing of what objects have (security.md S9)", () => {
  const fields = parseFieldLines("");
  for (const name of ["__proto__", "constructor", "toString", "length", "0"]) {
    assertEquals([fields.get(name), fields.has(name)], [undefined, false]);
  }
  const own = parseFieldLines("__proto__: a\r\n");
  assertEquals(own.get("__proto__"), "a");
});

Deno.test(`parseFieldLines() takes ${FIELDS_MAX} fields and refuses one more with 431`, () => {
  const lines = "a: b\r\n".repeat(FIELDS_MAX);
  assertEquals(parseFieldLines(lines).names.length, FIELDS_MAX);
  assertRefused(431, () => parseFieldLines(lines + "a: b\r\n"));
});

Deno.test("parseFieldLines() begins where it is told to", () => {
  assertEquals(parseFieldLines("GET\r\na: b\r\n", 5).get("a"), "b");
});

Deno.test("parseFieldLines() begins anew after a refusal", () => {
  assertRefused(400, () => parseFieldLines("a: b\r\nc\r\n"));
  assertEquals(parseFieldLines("a: b\r\n").names, ["a"]);
});

Deno.test("parseFieldLines() takes no time over blanks, commas, quotes and colons (security.md D5)", () => {
  const much = 32_000;
  const began = cpuTime();
  for (const unit of [" ", "\t ", ",", '"', "\\", ":", "a:", "\xa0", "a b"]) {
    const text = unit.repeat(much / unit.length);
    const value = parseFieldLines(`a:${text}\r\n`).get("a")!;
    listMembers(value);
    for (const line of [text, `${text}:`, `a${text}`, `a:${text}\x00`]) {
      try {
        parseFieldLines(line + "\r\n");
      } catch (error) {
        assert(error instanceof HttpRefusal);
      }
    }
  }
  assert(cpuTime() - began < 1000);
});

Deno.test("parseFieldLines() gives back what was written, whatever it was", () => {
  const token = fc.string({
    unit: fc.constantFrom(...TOKEN_CHARACTERS),
    minLength: 1,
    maxLength: 12,
  });
  const value = fc.array(fc.integer({ min: 0, max: VALUE_CODES.length - 1 }), {
    maxLength: 12,
  }).map((codes) => {
    const text = String.fromCharCode(...codes.map((at) => VALUE_CODES[at]!));
    return text.replace(/^[ \t]+|[ \t]+$/g, "");
  });
  const blanks = fc.constantFrom("", " ", "\t", " \t ");
  const lines = fc.array(fc.tuple(token, blanks, value, blanks), {
    maxLength: 8,
  });
  fc.assert(fc.property(lines, (lines) => {
    const text = lines.map(([name, before, value, behind]) =>
      `${name}:${before}${value}${behind}\r\n`
    ).join("");
    const fields = parseFieldLines(text);
    assertEquals(fields.names, lines.map(([name]) => name.toLowerCase()));
    assertEquals(fields.values, lines.map(([, , value]) => value));
  }));
});

const TOKEN_CHARACTERS = "!#$%&'*+-.^_`|~0123456789ABCXYZabcxyz";
const VALUE_CODES = [
  0x09,
  0x20,
  0x21,
  0x2c,
  0x3a,
  0x41,
  0x7e,
  0x80,
  0xa0,
  0xff,
];

Deno.test("listMembers() gives members in lower case without blanks and empty ones", () => {
  assertEquals(listMembers(undefined), []);
  assertEquals(listMembers(""), []);
  assertEquals(listMembers(" , ,\t"), []);
  assertEquals(listMembers("A,b \t, c d,,"), ["a", "b", "c d"]);
  assertEquals(listMembers("\xa0a"), ["\xa0a"]);
});

function bufferOf(text: string): ReceiveBuffer {
  const buffer = new ReceiveBuffer(1024);
  buffer.append(toBytes(text));
  return buffer;
}

function takeLine(buffer: ReceiveBuffer): string | undefined {
  return takeCrlfLine(buffer, 5, () => new HttpRefusal(414, "long"));
}

Deno.test("takeCrlfLine() takes a line of no more than its limit, and leaves what is behind it", () => {
  const buffer = bufferOf("12345\r\n\r\nab");
  assertEquals(takeLine(buffer), "12345");
  assertEquals(takeLine(buffer), "");
  assertEquals(takeLine(buffer), undefined);
  assertEquals(buffer.length, 2);
});

Deno.test("takeCrlfLine() refuses a longer line as soon as it is longer", () => {
  assertEquals(takeLine(bufferOf("123456")), undefined);
  assertEquals(takeLine(bufferOf("12345\r")), undefined);
  for (const text of ["1234567", "123456\r\n", "12345\r\r", "123456\n"]) {
    assertThrows(() => takeLine(bufferOf(text)), HttpRefusal);
  }
});

Deno.test("takeCrlfLine() refuses LF without CR", () => {
  for (const text of ["\n", "a\n", "a\n\r\n"]) {
    assertRefused(400, () => takeLine(bufferOf(text)));
  }
});
