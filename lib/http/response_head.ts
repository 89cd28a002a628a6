/**
 * The head of an answer (RFC 9112 4, RFC 9110 6.6, 8.6), as text.
 *
 * @module
 */

import { MisuseError } from "../errors.ts";
import type { RequestHead } from "./request_head.ts";
import { type Field, REASONS, type Status } from "./status.ts";

/** What this server calls itself (RFC 9110 10.2.4): no version, which only helps whoever looks for a vulnerable one. */
export const SERVER = "Landline";

/** How the end of an answer's body is known: a count of bytes, chunks, the end of the connection; or there is none at all (204, 304). */
export type AnswerBody = number | "chunked" | "until-close" | "none";

/** A field value can hold no line end, whatever it was made of (security.md X2). */
const VALUE = /^[\t\x20-\x7e]*$/;

/** `fields` as lines, each with its CR LF. */
export function fieldLines(fields: readonly Field[]): string {
  let text = "";
  for (const [name, value] of fields) {
    if (!VALUE.test(value)) {
      throw new MisuseError(`Cannot send the field ${name}: not ASCII`);
    }
    text += name + ": " + value + "\r\n";
  }
  return text;
}

/** What is said about the connection behind an answer to a request of HTTP/1.`minor` (RFC 9112 9.3, 9.6). */
export function connectionLine(
  minor: RequestHead["minor"],
  closes: boolean,
): string {
  if (closes) return "Connection: close\r\n";
  return minor === 0 ? "Connection: keep-alive\r\n" : "";
}

/**
 * The head up to where `connectionLine` and the empty line follow: the part that is the same for everybody who asks.
 *
 * @param date as the Date field has it
 * @param fieldText from `fieldLines`
 */
export function headText(
  status: Status,
  date: string,
  fieldText: string,
  body: AnswerBody,
): string {
  return `HTTP/1.1 ${status} ${
    REASONS[status]
  }\r\nDate: ${date}\r\nServer: ${SERVER}\r\n${fieldText}${bodyLine(body)}`;
}

function bodyLine(body: AnswerBody): string {
  switch (body) {
    case "chunked":
      return "Transfer-Encoding: chunked\r\n";
    case "until-close":
    case "none":
      return "";
    default:
      return `Content-Length: ${body}\r\n`;
  }
}
