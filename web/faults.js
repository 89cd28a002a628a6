// @ts-check
/// <reference lib="dom" />
/**
 * What the server says when it refuses: to scripts, one line of plain text, `409 Conflict: A file of that name is there`.
 *
 * @module
 */

/** Longer ones, and pages, are not ours: those of a proxy in between. */
const SENTENCE_MAX = 300;

/**
 * The sentence for a person in the text of an answer, if it is one of ours.
 *
 * @param {string} text
 * @returns {string | undefined}
 */
export function sentenceIn(text) {
  const line = text.trim().replace(/^\d{3} [A-Z][\w' -]*: /, "");
  const isOurs = line !== "" && line.length <= SENTENCE_MAX &&
    !/[<\n]/.test(line);
  return isOurs ? line : undefined;
}

/**
 * The sentence that the server answered an error with.
 *
 * @param {Response} response
 * @returns {Promise<string>}
 */
export async function faultOf(response) {
  return sentenceIn(await response.text()) ??
    `The server answers ${response.status}`;
}
