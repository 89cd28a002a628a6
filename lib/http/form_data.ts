/**
 * A form with files as it arrives (`multipart/form-data`, RFC 7578; RFC 2046 5.1): bytes are pushed in pieces of any size,
 * files are handed on as they come, and nothing of them is kept here.
 *
 *     state      what is read                             then
 *     preamble   anything, thrown away                    delimiter
 *     delimiter  what is behind CR LF -- boundary         head, or epilogue behind --
 *     head       field lines up to an empty one           body
 *     body       bytes of a file or field                 delimiter
 *     epilogue   anything, thrown away
 *
 * Our own, as the libraries do not hold: multipasta 0.2.8 takes a file called 日本.txt for a field, takes a form that is cut
 * off within a head for whole, misses the end when `--` comes in two pieces, and throws URIError at `filename*=UTF-8''%ff`;
 * busboy and formidable are streams of Node; the others hold files in memory.
 *
 * @module
 */

import { CR, fromBytes, LF, toBytes } from "../bytes/ascii.ts";
import { ReceiveBuffer } from "../bytes/receive_buffer.ts";
import { Refusal } from "../errors.ts";
import { boundaryOf, type FormPart, parsePartHead } from "./form_part.ts";

/** Limits of security.md D6. */
export const PARTS_MAX = 1000;
export const PART_HEAD_BYTES_MAX = 16 * 1024;
/** A field is a word or two; files have no limit here. */
export const FIELD_BYTES_MAX = 64 * 1024;

/** Where the bytes of a file go. They are views of what was pushed, and valid as long as that is. */
export interface FormFile {
  write(bytes: Uint8Array): void;
  /** The file is whole. Not called when the form turns out to be broken, or is cut off. */
  end(): void;
}

/** Where what a form holds goes, in order. */
export interface FormSink {
  /** @param fileName as it was sent: whatever the peer liked */
  file(fieldName: string, fileName: string): FormFile;
  field(name: string, value: string): void;
}

const DASH = 0x2d;
const SPACE = 0x20;
const TAB = 0x09;

/** Reads one form. What throws, in here or in the sink, ends it: nothing more is to be pushed. */
export class FormReader {
  readonly #sink: FormSink;
  /** CR LF -- boundary. Its CR is the only one: where a match fails, another can begin with a CR only. */
  readonly #needle: Uint8Array<ArrayBuffer>;
  /** For each byte, how far the search may jump when the needle's last byte would lie on it (Horspool). */
  readonly #jumps: Uint8Array<ArrayBuffer>;
  #state: "preamble" | "delimiter" | "head" | "body" | "epilogue" = "preamble";
  /** How much of the needle the last piece ended with. A form may begin with -- boundary: as if CR LF were in front. */
  #matched = 2;
  /** The byte before, in a delimiter. */
  #previous = 0;
  /** The head of a part, or the value of a field, as far as it has arrived. */
  readonly #text = new ReceiveBuffer(FIELD_BYTES_MAX);
  /** The last four bytes of the head. */
  #headEnd = 0;
  #parts = 0;
  #part: FormPart | undefined;
  #file: FormFile | undefined;

  /**
   * @param contentType the field of that name
   * @throws {Refusal} `bad-request` if it is not that of a form
   */
  constructor(contentType: string, sink: FormSink) {
    this.#sink = sink;
    this.#needle = toBytes(`\r\n--${boundaryOf(contentType)}`);
    const last = this.#needle.length - 1;
    this.#jumps = new Uint8Array(256).fill(this.#needle.length);
    for (let at = 0; at < last; at++) {
      this.#jumps[this.#needle[at]!] = last - at;
    }
  }

