/**
 * What the system tells of a file, in the words of the sync.
 *
 * @module
 */

import type { Seen } from "../../sync/seen.ts";
import type { FileStat } from "./file_calls.ts";

/**
 * Two changes within this time may have one time stamp: kernels tick every 1 to 10 ms (Linux: 4), and a millisecond more for
 * the cut to whole ones.
 */
const TICK_MS = 11;

/** The owner may run it. */
const EXECUTABLE = 0o100;

/** @param now when the file was looked at, milliseconds since 1970 */
export function toSeen(stat: FileStat, now: number): Seen {
  const { kind, inode, mtime } = stat;
  const isFile = kind === "file";
  return {
    kind,
    size: isFile ? stat.size : 0,
    mtime,
    executable: isFile && (stat.mode & EXECUTABLE) !== 0,
    inode,
    version: versionOf(stat),
    isRacy: isFile && settlesAt(mtime) > now && mtime <= now + TICK_MS,
  };
}

/** When the next change of a file that was changed at `mtime` shows. */
export function settlesAt(mtime: number): number {
  // File systems that count in seconds (HFS+) or pairs of them (FAT) have round times only.
  const tick = mtime % 2000 === 0 ? 2000 : mtime % 1000 === 0 ? 1000 : 0;
  return mtime + tick + TICK_MS;
}

/** Whether they are of one file in one state, but for its names: giving it another one changes its ctime. */
export function isSameButNames(a: FileStat, b: FileStat): boolean {
  return a.inode === b.inode && a.device === b.device && a.kind === b.kind &&
    a.size === b.size && a.mtime === b.mtime && a.mode === b.mode;
}

/** Permissions with or without that to run the file: whoever may read it may run it. */
export function withExecutable(mode: number, executable: boolean): number {
  const others = mode & 0o666;
  return executable ? others | (mode & 0o444) >> 2 : others;
}

/** A folder is the same whatever is in it. */
function versionOf({ kind, inode, size, mtime, ctime, mode }: FileStat) {
  const at = inode.toString(36);
  return kind === "folder"
    ? `${at}-folder`
    : [at, size.toString(36), mtime.toString(36), ctime.toString(36), mode]
      .join("-");
}
