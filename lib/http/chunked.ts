/**
 * The chunked transfer coding, as it is received (RFC 9112 7.1): a size in hexadecimal, extensions that nobody uses, the
 * bytes, CR LF; at the end a size of 0 and trailer fields. The grammar is taken at its word: a chunk that is read in two
 * ways by two programs is how requests are smuggled (security.md S4).
 *
 * @module
 */

import { CR, LF } from "../bytes/ascii.ts";
import type { ReceiveBuffer } from "../bytes/receive_buffer.ts";
import {
  type FieldLines,
  parseFieldLines,
  takeCrlfLine,
} from "./field_lines.ts";
import { malformed } from "./status.ts";

/** All extensions, and all trailers, of one body: they are read and not used, and must not be a way to send without end (D3). */
const EXTRAS_BYTES_MAX = 16 * 1024;

/** As many as 64 bits have: zeros in front without end would be a way to send without end, too. */
const SIZE_DIGITS_MAX = 16;

/** Sizes of no more digits, less than 256 MiB, are read without a text of them. */
const PLAIN_DIGITS_MAX = 7;

/** Size, extensions. BWS is allowed in front of the semicolon (RFC 9112 7.1.1). */
const SIZE_LINE = /^([0-9A-Fa-f]+)(?:[ \t]*;[\t\x20-\x7e\x80-\uffff]*)?$/;

/** What `next` gives: bytes of the body (a view, valid until more is received), its end, or that more has to arrive. */
export type ChunkedEvent =
  | { readonly kind: "body"; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: "end"; readonly trailers: FieldLines }
  | { readonly kind: "need-data" };

const NEED_DATA: ChunkedEvent = { kind: "need-data" };

/** Takes one chunked body out of a buffer. */
export class ChunkedBody {
  #state: "size" | "data" | "data-end" | "trailers" | "end" = "size";
  #bytesLeft = 0;
  #extrasBytes = 0;
  #trailers = "";

  /**
   * The next thing in `buffer`.
   *
   * @throws {HttpRefusal} 400, or 431 for too many extensions or trailers
   */
  next(buffer: ReceiveBuffer): ChunkedEvent {
    for (;;) {
      switch (this.#state) {
        case "size": {
          if (this.#takePlainSize(buffer)) break;
          const line = this.#line(buffer);
          if (line === undefined) return NEED_DATA;
          const size = SIZE_LINE.exec(line)?.[1];
          if (size === undefined) {
            throw malformed("The size of a chunk is malformed");
          }
          this.#countExtras(line.length - size.length);
          this.#begin(parseSize(size));
          break;
        }
        case "data": {
          const bytes = buffer.take(this.#bytesLeft);
          if (bytes.length === 0) return NEED_DATA;
          this.#bytesLeft -= bytes.length;
          if (this.#bytesLeft === 0) this.#state = "data-end";
          return { kind: "body", bytes };
        }
        case "data-end": {
          const bytes = buffer.peek();
          if ((bytes[0] ?? CR) !== CR || (bytes[1] ?? LF) !== LF) {
            throw malformed("A chunk is not as long as its size says");
          }
          if (bytes.length < 2) return NEED_DATA;
          buffer.take(2);
          this.#state = "size";
          break;
        }
        case "trailers": {
          const line = this.#line(buffer);
          if (line === undefined) return NEED_DATA;
          if (line !== "") {
            this.#countExtras(line.length);
            this.#trailers += line + "\r\n";
            break;
          }
          this.#state = "end";
          return { kind: "end", trailers: parseFieldLines(this.#trailers) };
        }
        case "end":
          return NEED_DATA;
        default:
          throw this.#state satisfies never;
      }
    }
  }

  /** Takes a size that stands alone on its line, as nearly all do: a text of each line is half of what a chunk costs. */
  #takePlainSize(buffer: ReceiveBuffer): boolean {
    const bytes = buffer.peek();
    let size = 0;
    let at = 0;
    for (; at < PLAIN_DIGITS_MAX; at++) {
      const digit = hexDigit(bytes[at]);
      if (digit === undefined) break;
      size = size * 16 + digit;
    }
    if (at === 0 || bytes[at] !== CR || bytes[at + 1] !== LF) return false;
    buffer.take(at + 2);
    this.#begin(size);
    return true;
  }

  #begin(size: number): void {
    this.#bytesLeft = size;
    this.#state = size > 0 ? "data" : "trailers";
  }

  #line(buffer: ReceiveBuffer): string | undefined {
    return takeCrlfLine(buffer, EXTRAS_BYTES_MAX + SIZE_DIGITS_MAX, tooMany);
  }

  #countExtras(bytes: number): void {
    this.#extrasBytes += bytes;
    if (this.#extrasBytes > EXTRAS_BYTES_MAX) throw tooMany();
  }
}

function tooMany(): Error {
  return malformed("The body has too many chunk extensions or trailers", 431);
}

/** What `byte` is worth as a hexadecimal digit, if it is one. */
function hexDigit(byte: number | undefined): number | undefined {
  if (byte === undefined) return undefined;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : undefined;
}

/** `digits` are hexadecimal; 2^53 bytes and more are refused. */
function parseSize(digits: string): number {
  const size = parseInt(digits, 16);
  if (digits.length > SIZE_DIGITS_MAX || !Number.isSafeInteger(size)) {
    throw malformed("The size of a chunk is out of range");
  }
  return size;
}
