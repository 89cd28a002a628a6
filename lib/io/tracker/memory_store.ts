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

/** Several trackers may share one. */
export class MemoryStore implements TrackerStore {
  #epoch: string;
  #folder: string | undefined;
  #seq = 0;
  readonly #kept = new Map<string, Kept>();
  readonly #watchers = new Set<(kept: Kept) => void>();

  /** @param epoch another one for each store */
  constructor(epoch: string) {
    this.#epoch = epoch;
  }

  // deno-lint-ignore require-await -- others ask another machine
  async load(): Promise<TrackerState> {
    return {
      epoch: this.#epoch,
      folder: this.#folder,
      seq: this.#seq,
      kept: [...this.#kept.values()].sort((a, b) => a.seq - b.seq),
    };
  }

  // deno-lint-ignore require-await
  async put(offers: readonly Offer[]): Promise<readonly (number | Kept)[]> {
    return offers.map(({ record, over }) => this.#put(record, over));
  }

  // deno-lint-ignore require-await
  async setFolder(folder: string): Promise<void> {
    this.#folder = folder;
  }

  // deno-lint-ignore require-await
  async setEpoch(epoch: string): Promise<void> {
    this.#epoch = epoch;
  }

  watch(onKept: (kept: Kept) => void): () => void {
    this.#watchers.add(onKept);
    return () => void this.#watchers.delete(onKept);
  }

  async close(): Promise<void> {}

  #put(record: FileRecord, over: number): number | Kept {
    const there = this.#kept.get(record.path);
    if (there !== undefined && there.seq !== over) return there;
    const kept = { record, seq: ++this.#seq };
    this.#kept.set(record.path, kept);
    for (const tell of this.#watchers) tell(kept);
    return kept.seq;
  }
}
