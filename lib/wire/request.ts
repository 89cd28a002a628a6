/**
 * Request lines (docs/protocol.md, "Requests"): text to `Request` and back.
 *
 * @module
 */

import { fromBytes } from "../bytes/ascii.ts";
import { Refusal } from "../errors.ts";
import { visible } from "../names/escape.ts";
import { speaksHttp } from "./sniff.ts";
import { type Request, type Verb, VERBS } from "./verbs.ts";

/** The longest request line, LF not counted. */
export const LINE_BYTES_MAX = 8 * 1024;

const TWO_WORDS = "send filelist";

/**
 * The request on `line`.
 *
 * @param line without its LF
 * @throws {Refusal} `bad-request`, `bad-name` or `unknown-verb`; it closes where a body would follow the line
 */
export function parseRequest(line: Uint8Array): Request {
  const text = fromBytes(line);
  if (text === undefined) {
    const closes = beginsWithBodyVerb(line);
    throw new Refusal("bad-request", "The line is not UTF-8", { closes });
  }
  const space = text.startsWith(TWO_WORDS)
    ? TWO_WORDS.length
    : text.indexOf(" ");
  const verb = space < 0 ? text : text.slice(0, space);
  const rest = space < 0 ? "" : text.slice(space + 1);
  if (
    !Object.hasOwn(VERBS, verb) ||
    (verb === TWO_WORDS && text.length > space && text[space] !== " ")
  ) {
    throw new Refusal(
      "unknown-verb",
      `There is no command "${visible(verb.slice(0, 40))}"; try: help`,
    );
  }
  const row = VERBS[verb as Verb];
  try {
    return row.parse(rest);
  } catch (error) {
    if (!(error instanceof Refusal) || row.bodyBytes === undefined) throw error;
    // How many bytes follow is not known now, and they must never be read as requests (security.md S7).
    throw new Refusal(error.code, error.message, { closes: true });
  }
}

/** Whether the first word of a line that is no text is that of a request with a body. */
function beginsWithBodyVerb(line: Uint8Array): boolean {
  const space = line.indexOf(0x20);
  const verb = fromBytes(line.subarray(0, Math.max(0, space))) ?? "";
  return Object.hasOwn(VERBS, verb) &&
    VERBS[verb as Verb].bodyBytes !== undefined;
}

/**
 * `request` as it stands on the line, LF included. A body, where there is one, is the caller's to send behind it.
 *
 * @throws {Refusal} `bad-request` for a text that cannot stand on a line
 */
export function formatRequest(request: Request): string {
  const row = VERBS[request.verb] as unknown as {
    format(request: Request): string;
  };
  const rest = row.format(request);
  const line = rest === "" ? request.verb : request.verb + " " + rest;
  // The first line of a connection may not look like HTTP. An empty line in front decides for the wire protocol.
  return speaksHttp(line) ? "\n" + line + "\n" : line + "\n";
}
