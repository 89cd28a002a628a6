/**
 * Names on a line of the wire protocol (docs/protocol.md, "Names"), and text on a person's terminal.
 *
 * A name stands on a line as it is, but for the characters that would end the line, be invisible, or drive a terminal:
 * backslash is `\\`, LF `\n`, CR `\r`, TAB `\t`, every other control character (C0, DEL, C1) `\xHH`.
 *
 * @module
 */

import { Refusal } from "../errors.ts";

const TO_ESCAPE = /[\x00-\x1f\x7f-\x9f\\]/;
const TO_ESCAPE_ALL = new RegExp(TO_ESCAPE, "g");
const ESCAPE_ALL = /\\(?:x([0-9a-fA-F]{2})|(.?))/gs;

const LETTERS: ReadonlyMap<string, string> = new Map([
  ["\\", "\\"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);
const CHARACTERS: ReadonlyMap<string, string> = new Map(
  [...LETTERS].map(([letter, char]) => [char, letter]),
);

/** `text` as it is written on a line. */
export function escapeName(text: string): string {
  // Nearly every name needs nothing: the test alone costs a tenth of a replace.
  return TO_ESCAPE.test(text)
    ? text.replace(TO_ESCAPE_ALL, escapeCharacter)
    : text;
}

/**
 * The name that was written as `text`.
 *
 * @throws {Refusal} `bad-name` for an escape that is not one of ours: guessing could name another file
 */
export function unescapeName(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replace(
    ESCAPE_ALL,
    (escape, hex: string | undefined, letter: string | undefined) => {
      if (hex !== undefined) return String.fromCharCode(parseInt(hex, 16));
      const character = LETTERS.get(letter ?? "");
      if (character === undefined) {
        throw new Refusal(
          "bad-name",
          `The name has an unknown escape "${visible(escape)}"`,
        );
      }
      return character;
    },
  );
}

function escapeCharacter(character: string): string {
  return "\\" +
    (CHARACTERS.get(character) ??
      "x" + character.charCodeAt(0).toString(16).padStart(2, "0"));
}

/**
 * Control characters, and those that reorder or hide text: bidirectional overrides, zero-width characters, line
 * separators, lone surrogates (security.md L1, L2).
 */
const UNSEEN =
  /[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\p{Surrogate}]/u;
const UNSEEN_ALL = new RegExp(UNSEEN, "gu");

/**
 * `text` with everything made visible that could drive a terminal, forge a line of a log, or hide. For output to people
 * only: the result does not turn back into the text.
 */
export function visible(text: string): string {
  if (!UNSEEN.test(text)) return text;
  return text.replace(UNSEEN_ALL, (character) => {
    const code = character.codePointAt(0)!;
    return code < 0x100
      ? escapeCharacter(character)
      : `\\u{${code.toString(16)}}`;
  });
}
