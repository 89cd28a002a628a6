/**
 * Tells moves of whole folders from deletes and additions, where they are to be followed: so that nobody sees half of one, or
 * both.
 *
 * @module
 */

import { folderOf, type Name } from "../names/name.ts";
import type { Entry } from "./below.ts";
import { compareRecords } from "./order.ts";
import { FOLDER_ROOT } from "./record.ts";
import { isAncestor } from "./versions.ts";

/** What is known of paths, for `folderMove`. */
export interface MoveView {
  at(path: Name): Entry | undefined;
  /** Every known path below the folder. */
  below(folder: Name): Iterable<readonly [Name, Entry]>;
}

/** One rename(2) that does what the winners ask for. */
export interface FolderMove {
  readonly from: Name;
  readonly to: Name;
  /** Old path -> new path, the folder itself first: afterwards L is G at both. */
  readonly paths: readonly (readonly [Name, Name])[];
}

/**
 * Whether the folder at `to`, which is to be made, is another one that is to be removed, moved with all that is in it: every
 * file there is the same under the new name, nothing stays behind, nothing is there already. What is to come to `to` besides
 * is placed later.
 *
 * The caller has looked at the disk: `from` is what its records say, nothing in it is not synced, nothing is at `to`.
 */
export function folderMove(to: Name, view: MoveView): FolderMove | undefined {
  const winner = view.at(to)?.global?.record;
  if (winner?.root !== FOLDER_ROOT) return undefined;
  const from = winner.movedFrom;
  if (from === undefined) return undefined;
  if (!isMoved(view.at(from), view.at(to))) return undefined;
  const paths: [Name, Name][] = [[from, to]];
  for (const [path, entry] of view.below(from)) {
    const target = (to + path.slice(from.length)) as Name;
    if (!isHere(entry)) {
      // It is to be placed in a folder that goes: let that be decided first.
      if (isToCome(entry)) return undefined;
      continue;
    }
    if (!isMoved(entry, view.at(target))) return undefined;
    paths.push([path, target]);
  }
  for (const [, entry] of view.below(to)) {
    if (isHere(entry)) return undefined;
  }
  paths.sort(([a], [b]) => depth(a) - depth(b));
  return { from, to, paths };
}

/** The old path is to be removed, the new one is to have just what is at the old one, and nothing is there yet. */
function isMoved(old: Entry | undefined, fresh: Entry | undefined): boolean {
  const mine = old?.local?.record;
  const winner = fresh?.global?.record;
  if (mine === undefined || winner === undefined || old === undefined) {
    return false;
  }
  return mine.root !== null && mine.root === winner.root &&
    mine.kind === winner.kind && mine.mtime === winner.mtime &&
    mine.executable === winner.executable && isToGo(old) &&
    fresh !== undefined && !isHere(fresh) && isToCome(fresh);
}

function isHere({ local }: Entry): boolean {
  return local !== undefined && local.record.root !== null;
}

function isToGo({ local, global }: Entry): boolean {
  return local !== undefined && global !== undefined &&
    global.record.root === null &&
    compareRecords(local.record, global.record) < 0 &&
    isAncestor(local.record, global.record);
}

function isToCome({ local, global }: Entry): boolean {
  return global !== undefined && global.record.root !== null &&
    (local === undefined || compareRecords(local.record, global.record) < 0);
}

function depth(path: Name): number {
  return folderOf(path) === "" ? 0 : path.split("/").length;
}
