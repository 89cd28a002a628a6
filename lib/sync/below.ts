/**
 * What is known below a folder, as far as it matters for the folder itself.
 *
 * @module
 */

import type { GlobalEntry, LocalEntry } from "./index_store.ts";
import { compareRecords } from "./order.ts";

/**
 * `live`: something lives there, or is to be placed there. `going`: nothing does, and something on this disk is still to be
 * removed. `nothing`: neither.
 */
export type Below = "nothing" | "going" | "live";

/** What is known of a path below a folder. */
export interface Entry {
  readonly local: LocalEntry | undefined;
  readonly global: GlobalEntry | undefined;
}

/**
 * @param entries everything that is known below the folder
 * @param isFolder the folder is there. Where it is not, local records below it are about to become tombstones: only what
 *   others have put there since counts
 */
export function belowOf(entries: Iterable<Entry>, isFolder: boolean): Below {
  let below: Below = "nothing";
  for (const { local, global } of entries) {
    const mine = local?.record;
    const winner = global?.record;
    const isBehind = winner !== undefined &&
      (mine === undefined || compareRecords(mine, winner) < 0);
    if (isBehind && winner.root !== null) return "live";
    if (!isFolder || mine === undefined || mine.root === null) continue;
    if (!isBehind) return "live";
    below = "going";
  }
  return below;
}
