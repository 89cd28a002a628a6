/**
 * The newest record of every path, each with a number that grows with every change, so that who knows all up to a number
 * needs only what is above it.
 *
 * @module
 */

import type { Name } from "../names/name.ts";
import { RecordDigest } from "../sync/digest.ts";
import type { FileRecord, ReplicaId } from "../sync/record.ts";
import type { Contents } from "./contents.ts";

/** The winner at a path. */
export interface Entry {
  readonly record: FileRecord;
  readonly seq: number;
  /** Who told it; `undefined` for what was kept from an earlier run, or came from another tracker. */
  readonly putter: ReplicaId | undefined;
  /** Its content (`Contents`), or `NO_CONTENT`. */
  readonly content: number;
}

/** Numbers that a newer one has taken the place of are thrown out of the row when they are more than those that hold, and this. */
const STALE_MIN = 1024;

export class Register {
  readonly digest = new RecordDigest();
  readonly #contents: Contents;
  readonly #entries = new Map<Name, Entry>();
  /** By number; an entry that is no longer that of its path is stale. */
  #row: Entry[] = [];
  #seq = 0;
  #weight = 0;
  #liveFiles = 0;
  #liveFolders = 0;
  #liveBytes = 0;

  constructor(contents: Contents) {
    this.#contents = contents;
  }

  /** The last number that was given. */
  get seq(): number {
    return this.#seq;
  }

  /** Paths, deleted ones too. */
  get size(): number {
    return this.#entries.size;
  }

  /** Characters of all records, roughly. */
  get weight(): number {
    return this.#weight;
  }

  get liveFiles(): number {
    return this.#liveFiles;
  }

  get liveFolders(): number {
    return this.#liveFolders;
  }

  /** Bytes of all files that are not deleted. */
  get liveBytes(): number {
    return this.#liveBytes;
  }

  /** Goes on after `seq`, which was given in an earlier run. */
  startAt(seq: number): void {
    this.#seq = Math.max(this.#seq, seq);
  }

  get(path: Name): Entry | undefined {
    return this.#entries.get(path);
  }

  entries(): IterableIterator<Entry> {
    return this.#entries.values();
  }

  /**
   * Takes `record` over, whatever was there. Numbers come in order.
   *
   * @param seq larger than all before
   */
  set(record: FileRecord, seq: number, putter: ReplicaId | undefined): Entry {
    const before = this.#entries.get(record.path);
    // The new content first: one that stays is not let go.
    const content = this.#contents.take(record, seq);
    const entry: Entry = { record, seq, putter, content };
    this.#count(record, 1);
    if (before !== undefined) {
      this.#count(before.record, -1);
      this.#contents.release(before.content);
    }
    this.#entries.set(record.path, entry);
    this.#row.push(entry);
    this.#seq = Math.max(this.#seq, seq);
    if (this.#row.length > 2 * this.#entries.size + STALE_MIN) {
      this.#row = this.#row.filter((each) => this.#holds(each));
    }
    return entry;
  }

  /** Those above `seq`, in the order of their numbers. Nothing may be set while it is walked. */
  *since(seq: number): Iterable<Entry> {
    for (let at = this.#firstAbove(seq); at < this.#row.length; at++) {
      const entry = this.#row[at]!;
      if (this.#holds(entry)) yield entry;
    }
  }

  #holds(entry: Entry): boolean {
    return this.#entries.get(entry.record.path) === entry;
  }

  #firstAbove(seq: number): number {
    let low = 0;
    let high = this.#row.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#row[middle]!.seq > seq) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #count(record: FileRecord, sign: 1 | -1): void {
    if (sign === 1) this.digest.add(record);
    else this.digest.remove(record);
    this.#weight += sign * weightOf(record);
    if (record.root === null) return;
    if (record.kind === "folder") this.#liveFolders += sign;
    else this.#liveFiles += sign;
    this.#liveBytes += sign * record.size;
  }
}

/** What a record takes beside its texts. */
const BARE_WEIGHT = 250;

/** How many bytes `record` takes at most as JSON, within a few. */
export function weightOf(record: FileRecord): number {
  const { path, copyOf = "", movedFrom = "", vector, earlier } = record;
  // A control character is \u and four digits.
  const texts = 6 * (path.length + copyOf.length + movedFrom.length);
  let replicas = 0;
  for (const _ in vector) replicas++;
  return BARE_WEIGHT + texts + 28 * replicas + 14 * earlier.length;
}
