/**
 * Lines full of names.
 *
 * @module
 */

/** Characters of names in a line: in any letters it stays below what a line may have. */
const CHARACTERS_MAX = 1200;

/** `names` as lines `WORD|NAME|NAME...`; none for none. */
export function formatNames(word: string, names: readonly string[]): string {
  let text = "";
  let line = "";
  for (const name of names) {
    line += "|" + name;
    if (line.length < CHARACTERS_MAX) continue;
    text += `${word}${line}\n`;
    line = "";
  }
  return line === "" ? text : `${text}${word}${line}\n`;
}
