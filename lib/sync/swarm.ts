/**
 * Which blocks of one content to ask whom for (docs/sync.md, "Several sources"). No I/O, no clock: it is told who has what
 * and what became of what was asked.
 *
 * Several receivers fetch the same content at the same time: each asks the holders of the whole content for its own share
 * first, and for the rest those who are still fetching, so that a holder sends each block about once. What others may yet
 * pass on, a whole holder is asked for only where the others do not keep up.
 *
 * @module
 */

import { BlockSet, type Run } from "./block_set.ts";
import { ownShare } from "./own_share.ts";
import type { ReplicaId, RootHash } from "./record.ts";
import { RUN_BYTES_MAX } from "./transfer_messages.ts";

/** At the end, when so few blocks are left, they are asked for a second time ... */
const ENDGAME_BLOCKS = 8;
/** ... if they were asked for so long ago: else what is on its way already would come twice. */
const ENDGAME_MS = 300;
/** A block that was asked for so long ago lies with one who is too slow: links are given what they send in a second. */
const LATE_MS = 2000;
/** What a whole holder is asked for at the same time beyond the own share, where others pass on too little. */
const LENT_RUNS_MAX = 2;
/** While none of the others is known to have anything yet, that is only waited for where much is left, and not for long. */
const FIRST_NEWS_MS = 500;
const MUCH_BLOCKS = 64;
/** That they pass on too little is so when nothing came from them for so long ... */
const STARVED_MS = 1000;
/** ... or if in a second less came from them than this share of the most that came from whole holders in one. */
const PASSED_ON_SHARE = 1 / 8;
const SLOT_MS = 1000;

interface Holder {
  /** `undefined`: all of them. */
  readonly has: BlockSet | undefined;
  /** Blocks it sent wrongly: not asked for there again. */
  readonly wrong: Set<number>;
  /** Runs that were asked for and not all answered. */
  readonly asked: Run[];
}

export class Swarm {
  /** The blocks that are here and right. */
  readonly have: BlockSet;
  readonly #root: RootHash;
  readonly #me: ReplicaId;
  readonly #blockBytes: number;
  readonly #holders = new Map<ReplicaId, Holder>();
  /** How many of those who are still fetching have a block. */
  readonly #copies: Uint16Array;
  /** How often a block is asked for now. */
  readonly #asked: Uint8Array;
  /** When a block was asked for last. */
  readonly #askedAt = new Map<number, number>();
  #share: Run;
  #hasOthers = false;
  /** Holders that are still fetching. */
  #parts = 0;
  /** When a block came from one of them, or when it was asked for the first one. */
  #passedOnAt: number | undefined;
  /** The second that is counted now, and blocks that came in it: from those who are still fetching, and from others. */
  #slot = 0;
  #passedOn = 0;
  #fromWhole = 0;
  #passedOnBefore = Infinity;
  #fromWholeMost = 0;

  /** @param blockLog log2 of the bytes of a block */
  constructor(
    root: RootHash,
    blocks: number,
    blockLog: number,
    me: ReplicaId,
  ) {
    this.#root = root;
    this.#me = me;
    this.#blockBytes = 2 ** blockLog;
    this.have = new BlockSet(blocks);
    this.#copies = new Uint16Array(blocks);
    this.#asked = new Uint8Array(blocks);
    this.#share = { at: 0, count: blocks };
  }

  /** Whether `id` counts as one who has the content, and how. */
  holds(id: ReplicaId): "whole" | "part" | undefined {
    const holder = this.#holders.get(id);
    if (holder === undefined) return undefined;
    return holder.has === undefined ? "whole" : "part";
  }

  /** Who else fetches the content or is about to, as far as it is known. */
  setReceivers(ids: readonly ReplicaId[]): void {
    this.#hasOthers = ids.some((id) => id !== this.#me);
    this.#share = ownShare(this.#root, this.have.size, this.#me, ids);
  }

