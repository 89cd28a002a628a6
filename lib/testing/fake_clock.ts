/**
 * A clock that is moved by hand: a test of a ten-minute deadline takes no time, and takes it on every machine.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import type { Clock } from "../io/clock.ts";

interface Timer {
  due: number;
  /** Again after so many milliseconds; once if `undefined`. */
  readonly everyMs: number | undefined;
  readonly fire: () => void;
}

/** Time stands still until `advance`. */
export class FakeClock implements Clock {
  #now = 0;
  readonly #timers = new Set<Timer>();

  now(): number {
    return this.#now;
  }

  /** From Sun, 06 Nov 1994 08:49:37 GMT on, the date in RFC 9110 5.6.7. */
  wallTime(): number {
    return 784_111_777_000 + this.#now;
  }

  /** How many sleeps and repetitions are under way. */
  get timers(): number {
    return this.#timers.size;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    // Nobody moves the clock for "let others have their turn".
    if (ms <= 0 || signal?.aborted) return turn();
    return new Promise((resolve) => {
      const done = () => {
        this.#timers.delete(timer);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      const timer = { due: this.#now + ms, everyMs: undefined, fire: done };
      this.#timers.add(timer);
      signal?.addEventListener("abort", done);
    });
  }

  every(ms: number, tick: () => void): () => void {
    const timer = { due: this.#now + ms, everyMs: ms, fire: tick };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Moves time forward by `ms`; what falls due happens in order, and what follows from it happens before the next. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    await turn();
    for (;;) {
      let next: Timer | undefined;
      for (const timer of this.#timers) {
        if (timer.due <= until && timer.due < (next?.due ?? Infinity)) {
          next = timer;
        }
      }
      if (next === undefined) break;
      this.#now = Math.max(this.#now, next.due);
      if (next.everyMs === undefined) this.#timers.delete(next);
      else next.due += next.everyMs;
      next.fire();
      await turn();
    }
    this.#now = until;
    await turn();
  }
}

/**
 * Lets everything happen that waits for no time and for nothing outside this program: one turn of the event loop, before
 * which every promise that can go on has gone on. Not a pause: memory channels and directories need no more than this.
 * (A timer of 0 ms would do, but takes 1 to 4 ms.)
 */
export function turn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
