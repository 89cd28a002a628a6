/**
 * Under which name the loser of a conflict is kept. The name says whose version it is, and is made of the loser's record
 * alone: every peer that has it makes the same file with the same record of it, so nothing is kept twice.
 *
 * @module
 */

import { toBytes } from "../bytes/ascii.ts";
import {
  baseOf,
  folderOf,
  type Name,
  NAME_BYTES_MAX,
  toName,
  withMark,
} from "../names/name.ts";
import type { FileRecord } from "./record.ts";
import { knowsRoot } from "./versions.ts";

/** What stands at a name. */
export interface NameUse {
  /** This peer's record of it, just compared with the disk. */
  readonly record: FileRecord | undefined;
  /** Something is there, of whatever kind. */
  readonly onDisk: boolean;
}

/** The copy to make of a loser. */
export interface ConflictCopy {
  /** The loser's own, under the new name: same stamp, vector and root. */
  readonly record: FileRecord;
  /** That version was kept there before (and perhaps changed or deleted since): nothing is to be made. */
  readonly isKept: boolean;
}

/**
 * The conflict copy of `loser`, a file.
 *
 * @param look says what stands at a name. A name that another content has is never taken: the next one has `.1`, `.2`
 */
export function conflictCopy(
  loser: FileRecord,
  look: (name: Name) => NameUse,
): ConflictCopy {
  for (let number = 0;; number++) {
    const record = asCopy(loser, number);
    // A copy that loses is in its own way.
    if (record.path === loser.path) continue;
    const use = look(record.path);
    if (
      use.record !== undefined &&
      (use.record.root === loser.root || knowsRoot(use.record, loser.root))
    ) return { record, isKept: true };
    if (use.record === undefined && !use.onDisk) {
      return { record, isKept: false };
    }
  }
}

/** A conflict copy that loses again is a copy of the same file, not a copy of a copy. */
function asCopy(loser: FileRecord, number: number): FileRecord {
  const { movedFrom: _, ...rest } = loser;
  const copyOf = loser.copyOf ?? loser.path;
  return { ...rest, path: conflictName(copyOf, loser, number), copyOf };
}

/** `a/bio.txt` -> `a/bio (conflict 2026-11-21 05.39 k3f9 1a2b3c4d).txt`: when (UTC), at which replica, which content. */
function conflictName(path: Name, loser: FileRecord, number: number): Name {
  const time = new Date(loser.stamp.phys).toISOString();
  const when = `${time.slice(0, -14)} ${time.slice(-13, -8).replace(":", ".")}`;
  const who = loser.stamp.by.slice(0, 4);
  const what = toHex((loser.root ?? "").slice(0, 6)).slice(0, 8);
  const again = number === 0 ? "" : `.${number}`;
  const mark = ` (conflict ${when} ${who} ${what}${again})`;
  const base = withMark(toName(baseOf(path)), mark);
  // Deep down, where no longer name fits, it goes into a folder further up.
  let folder = folderOf(path);
  while (toBytes(`${folder}/${base}`).length > NAME_BYTES_MAX) {
    folder = folderOf(folder);
  }
  return toName(folder === "" ? base : `${folder}/${base}`);
}

const ALPHABET =
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** Hexadecimal digits of base64url, three for two characters. */
function toHex(base64url: string): string {
  const bits = [...base64url].map((character) =>
    ALPHABET.indexOf(character).toString(2).padStart(6, "0")
  ).join("");
  return (bits.match(/.{4}/g) ?? []).map((four) =>
    parseInt(four, 2).toString(16)
  ).join("");
}
