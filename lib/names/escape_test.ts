import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { Refusal } from "../errors.ts";
import { anyText } from "../testing/arbitrary.ts";
import { escapeName, unescapeName, visible } from "./escape.ts";

Deno.test("escapeName() leaves alone what can stand on a line", () => {
  for (
    const name of ["a b", "#%|\"'?*", "é", "😀", "\u202e", "a/b", "\u00a0"]
  ) {
    assertEquals(escapeName(name), name);
  }
});

Deno.test("escapeName() writes out what would end the line, be invisible or drive a terminal", () => {
  const written = {
    "a\\b": "a\\\\b",
    "a\nb": "a\\nb",
    "a\r": "a\\r",
    "a\tb": "a\\tb",
    "\0": "\\x00",
    "\x1b[31m": "\\x1b[31m",
    "\x7f": "\\x7f",
    "\x85\x9f": "\\x85\\x9f",
    "\\n": "\\\\n",
  };
  for (const [name, line] of Object.entries(written)) {
    assertEquals(escapeName(name), line);
    assertEquals(unescapeName(line), name);
  }
});

Deno.test("unescapeName() takes upper-case digits, and reads \\xHH as a character, not as a byte of UTF-8", () => {
  assertEquals(unescapeName("\\x1B"), "\x1b");
  assertEquals(unescapeName("\\xe9"), "é");
  assertEquals(unescapeName("\\x41"), "A");
});

Deno.test("unescapeName() refuses an escape that is not one of ours instead of guessing", () => {
  for (
    const line of ["\\", "a\\", "\\\\\\", "\\a", "\\0", "\\x", "\\x1", "\\xg0"]
      .concat("\\u0041", "\\ ", "\\\n", "\\😀", "\\N", "\\x 1", "\\/")
  ) {
    const refusal = assertThrows(
      () => unescapeName(line),
      Refusal,
      "unknown escape",
    );
    assertEquals(refusal.code, "bad-name");
    // The sentence becomes part of a reply line.
    assert(
      refusal.message.isWellFormed() && !/[\x00-\x1f]/.test(refusal.message),
    );
  }
});

Deno.test("unescapeName() gives back every text that escapeName() wrote, and that is one line", () => {
  fc.assert(fc.property(anyText(), (text) => {
    const line = escapeName(text);
    assertEquals(unescapeName(line), text);
    assert(!/[\x00-\x1f\x7f-\x9f]/.test(line), JSON.stringify(line));
  }));
});

Deno.test("escapeName() gives two names two lines", () => {
  const close = fc.constantFrom("\\", "n", "\n", "x", "0", "a", "\x0a", "\x00");
  const name = fc.array(close, { maxLength: 5 }).map((all) => all.join(""));
  fc.assert(fc.property(name, name, (a, b) => {
    assertEquals(escapeName(a) === escapeName(b), a === b);
  }));
});

Deno.test("visible() shows what could drive a terminal, forge a line or hide", () => {
  const shown = {
    "plain é 😀": "plain é 😀",
    "a\nb\r\tc": "a\\nb\\r\\tc",
    "\x1b]0;owned\x07": "\\x1b]0;owned\\x07",
    "\x9b31m": "\\x9b31m",
    "\u202egpj.exe": "\\u{202e}gpj.exe",
    "\u2066x\u2069": "\\u{2066}x\\u{2069}",
    "a\u200bb\ufeff": "a\\u{200b}b\\u{feff}",
    "\u061cx": "\\u{61c}x",
    "line\u2028line\u2029": "line\\u{2028}line\\u{2029}",
    "half \ud83d": "half \\u{d83d}",
  };
  for (const [text, expected] of Object.entries(shown)) {
    assertEquals(visible(text), expected);
  }
});

Deno.test("visible() leaves nothing unseen, whatever the text, and changes nothing twice but backslashes", () => {
  const unit = fc.integer({ min: 0, max: 0xffff }).map((code) =>
    String.fromCharCode(code)
  );
  const units = fc.array(unit, { maxLength: 30 }).map((all) => all.join(""));
  fc.assert(fc.property(fc.oneof(units, anyText()), (text) => {
    const seen = visible(text);
    assert(seen.isWellFormed());
    assert(!/[\p{Cc}\p{Bidi_Control}\u2028\u2029\u200b]/u.test(seen), seen);
    if (!text.includes("\\")) {
      assertEquals(visible(seen).replaceAll("\\\\", "\\"), seen);
    }
  }));
});
