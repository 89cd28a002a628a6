/**
 * Time, as the drivers see it. Tests move a clock by hand (`testing/fake_clock.ts`).
 *
 * @module
 */

export interface Clock {
  /** Milliseconds on a clock that only goes forward. */
  now(): number;
  /** Milliseconds since 1970, for people and for fields that tell the date. */
  wallTime(): number;
  /** Resolves after `ms`, or at once when `signal` is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `tick` every `ms` until the returned function is called. Does not keep the program alive. */
  every(ms: number, tick: () => void): () => void;
}

/** The real one. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),

  sleep(ms, signal) {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      // Deno prints a warning at a time that has passed.
      const timer = setTimeout(done, Math.max(0, ms));
      signal?.addEventListener("abort", done);
    });
  },

  // Not setInterval: the first timer of that kind loads 5 ms of code, AbortSignal.timeout 0.4 ms, and every client would
  // pay it at its start. It does not keep the program alive either.
  every(ms, tick) {
    let stopped = false;
    const wait = () => {
      AbortSignal.timeout(ms).addEventListener("abort", () => {
        if (stopped) return;
        tick();
        wait();
      });
    };
    wait();
    return () => void (stopped = true);
  },
};
