/**
 * A record as a compact JSON object (docs/sync.md, "Records"), on the wire and in the index. What comes from the network is
 * checked completely: code further in holds a `FileRecord` and need not wonder.
 *
 * | key  | what                                                         |
 * | ---- | ------------------------------------------------------------ |
 * | `p`  | path                                                         |
 * | `t`  | `"d"` for a folder; lacking for a file                       |
 * | `z`  | bytes; lacking for 0                                         |
 * | `m`  | date, milliseconds since 1970; lacking for 0                 |
 * | `x`  | 1 if it is executable                                        |
 * | `h`  | root; `null` if it is deleted                                |
 * | `b`  | log2 of the block size; lacking for 0                        |
 * | `s`  | stamp: milliseconds, tick, replica                           |
 * | `v`  | vector                                                       |
 * | `q`  | starts of earlier roots; lacking for none                    |
 * | `c`  | set on a conflict copy: of what                              |
 * | `mv` | moved from                                                   |
 *
 * @module
 */

import { Refusal } from "../errors.ts";
import { type Name, toName } from "../names/name.ts";
import { isOwnName } from "../names/own_names.ts";
import { BLOCK_LOG_MAX, BLOCKS_MAX, SIZE_MAX } from "./blocks.ts";
import { Fields, isReplicaId, isRootHash, refused } from "./fields.ts";
import {
  type FileRecord,
  FOLDER_ROOT,
  type ReplicaId,
  type RootHash,
  type Stamp,
  type Vector,
} from "./record.ts";
import { EARLIER_CHARACTERS, EARLIER_MAX, TIME_MAX } from "./versions.ts";

/** Replicas that may have changed a path. */
export const VECTOR_MAX = 1024;
const TICKS_MAX = 2 ** 32;
const COUNTER_MAX = 2 ** 48;

const EARLIER = new RegExp(
  `^(?:[A-Za-z0-9_-]{${EARLIER_CHARACTERS}}|${FOLDER_ROOT})$`,
);

export interface RecordJson {
  readonly p: string;
  readonly t?: "d";
  readonly z?: number;
  readonly m?: number;
  readonly x?: 1;
  readonly h: string | null;
  readonly b?: number;
  readonly s: readonly [phys: number, logical: number, by: string];
  readonly v: Vector;
  readonly q?: readonly string[];
  readonly c?: string;
  readonly mv?: string;
}

export function recordToJson(record: FileRecord): RecordJson {
  const { stamp } = record;
  return {
    p: record.path,
    ...(record.kind === "folder" ? { t: "d" } : {}),
    ...(record.size === 0 ? {} : { z: record.size }),
    ...(record.mtime === 0 ? {} : { m: record.mtime }),
    ...(record.executable ? { x: 1 } : {}),
    h: record.root,
    ...(record.blockLog === 0 ? {} : { b: record.blockLog }),
    s: [stamp.phys, stamp.logical, stamp.by],
    v: record.vector,
    ...(record.earlier.length === 0 ? {} : { q: record.earlier }),
    ...(record.copyOf === undefined ? {} : { c: record.copyOf }),
    ...(record.movedFrom === undefined ? {} : { mv: record.movedFrom }),
  };
}

