/**
 * SIGINT and SIGTERM.
 *
 * @module
 */

import { EXIT } from "../errors.ts";

const SIGNALS = Deno.build.os === "windows"
  ? [["SIGINT", EXIT.interrupted]] as const
  : [["SIGINT", EXIT.interrupted], ["SIGTERM", EXIT.terminated]] as const;

/**
 * Resolves, with its exit code, at the first signal to stop. A second one ends the process at once.
 */
export function untilSignal(): Promise<number> {
  return new Promise((resolve) => {
    let signalled = false;
    for (const [signal, exit] of SIGNALS) {
      Deno.addSignalListener(signal, () => {
        if (signalled) Deno.exit(exit);
        signalled = true;
        resolve(exit);
      });
    }
  });
}
