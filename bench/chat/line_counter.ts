/**
 * Counts messages in what a receiver gets, without looking at every byte: a message is mostly as long as the one before.
 *
 * @module
 */

import type { Dialect } from "./dialects.ts";

const LF = 0x0a;

export class LineCounter {
  readonly #mark: number;
  readonly #lines: number;
  #size = 1;
  #count = 0;
  #lastStart = 0;

  constructor({ mark, lines }: Dialect) {
    this.#mark = mark.charCodeAt(0);
    this.#lines = lines;
  }

  /** Messages so far. */
  get count(): number {
    return this.#count;
  }

  /** Where the last message of the last `take` begins. */
  get lastStart(): number {
    return this.#lastStart;
  }

  /** Counts in the first `end` of `bytes`, and gives how many bytes that were: up to the last message or line that is whole. */
  take(bytes: Uint8Array, end: number): number {
    let at = 0;
    while (at < end) {
      const isMessage = bytes[at] === this.#mark;
      let next = at + this.#size;
      if (!isMessage || next > end || bytes[next - 1] !== LF) {
        next = lineEnd(bytes, at, end, isMessage ? this.#lines : 1);
        if (next === 0) break;
        if (isMessage) this.#size = next - at;
      }
      if (isMessage) {
        this.#count++;
        this.#lastStart = at;
      }
      at = next;
    }
    return at;
  }
}

/** Behind the LF that ends so many lines from `start` on; 0 if they do not end before `end`. */
function lineEnd(
  bytes: Uint8Array,
  start: number,
  end: number,
  lines: number,
): number {
  let at = start;
  for (let left = lines; left > 0; left--) {
    at = bytes.indexOf(LF, at) + 1;
    if (at === 0 || at > end) return 0;
  }
  return at;
}
