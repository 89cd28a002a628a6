/**
 * In which order and how soon ports are written to, when there are many.
 *
 * Everybody who is due when a round begins is written to before the next begins; a few at a time, and more when one of
 * these is done. The runtime lets 128 operations pass in one go (tokio's budget); those beyond wait in a row of their own,
 * which takes twice the processor's time for each, and in which some of a thousand waited for seconds.
 *
 * A crowd is written to no more often than is needed: a write takes 10 us, whatever is in it, and 1000 listeners of 100
 * messages a second would take all of a processor.
 *
 * @module
 */

import type { Port } from "../../chat/people.ts";
import type { Clock } from "../../io/clock.ts";
import type { OutPort } from "./out_port.ts";

/** Writes that are begun at once. */
export const WRITES_AT_ONCE = 32;
/** So many are a crowd; the rounds of a crowd begin so many milliseconds apart. */
export const CROWD = 256;
export const CROWD_MS = 20;

/** Those who have something to write. */
interface Due {
  readonly dueCount: number;
  takeDue(countMax: number): Port[];
}

export class Rounds {
  readonly #due: Due;
  readonly #clock: Clock;
  readonly #again: () => void;
  readonly #over = new AbortController();
  /** Of those who were due when the round began, so many are left. */
  #left = 0;
  #crowdAt = -Infinity;
  #isWaiting = false;

  /** @param again called when more can be written: a turn is to be settled, and `go` called after it */
  constructor(due: Due, clock: Clock, again: () => void) {
    this.#due = due;
    this.#clock = clock;
    this.#again = again;
  }

  /** Begins some writes, if it is time. */
  go(): void {
    if (this.#left === 0) this.#begin();
    const writes: Promise<void>[] = [];
    while (writes.length < WRITES_AT_ONCE && this.#left > 0) {
      const count = Math.min(WRITES_AT_ONCE - writes.length, this.#left);
      this.#left -= count;
      for (const port of this.#due.takeDue(count)) {
        const write = (port as OutPort).flush();
        if (write !== undefined) writes.push(write);
      }
    }
    if (writes.length > 0 && this.#due.dueCount > 0) {
      void Promise.race(writes).then(this.#again);
    }
  }

  /** Nobody waits for a round any more. */
  end(): void {
    this.#over.abort();
  }

  #begin(): void {
    const count = this.#due.dueCount;
    if (count > CROWD) {
      const early = this.#crowdAt + CROWD_MS - this.#clock.now();
      if (early > 0) return this.#wait(early);
      this.#crowdAt = this.#clock.now();
    }
    this.#left = count;
  }

  #wait(ms: number): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    void this.#clock.sleep(ms, this.#over.signal).then(() => {
      this.#isWaiting = false;
      this.#again();
    });
  }
}
