/**
 * Which of two versions of a path wins, and which one knew of the other: two questions, and two answers that must not be
 * mixed (docs/sync.md, "Which version wins"). The stamp alone decides who wins: a strict total order, the same at every peer,
 * in whatever order versions come. The vector alone decides whether what loses has to be kept.
 *
 * @module
 */

import type { FileRecord, ReplicaId, Stamp, Vector } from "./record.ts";

/** Negative if `a` is older than `b`, positive if it is newer, 0 if they are the same. */
export function compareStamps(a: Stamp, b: Stamp): number {
  return a.phys - b.phys || a.logical - b.logical || compareText(a.by, b.by);
}

/**
 * Negative if `a` loses against `b`, positive if it wins, 0 if they are the same version. Both are of the same path. Stamps
 * are equal where two replicas kept the same content as a conflict copy, each with its own date and mode, or where a peer is
 * broken or hostile: then all that the disk shows decides, and what is deleted loses.
 */
export function compareRecords(a: FileRecord, b: FileRecord): number {
  return compareStamps(a.stamp, b.stamp) ||
    compareText(a.root ?? "", b.root ?? "") || a.mtime - b.mtime ||
    Number(a.executable) - Number(b.executable);
}

/** Whether two records of a path are of the same version. */
export function isSameVersion(a: FileRecord, b: FileRecord): boolean {
  return a === b || compareRecords(a, b) === 0;
}

/** The one of two that wins; the other way round gives the same. `undefined` loses against everything. */
export function newerOf<R extends FileRecord | undefined>(a: R, b: R): R {
  if (a === undefined) return b;
  if (b === undefined) return a;
  return compareRecords(a, b) < 0 ? b : a;
}

/** Whether who made a version with the vector `a` knew everything in `b`: `b <= a` in each place. */
export function covers(a: Vector, b: Vector): boolean {
  for (const replica in b) {
    if ((a[replica] ?? 0) < (b[replica] ?? 0)) return false;
  }
  return true;
}

/** The smallest vector that covers both. */
export function join(a: Vector, b: Vector): Vector {
  const joined: Record<ReplicaId, number> = { ...a };
  for (const replica in b) {
    joined[replica] = Math.max(joined[replica] ?? 0, b[replica] ?? 0);
  }
  return joined;
}

/** By code units: the same on all machines, whatever their language. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
