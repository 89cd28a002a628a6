/**
 * Makes new versions (docs/sync.md, "Which version wins"). Whatever the clocks say, a version is newer than all it was made
 * from, and its vector covers theirs.
 *
 * @module
 */

import type { Name } from "../names/name.ts";
import { compareRecords, covers, join } from "./order.ts";
import {
  type FileRecord,
  FOLDER_ROOT,
  type ReplicaId,
  type RootHash,
  type Stamp,
} from "./record.ts";

/** How much is kept of an earlier root: 8 bytes in base64url, less the last two bits of the eighth. */
export const EARLIER_CHARACTERS = 11;
/** How many earlier roots are kept. */
export const EARLIER_MAX = 8;

/** Later is no date: the year 10889. */
export const TIME_MAX = 2 ** 48;

/** Who makes a version, and when. */
export interface Maker {
  readonly replica: ReplicaId;
  /** Higher than that of any version this replica made before, of whatever path. */
  readonly counter: number;
  /** Milliseconds since 1970, by the tracker's clock. */
  readonly now: number;
  /**
   * The change happened while this peer was running, so `now` tells when. False for what the first scan after a start found:
   * a delete or a folder has no date then, and loses against everything that has one. (A file has its own date.)
   */
  readonly witnessed: boolean;
}

/** What the disk shows of a file or folder, besides its name. */
export interface Content {
  readonly kind: FileRecord["kind"];
  /** Bytes; 0 for a folder. */
  readonly size: number;
  /** Milliseconds since 1970; does not matter for a folder. */
  readonly mtime: number;
  readonly executable: boolean;
  /** `FOLDER_ROOT` for a folder. */
  readonly root: RootHash;
  readonly blockLog: number;
}

/** A folder, as it is everywhere. */
export const FOLDER_CONTENT: Content = {
  kind: "folder",
  size: 0,
  mtime: 0,
  executable: false,
  root: FOLDER_ROOT,
  blockLog: 0,
};

/**
 * The version that this content is.
 *
 * @param base what was at `path` before, a tombstone too; `undefined` if nothing is known
 */
export function newVersion(
  path: Name,
  base: FileRecord | undefined,
  content: Content,
  maker: Maker,
  movedFrom?: Name,
): FileRecord {
  const isFolder = content.kind === "folder";
  // "The newest modification wins": its date, but not one that lies in the future.
  const time = isFolder
    ? maker.witnessed ? maker.now : 0
    : Math.min(content.mtime, maker.now);
  return {
    path,
    kind: content.kind,
    size: isFolder ? 0 : content.size,
    mtime: isFolder ? 0 : dateOf(content.mtime),
    executable: !isFolder && content.executable,
    root: content.root,
    blockLog: isFolder ? 0 : content.blockLog,
    stamp: stampAfter(base, time, maker.replica),
    vector: { ...base?.vector, [maker.replica]: maker.counter },
    earlier: earlierRoots(content.root, base),
    ...(base?.copyOf === undefined ? {} : { copyOf: base.copyOf }),
    ...(movedFrom === undefined ? {} : { movedFrom }),
  };
}

/** The version that says that what `base` was is deleted. */
export function tombstone(base: FileRecord, maker: Maker): FileRecord {
  const { movedFrom: _, ...rest } = base;
  return {
    ...rest,
    size: 0,
    mtime: 0,
    executable: false,
    root: null,
    blockLog: 0,
    stamp: stampAfter(base, maker.witnessed ? maker.now : 0, maker.replica),
    vector: { ...base.vector, [maker.replica]: maker.counter },
    earlier: earlierRoots(null, base),
  };
}

/**
 * My version again, newer than both.
 *
 * @param knowing whether it stands for `over` as well: then who has that gives it up without a copy. A folder that has to
 *   stay against a file does not: who has the file keeps it under another name.
 */
