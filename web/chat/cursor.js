// @ts-check
/**
 * How far the history was shown: where a connection goes on after it was lost.
 *
 * IDs do not always grow: what was kept for a name comes behind old lines with higher IDs. So before the end of the first
 * opening (`now`) something below what was shown may still be missing, and no cursor is told. Behind one that was told there
 * is nothing below.
 *
 * @module
 */

export class Cursor {
  /** @type {string | undefined} */
  #epoch;
  /** @type {number | undefined} */
  #last;
  #isOpening = false;
  /** The highest of the opening that goes on. */
  #opened = 0;

  /** From `joined` to `now`. */
  get isOpening() {
    return this.#isOpening;
  }

  /** To be remembered. @returns {{ epoch: string, last: number | undefined } | undefined} */
  get state() {
    return this.#epoch === undefined
      ? undefined
      : { epoch: this.#epoch, last: this.#last };
  }

  /** @param {{ readonly epoch: string, readonly last?: number | undefined }} state of the page before this one */
  restore({ epoch, last }) {
    this.#epoch = epoch;
    this.#last = last;
  }

  /**
   * @param {string} epoch
   * @returns {boolean} whether it is another history, of which nothing was shown
   */
  joined(epoch) {
    this.#isOpening = true;
    this.#opened = 0;
    if (this.#epoch === epoch) return false;
    const isOther = this.#epoch !== undefined;
    this.#epoch = epoch;
    this.#last = undefined;
    return isOther;
  }

  /** @param {number} id */
  shown(id) {
    if (this.#isOpening && this.#last === undefined) {
      this.#opened = Math.max(this.#opened, id);
    } else this.#last = Math.max(this.#last ?? 0, id);
  }

  /** `now`: nothing is missing. */
  opened() {
    this.#isOpening = false;
    if (this.#opened > 0) this.#last ??= this.#opened;
  }

  /** As `since` wants it. */
  toString() {
    return this.#last === undefined ? "-" : `${this.#epoch}.${this.#last}`;
  }
}
