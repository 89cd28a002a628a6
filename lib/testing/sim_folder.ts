/**
 * A `SyncFolder` on a `SimDisk`: one run of a program. The code between the folder and the calls of the system is that of
 * the real one, so that a test can end a program, fail a call or have somebody interfere between any two of its steps.
 *
 * After `kill` or `SimDisk.crash` the next run gets a new `SimFolder` on the same disk.
 *
 * @module
 */

import { SyncedFolder } from "../io/sync/synced_folder.ts";
import { SimCalls, type SimCallsOptions } from "./sim_calls.ts";

export class SimFolder extends SyncedFolder {
  readonly calls: SimCalls;

  constructor(options: SimCallsOptions) {
    const calls = new SimCalls(options);
    super(calls);
    this.calls = calls;
    this.sweep();
  }

  /** The program is dead: every call throws `SimCrash`, every promise stays open. */
  kill(): void {
    this.calls.kill();
  }
}
