/**
 * A tracker's store that outlives its tracker, and of which an old copy can be put back.
 *
 * @module
 */

import type { TrackerStore } from "../io/tracker/store.ts";
import type { Kept, Offer } from "../tracker/puts.ts";
import type { TrackerState } from "../tracker/tracker.ts";

export class SimStore implements TrackerStore {
  #epoch: string;
  #folder: string | undefined;
  #seq = 0;
  #kept = new Map<string, Kept>();

  /** An empty one. */
  constructor(epoch: string) {
    this.#epoch = epoch;
  }

  /** As it is now. */
  copy(): SimStore {
    const copy = new SimStore(this.#epoch);
    copy.#folder = this.#folder;
    copy.#seq = this.#seq;
    copy.#kept = new Map(this.#kept);
    return copy;
  }

  load(): Promise<TrackerState> {
    const kept = [...this.#kept.values()].sort((a, b) => a.seq - b.seq);
    return Promise.resolve({
      epoch: this.#epoch,
      folder: this.#folder,
      seq: this.#seq,
      kept,
    });
  }

  put(offers: readonly Offer[]): Promise<readonly (number | Kept)[]> {
    return Promise.resolve(offers.map((offer) => this.#put(offer)));
  }

  setFolder(folder: string): Promise<void> {
    this.#folder = folder;
    return Promise.resolve();
  }

  setEpoch(epoch: string): Promise<void> {
    this.#epoch = epoch;
    return Promise.resolve();
  }

  /** Nobody else puts anything there. */
  watch(): () => void {
    return () => {};
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #put({ record, over }: Offer): number | Kept {
    const there = this.#kept.get(record.path);
    if (there !== undefined && there.seq !== over) return there;
    const kept = { record, seq: ++this.#seq };
    this.#kept.set(record.path, kept);
    return kept.seq;
  }
}
