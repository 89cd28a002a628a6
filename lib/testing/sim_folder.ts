/**
 * A `SyncFolder` on a `SimDisk`: one run of a program. The code between the folder and the calls of the system is that of
 * the real one, so that a test can end a program, fail a call or have somebody interfere between any two of its steps.
 *
 * After `kill` or `SimDisk.crash` the next run gets a new `SimFolder` on the same disk.
 *
 * @module
 */

import type { PartHandle } from "../io/sync/folder.ts";
import type { Name } from "../names/name.ts";
import type { RootHash } from "../sync/record.ts";
import type { Seen } from "../sync/seen.ts";
import { SyncedFolder } from "../io/sync/synced_folder.ts";
import { SimCalls, type SimCallsOptions } from "./sim_calls.ts";

export interface SimFolderOptions extends SimCallsOptions {
  /** Told of each content that was given the name of a file. */
  readonly placed?: (root: RootHash, path: Name) => void;
}

export class SimFolder extends SyncedFolder {
  readonly calls: SimCalls;
  readonly #placed: SimFolderOptions["placed"];

  constructor(options: SimFolderOptions) {
    const calls = new SimCalls(options);
    super(calls);
    this.calls = calls;
    this.#placed = options.placed;
    this.sweep();
  }

  override place(
    part: PartHandle,
    path: Name,
    expected: Seen | undefined,
    keep: boolean,
  ): Seen | "changed" {
    const seen = super.place(part, path, expected, keep);
    if (seen !== "changed") this.#placed?.(part.root, path);
    return seen;
  }

  /** The program is dead: every call throws `SimCrash`, every promise stays open. */
  kill(): void {
    this.calls.kill();
  }
}
