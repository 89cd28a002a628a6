/**
 * How far the tracker's clock is ahead of ours, after Cristian: what it says is half a round trip old. The median of the
 * last few, so that one slow answer does not count.
 *
 * @module
 */

const SAMPLES_MAX = 8;
/** Two answers in a row that agree within so many milliseconds, and are that far from all before: a clock was set. */
const AGREED_MS = 1000;
const SET_MS = 2000;

export class ClockOffset {
  readonly #samples: number[] = [];
  #ms = 0;

  /**
   * @param askedAt our clock when we asked, milliseconds since 1970
   * @param theirs what the tracker's clock said
   * @param answeredAt our clock when the answer was here
   */
  add(askedAt: number, theirs: number, answeredAt: number): void {
    const offset = theirs - (askedAt + answeredAt) / 2;
    const last = this.#samples.at(-1);
    if (
      last !== undefined && Math.abs(offset - last) <= AGREED_MS &&
      Math.abs(offset - this.ms) > SET_MS
    ) this.#samples.splice(0, this.#samples.length - 1);
    this.#samples.push(offset);
    if (this.#samples.length > SAMPLES_MAX) this.#samples.shift();
    const sorted = this.#samples.toSorted((a, b) => a - b);
    this.#ms = Math.round(sorted[sorted.length >> 1]!);
  }

  /** Milliseconds to add to our clock, 0 while nothing is known. */
  get ms(): number {
    return this.#ms;
  }
}
