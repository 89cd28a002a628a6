/**
 * Makes the versions of this replica: counters that are never used twice, and the time.
 *
 * @module
 */

import type { FileRecord, ReplicaId } from "../../../sync/record.ts";
import type { Maker } from "../../../sync/versions.ts";

/** Counters that are reserved at once: one durable commit for so many versions. */
const RESERVED = 1000;

export class VersionMaker {
  #replica: ReplicaId;
  #counter: number;
  #counterMax: number;
  /** No version of an earlier run has a higher counter. */
  readonly #earlier: number;
  #isPublished = false;
  readonly #reserve: (counterMax: number) => void;
  readonly #now: () => number;

  /**
   * @param counterMax all counters up to this one may have been used
   * @param reserve writes down, so that a power cut does not undo it, that all up to this one may be used
   * @param now milliseconds since 1970 by the tracker's clock
   */
  constructor(
    replica: ReplicaId,
    counterMax: number,
    reserve: (counterMax: number) => void,
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

  /** Goes on as another replica. */
  become(replica: ReplicaId): void {
    this.#replica = replica;
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
      const counterMax = this.#counter + RESERVED;
      this.#reserve(counterMax);
      this.#counterMax = counterMax;
    }
    return { replica: this.#replica, counter: ++this.#counter };
  }
}
