import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { PeerError } from "../errors.ts";
import { escapeName } from "../names/escape.ts";
import { isReserved } from "../names/name.ts";
import { anyLineText, anyName } from "../testing/arbitrary.ts";
import { parseListLine } from "./listing.ts";

Deno.test("parseListLine() takes size, time, version and a name with blanks", () => {
  assertEquals(
    parseListLine("12 1700000000000 v-1 a/my file.txt") as unknown,
    {
      name: "a/my file.txt",
      size: 12,
      mtime: 1700000000000,
      version: "v-1",
    },
  );
});

Deno.test("parseListLine() gives back every name that a server may list", () => {
  fc.assert(fc.property(anyName(), fc.maxSafeNat(), (name, size) => {
    fc.pre(!isReserved(name));
    const line = `${size} 0 v ${escapeName(name)}`;
    assertEquals(parseListLine(line), { name, size, mtime: 0, version: "v" });
  }));
});

const NOT_A_LINE = [
  "",
  "1",
  "1 2",
  "1 2 v",
  "x 2 v a",
  "-1 2 v a",
  "1.5 2 v a",
  "1e3 2 v a",
  "0x10 2 v a",
  " 1 2 v a",
  "1 -2 v a",
  "9007199254740993 2 v a",
  "1 99999999999999999999 v a",
];

for (const line of NOT_A_LINE) {
  Deno.test(`parseListLine() refuses "${line}": no number may drive a reservation`, () => {
    // security.md D4, S2, T2.
    assertThrows(() => parseListLine(line), PeerError, "listing");
  });
}

const HOSTILE_NAMES = [
  "",
  "/etc/passwd",
  "../evil",
  "a/../../evil",
  "..",
  ".",
  "a/./b",
  "a//b",
  "a/",
  "\\x00",
  "a\\x00b",
  "a\\qb",
  "a\\",
  ".landline-0123456789abcdef.lock",
  ".landline",
  "a/.landline-x.part",
  "x".repeat(256),
  "x/".repeat(2000) + "x",
];

for (const name of HOSTILE_NAMES) {
  Deno.test(`parseListLine() trusts nothing of a server that lists "${name.slice(0, 40)}"`, () => {
    // security.md P1, P3, P4, P10, W1, T2.
    assertThrows(
      () => parseListLine(`1 2 v ${name}`),
      PeerError,
      "stored safely",
    );
  });
}

Deno.test("parseListLine() shows what a hostile line would do to a terminal instead of doing it", () => {
  // security.md L2.
  for (const line of ["\x1b[2J\u202e", "1 2 v /\x1b[2J\u202e"]) {
    const { message } = assertThrows(() => parseListLine(line), PeerError);
    assertEquals(/[\x1b\u202e]/.test(message), false);
  }
});

Deno.test("parseListLine() gives a file or a PeerError for any line, and nothing else", () => {
  fc.assert(fc.property(anyLineText(), (line) => {
    try {
      parseListLine(line);
    } catch (error) {
      if (!(error instanceof PeerError)) throw error;
    }
  }));
});
