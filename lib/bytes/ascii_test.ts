import { assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { encodeInto, fromBytes, parseCount, toBytes } from "./ascii.ts";

Deno.test("toBytes() and fromBytes() give every well-formed text back", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary" }),
      (text) => assertEquals(fromBytes(toBytes(text)), text),
    ),
  );
});

Deno.test("fromBytes() refuses what is not UTF-8 instead of replacing it", () => {
  const broken: Record<string, number[]> = {
    "a byte that begins nothing": [0x61, 0xff],
    "a sequence that is cut off": [0xe2, 0x82],
    "a slash in two bytes (overlong)": [0xc0, 0xaf],
    "a dot in two bytes (overlong)": [0xc0, 0xae],
    "half a surrogate pair": [0xed, 0xa0, 0x80],
    "a code point beyond Unicode": [0xf4, 0x90, 0x80, 0x80],
  };
  for (const [fault, bytes] of Object.entries(broken)) {
    assertEquals(fromBytes(new Uint8Array(bytes)), undefined, fault);
  }
});

Deno.test("fromBytes() keeps a byte order mark: without it the name is another name", () => {
  assertEquals(
    fromBytes(new Uint8Array([0xef, 0xbb, 0xbf, 0x61])),
    "\ufeffa",
  );
});

Deno.test("encodeInto() tells how many bytes it wrote, not characters", () => {
  const into = new Uint8Array(8);
  assertEquals(encodeInto("né", into), 3);
  assertEquals([...into.subarray(0, 4)], [0x6e, 0xc3, 0xa9, 0]);
});

Deno.test("parseCount() reads decimal digits", () => {
  assertStrictEquals(parseCount("0"), 0);
  assertStrictEquals(parseCount("007"), 7);
  assertStrictEquals(parseCount("9007199254740991"), 2 ** 53 - 1);
});

Deno.test("parseCount() refuses everything that Number() would take as well", () => {
  const refused = [
    "",
    " ",
    "+5",
    "-1",
    "1e3",
    "0x10",
    "1_0",
    "1.0",
    " 5",
    "5 ",
    "5\n",
    "5,5",
    "Infinity",
    // Digits, but not ours: Arabic-Indic two, superscript two, fullwidth five.
    "\u0662",
    "\u00b2",
    "\uff15",
    "9007199254740992",
    "99999999999999999999",
    "9".repeat(400),
  ];
  for (const text of refused) assertEquals(parseCount(text), undefined, text);
});

Deno.test("parseCount() gives every safe whole number back", () => {
  fc.assert(
    fc.property(
      fc.maxSafeNat(),
      (count) => assertStrictEquals(parseCount(String(count)), count),
    ),
  );
});
