/**
 * Where the tracker keeps its register: in memory, in SQLite (`sqlite_store.ts`), later in NATS. All of it is a cache
 * that the peers can rebuild. `testing/tracker_store_suite.ts` holds all to the same promises.
 *
 * @module
 */

import type { FileRecord } from "../../sync/record.ts";
import type { Name } from "../../names/name.ts";

/** The winner at a path, with its number. */
export interface Kept {
  readonly record: FileRecord;
  readonly seq: number;
}

export interface TrackerStore {
  /** What was kept; asynchronous, as it may lie on another machine. */
  load(): Promise<{
    /** Made anew whenever the state was lost. */
    readonly epoch: string;
    /** The set of folders; `undefined` before the first peer came. */
    readonly folder: string | undefined;
    readonly seq: number;
    readonly kept: Iterable<Kept>;
  }>;
  /**
   * Puts these in place of what is kept at their paths, if that still has the number in `over` (0: nothing is there), all
   * in the order of their numbers.
   *
   * @returns what is there instead, for those that were not put; another tracker was faster
   */
  put(
    entries: readonly { readonly kept: Kept; readonly over: number }[],
  ): Promise<readonly Kept[]>;
  setFolder(folder: string): Promise<void>;
  /** Changes that others made, where a store is shared; never ends for one that is not. */
  watch(onKept: (kept: Kept) => void): () => void;
  /** Forgets a path (a tombstone that everybody has seen long ago). */
  forget(paths: readonly Name[]): Promise<void>;
  close(): Promise<void>;
}
