/**
 * Numbers as bytes in decimal, kept so: counting on costs one byte mostly, where writing a number out costs sixteen.
 *
 * @module
 */

const ZERO = 0x30;
const NINE = 0x39;

/** A number that is counted up. */
export class Counter {
  #value: number;
  #digits: Uint8Array<ArrayBuffer>;

  constructor(value = 0) {
    this.#value = value;
    this.#digits = digitsOf(value);
  }

  get value(): number {
    return this.#value;
  }

  /** The value in decimal; not to be written into, and another after the next `next`. */
  get digits(): Uint8Array<ArrayBuffer> {
    return this.#digits;
  }

  /** Counts one on. */
  next(): number {
    const digits = this.#digits;
    for (let at = digits.length - 1; at >= 0; at--) {
      if (digits[at]! < NINE) {
        digits[at]!++;
        return ++this.#value;
      }
      digits[at] = ZERO;
    }
    this.#digits = digitsOf(this.#value + 1);
    return ++this.#value;
  }
}

/** `value` in decimal. */
export function digitsOf(value: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(`${value}`, (digit) => digit.charCodeAt(0));
}
