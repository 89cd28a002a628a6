/**
 * Records for peers, in pages that fit a line. Many peers are told the same: a page is made once for all who have come
 * equally far, and is the same object for them, so that it is also written as JSON once.
 *
 * @module
 */

import type { ReplicaId } from "../sync/record.ts";
import { remember } from "../sync/remember.ts";
import {
  BATCH_RECORDS_MAX,
  LINE_BYTES_MAX,
  type Numbered,
  type TrackerMessage,
} from "../sync/tracker_messages.ts";
import { type Entry, type Register, weightOf } from "./register.ts";
import type { Sources } from "./sources.ts";

/** Bytes of records in a page; what stands around them is less than the rest of a line. */
const PAGE_BYTES_MAX = LINE_BYTES_MAX - 64 * 1024;
/** Ids of sources, commas, a number and keys. */
const AROUND_RECORD_BYTES = 200;
/** Pages that are kept for others. */
const KEPT_MAX = 32;

type Page = Extract<TrackerMessage, { m: "snap" | "upd" }>;

/** A page, and how far it reaches. */
interface Kept {
  readonly page: Page;
  readonly putters: ReadonlySet<ReplicaId | undefined>;
}

export class Pages {
  readonly #register: Register;
  readonly #sources: Sources;
  readonly #kept = new Map<string, Kept>();

  constructor(register: Register, sources: Sources) {
    this.#register = register;
    this.#sources = sources;
  }

  /** Something has changed: pages are made anew. */
  clear(): void {
    this.#kept.clear();
  }

  /** A page of what a peer missed: the records above `cursor`. */
  snap(cursor: number): Page {
    return this.#page("snap", cursor, undefined);
  }

  /** Changes above `cursor`, but for those that `peer` put: it has their numbers. */
  changes(cursor: number, peer: ReplicaId): Page {
    return this.#page("upd", cursor, peer);
  }

  /** Up to so many of what `walk` gives, and whether there is more. */
  some(walk: Iterator<Entry>): { records: Numbered[]; isLast: boolean } {
    const records: Numbered[] = [];
    let bytes = 0;
    while (records.length < BATCH_RECORDS_MAX && bytes < PAGE_BYTES_MAX / 2) {
      const next = walk.next();
      if (next.done) return { records, isLast: true };
      const { record, seq } = next.value;
      bytes += weightOf(record) + AROUND_RECORD_BYTES;
      records.push({ record, seq, sources: this.#sources.some(next.value) });
    }
    return { records, isLast: false };
  }

  #page(m: Page["m"], cursor: number, peer: ReplicaId | undefined): Page {
    const key = `${m} ${cursor}`;
    const kept = this.#kept.get(key);
    if (
      kept !== undefined && (peer === undefined || !kept.putters.has(peer))
    ) return kept.page;
    const made = this.#make(m, cursor, peer);
    // What was left out for one is not left out for others.
    if (!made.putters.has(peer)) remember(this.#kept, key, made, KEPT_MAX);
    return made.page;
  }

  #make(m: Page["m"], cursor: number, peer: ReplicaId | undefined): Kept {
    const records: Numbered[] = [];
    const putters = new Set<ReplicaId | undefined>();
    let bytes = 0;
    let reached = cursor;
    let more = false;
    for (const entry of this.#register.since(cursor)) {
      const { record, seq, putter } = entry;
      bytes += weightOf(record) + AROUND_RECORD_BYTES;
      if (records.length === BATCH_RECORDS_MAX || bytes > PAGE_BYTES_MAX) {
        more = true;
        break;
      }
      reached = seq;
      if (peer !== undefined && putter !== undefined) putters.add(putter);
      if (peer !== undefined && putter === peer) continue;
      records.push({ record, seq, sources: this.#sources.some(entry) });
    }
    // The last numbers may be those of records that were replaced since.
    const seq = more ? reached : this.#register.seq;
    const page: Page = m === "snap"
      ? { m, records, seq, more }
      : { m, records, seq };
    return { page, putters };
  }
}
