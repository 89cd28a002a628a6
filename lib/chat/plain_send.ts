/**
 * A message from a client, and the short way to read one: nearly all that is said is `send` in printable ASCII, which is
 * read here in one pass, the text four bytes at a time. Everything else goes the long way (server_connection.ts), where it
 * is told what is wrong with it.
 *
 * @module
 */

import { LF } from "../bytes/ascii.ts";

/** A message, as bytes in `bytes`. */
export interface SendEvent {
  readonly kind: "send";
  readonly isAction: boolean;
  readonly number: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The same, to copy from. */
  readonly view: DataView<ArrayBuffer>;
  readonly toStart: number;
  readonly toEnd: number;
  readonly textStart: number;
  readonly textEnd: number;
}

/** One that is filled again and again. */
export type MutableSend = { -readonly [K in keyof SendEvent]: SendEvent[K] };

const PIPE = 0x7c;
const ZERO = 0x30;
const NINE = 0x39;
const BLANK = 0x20;
const TILDE = 0x7e;
/** `send` as a number, and the shortest line that is one. */
const SEND = 0x73656e64;
const LINE_BYTES_MIN = "send|1|a|b\n".length;
/** All such numbers can be counted. */
const NUMBER_DIGITS_MAX = 15;
/** The highest bit of each byte of a word; and what is to be added to a byte so that a blank, and not less, gets it. */
const HIGHEST_BITS = 0x80808080;
const FROM_BLANK = 0x60606060;

/**
 * Fills `send` with the line that begins at `start` of its `bytes`.
 *
 * @returns whether that was a whole line that can be read in this way; if not, `send` is as before
 */
export function readPlainSend(send: MutableSend, start: number): boolean {
  const { bytes, view } = send;
  const last = bytes.length - 1;
  if (
    bytes.length - start < LINE_BYTES_MIN || view.getUint32(start) !== SEND ||
    bytes[start + 4] !== PIPE
  ) return false;
  const numberStart = start + 5;
  let at = numberStart;
  let number = 0;
  for (; at < last; at++) {
    const byte = bytes[at]!;
    if (byte < ZERO || byte > NINE) break;
    number = number * 10 + byte - ZERO;
  }
  if (
    bytes[at] !== PIPE || number < 1 || at - numberStart > NUMBER_DIGITS_MAX
  ) return false;
  const toStart = at + 1;
  for (at = toStart; at < last; at++) {
    const byte = bytes[at]!;
    if (byte === PIPE || byte < BLANK || byte > TILDE) break;
  }
  if (bytes[at] !== PIPE || at === toStart) return false;
  const textStart = at + 1;
  const textEnd = printableEnd(bytes, view, textStart);
  if (textEnd === textStart || bytes[textEnd] !== LF) return false;
  send.isAction = false;
  send.number = number;
  send.toStart = toStart;
  send.toEnd = at;
  send.textStart = textStart;
  send.textEnd = textEnd;
  return true;
}

/** Where the first byte from `start` on stands that is no printable ASCII; the last byte of all at most. */
function printableEnd(
  bytes: Uint8Array,
  view: DataView,
  start: number,
): number {
  const last = bytes.length - 1;
  let at = start;
  for (; at + 4 <= last; at += 4) {
    const word = view.getInt32(at);
    if (((word | ~(word + FROM_BLANK)) & HIGHEST_BITS) !== 0) break;
  }
  while (at < last && bytes[at]! >= BLANK && bytes[at]! <= TILDE) at++;
  return at;
}
