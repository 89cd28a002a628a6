/**
 * Time, as the drivers see it. Tests move a clock by hand (`testing/fake_clock.ts`).
 *
 * @module
 */

export interface Clock {
  /** Milliseconds on a clock that only goes forward. */
  now(): number;
  /** Resolves after `ms`, or at once when `signal` is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `tick` every `ms` until the returned function is called. Does not keep the program alive. */
  every(ms: number, tick: () => void): () => void;
}

/** The real one. */
export const systemClock: Clock = {
  now: () => performance.now(),

  sleep(ms, signal) {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal?.addEventListener("abort", done);
    });
  },

  every(ms, tick) {
    const timer = setInterval(tick, ms);
    Deno.unrefTimer(timer);
    return () => clearInterval(timer);
  },
};
