/**
 * What was said to everyone: the last lines of the room, in the order of their IDs. Bounded; the oldest go.
 *
 * @module
 */

import type { KeptLine } from "./mailbox.ts";

export class History {
  readonly #bytesMax: number;
  /** Those before `#first` are gone. */
  #lines: KeptLine[] = [];
  #first = 0;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Adds the line of `id`; `bytes` are kept. */
  put(id: number, bytes: Uint8Array): void {
    this.#lines.push({ id, bytes });
    this.#bytes += bytes.length;
    while (this.#bytes > this.#bytesMax && this.#first < this.#lines.length) {
      this.#bytes -= this.#lines[this.#first++]!.bytes.length;
    }
    // Half of it is gone: moving the rest costs less than it has saved.
    if (this.#first > 1024 && this.#first * 2 > this.#lines.length) {
      this.#lines = this.#lines.slice(this.#first);
      this.#first = 0;
    }
  }

  /** The last `count` lines. */
  last(count: number): readonly KeptLine[] {
    return this.#lines.slice(
      Math.max(this.#first, this.#lines.length - count),
    );
  }

  /** The lines with an ID above `id`. */
  above(id: number): readonly KeptLine[] {
    let from = this.#lines.length;
    while (from > this.#first && this.#lines[from - 1]!.id > id) from--;
    return this.#lines.slice(from);
  }
}
