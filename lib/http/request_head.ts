/**
 * The head of a request (RFC 9112 3, 5, 6): what it asks for, how long its body is, whether the connection goes on.
 *
 * @module
 */

import { fromBytes, parseCount } from "../bytes/ascii.ts";
import {
  characters,
  type FieldLines,
  listMembers,
  parseFieldLines,
  TOKEN,
} from "./field_lines.ts";
import { type HttpRefusal, malformed } from "./status.ts";
import { isAuthority } from "./target.ts";

/** How the end of a request's body is known (RFC 9112 6.3). */
export type BodyFraming =
  | { readonly kind: "none" }
  | { readonly kind: "counted"; readonly bytes: number }
  | { readonly kind: "chunked" };

/** The head of a request. */
export interface RequestHead {
  readonly method: string;
  /** As it was sent, `http://host` in front of it too; bytes above 0x7f read as UTF-8. */
  readonly target: string;
  /** 0 for HTTP/1.0, 1 for HTTP/1.1 and what a later 1.x would be (RFC 9110 2.5). */
  readonly minor: 0 | 1;
  readonly fields: FieldLines;
  readonly body: BodyFraming;
  /** Whether the peer wants to go on with this connection (RFC 9112 9.3). */
  readonly keepsAlive: boolean;
  /** Whether the body is sent only when we say so (RFC 9110 10.1.1). */
  readonly expectsContinue: boolean;
}

const REQUEST_LINE = new RegExp(
  `^(${TOKEN}) ([\\x21-\\x7e\\x80-\\uffff]+) HTTP/(\\d)\\.(\\d)\\r\\n`,
);

const NO_BODY: BodyFraming = { kind: "none" };
const CHUNKED: BodyFraming = { kind: "chunked" };

/**
 * The head in `bytes`, which end behind the last field line (the empty line is left out).
 *
 * @throws {HttpRefusal} that closes
 */
export function parseRequestHead(bytes: Uint8Array): RequestHead {
  const text = characters(bytes);
  const line = REQUEST_LINE.exec(text);
  if (line === null) throw faultOfRequestLine(text);
  const method = line[1]!;
  const target = line[2]!;
  if (line[3] !== "1") throw unsupportedVersion();
  const minor = line[4] === "0" ? 0 : 1;
  const fields = parseFieldLines(text, line[0].length);
  checkHost(fields, minor);
  const body = bodyFramingOf(fields, minor);
  const connection = fields.get("connection");
  const options = connection === undefined ? [] : listMembers(connection);
  return {
    method,
    target: isAscii(target)
      ? target
      : targetOfBytes(bytes.subarray(method.length + 1), target.length),
    minor,
    fields,
    body,
    keepsAlive: minor === 1
      ? !options.includes("close")
      : options.includes("keep-alive") && !options.includes("close"),
    expectsContinue: expectation(fields, minor),
  };
}

function faultOfRequestLine(text: string): HttpRefusal {
  const line = text.slice(0, text.indexOf("\r\n"));
  // Not in the grammar, but what people call those versions by.
  return /^\S+ \S+ HTTP\/[023-9]$/.test(line)
    ? unsupportedVersion()
    : malformed("The request line is not METHOD TARGET HTTP/1.1");
}

function unsupportedVersion(): HttpRefusal {
  return malformed("This server speaks HTTP/1.1 and HTTP/1.0", 505);
}

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    if (text.charCodeAt(at) > 0x7e) return false;
  }
  return true;
}

/** curl sends the letters of a name as they are typed, not percent-encoded as RFC 3986 has it: UTF-8 is taken, nothing else. */
function targetOfBytes(bytes: Uint8Array, length: number): string {
  const target = fromBytes(bytes.subarray(0, length));
  if (target === undefined) {
    throw malformed("The request target is not valid UTF-8");
  }
  return target;
}

/** The last host that was found right: nearly every request has the same, and comparing takes a tenth of the time. */
let lastHost = "";

/** RFC 9112 3.2: exactly one in HTTP/1.1, and never more. */
function checkHost(fields: FieldLines, minor: 0 | 1): void {
  const at = fields.names.indexOf("host");
  if (at < 0) {
    if (minor === 0) return;
    throw malformed("The Host header field is missing");
  }
  if (fields.names.indexOf("host", at + 1) >= 0) {
    throw malformed("There is more than one Host header field");
  }
  const host = fields.values[at]!;
  // An empty one is what a target without a host calls for (RFC 9110 7.2).
  if (host === "" || host === lastHost) return;
  if (!isAuthority(host)) {
    throw malformed("The Host header field is not a host and a port");
  }
  lastHost = host;
}

/** RFC 9112 6.3, refusing wherever it lets us choose: what is ambiguous here is a smuggled request elsewhere. */
function bodyFramingOf(fields: FieldLines, minor: 0 | 1): BodyFraming {
  const { names } = fields;
  const counted = names.includes("content-length");
  if (names.includes("transfer-encoding")) {
    if (counted) {
      throw malformed("There are both Transfer-Encoding and Content-Length");
    }
    if (minor === 0) {
      throw malformed("HTTP/1.0 has no Transfer-Encoding");
    }
    checkCodings(fields.all("transfer-encoding").join(","));
    return CHUNKED;
  }
  if (!counted) return NO_BODY;
  const lengths = fields.all("content-length");
  const bytes = parseCount(lengths[0]!);
  if (lengths.length > 1) {
    throw malformed("There is more than one Content-Length");
  }
  if (bytes === undefined) {
    throw malformed("The Content-Length is not a number of bytes");
  }
  return { kind: "counted", bytes };
}

const CODINGS_THEN_CHUNKED = new RegExp(
  `^(?:(?!chunked[ \\t]*,)${TOKEN}[ \\t]*,[ \\t]*)+chunked$`,
  "i",
);

/** RFC 9112 6.1, 7: `chunked`, once, at the end; no other coding is spoken here. */
function checkCodings(value: string): void {
  if (value.toLowerCase() === "chunked") return;
  throw CODINGS_THEN_CHUNKED.test(value)
    ? malformed("No Transfer-Encoding but chunked is known here", 501)
    : malformed("The Transfer-Encoding does not end in one chunked");
}

/** RFC 9110 10.1.1: an expectation nobody knows is 417; HTTP/1.0 has none. */
function expectation(fields: FieldLines, minor: 0 | 1): boolean {
  const expect = fields.get("expect");
  if (expect === undefined || minor === 0) return false;
  const expectations = listMembers(expect);
  if (expectations.some((expectation) => expectation !== "100-continue")) {
    throw malformed("Only 100-continue can be expected", 417);
  }
  return expectations.length > 0;
}