  /**
   * Takes the next bytes of the form.
   *
   * @throws {Refusal} `bad-request` for what is no form, `too-large` for a limit; and whatever the sink throws
   */
  push(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      switch (this.#state) {
        case "preamble":
        case "body":
          at = this.#search(bytes, at);
          break;
        case "delimiter":
          this.#endDelimiter(bytes[at]!);
          at++;
          break;
        case "head":
          at = this.#readHead(bytes, at);
          break;
        case "epilogue":
          return;
        default:
          throw this.#state satisfies never;
      }
    }
  }

  /**
   * All bytes of the form are pushed.
   *
   * @throws {Refusal} `bad-request` if its last boundary is missing: it was cut off
   */
  end(): void {
    if (this.#state === "epilogue") return;
    throw new Refusal("bad-request", "The form ends before its last boundary");
  }

  /** Hands on what is in front of the next delimiter; gives where to go on. */
  #search(bytes: Uint8Array, from: number): number {
    const needle = this.#needle;
    if (this.#matched > 0) {
      const behind = this.#goOnMatching(bytes);
      if (behind !== undefined) return behind;
    }
    const last = needle.length - 1;
    let at = from;
    while (at + last < bytes.length) {
      if (bytes[at] === CR) {
        let length = 1;
        while (length <= last && bytes[at + length] === needle[length]) {
          length++;
        }
        if (length > last) {
          this.#give(bytes.subarray(from, at));
          return this.#enterDelimiter(at + needle.length);
        }
      }
      at += this.#jumps[bytes[at + last]!]!;
    }
    // The piece may end with the beginning of a delimiter.
    let end = bytes.indexOf(CR, at);
    while (end >= 0 && !startsWith(needle, bytes.subarray(end))) {
      end = bytes.indexOf(CR, end + 1);
    }
    if (end < 0) end = bytes.length;
    this.#matched = bytes.length - end;
    this.#give(bytes.subarray(from, end));
    return bytes.length;
  }

  /** At the beginning of a piece. `undefined` if what the last one ended with was no delimiter: it is handed on. */
  #goOnMatching(bytes: Uint8Array): number | undefined {
    const needle = this.#needle;
    const heldBack = this.#matched;
    let at = 0;
    while (at < bytes.length && bytes[at] === needle[heldBack + at]) at++;
    if (heldBack + at === needle.length) return this.#enterDelimiter(at);
    if (at === bytes.length) {
      this.#matched += at;
      return at;
    }
    // It is the beginning of the needle, byte for byte; of what followed none is a CR, where another could begin.
    this.#give(needle.subarray(0, heldBack));
    return undefined;
  }

  #enterDelimiter(at: number): number {
    this.#matched = 0;
    this.#endPart();
    this.#state = "delimiter";
    this.#previous = 0;
    return at;
  }

  /** RFC 2046 5.1.1: behind the boundary stand `--`, or blanks and the end of the line. */
  #endDelimiter(byte: number): void {
    const previous = this.#previous;
    this.#previous = byte;
    if (previous === CR) {
      if (byte === LF) return this.#enterHead();
    } else if (previous === DASH) {
      if (byte === DASH) {
        this.#state = "epilogue";
        return;
      }
    } else if (byte === CR || byte === SPACE || byte === TAB) return;
    else if (byte === DASH && previous === 0) return;
    throw new Refusal("bad-request", "A boundary of the form is not one");
  }

  #enterHead(): void {
    if (++this.#parts > PARTS_MAX) {
      throw new Refusal(
        "too-large",
        `The form has more than ${PARTS_MAX} parts`,
      );
    }
    this.#state = "head";
    // CR LF, of the delimiter.
    this.#headEnd = 0x0d0a;
  }

  #readHead(bytes: Uint8Array, from: number): number {
    const to = Math.min(
      bytes.length,
      from + PART_HEAD_BYTES_MAX - this.#text.length,
    );
    let at = from;
    let isWhole = false;
    while (at < to && !isWhole) {
      // Shifts drop what is more than four bytes old.
      this.#headEnd = this.#headEnd << 8 | bytes[at++]!;
      isWhole = this.#headEnd === 0x0d0a0d0a;
    }
    this.#text.append(bytes.subarray(from, at));
    if (isWhole) this.#enterBody();
    else if (this.#text.length === PART_HEAD_BYTES_MAX) {
      throw new Refusal(
        "bad-request",
        `The head of a part is longer than ${PART_HEAD_BYTES_MAX} bytes`,
      );
    }
    return at;
  }

  #enterBody(): void {
    const head = this.#text.take(this.#text.length);
    const part = parsePartHead(head.subarray(0, -2));
    this.#state = "body";
    this.#part = part;
    // A browser sends an empty file without a name for an input that nobody used.
    if (part.fileName !== undefined && part.fileName !== "") {
      this.#file = this.#sink.file(part.name, part.fileName);
    }
  }

  #give(bytes: Uint8Array): void {
    const part = this.#part;
    if (part === undefined || bytes.length === 0) return;
    if (part.fileName !== undefined) {
      this.#file ??= this.#sink.file(part.name, part.fileName);
      this.#file.write(bytes);
      return;
    }
    if (this.#text.length + bytes.length > FIELD_BYTES_MAX) {
      throw new Refusal(
        "too-large",
        `A field of the form is longer than ${FIELD_BYTES_MAX} bytes`,
      );
    }
    this.#text.append(bytes);
  }

  #endPart(): void {
    const part = this.#part;
    const file = this.#file;
    this.#part = undefined;
    this.#file = undefined;
    if (part === undefined) return;
    if (part.fileName !== undefined) return file?.end();
    const value = fromBytes(this.#text.take(FIELD_BYTES_MAX));
    if (value === undefined) {
      throw new Refusal("bad-request", "A field of the form is not UTF-8");
    }
    this.#sink.field(part.name, value);
  }
}

function startsWith(bytes: Uint8Array, beginning: Uint8Array): boolean {
  return beginning.every((byte, at) => byte === bytes[at]);
}
