/**
 * Who can be asked for a content, as far as one fetch after the other has found out; and contents of which nobody can be
 * asked now: the tracker tells when somebody comes who has one, and is asked itself ever more rarely, for many at once.
 *
 * @module
 */

import type { Clock } from "../../../io/clock.ts";
import type { ReplicaId, RootHash } from "../../../sync/record.ts";
import { WANT_ROOTS_MAX } from "../../../sync/tracker_messages.ts";
import { Alarm } from "../alarm.ts";
import type { Sources } from "./sources.ts";

/** The tracker is asked again after this, then after twice as long, and so on. */
const FIRST_PAUSE_MS = 2000;
const LONGEST_PAUSE_MS = 64_000;
/** When somebody comes it is asked earlier, but not more often than this. */
const ARRIVAL_PAUSE_MS = 20_000;
/** What is to be asked is gathered for so long. */
const GATHER_MS = 20;

/** What is known of one content, from one fetch of it to the next. */
export interface Search {
  readonly root: RootHash;
  /** Who does not have it although the tracker says so, or sent wrong bytes: not asked before this. */
  readonly shunned: Map<ReplicaId, number>;
  /** Who has a part, and nothing in it that is lacking here. */
  vain: ReadonlySet<ReplicaId>;
  /** When the tracker was asked last. */
  askedAt: number;
  pauseMs: number;
  /** When it is asked again, while `found` waits. */
  nextAt: number;
  /** To be called when somebody can be asked. */
  found: (() => void) | undefined;
}

export interface SearchesOptions {
  readonly clock: Clock;
  readonly sources: Sources;
  readonly over: AbortSignal;
  /** Whether `root` is in a file here, by now. */
  readonly isHere: (root: RootHash) => boolean;
  /** Asks the tracker. */
  readonly want: (roots: readonly RootHash[]) => void;
}

export class Searches {
  readonly #options: SearchesOptions;
  readonly #all = new Map<RootHash, Search>();
  /** Those with `found`. */
  readonly #waiting = new Set<Search>();
  #toAsk = new Set<RootHash>();
  readonly #alarm: Alarm;

  constructor(options: SearchesOptions) {
    this.#options = options;
    const { clock, over } = options;
    this.#alarm = new Alarm(clock, over, () => this.#askAgain());
  }

  /** What is known of `root`; kept until `end`. */
  of(root: RootHash): Search {
    const known = this.#all.get(root);
    if (known !== undefined) return known;
    const search: Search = {
      root,
      shunned: new Map(),
      vain: new Set(),
      askedAt: -Infinity,
      pauseMs: FIRST_PAUSE_MS,
      nextAt: 0,
      found: undefined,
    };
    this.#all.set(root, search);
    return search;
  }

  /** It is here, or not wanted any more. */
  end(root: RootHash): void {
    const search = this.#all.get(root);
    if (search === undefined) return;
    this.#all.delete(root);
    this.#waiting.delete(search);
  }

  /** Who can be asked for it now, for all of it or a part. */
  usable({ root, shunned }: Search, now: number): ReplicaId[] {
    const usable = this.#options.sources.of(root, now);
    if (shunned.size === 0) return usable;
    return usable.filter((id) => now >= (shunned.get(id) ?? -Infinity));
  }

  /** Asks the tracker for who has it, if that was not done in the last `pauseMs`. */
  ask(search: Search, pauseMs: number): void {
    const { clock } = this.#options;
    if (clock.now() - search.askedAt < pauseMs) return;
    search.askedAt = clock.now();
    this.#toAsk.add(search.root);
    if (this.#toAsk.size > 1) return;
    const { over, want } = this.#options;
    void clock.sleep(GATHER_MS, over).then(() => {
      const roots = [...this.#toAsk];
      this.#toAsk = new Set();
      if (over.aborted) return;
      while (roots.length > 0) want(roots.splice(0, WANT_ROOTS_MAX));
    });
  }

  /** Calls `found`, once, later, when somebody can be asked for `root`, or when it has come into a file here otherwise. */
  wait(root: RootHash, found: () => void): void {
    const search = this.of(root);
    search.found = found;
    this.#waiting.add(search);
    this.ask(search, search.pauseMs);
    const now = this.#options.clock.now();
    if (search.nextAt <= now) search.nextAt = nextAfter(now, search.pauseMs);
    // Not while it is being said that nobody can be asked.
    void Promise.resolve().then(() => this.#look(search));
    this.#alarm.set(search.nextAt);
  }

  /** The tracker said who has `root`. */
  told(root: RootHash): void {
    const search = this.#all.get(root);
    if (search !== undefined) this.#look(search);
  }

  /**
   * The live peers are others now.
   *
   * @param isNew whether one of them was not here before: it may have what the tracker does not tell unasked
   */
  peersChanged(isNew: boolean): void {
    const { sources, clock } = this.#options;
    const soon = nextAfter(clock.now(), FIRST_PAUSE_MS);
    for (const search of this.#waiting) {
      // Who comes back may have more.
      if (search.vain.size > 0) {
        search.vain = new Set(
          [...search.vain].filter((id) => sources.peer(id) !== undefined),
        );
      }
      if (!isNew) continue;
      const next = Math.max(soon, search.askedAt + ARRIVAL_PAUSE_MS);
      if (next >= search.nextAt) continue;
      search.nextAt = next;
      this.#alarm.set(next);
    }
    this.look();
  }

  /** Some can be asked, perhaps, who could not. */
  look(): void {
    for (const search of [...this.#waiting]) this.#look(search);
  }

  #look(search: Search): void {
    if (!this.#waiting.has(search)) return;
    const { sources, clock } = this.#options;
    const now = clock.now();
    const canBeAsked = this.usable(search, now).some((id) =>
      !search.vain.has(id) || sources.holds(id, search.root, now) === "whole"
    );
    if (canBeAsked) this.#end(search);
  }

  #end(search: Search): void {
    const { found } = search;
    search.found = undefined;
    this.#waiting.delete(search);
    found?.();
  }

  #askAgain(): void {
    const now = this.#options.clock.now();
    let next = Infinity;
    for (const search of [...this.#waiting]) {
      if (search.nextAt <= now) {
        search.pauseMs = Math.min(2 * search.pauseMs, LONGEST_PAUSE_MS);
        search.nextAt = nextAfter(now, search.pauseMs);
        this.ask(search, 0);
        if (this.#options.isHere(search.root)) this.#end(search);
        else this.#look(search);
      }
      if (search.found !== undefined) next = Math.min(next, search.nextAt);
    }
    this.#alarm.set(next);
  }
}

/** About `pauseMs` after `now`, at a time that is the same for many: so they are asked for together. */
function nextAfter(now: number, pauseMs: number): number {
  return Math.ceil((now + pauseMs / 2) / pauseMs) * pauseMs;
}
