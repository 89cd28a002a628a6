/**
 * What fetches of small and of large contents have in common.
 *
 * @module
 */

import type { Clock } from "../../../io/clock.ts";
import type { PartHandle, SyncFolder } from "../../../io/sync/folder.ts";
import type { BlockList } from "../../../sync/index_store.ts";
import type { FileRecord, ReplicaId, RootHash } from "../../../sync/record.ts";
import type { BufferPool } from "../../outbox.ts";
import type { FetchProgress, Holdings, NoSource } from "../contents.ts";
import type { Search, Searches } from "./searches.ts";
import type { Sources } from "./sources.ts";

/** Who does not have it (any more), although the tracker says so, is not asked for it again before this. */
const SHUN_MS = 2000;
/** A part that somebody else has open is tried again after this. */
export const BUSY_MS = 100;
/** Nothing comes: who could be asked is asked of the tracker again. */
export const STALLED_MS = 5000;
/** The tracker does not say who has it. */
const UNTOLD_MS = 2000;
/** Who sent wrong bytes of it is not asked for it for so long: perhaps nobody else has it, and the next are right. */
export const WRONG_MS = 5000;

/** What comes of a fetch. */
export interface Fetched {
  readonly part: PartHandle;
  readonly list: BlockList;
}

/** What a fetch is given. */
export interface FetchingOptions {
  readonly me: ReplicaId;
  readonly folder: Pick<SyncFolder, "part">;
  readonly holdings: Holdings;
  readonly clock: Clock;
  readonly pool: BufferPool;
  readonly sources: Sources;
  readonly searches: Searches;
  /** So many bytes of contents came over the network. */
  readonly received: (bytes: number) => void;
  /** A peer sent wrong bytes. */
  readonly struck: (peer: ReplicaId) => void;
  /** A peer sent right bytes. */
  readonly worked: (peer: ReplicaId) => void;
  /** There may be something to ask for now. */
  readonly changed: () => void;
}

/** One content on its way. */
export class Fetching {
  readonly record: FileRecord;
  readonly root: string;
  protected readonly options: FetchingOptions;
  protected readonly search: Search;
  readonly #result = Promise.withResolvers<Fetched>();
  #isOver = false;
  /** When something of it came last. */
  #cameAt: number;
  /** Bytes that came over the network. */
  #fetched = 0;
  #fetchedBefore = 0;
  /** Bytes a second, lately. */
  #rate = 0;

  constructor(record: FileRecord, root: string, options: FetchingOptions) {
    this.record = record;
    this.root = root;
    this.options = options;
    this.search = options.searches.of(root);
    this.#cameAt = options.clock.now();
  }

  /** Settles when it is over. */
  get result(): Promise<Fetched> {
    return this.#result.promise;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** How much `id` has of it, if it can be asked for it now. */
  holds(
    id: ReplicaId,
    now: number = this.options.clock.now(),
  ): "whole" | "part" | undefined {
    if (now < (this.search.shunned.get(id) ?? -Infinity)) return undefined;
    return this.options.sources.holds(id, this.root, now);
  }

  /** Who can be asked for it now. Asks the tracker, now and then, if that is nobody, or nothing comes of them. */
  usable(now: number = this.options.clock.now()): ReplicaId[] {
    const { searches } = this.options;
    const usable = searches.usable(this.search, now);
    // Those who have a part may lack the same blocks: somebody else may have them by now.
    if (now - this.#cameAt >= STALLED_MS) searches.ask(this.search, STALLED_MS);
    else if (usable.length === 0) {
      searches.ask(this.search, this.search.pauseMs);
    }
    return usable;
  }

  /** Whether nobody can be asked, and the tracker knows nobody either. */
  get isHopeless(): boolean {
    if (this.isOver || this.usable().length > 0) return false;
    return this.options.sources.isKnown(this.root) || this.idleMs >= UNTOLD_MS;
  }

  /** Nothing comes of those who can be asked, if any can: until others have it, or they have more. */
  giveUp(error: NoSource): void {
    this.search.vain = new Set(this.usable());
    this.fail(error);
  }

  /** Does not ask `id` for it for a while. */
  shun(id: ReplicaId, ms: number = SHUN_MS): void {
    this.search.shunned.set(id, this.options.clock.now() + ms);
  }

  /** Milliseconds since something of it came, or it was begun with. */
  protected get idleMs(): number {
    return this.options.clock.now() - this.#cameAt;
  }

  /** From now on something may come. */
  protected beginToWait(): void {
    this.#cameAt = this.options.clock.now();
  }

  /** To be called every `ms`. */
  tick(ms: number): void {
    const rate = (this.#fetched - this.#fetchedBefore) * 1000 / ms;
    this.#fetchedBefore = this.#fetched;
    this.#rate = (this.#rate * 7 + rate) / 8;
  }

  progress(done: number, sources: readonly ReplicaId[]): FetchProgress {
    const { path, size } = this.record;
    return {
      root: this.root,
      path,
      size,
      done,
      fetched: this.#fetched,
      rate: Math.round(this.#rate),
      sources,
    };
  }

  protected came(bytes: number): void {
    this.#fetched += bytes;
    this.#cameAt = this.options.clock.now();
    this.options.received(bytes);
  }

  protected succeed(fetched: Fetched): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#result.resolve(fetched);
  }

  /** It is given up: the disk refuses, nobody has it, or it is not wanted any more. */
  fail(error: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#result.reject(error);
  }
}

/** Whether the whole content is in a file here. */
export function isHere(
  holdings: Pick<Holdings, "open">,
  root: RootHash,
): boolean {
  const file = holdings.open(root);
  file?.close();
  return file !== undefined;
}
