/**
 * One port, several languages: the first line of a connection decides, once and for good.
 *
 * A line whose last word begins with `HTTP/` is HTTP, whatever the version, so that 505 can be said. A line that outgrows
 * its limit before it ends is HTTP if it begins with a method and a space (then 414 is due). Any other line, the empty
 * one too, is our wire protocol. A browser can only ever send the first kind, so no page can be tricked into speaking the
 * second.
 *
 * @module
 */

/** What is spoken on a connection. */
export type Language = "wire" | "http";

// RFC 9110 9.1: a method is a token; those that are in use are upper-case letters.
const METHOD_AND_SPACE = /^[A-Z]{1,20} /;

/** Whether the last word of `line` begins with `HTTP/`. */
export function speaksHttp(line: string): boolean {
  return line.startsWith("HTTP/", line.lastIndexOf(" ") + 1);
}

/** The language of a connection that begins with the whole line `line`. */
export function languageOfLine(line: string): Language {
  return speaksHttp(line) ? "http" : "wire";
}

/** The language of a connection whose first line has not ended within its limit. */
export function languageOfLongLine(beginning: string): Language {
  return METHOD_AND_SPACE.test(beginning) ? "http" : "wire";
}
