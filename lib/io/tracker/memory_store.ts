/**
 * A tracker's store in memory: gone with the program. It numbers from 1 in a new epoch then, and the peers tell what they
 * have.
 *
 * @module
 */

import type { FileRecord } from "../../sync/record.ts";
import type { Kept, Offer } from "../../tracker/puts.ts";
import type { TrackerState } from "../../tracker/tracker.ts";
import type { TrackerStore } from "./store.ts";

/** What trackers share. */
interface Shared {
  epoch: string;
  folder: string | undefined;
  seq: number;
  readonly kept: Map<string, Kept>;
  readonly stores: Set<MemoryStore>;
}

export class MemoryStore implements TrackerStore {
  readonly #shared: Shared;
  readonly #watchers = new Set<(kept: Kept) => void>();

  /** @param from another one for each store; or the store of another tracker, to share what is in it */
  constructor(from: string | MemoryStore) {
    this.#shared = typeof from === "string"
      ? {
        epoch: from,
        folder: undefined,
        seq: 0,
        kept: new Map(),
        stores: new Set(),
      }
      : from.#shared;
    this.#shared.stores.add(this);
  }

  // deno-lint-ignore require-await -- others ask another machine
  async load(): Promise<TrackerState> {
    const { epoch, folder, seq, kept } = this.#shared;
    return {
      epoch,
      folder,
      seq,
      kept: [...kept.values()].sort((a, b) => a.seq - b.seq),
    };
  }

  // deno-lint-ignore require-await
  async put(offers: readonly Offer[]): Promise<readonly (number | Kept)[]> {
    return offers.map(({ record, over }) => this.#put(record, over));
  }

  // deno-lint-ignore require-await
  async setFolder(folder: string): Promise<void> {
    this.#shared.folder = folder;
  }

  // deno-lint-ignore require-await
  async setEpoch(epoch: string): Promise<void> {
    this.#shared.epoch = epoch;
  }

  watch(onKept: (kept: Kept) => void): () => void {
    this.#watchers.add(onKept);
    return () => void this.#watchers.delete(onKept);
  }

  // deno-lint-ignore require-await
  async close(): Promise<void> {
    this.#shared.stores.delete(this);
  }

  #put(record: FileRecord, over: number): number | Kept {
    const shared = this.#shared;
    const there = shared.kept.get(record.path);
    if (there !== undefined && there.seq !== over) return there;
    const kept = { record, seq: ++shared.seq };
    shared.kept.set(record.path, kept);
    for (const store of shared.stores) {
      if (store === this) continue;
      for (const tell of store.#watchers) tell(kept);
    }
    return kept.seq;
  }
}