/** The record that `value`, which JSON.parse gave, stands for; or why it stands for none, as a sentence. */
export function recordFromJson(value: unknown): FileRecord | string {
  try {
    return readRecord(new Fields(value, "the record"));
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
}

function readRecord(fields: Fields): FileRecord {
  const path = readName(fields, "p");
  const kind = fields.raw("t") === undefined
    ? "file"
    : (fields.choice("t", ["d"]), "folder");
  const root = readRoot(fields, kind);
  const size = fields.optional("z", fields.count) ?? 0;
  const blockLog = fields.optional("b", fields.count) ?? 0;
  const mtime = readDate(fields);
  const executable = fields.raw("x") !== undefined &&
    fields.count("x", 1) === 1;
  checkContent(kind, root, size, blockLog, mtime, executable);
  const stamp = readStamp(fields);
  const vector = readVector(fields);
  if (vector[stamp.by] === undefined) {
    throw refused('"v" of the record does not count who made it');
  }
  const copyOf = readOptionalName(fields, "c");
  const movedFrom = readOptionalName(fields, "mv");
  return {
    path,
    kind,
    size,
    mtime,
    executable,
    root,
    blockLog,
    stamp,
    vector,
    earlier: readEarlier(fields),
    ...(copyOf === undefined ? {} : { copyOf }),
    ...(movedFrom === undefined ? {} : { movedFrom }),
  };
}

/** A path that peers may tell each other: one form of each character, and nothing of ours (security.md P1, P11). */
function readName(fields: Fields, key: string): Name {
  const value = fields.raw(key);
  if (typeof value !== "string") {
    throw refused(`"${key}" of the record is not text`);
  }
  const fault = faultOfPath(value);
  if (fault !== undefined) throw refused(`"${key}" of the record: ${fault}`);
  return value as Name;
}

function readOptionalName(fields: Fields, key: string): Name | undefined {
  return fields.raw(key) === undefined ? undefined : readName(fields, key);
}

/** Why `path` can be no path of a record, as a sentence. */
export function faultOfPath(path: string): string | undefined {
  try {
    toName(path);
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
  if (path !== path.normalize("NFC")) {
    return "The name is not in Unicode's composed form (NFC)";
  }
  if (isOwnName(path)) return "The name is one of Landline's own";
  return undefined;
}

function readRoot(
  fields: Fields,
  kind: FileRecord["kind"],
): RootHash | null {
  if (fields.isNull("h")) return null;
  const root = fields.raw("h");
  if (kind === "folder" && root === FOLDER_ROOT) return root;
  if (kind === "file" && typeof root === "string" && isRootHash(root)) {
    return root;
  }
  throw refused(`"h" of the record is no root of a ${kind}`);
}

function checkContent(
  kind: FileRecord["kind"],
  root: RootHash | null,
  size: number,
  blockLog: number,
  mtime: number,
  executable: boolean,
): void {
  if (kind === "folder" || root === null) {
    if (size !== 0 || blockLog !== 0 || mtime !== 0 || executable) {
      throw refused("The record has a content and should have none");
    }
    return;
  }
  // What a block list may take follows: nobody can make a peer hold a longer one.
  if (blockLog > BLOCK_LOG_MAX) {
    throw refused(`"b" of the record is more than ${BLOCK_LOG_MAX}`);
  }
  if (
    size > SIZE_MAX ||
    (blockLog < BLOCK_LOG_MAX && size > BLOCKS_MAX * 2 ** blockLog)
  ) {
    throw refused('"z" of the record is too large for its blocks');
  }
}

/** Files from before 1970 are rare, and not wrong. */
function readDate(fields: Fields): number {
  const value = fields.raw("m") ?? 0;
  if (!Number.isSafeInteger(value) || Math.abs(Number(value)) > TIME_MAX) {
    throw refused('"m" of the record is no date');
  }
  return Number(value);
}

function readStamp(fields: Fields): Stamp {
  const value = fields.raw("s");
  if (!Array.isArray(value) || value.length !== 3) {
    throw refused('"s" of the record is no stamp');
  }
  const [phys, logical, by] = value;
  if (
    !isCount(phys, TIME_MAX) || !isCount(logical, TICKS_MAX) ||
    typeof by !== "string" || !isReplicaId(by)
  ) throw refused('"s" of the record is no stamp');
  return { phys, logical, by };
}

function readVector(fields: Fields): Vector {
  const value = fields.raw("v");
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw refused('"v" of the record is no vector');
  }
  const entries = Object.entries(value);
  if (entries.length > VECTOR_MAX) {
    throw refused(`"v" of the record counts more than ${VECTOR_MAX} replicas`);
  }
  const vector: Record<ReplicaId, number> = {};
  for (const [replica, count] of entries) {
    // The form of an id keeps `__proto__` and the like out, too.
    if (!isReplicaId(replica) || !isCount(count, COUNTER_MAX) || count === 0) {
      throw refused('"v" of the record is no vector');
    }
    vector[replica] = count;
  }
  return vector;
}

function readEarlier(fields: Fields): readonly string[] {
  return fields.list("q", EARLIER_MAX, (value) => {
    if (typeof value !== "string" || !EARLIER.test(value)) {
      throw refused('"q" of the record is no list of earlier roots');
    }
    return value;
  });
}

function isCount(value: unknown, max: number): value is number {
  return Number.isSafeInteger(value) && !Object.is(value, -0) &&
    Number(value) >= 0 && Number(value) <= max;
}
