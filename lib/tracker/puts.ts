/**
 * What peers have put, until it is stored: the records of a turn become one batch for the store, of each path the newest.
 * Only what the store has taken is in the register, is acknowledged and told to others.
 *
 * @module
 */

import type { Name } from "../names/name.ts";
import { compareRecords, isSameVersion } from "../sync/order.ts";
import type { FileRecord, ReplicaId } from "../sync/record.ts";
import type { TrackerMessage } from "../sync/tracker_messages.ts";
import type { Link } from "./link.ts";
import type { LivePeer } from "./live_peer.ts";
import { type Entry, type Register, weightOf } from "./register.ts";

/** The winner at a path, with its number, as a store keeps it. */
export interface Kept {
  readonly record: FileRecord;
  readonly seq: number;
}

/** What a store is to put in place of what has the number `over` (0: of nothing). */
export interface Offer {
  readonly record: FileRecord;
  readonly over: number;
}

export interface PutLimits {
  /** Paths. */
  readonly recordsMax: number;
}

/** A `put` of a peer; of the tracker itself where there is no `from`. */
export interface Put {
  readonly id: number;
  readonly records: readonly (FileRecord | string)[];
  readonly from: { readonly peer: LivePeer; readonly link: Link } | undefined;
}

type Rej = Extract<TrackerMessage, { m: "rej" }>;
type Fault = Pick<Rej, "code" | "text">;

/** Which record of a `put` became of which entry. */
export interface Outcome {
  readonly put: Put;
  /** For each record: what is at its path now, or why it was refused. */
  readonly results: readonly (Entry | Fault)[];
}

interface Candidate {
  readonly record: FileRecord;
  readonly putter: ReplicaId | undefined;
}

/** A stamp may lie so far ahead: clocks that are further off are told (milliseconds). */
export const AHEAD_MS_MAX = 120_000;
/** What records may take on the average. */
const WEIGHT_EACH_MAX = 1000;

export class Puts {
  readonly #register: Register;
  readonly #limits: PutLimits;
  #waiting: Put[] = [];
  /** Those of the batch that is being stored. */
  #storing: Put[] = [];
  readonly #faults = new Map<FileRecord, Fault>();
  #offered: Candidate[] = [];
  /** What lost the race against another tracker, and is newer than what won it. */
  #again: Candidate[] = [];

  constructor(register: Register, limits: PutLimits) {
    this.#register = register;
    this.#limits = limits;
  }

  add(put: Put): void {
    this.#waiting.push(put);
  }

  /** Whether something was put that is not answered yet. */
  get isOpen(): boolean {
    return this.isDue || this.#storing.length > 0;
  }

  /** Whether there is something to be stored, or answered. */
  get isDue(): boolean {
    return this.#waiting.length > 0 || this.#again.length > 0;
  }

  /**
   * The next batch; nothing is put in the register while it is being stored.
   *
   * @param wall milliseconds since 1970
   */
  begin(wall: number): Offer[] {
    const best = new Map<Name, Candidate>();
    for (const candidate of this.#again) this.#consider(candidate, best);
    if (this.#again.length === 0) {
      this.#storing = this.#waiting;
      this.#waiting = [];
      for (const put of this.#storing) this.#weigh(put, best, wall);
    }
    this.#again = [];
    this.#offered = [...best.values()];
    return this.#offered.map(({ record }) => ({
      record,
      over: this.#register.get(record.path)?.seq ?? 0,
    }));
  }

  /**
   * The batch is stored.
   *
   * @param results for each offer its number, or what is there in its place
   * @returns what became of every `put`, in their order; nothing while some have to be offered again
   */
  stored(results: readonly (number | Kept)[]): Outcome[] {
    this.#offered.forEach((candidate, at) => {
      const result = results[at]!;
      if (typeof result === "number") {
        this.#register.set(candidate.record, result, candidate.putter);
      } else {
        this.learn(result);
        const there = this.#register.get(candidate.record.path);
        const isNewer = there === undefined ||
          compareRecords(candidate.record, there.record) > 0;
        if (isNewer) this.#again.push(candidate);
      }
    });
    this.#offered = [];
    if (this.#again.length > 0) return [];
    const outcomes = this.#storing.map((put) => this.#outcomeOf(put));
    this.#storing = [];
    this.#faults.clear();
    return outcomes;
  }

  /** Another tracker has put this into the store that both use. */
  learn({ record, seq }: Kept): boolean {
    const there = this.#register.get(record.path);
    const isNews = there === undefined ||
      compareRecords(record, there.record) > 0;
    if (isNews) this.#register.set(record, seq, undefined);
    return isNews;
  }

  #weigh(put: Put, best: Map<Name, Candidate>, wall: number): void {
    const putter = put.from?.peer.info.id;
    for (const record of put.records) {
      if (typeof record === "string") continue;
      const fault = this.#faultOf(record, best, wall);
      if (fault !== undefined) this.#faults.set(record, fault);
      else this.#consider({ record, putter }, best);
    }
  }

  #consider(candidate: Candidate, best: Map<Name, Candidate>): void {
    const { record } = candidate;
    const there = best.get(record.path) ?? this.#register.get(record.path);
    if (there === undefined || compareRecords(record, there.record) > 0) {
      best.set(record.path, candidate);
    }
  }

  #faultOf(
    record: FileRecord,
    best: ReadonlyMap<Name, Candidate>,
    wall: number,
  ): Fault | undefined {
    const ahead = record.stamp.phys - wall;
    if (ahead > AHEAD_MS_MAX) {
      const seconds = Math.round(ahead / 1000);
      const text =
        `The version was made ${seconds} s from now: is the clock right?`;
      return { code: "clock", text };
    }
    const { recordsMax } = this.#limits;
    const isKnown = this.#register.get(record.path) !== undefined ||
      best.has(record.path);
    const weight = this.#register.weight + weightOf(record);
    if (
      !isKnown && this.#register.size + best.size >= recordsMax ||
      weight > recordsMax * WEIGHT_EACH_MAX
    ) {
      const text = `The tracker keeps the records of ${recordsMax} paths`;
      return { code: "quota", text };
    }
    return undefined;
  }

  #outcomeOf(put: Put): Outcome {
    const results = put.records.map((record): Entry | Fault => {
      if (typeof record === "string") return { code: "name", text: record };
      const fault = this.#faults.get(record);
      if (fault !== undefined) return fault;
      // It was newer than nothing, or something is there.
      return this.#register.get(record.path)!;
    });
    return { put, results };
  }
}

/** What `record`, which came to `result`, is answered: its number, or a refusal. */
export function isTaken(
  record: FileRecord | string,
  result: Entry | Fault,
): result is Entry {
  return typeof record !== "string" && "record" in result &&
    isSameVersion(record, result.record);
}
