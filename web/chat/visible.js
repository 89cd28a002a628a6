// @ts-check
/**
 * Texts of others on the page: what would be invisible or reorder them is shown escaped. That they never become markup is
 * seen to by `textContent`. The twin of `nameHtml` in lib/files/html.ts; visible_test.ts holds the two together.
 *
 * @module
 */

/**
 * Control characters, line separators, bidirectional marks, overrides and isolates, zero width. The joiners U+200C and
 * U+200D stay: Persian is written with the one, families of emoji with the other.
 */
const DECEIVING =
  /[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\p{Surrogate}]/u;
const DECEIVING_ALL = new RegExp(DECEIVING, "gu");

/** @type {Readonly<Record<string, string>>} */
const LETTERS = { "\n": "n", "\r": "r", "\t": "t" };

/**
 * `text` as people see it.
 *
 * @param {string} text
 */
export function visible(text) {
  return DECEIVING.test(text)
    ? text.replace(DECEIVING_ALL, (character) => {
      const code = character.charCodeAt(0);
      const hex = code.toString(16);
      if (code >= 0x100) return `\\u{${hex}}`;
      return "\\" + (LETTERS[character] ?? `x${hex.padStart(2, "0")}`);
    })
    : text;
}