  /** `id` has all blocks, or these. What it is asked for stays asked for. */
  setHolder(id: ReplicaId, has: BlockSet | "whole"): void {
    const { wrong, asked } = this.#holders.get(id) ??
      { wrong: new Set<number>(), asked: [] };
    this.#countCopies(id, -1);
    this.#holders.set(id, {
      has: has === "whole" ? undefined : has,
      wrong,
      asked,
    });
    this.#countCopies(id, 1);
  }

  /** `id`, who is fetching, has these blocks too; blocks that the content does not have are left aside. */
  addBlocks(id: ReplicaId, { at, count }: Run): void {
    const has = this.#holders.get(id)?.has;
    if (has === undefined) return;
    for (let i = at; i < Math.min(at + count, has.size); i++) {
      if (has.add(i)) this.#copies[i]!++;
    }
  }

  /** `id` is gone, or does not have it: what it was asked for is free again. */
  removeHolder(id: ReplicaId): void {
    const holder = this.#holders.get(id);
    if (holder === undefined) return;
    for (const run of [...holder.asked]) this.end(id, run);
    this.#countCopies(id, -1);
    this.#holders.delete(id);
  }

  /**
   * What to ask `id` for now, as asked for from now on: until `end`.
   *
   * @param now milliseconds on any clock that only goes forward
   * @param bytesMax at most so many, but one block at least
   */
  next(id: ReplicaId, now: number, bytesMax: number): Run | undefined {
    const holder = this.#holders.get(id);
    if (holder === undefined || this.have.isFull) return undefined;
    this.#passedOnAt ??= now;
    const run = this.#free(holder, now, bytesMax) ?? this.#again(holder, now);
    if (run === undefined) return undefined;
    holder.asked.push(run);
    for (let at = run.at; at < run.at + run.count; at++) {
      this.#asked[at]!++;
      this.#askedAt.set(at, now);
    }
    return run;
  }

  /** Nothing more comes of what `next` gave: what of it is not here is free again. */
  end(id: ReplicaId, run: Run): void {
    const asked = this.#holders.get(id)?.asked;
    const index = asked?.indexOf(run) ?? -1;
    if (index < 0) return;
    asked!.splice(index, 1);
    for (let at = run.at; at < run.at + run.count; at++) this.#asked[at]!--;
  }

  /**
   * The block is here, and right.
   *
   * @param from who sent it, if anybody
   * @param now as for `next`
   */
  arrived(at: number, from?: ReplicaId, now = 0): void {
    this.have.add(at);
    this.#askedAt.delete(at);
    const holds = from === undefined ? undefined : this.holds(from);
    if (holds === undefined) return;
    this.#count(now);
    if (holds === "whole") this.#fromWhole++;
    else {
      this.#passedOn++;
      this.#passedOnAt = now;
    }
  }

  /** `id` sent other bytes. */
  wrong(id: ReplicaId, at: number): void {
    this.#holders.get(id)?.wrong.add(at);
  }

  /** Whether all of `run` has come meanwhile, from whomever. */
  has(run: Run): boolean {
    for (let at = run.at; at < run.at + run.count; at++) {
      if (!this.have.has(at)) return false;
    }
    return true;
  }

  #free(holder: Holder, now: number, bytesMax: number): Run | undefined {
    const countMax = this.#countMax(bytesMax);
    if (holder.has !== undefined) return this.#rarest(holder, countMax);
    if (!this.#hasOthers) return this.#inShare(holder, countMax, true);
    const own = this.#inShare(holder, countMax, false);
    if (own !== undefined) return own;
    return this.#mayLend(holder, now)
      ? this.#lent(holder, countMax)
      : undefined;
  }

  /** Whether a whole holder may be asked for what others might pass on. */
  #mayLend(holder: Holder, now: number): boolean {
    const since = now - this.#passedOnAt!;
    if (this.#parts === 0) {
      const left = this.have.size - this.have.count;
      return left <= MUCH_BLOCKS || since >= FIRST_NEWS_MS;
    }
    if (holder.asked.length >= LENT_RUNS_MAX) return false;
    if (since >= STARVED_MS) return true;
    this.#count(now);
    return this.#passedOnBefore < this.#fromWholeMost * PASSED_ON_SHARE;
  }

  /** Begins to count anew with each second. */
  #count(now: number): void {
    const slot = Math.floor(now / SLOT_MS);
    if (slot === this.#slot) return;
    this.#passedOnBefore = slot === this.#slot + 1 ? this.#passedOn : Infinity;
    this.#fromWholeMost = Math.max(this.#fromWholeMost, this.#fromWhole);
    this.#slot = slot;
    this.#passedOn = this.#fromWhole = 0;
  }

  /** So that everybody who has it can send a part of what is left. */
  #countMax(bytesMax: number): number {
    const bytes = Math.min(bytesMax, RUN_BYTES_MAX);
    const left = this.have.size - this.have.count;
    const share = Math.ceil(left / (2 * this.#holders.size));
    return Math.max(
      1,
      Math.min(Math.floor(bytes / this.#blockBytes), share),
    );
  }

  /** From the beginning of the own share on; `beyond` it too, once round. */
  #inShare(
    holder: Holder,
    countMax: number,
    beyond: boolean,
  ): Run | undefined {
    const { size } = this.have;
    const length = beyond ? size : this.#share.count;
    for (let i = 0; i < length; i++) {
      const at = (this.#share.at + i) % size;
      if (!this.#isFree(holder, at)) continue;
      if (!beyond && this.#copies[at] !== 0) continue;
      let count = 1;
      while (
        count < countMax && i + count < length && at + count < size &&
        this.#isFree(holder, at + count) &&
        (beyond || this.#copies[at + count] === 0)
      ) count++;
      return { at, count };
    }
    return undefined;
  }

  /** What this one has and fewest others have, nearest behind the begin of the own share. */
  #rarest(holder: Holder, countMax: number): Run | undefined {
    const { size } = this.have;
    let best: number | undefined;
    for (let i = 0; i < size; i++) {
      const at = (this.#share.at + i) % size;
      if (!this.#isFree(holder, at)) continue;
      if (best === undefined || this.#copies[at]! < this.#copies[best]!) {
        best = at;
      }
      if (this.#copies[best] === 1) break;
    }
    if (best === undefined) return undefined;
    let count = 1;
    while (
      count < countMax && best + count < size &&
      this.#isFree(holder, best + count)
    ) count++;
    return { at: best, count };
  }

  /** Of what others might pass on: what they get last, since each begins at the begin of its share. */
  #lent(holder: Holder, countMax: number): Run | undefined {
    const { size } = this.have;
    let best: number | undefined;
    for (let i = 1; i <= size; i++) {
      const at = (this.#share.at + size - i) % size;
      if (!this.#isFree(holder, at)) continue;
      if (best === undefined || this.#copies[at]! < this.#copies[best]!) {
        best = at;
      }
      if (this.#copies[best] === 0) break;
    }
    if (best === undefined) return undefined;
    let at = best;
    while (
      best - at + 1 < countMax && at > 0 && this.#isFree(holder, at - 1) &&
      this.#copies[at - 1] === this.#copies[best]
    ) at--;
    return { at, count: best - at + 1 };
  }

  /** One block that somebody else was asked for and has not sent yet: at the end, or where it is late. */
  #again(holder: Holder, now: number): Run | undefined {
    const { size, count } = this.have;
    const ms = size - count <= ENDGAME_BLOCKS ? ENDGAME_MS : LATE_MS;
    for (const [at, since] of this.#askedAt) {
      if (now - since < ms || this.#asked[at] !== 1) continue;
      if (!this.#has(holder, at)) continue;
      if (holder.asked.some((run) => isIn(run, at))) continue;
      return { at, count: 1 };
    }
    return undefined;
  }

  #isFree(holder: Holder, at: number): boolean {
    return this.#asked[at] === 0 && !this.have.has(at) &&
      this.#has(holder, at);
  }

  #has(holder: Holder, at: number): boolean {
    return (holder.has === undefined || holder.has.has(at)) &&
      !holder.wrong.has(at);
  }

  #countCopies(id: ReplicaId, by: -1 | 1): void {
    const has = this.#holders.get(id)?.has;
    if (has === undefined) return;
    this.#parts += by;
    for (let at = 0; at < has.size; at++) {
      if (has.has(at)) this.#copies[at]! += by;
    }
  }
}

function isIn(run: Run, at: number): boolean {
  return at >= run.at && at < run.at + run.count;
}
