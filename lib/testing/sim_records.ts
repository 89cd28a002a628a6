/**
 * What has to be true of records at every moment, wherever they are written down (sync.md 2.15: I7, I10).
 *
 * @module
 */

import type { Kept } from "../tracker/puts.ts";
import type { Name } from "../names/name.ts";
import type { IndexBatch, SyncIndex } from "../sync/index_store.ts";
import { compareRecords } from "../sync/order.ts";
import type { FileRecord } from "../sync/record.ts";
import type { Claims } from "./sim_claims.ts";
import type { SimProcess } from "./sim_time.ts";

/** Sees every record that is written down anywhere in a run. */
export class RecordWatch {
  readonly faults: string[] = [];
  /** By replica and counter: the root of the version that was made then. */
  readonly #made = new Map<string, string>();
  /** Records that a tracker has taken, one after the other. */
  taken = 0;
  readonly #told = new Set<string>();
  readonly #toldAt = new Map<string, FileRecord[]>();

  /** I10: a replica counts once for one content, of what it told others. */
  see(record: FileRecord): void {
    const { path, root, stamp: { by }, vector } = record;
    this.taken++;
    this.#told.add(versionOf(record));
    const there = this.#toldAt.get(path);
    if (there === undefined) this.#toldAt.set(path, [record]);
    else there.push(record);
    const key = `${by} ${vector[by]}`;
    const known = this.#made.get(key);
    if (known === undefined) this.#made.set(key, `${root}`);
    else if (known !== `${root}`) {
      this.fault(`I10 ${by} counted ${vector[by]} twice, the last for ${path}`);
    }
  }

  /**
   * I7: what stands at a path only becomes newer. What nobody was told of may be made anew.
   *
   * @param order which one is newer: the whole stamp and what follows it, or a part of that
   */
  replaces(
    where: string,
    old: FileRecord | undefined,
    by: FileRecord,
    order = compareRecords,
  ): void {
    if (
      old !== undefined && order(by, old) < 0 && this.#told.has(versionOf(old))
    ) {
      this.fault(`I7 ${where} goes back at ${by.path}`);
    }
  }

  /** What was told of its path that is newer. */
  toldAfter(record: FileRecord): readonly FileRecord[] {
    const there = this.#toldAt.get(record.path) ?? [];
    return there.filter((other) => compareRecords(other, record) > 0);
  }

  fault(text: string): void {
    if (!this.faults.includes(text)) this.faults.push(text);
  }
}

/** `index`, used by `process` as long as it lives, and watched over. */
export function watchedIndex(
  index: SyncIndex,
  process: SimProcess,
  watch: RecordWatch,
  claims: Pick<Claims, "wrote">,
): SyncIndex {
  const { meta, locals, globals } = index.load();
  let { replica } = meta;
  /** Where it has versions of a replica that it was. */
  const former = new Set<Name>();
  const mine = new Map([...locals].map(({ record }) => [record.path, record]));
  const known = new Map(
    [...globals].map(({ record }) => [record.path, record]),
  );
  const look = (batch: IndexBatch) => {
    const { replica: now = replica } = batch.meta ?? {};
    if (now !== replica) {
      for (const [path, { vector }] of mine) {
        if (vector[replica] !== undefined) former.add(path);
      }
      replica = now;
    }
    if (batch.clearGlobals) known.clear();
    const heard = new Map(
      batch.globals?.map(({ record }) => [record.path, record]),
    );
    for (const path of batch.localsGone ?? []) mine.delete(path);
    for (const entry of batch.locals ?? []) {
      const { record } = entry;
      const { path } = record;
      const before = mine.get(path);
      // What it made is the new replica's from now on, at the same time and tick: whose name wins a tie is chance.
      const order = former.delete(path) ? compareTimes : compareRecords;
      watch.replaces(`the record of ${process.name}`, before, record, order);
      claims.wrote(entry, before, known.get(path), heard.get(path));
      mine.set(path, record);
    }
    for (const { record } of batch.globals ?? []) {
      const { path } = record;
      watch.replaces(`the winner at ${process.name}`, known.get(path), record);
      known.set(path, record);
    }
  };
  return {
    load: () => (process.check(), index.load()),
    commit: (batch) => {
      process.check();
      index.commit(batch);
      look(batch);
    },
    list: (root) => (process.check(), index.list(root)),
    placesOf: (hash) => (process.check(), index.placesOf(hash)),
    prune: (isHeld) => (process.check(), index.prune(isHeld)),
    close: () => process.isAlive ? index.close() : undefined,
  };
}

/** Looks at what a tracker writes down, one epoch long. */
export function watchedRegister(watch: RecordWatch): (kept: Kept) => void {
  const register = new Map<string, FileRecord>();
  return ({ record }) => {
    watch.see(record);
    watch.replaces("the tracker", register.get(record.path), record);
    register.set(record.path, record);
  };
}

/** By time and tick, whoever made them. */
function compareTimes({ stamp: a }: FileRecord, { stamp: b }: FileRecord) {
  return a.phys - b.phys || a.logical - b.logical;
}

/** With its count: who has forgotten all finds a file with the date that its forgotten version had. */
function versionOf({ path, stamp, vector }: FileRecord): string {
  const { phys, logical, by } = stamp;
  return `${path}\0${phys} ${logical} ${by} ${vector[by]}`;
}
