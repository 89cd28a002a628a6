/**
 * Makes the versions of this replica: counters that are never used twice, and the time.
 *
 * @module
 */

import type { IndexMeta } from "../../../sync/index_store.ts";
import type { FileRecord, ReplicaId } from "../../../sync/record.ts";
import type { Maker } from "../../../sync/versions.ts";

/** Counters that are reserved at once: one durable commit for so many versions. */
const RESERVED = 1000;

/** As whom versions are made, and the highest counter that may be used for them. */
export type Reserved = Pick<IndexMeta, "replica" | "counterMax">;

export class VersionMaker {
  #replica: ReplicaId;
  #counter: number;
  #counterMax: number;
  /** No version of an earlier run has a higher counter. */
  readonly #earlier: number;
  #isPublished = false;
  readonly #reserve: (as: Reserved) => void;
  readonly #now: () => number;

  /**
   * @param counterMax all counters up to this one may have been used
   * @param reserve writes that down, so that a power cut does not undo it
   * @param now milliseconds since 1970 by the tracker's clock
   */
  constructor(
    replica: ReplicaId,
    counterMax: number,
    reserve: (as: Reserved) => void,
    now: () => number,
  ) {
    this.#replica = replica;
    this.#counter = this.#counterMax = this.#earlier = counterMax;
    this.#reserve = reserve;
    this.#now = now;
  }

  get replica(): ReplicaId {
    return this.#replica;
  }

  /**
   * Goes on as another replica, which makes so many versions before it reserves more counters.
   *
   * @throws the error of the disk: nothing has changed then
   */
  become(replica: ReplicaId, versions: number): void {
    const counterMax = Math.max(this.#counterMax, this.#counter + versions);
    this.#reserve({ replica, counterMax });
    this.#replica = replica;
    this.#counterMax = counterMax;
  }

  /** Others may know versions of this run from now on. */
  published(): void {
    this.#isPublished = true;
  }

  /** Whether `record` was made in this run, or of one that was. */
  isOfThisRun({ vector }: FileRecord): boolean {
    return (vector[this.#replica] ?? 0) > this.#earlier;
  }

  /**
   * Whether somebody else makes versions as this replica: an old copy of the index was put back, or the machine was copied.
   *
   * @param record that others know
   */
  isCountedElsewhere({ vector }: FileRecord): boolean {
    const last = this.#isPublished ? this.#counter : this.#earlier;
    return (vector[this.#replica] ?? 0) > last;
  }

  /** No version of this replica can have a higher counter. */
  get counterMax(): number {
    return this.#counterMax;
  }

  /**
   * For one more version.
   *
   * @param witnessed whether it is known when the change happened
   * @throws the error of the disk, when no counters can be reserved
   */
  next(witnessed: boolean): Maker {
    return { ...this.count(), now: this.#now(), witnessed };
  }

  /**
   * For a version that keeps its time. The clock's offset is not asked for: it may not be known yet.
   *
   * @throws the error of the disk, when no counters can be reserved
   */
  count(): Pick<Maker, "replica" | "counter"> {
    if (this.#counter >= this.#counterMax) {
      this.become(this.#replica, RESERVED);
    }
    return { replica: this.#replica, counter: ++this.#counter };
  }
}
