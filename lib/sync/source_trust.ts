/**
 * Which peers are worth asking now: not one that just was out of reach, and not one that sends wrong bytes.
 *
 * @module
 */

import type { ReplicaId } from "./record.ts";

/** Wrong blocks until a peer is not asked any more. */
const STRIKES_MAX = 3;
/** For so long. */
export const BAD_MS = 10 * 60_000;
/** After the first failure, the second, ...: doubled each time. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 30_000;

interface Record {
  strikes: number;
  failures: number;
  /** Not asked before. */
  until: number;
}

export class SourceTrust {
  readonly #records = new Map<ReplicaId, Record>();

  /** @param now milliseconds on a clock that only goes forward */
  isUsable(id: ReplicaId, now: number): boolean {
    return now >= (this.#records.get(id)?.until ?? -Infinity);
  }

  /**
   * It could not be reached, stood still or was lost: asked again after a pause, of `msMin` at least.
   *
   * @returns when that is over, on the clock of `now`
   */
  failed(id: ReplicaId, now: number, msMin = 0): number {
    const record = this.#recordOf(id);
    const pause = FIRST_PAUSE_MS * 2 ** Math.min(record.failures, 10);
    record.failures++;
    record.until = Math.max(
      record.until,
      now + Math.max(msMin, Math.min(pause, LONGEST_PAUSE_MS)),
    );
    return record.until;
  }

  /** It sent something useful. */
  worked(id: ReplicaId): void {
    const record = this.#records.get(id);
    if (record !== undefined) record.failures = 0;
  }

  /**
   * It sent wrong bytes.
   *
   * @returns whether that was once too often: it is not asked for `BAD_MS`
   */
  struck(id: ReplicaId, now: number): boolean {
    const record = this.#recordOf(id);
    record.strikes++;
    if (record.strikes < STRIKES_MAX) return false;
    record.strikes = 0;
    record.until = now + BAD_MS;
    return true;
  }

  /** Forgets everybody who is neither in `live` nor bad: peers come and go. */
  keepOnly(live: ReadonlySet<ReplicaId>, now: number): void {
    for (const [id, record] of this.#records) {
      if (!live.has(id) && record.until <= now) this.#records.delete(id);
    }
  }

  #recordOf(id: ReplicaId): Record {
    const record = this.#records.get(id) ??
      { strikes: 0, failures: 0, until: -Infinity };
    this.#records.set(id, record);
    return record;
  }
}
