/**
 * Text to bytes and back, and numbers as protocols write them.
 *
 * @module
 */

const encoder = new TextEncoder();
/** Fatal: an overlong or cut-off sequence is refused instead of turned into U+FFFD, which would name another file. */
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The byte that ends a line. */
export const LF = 0x0a;
/** Tolerated before LF. */
export const CR = 0x0d;

/** UTF-8 bytes of `text`. */
export function toBytes(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

/**
 * Writes `text` as UTF-8 into the beginning of `into`.
 *
 * @returns how many bytes were written
 */
export function encodeInto(text: string, into: Uint8Array): number {
  return encoder.encodeInto(text, into).written;
}

/** The text of UTF-8 `bytes`, or `undefined` if they are not valid UTF-8. */
export function fromBytes(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

const DIGITS_ONLY = /^\d{1,16}$/;

/**
 * A whole number as the protocol writes it: decimal digits and nothing else. `Number()` would also take `""`, `1e3`,
 * `0x10` and blanks (security.md S2).
 *
 * @returns the number, or `undefined` if `text` is not one or is beyond 2^53 - 1
 */
export function parseCount(text: string): number | undefined {
  if (!DIGITS_ONLY.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}
