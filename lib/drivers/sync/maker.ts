/**
 * Makes the versions of this replica: counters that are never used twice, and the time.
 *
 * @module
 */

import type { ReplicaId } from "../../sync/record.ts";
import type { Maker } from "../../sync/versions.ts";

/** Counters that are reserved at once: one durable commit for so many versions. */
const RESERVED = 1000;

export class VersionMaker {
  #replica: ReplicaId;
  #counter: number;
  #counterMax: number;
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
    this.#counter = this.#counterMax = counterMax;
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
    if (this.#counter >= this.#counterMax) {
      const counterMax = this.#counter + RESERVED;
      this.#reserve(counterMax);
      this.#counterMax = counterMax;
    }
    return {
      replica: this.#replica,
      counter: ++this.#counter,
      now: this.#now(),
      witnessed,
    };
  }
}
