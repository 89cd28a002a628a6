/**
 * SIGINT and SIGTERM.
 *
 * @module
 */

import { EXIT } from "../errors.ts";

const SIGNALS: readonly (readonly [Deno.Signal, number])[] = [
  ["SIGINT", EXIT.interrupted],
  // Windows knows no other way than Ctrl-C to ask a program to stop.
  ...(Deno.build.os === "windows"
    ? []
    : [["SIGTERM", EXIT.terminated]] as const),
];

/**
 * Waits for a signal to stop, as long as it is not disposed. A second signal ends the process at once.
 */
export class StopSignal implements Disposable {
  /** The exit code for the signal that came, if one has. */
  exit: number | undefined;
  /** Resolves when one has come. */
  readonly received: Promise<void>;
  readonly #listeners: (readonly [Deno.Signal, () => void])[];

  /** @param onStop is called when one comes */
  constructor(onStop: () => void = () => {}) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.received = promise;
    this.#listeners = SIGNALS.map(([signal, exit]) => {
      const listener = () => {
        if (this.exit !== undefined) Deno.exit(exit);
        this.exit = exit;
        onStop();
        resolve();
      };
      Deno.addSignalListener(signal, listener);
      return [signal, listener];
    });
  }

  [Symbol.dispose](): void {
    for (const [signal, listener] of this.#listeners) {
      Deno.removeSignalListener(signal, listener);
    }
  }
}
