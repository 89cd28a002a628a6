// @ts-check
/// <reference lib="dom" />
/**
 * What the server says when it refuses: to scripts, one line of plain text.
 *
 * @module
 */

/**
 * The sentence that the server answered an error with.
 *
 * @param {Response} response
 */
export async function faultOf(response) {
  const type = response.headers.get("Content-Type") ?? "";
  const text = type.startsWith("text/plain") ? await response.text() : "";
  return text.trim() || `${response.status} ${response.statusText}`;
}
