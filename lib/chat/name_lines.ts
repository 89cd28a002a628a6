/**
 * Lines full of names.
 *
 * @module
 */

/** Characters of names in a line: in any letters it stays below what a line may have. */
const CHARACTERS_MAX = 1200;

/** `names` as lines `WORD|NAME|NAME...`; none for none. */
export function* nameLines(
  word: string,
  names: Iterable<string>,
): Iterable<string> {
  let line = "";
  for (const name of names) {
    line += "|" + name;
    if (line.length < CHARACTERS_MAX) continue;
    yield `${word}${line}\n`;
    line = "";
  }
  if (line !== "") yield `${word}${line}\n`;
}
