// @ts-check
/**
 * Reports what was shown of the messages to this one alone: what nobody has seen is kept for who comes next under that name.
 *
 * @module
 */

/** Several are reported together. */
const REPORT_MS = 300;

export class Seen {
  /** @type {(line: string) => boolean} */
  #post;
  /** What came last, not what is the highest: what is still to come must not count as seen. @type {number | undefined} */
  #last;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {(line: string) => boolean} post sends a line; `false` if there is no connection */
  constructor(post) {
    this.#post = post;
  }

  /** @param {number} id of a message that was shown */
  add(id) {
    this.#last = id;
    this.#timer ??= setTimeout(() => this.#report(), REPORT_MS);
  }

  /** The IDs begin again. */
  forget() {
    this.#last = undefined;
  }

  #report() {
    this.#timer = undefined;
    // Without a connection it waits for the next message: what is told again then is not shown again.
    if (this.#last !== undefined && this.#post(`seen|${this.#last}`)) {
      this.#last = undefined;
    }
  }
}
