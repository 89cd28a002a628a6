/**
 * Many messages of one sender as one block of bytes, encoded beforehand; only their numbers are written anew.
 *
 * @module
 */

const ZERO = 0x30;
const NINE = 0x39;

export class MessageBlock {
  readonly #before: Uint8Array;
  readonly #after: Uint8Array;
  readonly #count: number;
  /** The next number, as digits; empty where messages have none. */
  #digits: Uint8Array;
  #bytes: Uint8Array<ArrayBuffer>;

  /** @param count how many are taken at once, at most */
  constructor(
    [before, after]: readonly [string, string],
    isNumbered: boolean,
    count: number,
  ) {
    const encoder = new TextEncoder();
    this.#before = encoder.encode(before);
    this.#after = encoder.encode(after);
    this.#count = count;
    this.#digits = encoder.encode(isNumbered ? "1" : "");
    this.#bytes = this.#encoded();
  }

  /** The next `count` messages; valid until the next are taken. */
  take(count: number): Uint8Array<ArrayBuffer> {
    const size = this.#bytes.length / this.#count;
    if (this.#digits.length === 0) return this.#bytes.subarray(0, count * size);
    for (let done = 0; done < count; done++) {
      this.#bytes.set(this.#digits, done * size + this.#before.length);
      if (!this.#countOn()) continue;
      // One digit more: every message is longer from here on.
      const first = this.#bytes.slice(0, (done + 1) * size);
      this.#bytes = this.#encoded();
      const others = this.take(count - done - 1);
      const all = new Uint8Array(first.length + others.length);
      all.set(first);
      all.set(others, first.length);
      return all;
    }
    return this.#bytes.subarray(0, count * size);
  }

  /** Whether the number has a digit more than before. */
  #countOn(): boolean {
    const digits = this.#digits;
    for (let at = digits.length - 1; at >= 0; at--) {
      if (digits[at]! < NINE) {
        digits[at]!++;
        return false;
      }
      digits[at] = ZERO;
    }
    this.#digits = Uint8Array.of(ZERO + 1, ...digits);
    return true;
  }

  #encoded(): Uint8Array<ArrayBuffer> {
    const parts = [this.#before, this.#digits, this.#after];
    const size = parts.reduce((sum, part) => sum + part.length, 0);
    const bytes = new Uint8Array(size * this.#count);
    for (let at = 0; at < bytes.length;) {
      for (const part of parts) {
        bytes.set(part, at);
        at += part.length;
      }
    }
    return bytes;
  }
}
