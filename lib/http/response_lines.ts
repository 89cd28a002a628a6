/**
 * The head of an answer, as it is received (RFC 9112 4, 5, 6): how it went, and where the answer ends.
 *
 * @module
 */

import { CR, LF, parseCount } from "../bytes/ascii.ts";
import type { ReceiveBuffer } from "../bytes/receive_buffer.ts";
import { PeerError } from "../errors.ts";
import { visible } from "../names/escape.ts";
import {
  characters,
  FIELDS_MAX,
  listMembers,
  parseFieldLines,
  TOKEN,
  trimmed,
} from "./field_lines.ts";

/** Status line and field lines together, as a server of ours takes them. */
const HEAD_BYTES_MAX = 32 * 1024;

/** The head of an answer. */
export interface AnswerHead {
  readonly status: number;
  readonly fields: AnswerFields;
  /** How many bytes its body has; or it comes in chunks. */
  readonly body: number | "chunked";
  /** Whether another answer can follow on this connection (RFC 9112 9.3). */
  readonly keepsAlive: boolean;
}

/**
 * RFC 9112 4. The blank in front of a reason that is empty is left out by some, as llhttp and h11 know; a status beyond
 * 599 has no meaning (RFC 9110 15).
 */
const STATUS_LINE =
  /^HTTP\/1\.(\d) ([1-5]\d\d)(?: [\t\x20-\x7e\x80-\uffff]*)?\r\n/;

/** Field lines and nothing else. One class of characters follows the other: linear time, also where it is not so. */
const FIELD_LINES = new RegExp(
  `(?:${TOKEN}:[\\t\\x20-\\x7e\\x80-\\uffff]*\\r\\n)*$`,
  "y",
);

/**
 * The fields of an answer. A dozen of them come with each file, and a few are of interest: they are looked at together,
 * and taken apart when they are asked for. That costs a sixth of what `parseFieldLines` does.
 */
export class AnswerFields {
  /** From the CR LF in front of the first field line to that behind the last. */
  readonly #text: string;
  readonly #lowerCase: string;

  /**
   * @param text a line and field lines, each with its CR LF
   * @param from where the field lines begin
   * @throws {HttpRefusal} if they are none
   */
  constructor(text: string, from: number) {
    FIELD_LINES.lastIndex = from;
    // It finds the words for what is wrong.
    if (!FIELD_LINES.test(text)) parseFieldLines(text, from);
    this.#text = text.slice(from - 2);
    this.#lowerCase = this.#text.toLowerCase();
  }

  /** The value of the field `name`, which is in lower case; of several lines the list they make (RFC 9110 5.3). */
  get(name: string): string | undefined {
    const before = `\r\n${name}:`;
    let value: string | undefined;
    let at = this.#lowerCase.indexOf(before);
    while (at >= 0) {
      const from = at + before.length;
      const end = this.#text.indexOf("\r\n", from);
      const one = trimmed(this.#text, from, end);
      value = value === undefined ? one : `${value}, ${one}`;
      at = this.#lowerCase.indexOf(before, end);
    }
    return value;
  }
}

/** Takes heads out of a buffer, however they arrive. */
export class AnswerHeads {
  /** Bytes that are known to hold no end, and where the line begins that they end in. */
  #searched = 0;
  #lineStart = 0;
  #lines = 0;
  #beginsWell = false;

  /**
   * The next head, or `undefined` as long as its end has not arrived.
   *
   * @throws {PeerError} as soon as the bytes cannot become one
   * @throws {HttpRefusal} for field lines that are none
   */
  take(buffer: ReceiveBuffer): AnswerHead | undefined {
    const bytes = buffer.peek();
    for (;;) {
      const at = bytes.indexOf(LF, this.#searched);
      // As far as the limit goes and not a byte further: what is decided must not depend on how much has arrived by now.
      if ((at < 0 ? bytes.length : at + 1) > HEAD_BYTES_MAX) {
        throw new PeerError("The head of the server's answer is too long");
      }
      if (at < 0) {
        this.#searched = bytes.length;
        this.#checkBeginning(bytes);
        return undefined;
      }
      if (at === 0 || bytes[at - 1] !== CR) {
        this.#checkBeginning(bytes);
        throw new PeerError("A line of the server's answer ends in LF alone");
      }
      const isEmpty = at - 1 === this.#lineStart;
      this.#searched = this.#lineStart = at + 1;
      if (!isEmpty) {
        this.#countLine();
        continue;
      }
      this.#searched = this.#lineStart = this.#lines = 0;
      this.#beginsWell = false;
      return parseAnswerHead(
        characters(buffer.take(at + 1).subarray(0, at - 1)),
      );
    }
  }

  #countLine(): void {
    if (++this.#lines > 1 + FIELDS_MAX) {
      throw new PeerError("The server's answer has too many header fields");
    }
  }

  /** What speaks another language may never send an empty line: it is told by its first one. */
  #checkBeginning(bytes: Uint8Array): void {
    const end = this.#beginsWell ? -1 : bytes.indexOf(LF);
    if (end < 0) return;
    const line = characters(bytes.subarray(0, end + 1));
    if (!STATUS_LINE.test(line)) throw noHttp(line);
    this.#beginsWell = true;
  }
}

/** `text` ends behind the last field line. */
function parseAnswerHead(text: string): AnswerHead {
  const [line, minor, digits] = STATUS_LINE.exec(text) ?? [];
  if (line === undefined) throw noHttp(text.slice(0, text.indexOf("\r\n")));
  const status = Number(digits);
  const fields = new AnswerFields(text, line.length);
  const options = listMembers(fields.get("connection"));
  const isOld = minor === "0";
  return {
    status,
    fields,
    body: bodyOf(status, fields, isOld),
    keepsAlive: !options.includes("close") &&
      (!isOld || options.includes("keep-alive")),
  };
}

/**
 * RFC 9112 6.3. Where it lets a client guess, this one refuses: two answers that are read as one, or one as two, would
 * give a file the content of another (response splitting).
 */
function bodyOf(
  status: number,
  fields: AnswerFields,
  isOld: boolean,
): number | "chunked" {
  // Rule 1: whatever the fields say.
  if (status < 200 || status === 204 || status === 304) return 0;
  const length = fields.get("content-length");
  const coding = fields.get("transfer-encoding");
  if (coding !== undefined) {
    if (length !== undefined) {
      throw new PeerError(
        "The server's answer has both Transfer-Encoding and Content-Length",
      );
    }
    // RFC 9112 6.1: HTTP/1.0 has none; what says so has passed something that does not know what it passes on.
    if (coding.toLowerCase() === "chunked" && !isOld) return "chunked";
    throw new PeerError(
      `The server's answer has the Transfer-Encoding "${visible(coding)}"`,
    );
  }
  if (length === undefined) {
    // Rule 8, its end would be that of the connection: nobody could tell that it is cut short.
    throw new PeerError("The server does not say how long its answer is");
  }
  const bytes = parseCount(length);
  if (bytes === undefined) {
    throw new PeerError("The server's answer has no usable Content-Length");
  }
  return bytes;
}

function noHttp(line: string): PeerError {
  const shown = visible(line.trimEnd().slice(0, 80));
  return new PeerError(
    `The server answered "${shown}", which is not HTTP/1.1`,
  );
}
