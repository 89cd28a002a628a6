/**
 * Records for tests: whole ones, of what a test cares for.
 *
 * @module
 */

import { type Name, toName } from "../names/name.ts";
import type { GlobalEntry, LocalEntry } from "../sync/index_store.ts";
import {
  type FileRecord,
  FOLDER_ROOT,
  type ReplicaId,
  type RootHash,
} from "../sync/record.ts";
import type { Seen } from "../sync/seen.ts";

/** A replica's id that begins with `text`. */
export function replicaId(text: string): ReplicaId {
  return text.padEnd(10, "0");
}

/** A root that begins with `text`: what is told apart here is told apart by its first 8 bytes, too. */
export function rootNamed(text: string): RootHash {
  return text.padEnd(43, "-");
}

export interface RecordFields {
  readonly path?: string;
  readonly kind?: FileRecord["kind"];
  /** The start of a root; `null` for a tombstone; nothing for a folder. */
  readonly root?: string | null;
  readonly mtime?: number;
  readonly executable?: boolean;
  /** phys, logical, start of the replica's id. */
  readonly stamp?: readonly [number, number, string];
  /** Start of a replica's id -> count. */
  readonly vector?: { readonly [start: string]: number };
  /** Starts of roots. */
  readonly earlier?: readonly string[];
  readonly copyOf?: string;
  readonly movedFrom?: string;
}

/** The record of a file `f` with the content `A`, made by `a`, but for what `fields` say. */
export function recordOf(fields: RecordFields = {}): FileRecord {
  const { kind = "file", root = "A", mtime = 1000 } = fields;
  const [phys, logical, by] = fields.stamp ?? [1000, 0, "a"];
  const vector = fields.vector ?? { [by]: 1 };
  const hasContent = kind === "file" && root !== null;
  const { copyOf, movedFrom } = fields;
  return {
    path: toName(fields.path ?? "f"),
    kind,
    size: hasContent ? root.length * 10 : 0,
    mtime: hasContent ? mtime : 0,
    executable: hasContent && (fields.executable ?? false),
    root: root === null
      ? null
      : kind === "folder"
      ? FOLDER_ROOT
      : rootNamed(root),
    blockLog: hasContent ? 17 : 0,
    stamp: { phys, logical, by: replicaId(by) },
    vector: Object.fromEntries(
      Object.entries(vector).map(([start, count]) => [replicaId(start), count]),
    ),
    earlier: (fields.earlier ?? []).map((start) =>
      start === FOLDER_ROOT ? start : rootNamed(start).slice(0, 11)
    ),
    ...(copyOf === undefined ? {} : { copyOf: toName(copyOf) }),
    ...(movedFrom === undefined ? {} : { movedFrom: toName(movedFrom) }),
  };
}

/** This peer's entry of `record`, as if the disk showed just that. */
export function localOf(
  record: FileRecord | undefined,
  found = false,
): LocalEntry | undefined {
  if (record === undefined) return undefined;
  return {
    record,
    seen: record.root === null ? undefined : seenOf(record),
    found,
  };
}

export function globalOf(
  record: FileRecord | undefined,
  seq = 1,
): GlobalEntry | undefined {
  return record === undefined ? undefined : { record, seq };
}

/** What a look at the path of `record` gives, where it is as the record says. */
export function seenOf(record: FileRecord): Seen {
  return {
    kind: record.kind,
    size: record.size,
    mtime: record.mtime,
    executable: record.executable,
    inode: 1,
    version: record.root ?? "",
    isRacy: false,
  };
}

/** Paths of `names`. */
export function named(...names: string[]): Name[] {
  return names.map(toName);
}
