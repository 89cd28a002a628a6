/**
 * Under which name the loser of a conflict is kept, and as which version. Both follow from the loser's path and content alone:
 * all who have that content make the same file of it, whoever wrote it and whenever, so nothing is kept twice.
 *
 * @module
 */

import { hash } from "node:crypto";
import { toBytes } from "../bytes/ascii.ts";
import {
  baseOf,
  folderOf,
  type Name,
  NAME_BYTES_MAX,
  toName,
  withMark,
} from "../names/name.ts";
import { isOwnName } from "../names/own_names.ts";
import type { FileRecord, ReplicaId } from "./record.ts";
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
  readonly record: FileRecord;
  /** That content was kept there before (and perhaps changed or deleted since): nothing is to be made. */
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

/** Whether `replica` is no peer, but stands for a content that was kept as a conflict copy. */
export function isCopyMaker(replica: ReplicaId): boolean {
  return replica.startsWith(COPY_MAKER);
}

const COPY_MAKER = "copy";

/**
 * The version is made by the content itself. The loser's own vector would not do: it counts what happened at its path, and
 * says nothing where versions of two paths meet under one name. (The model lost a content that way.)
 */
function asCopy(loser: FileRecord, number: number): FileRecord {
  const { movedFrom: _, ...rest } = loser;
  // A copy that loses again is another copy of the same file.
  const copyOf = loser.copyOf ?? loser.path;
  const digits = hash("sha256", loser.root ?? "", "hex");
  const by = COPY_MAKER +
    parseInt(digits.slice(0, 12), 16).toString(36).padStart(6, "0").slice(-6);
  return {
    ...rest,
    path: conflictName(copyOf, digits.slice(0, 8), number),
    // Older than whatever is done with it: who comes late with the same content changes nothing.
    stamp: { phys: 0, logical: 0, by },
    vector: { [by]: 1 },
    earlier: [],
    copyOf,
  };
}

/** ` (conflict 1a2b3c4d)`. */
const MARK = / \(conflict [0-9a-f]{8}(?:\.[0-9]+)?\)/g;

/** `a/bio.txt` -> `a/bio (conflict 1a2b3c4d).txt`, and the same of every copy of it. */
function conflictName(path: Name, content: string, number: number): Name {
  const again = number === 0 ? "" : `.${number}`;
  const plain = baseOf(path).replaceAll(MARK, "");
  const marked = withMark(
    toName(plain === "" ? baseOf(path) : plain),
    ` (conflict ${content}${again})`,
  );
  // No name but one may begin as ours do: a copy of the rules is not in force, and called without its dot.
  const base = isOwnName(marked) ? marked.slice(1) : marked;
  // Deep down, where no longer name fits, it goes into a folder further up.
  let folder: string = folderOf(path);
  while (toBytes(`${folder}/${base}`).length > NAME_BYTES_MAX) {
    folder = folderOf(folder);
  }
  return toName(folder === "" ? base : `${folder}/${base}`);
}
