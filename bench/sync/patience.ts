/**
 * Waiting for what another process does, and giving up.
 *
 * @module
 */

import { stopSignal } from "../processes.ts";

/** How a wait goes on. */
export interface Patience {
  /** What is waited for, for the error. */
  readonly what: string;
  readonly everyMs: number;
  readonly msMax: number;
  /** Throws when there is nothing to wait for any more. */
  readonly check: () => void;
}

/**
 * Looks every so often until `holds`. Throws Error after `msMax`, when the bench is interrupted, and whatever `check` throws.
 */
export async function until(
  patience: Patience,
  holds: () => boolean | Promise<boolean>,
): Promise<void> {
  const begun = performance.now();
  for (;;) {
    if (await holds()) return;
    stopSignal.throwIfAborted();
    patience.check();
    const passed = performance.now() - begun;
    if (passed > patience.msMax) {
      throw new Error(
        `${patience.what}: not within ${patience.msMax / 1000} s`,
      );
    }
    await pause(patience.everyMs);
  }
}

/** Resolves after `ms`, or at once when the bench is interrupted. */
export function pause(ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const end = () => {
    clearTimeout(timer);
    stopSignal.removeEventListener("abort", end);
    resolve();
  };
  const timer = setTimeout(end, ms);
  stopSignal.addEventListener("abort", end);
  return promise;
}
