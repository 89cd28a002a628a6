/**
 * Where the tracker keeps its register: in memory, in SQLite (`sqlite_store.ts`), later in NATS. All of it is a cache
 * that the peers can rebuild. `testing/tracker_store_suite.ts` holds all to the same promises.
 *
 * @module
 */

import type { Kept, Offer } from "../../tracker/puts.ts";
import type { TrackerState } from "../../tracker/tracker.ts";

export interface TrackerStore {
  /**
   * What was kept; asynchronous, as it may lie on another machine. The epoch is made anew whenever the state was lost.
   */
  load(): Promise<TrackerState>;
  /**
   * Puts these, all of other paths, in place of what is kept there, if that still has the number in `over`. The store
   * numbers what it takes: larger than all before, in their order.
   *
   * @returns for each its number, or what is there instead: another tracker was faster
   * @throws if nothing of it was kept; it is tried again
   */
  put(offers: readonly Offer[]): Promise<readonly (number | Kept)[]>;
  setFolder(folder: string): Promise<void>;
  /** Numbers mean something else from now on; what is kept stays. */
  setEpoch(epoch: string): Promise<void>;
  /**
   * Tells what other trackers put, where a store is shared: in the order of their numbers, each before `put` gives a larger
   * one.
   */
  watch(onKept: (kept: Kept) => void): () => void;
  close(): Promise<void>;
}