export function reassert(
  mine: FileRecord,
  over: FileRecord,
  maker: Maker,
  knowing: boolean,
): FileRecord {
  const { movedFrom: _, ...rest } = mine;
  const last = compareRecords(mine, over) > 0 ? mine : over;
  const known = knowing ? join(mine.vector, over.vector) : mine.vector;
  return {
    ...rest,
    stamp: stampAfter(last, 0, maker.replica),
    vector: { ...known, [maker.replica]: maker.counter },
    earlier: knowing ? earlierRoots(mine.root, over, mine) : mine.earlier,
  };
}

/**
 * My version again, with a stamp of now: the one it had was made while the clock was wrong, and nobody has taken it.
 *
 * @param winner what others have; it stays older if `mine` was made from it
 */
export function restamped(
  mine: FileRecord,
  winner: FileRecord | undefined,
  maker: Maker,
): FileRecord {
  const base = winner !== undefined && covers(mine.vector, winner.vector)
    ? winner
    : undefined;
  return {
    ...mine,
    stamp: stampAfter(base, maker.now, maker.replica),
    vector: { ...mine.vector, [maker.replica]: maker.counter },
  };
}

/**
 * A version that was found by a replica without history, with the oldest date there is: a content that others have replaced
 * long ago is not the newest for having been copied lately.
 */
export function undated(mine: FileRecord): FileRecord {
  return { ...mine, stamp: { ...mine.stamp, phys: 0, logical: 0 } };
}

/**
 * My version as another replica made it, which counts for itself: `former` is used by somebody else, and what that counts
 * must not be taken for mine. Time and tick stay: others may know it as the former's, and what they made of it has to win.
 */
export function remade(
  mine: FileRecord,
  former: ReplicaId,
  { replica, counter }: Pick<Maker, "replica" | "counter">,
): FileRecord {
  const { [former]: _, ...others } = mine.vector;
  return {
    ...mine,
    stamp: { ...mine.stamp, by: replica },
    vector: { ...others, [replica]: counter },
  };
}

/**
 * Whether nothing is lost when `newer` takes the place of `older`: who made it knew `older`, or the content is the same, or
 * was known to be replaced. (A copy found on an old disk has another vector, and the content that others have long replaced.)
 * A content that was put back after it had been replaced is news again: only who knew that has known it.
 */
export function isAncestor(older: FileRecord, newer: FileRecord): boolean {
  return covers(newer.vector, older.vector) || older.root === newer.root ||
    knowsRoot(newer, older.root) && !knowsRoot(older, older.root);
}

/** Whether `root` is among the earlier contents of `record`. */
export function knowsRoot(record: FileRecord, root: RootHash | null): boolean {
  return root !== null && record.earlier.includes(cut(root));
}

/** Whole milliseconds, within what a record may say. */
function dateOf(mtime: number): number {
  return Math.max(-TIME_MAX, Math.min(TIME_MAX, Math.round(mtime)));
}

/** Hybrid logical clock: `time` if that is later than all before, else a tick after it. */
function stampAfter(
  base: FileRecord | undefined,
  time: number,
  by: ReplicaId,
): Stamp {
  const phys = Math.max(0, Math.floor(time));
  if (base === undefined || phys > base.stamp.phys) {
    return { phys, logical: 0, by };
  }
  return { phys: base.stamp.phys, logical: base.stamp.logical + 1, by };
}

/**
 * What a version of `root` made from `bases` has for `earlier`: the roots of the first and what it knew, then of the next.
 * Its own is among them only if that was replaced once, and is there again.
 */
function earlierRoots(
  root: RootHash | null,
  ...bases: readonly (FileRecord | undefined)[]
): readonly string[] {
  const roots = new Set<string>();
  if (bases.some((base) => base !== undefined && knowsRoot(base, root))) {
    roots.add(cut(root!));
  }
  for (const base of bases) {
    if (base === undefined) continue;
    if (base.root !== null && base.root !== root) roots.add(cut(base.root));
    for (const earlier of base.earlier) roots.add(earlier);
  }
  return [...roots].slice(0, EARLIER_MAX);
}

function cut(root: RootHash): string {
  return root.slice(0, EARLIER_CHARACTERS);
}
