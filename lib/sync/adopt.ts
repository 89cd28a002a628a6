/**
 * When what is found on the disk is no change of the user's, but just what the winner is: a crash came between the placing
 * of a file and the note of it, or a folder that joins has the same files as the others.
 *
 * @module
 */

import { compareRecords, covers } from "./order.ts";
import type { FileRecord } from "./record.ts";
import type { Content } from "./versions.ts";

/**
 * Whether a path whose disk differs from `mine` is taken as `winner`, instead of making a new version. Where date or mode of
 * a file differ, it is given those of the winner first.
 *
 * @param content what is on the disk; `undefined` for nothing
 */
export function isAdopted(
  content: Content | undefined,
  mine: FileRecord | undefined,
  winner: FileRecord | undefined,
): boolean {
  if (winner === undefined) return false;
  if (mine !== undefined && compareRecords(mine, winner) >= 0) return false;
  if (content === undefined) {
    // Who deleted more than the others did has to say so, or what they did not know of would come back.
    return winner.root === null && mine !== undefined &&
      covers(winner.vector, mine.vector);
  }
  // With my content still there, only date or mode were changed, and by the user.
  return winner.root === content.root && winner.kind === content.kind &&
    mine?.root !== content.root;
}
