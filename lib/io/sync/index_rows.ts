/**
 * Entries of the index as rows of its tables, and back. What is read is checked: a row that an earlier version or a failing
 * disk has left is no record.
 *
 * @module
 */

import type {
  GlobalEntry,
  IndexMeta,
  LocalEntry,
} from "../../sync/index_store.ts";
import type { FileRecord, ReplicaId } from "../../sync/record.ts";
import { recordFromJson, recordToJson } from "../../sync/record_json.ts";
import type { Seen } from "../../sync/seen.ts";

/** The index holds something that it cannot hold. */
export class UnreadableIndex extends Error {
  override name = "UnreadableIndex";
}

/** A column's value, as SQLite gives it. */
type Value = unknown;

export function recordText(record: FileRecord): string {
  return JSON.stringify(recordToJson(record));
}

export function seenText(seen: Seen | undefined): string | null {
  return seen === undefined ? null : JSON.stringify(seen);
}

/** @throws {UnreadableIndex} */
export function localEntry(
  row: {
    readonly record?: Value;
    readonly seen?: Value;
    readonly found?: Value;
  },
): LocalEntry {
  return {
    record: recordOf(row.record),
    seen: row.seen === null ? undefined : seenOf(row.seen),
    found: row.found === 1,
  };
}

/**
 * @param shared the local record at its path, if `record` is null because it is the same
 * @throws {UnreadableIndex}
 */
export function globalEntry(
  record: Value,
  seq: Value,
  shared: FileRecord | undefined,
): GlobalEntry {
  const own = record === null ? shared : recordOf(record);
  if (own === undefined || typeof seq !== "number") throw unreadable("global");
  return { record: own, seq };
}

/** What the index of a new replica says of itself. */
export function newMeta(replica: ReplicaId): IndexMeta {
  return {
    replica,
    counterMax: 0,
    folder: undefined,
    epoch: undefined,
    seq: 0,
  };
}

/** @throws {UnreadableIndex} */
export function metaOf(about: ReadonlyMap<string, Value>): IndexMeta {
  const replica = about.get("replica");
  const counterMax = about.get("counterMax");
  const seq = about.get("seq");
  if (
    typeof replica !== "string" || typeof counterMax !== "number" ||
    typeof seq !== "number"
  ) throw unreadable("meta");
  return {
    replica,
    counterMax,
    folder: textOf(about.get("folder")),
    epoch: textOf(about.get("epoch")),
    seq,
  };
}

function textOf(value: Value): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function recordOf(value: Value): FileRecord {
  const record = recordFromJson(parsed(value));
  if (typeof record === "string") throw new UnreadableIndex(record);
  return record;
}

function seenOf(value: Value): Seen {
  const seen = parsed(value);
  if (!isSeen(seen)) throw unreadable("seen");
  return seen;
}

function isSeen(value: unknown): value is Seen {
  if (typeof value !== "object" || value === null) return false;
  const seen = value as { readonly [K in keyof Seen]?: unknown };
  return (seen.kind === "file" || seen.kind === "folder" ||
    seen.kind === "other") &&
    typeof seen.size === "number" && typeof seen.mtime === "number" &&
    typeof seen.executable === "boolean" && typeof seen.inode === "number" &&
    typeof seen.version === "string" && typeof seen.isRacy === "boolean";
}

function parsed(value: Value): unknown {
  try {
    return JSON.parse(String(value));
  } catch {
    throw unreadable("JSON");
  }
}

function unreadable(what: string): UnreadableIndex {
  return new UnreadableIndex(`it has a row that is no ${what}`);
}
