/**
 * One timer for all that is due at some time.
 *
 * @module
 */

import type { Clock } from "../../io/clock.ts";

export class Alarm {
  readonly #clock: Clock;
  readonly #over: AbortSignal;
  readonly #ring: () => void;
  #at = Infinity;
  #sleeping = new AbortController();

  /**
   * @param over it does not ring any more
   * @param ring called when it is time; `set` it for what is still to come
   */
  constructor(clock: Clock, over: AbortSignal, ring: () => void) {
    this.#clock = clock;
    this.#over = over;
    this.#ring = ring;
    over.addEventListener("abort", () => this.#sleeping.abort());
  }

  /** Rings at the time `at`, or earlier if that was said before. */
  set(at: number): void {
    if (at >= this.#at || this.#over.aborted) return;
    this.#at = at;
    this.#sleeping.abort();
    const { signal } = this.#sleeping = new AbortController();
    void this.#clock.sleep(at - this.#clock.now(), signal).then(() => {
      if (signal.aborted) return;
      this.#at = Infinity;
      this.#ring();
    });
  }
}
