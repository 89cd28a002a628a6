/**
 * Small files: many with one request, the requests spread over all who have them. A file of a few blocks needs no block
 * list: its hashes are made of what comes, and the root of them.
 *
 * @module
 */

import { PeerError, Refusal } from "../../../errors.ts";
import type { PartHandle } from "../../../io/sync/folder.ts";
import { BlockHasher } from "../../../sync/block_hasher.ts";
import { blockCount, HASH_BYTES, isListOf } from "../../../sync/blocks.ts";
import { rankOf } from "../../../sync/own_share.ts";
import type { FileRecord, ReplicaId } from "../../../sync/record.ts";
import type { TransferFault } from "../../../sync/transfer_messages.ts";
import { readFully } from "./held_contents.ts";
import {
  BUSY_MS,
  Fetching,
  type FetchingOptions,
  WRONG_MS,
} from "./fetching.ts";
import type { Body } from "./frame_reader.ts";
import type { Asker, PeerLink } from "./peer_link.ts";

/** Contents of so many blocks are fetched whole. */
export const SMALL_BLOCKS_MAX = 8;
/** Less than the protocol allows: so there is something left for others who have the files, too. */
const BATCH_BYTES = 1024 * 1024;
const BATCH_FILES = 64;
/** Batches that are asked for on one connection. */
const BATCHES_MAX = 3;

/** One small file. */
export class SmallFetch extends Fetching {
  /** Where it stands in the order: another one at each receiver, so that not all begin with the same file. */
  readonly rank: number;
  /** What it is asked for with. */
  asked: Batch | undefined;
  /** Not asked for before: its part is in other hands. */
  notBefore = -Infinity;
  readonly #hashes: Uint8Array<ArrayBuffer>;
  readonly #hasher = new BlockHasher();
  readonly #blockBytes: number;
  #part: PartHandle | undefined;
  #done = 0;

  constructor(record: FileRecord, root: string, options: FetchingOptions) {
    super(record, root, options);
    this.rank = rankOf(root, options.me);
    const blocks = blockCount(record.size, record.blockLog);
    this.#hashes = new Uint8Array(blocks * HASH_BYTES);
    this.#blockBytes = 2 ** record.blockLog;
  }

  get done(): number {
    return this.#done;
  }

  override get isHopeless(): boolean {
    return this.asked === undefined && super.isHopeless;
  }

  /** Takes it from a file that is here already, if there is one. */
  takeLocal(): void {
    const file = this.options.holdings.open(this.root);
    if (file === undefined) return;
    const { pool } = this.options;
    const buffer = pool.take();
    try {
      while (this.#done < this.record.size) {
        const piece = buffer.subarray(0, this.record.size - this.#done);
        if (!readFully(file, this.#done, piece) || !this.take(piece)) break;
      }
      if (!this.isOver) this.finish();
    } finally {
      pool.giveBack(buffer);
      file.close();
    }
  }

  /**
   * Puts `piece` behind what is there.
   *
   * @returns whether more is wanted
   */
  take(piece: Uint8Array): boolean {
    if (this.isOver) return false;
    try {
      const { size } = this.record;
      this.#part ??= this.options.folder.part(this.root, size);
      this.#part.writeAt(this.#done, piece);
    } catch (error) {
      if (!(error instanceof Refusal && error.code === "busy")) {
        this.fail(error);
        return false;
      }
      this.notBefore = this.options.clock.now() + BUSY_MS;
      this.restart();
      return false;
    }
    for (let at = 0; at < piece.length;) {
      const room = this.#blockBytes - this.#done % this.#blockBytes;
      const bytes = piece.subarray(at, at + room);
      this.#hasher.add(bytes);
      const block = Math.floor(this.#done / this.#blockBytes);
      at += bytes.length;
      this.#done += bytes.length;
      if (
        this.#done % this.#blockBytes === 0 || this.#done === this.record.size
      ) this.#hashes.set(this.#hasher.finish(), block * HASH_BYTES);
    }
    return true;
  }

  /** It is all there: @returns whether it is right. If not, it begins anew. */
  finish(): boolean {
    const { size, blockLog } = this.record;
    const { root } = this;
    const part = this.#part;
    if (
      part === undefined || this.#done < size ||
      !isListOf(root, size, blockLog, this.#hashes)
    ) {
      this.restart();
      return false;
    }
    this.#part = undefined;
    this.succeed({
      part,
      list: { root, size, blockLog, hashes: this.#hashes },
    });
    return true;
  }

  /** Forgets what came. */
  restart(): void {
    if (this.#done % this.#blockBytes !== 0) this.#hasher.finish();
    this.#done = 0;
    this.asked = undefined;
  }

  override fail(error: unknown): void {
    this.#part?.close();
    this.#part = undefined;
    super.fail(error);
  }

  /** Bytes of it came over the network. */
  count(bytes: number): void {
    this.came(bytes);
  }
}

/** All small files on their way. */
export class SmallFetches {
  readonly #options: FetchingOptions;
  readonly #fetches = new Set<SmallFetch>();
  readonly #batches = new Map<PeerLink, number>();

  constructor(options: FetchingOptions) {
    this.#options = options;
  }

  get all(): Iterable<SmallFetch> {
    return this.#fetches;
  }

  add(fetch: SmallFetch): void {
    this.#fetches.add(fetch);
  }

  delete(fetch: SmallFetch): void {
    this.#fetches.delete(fetch);
  }

  /** Asks `link` for its share of what waits, if it has some of it. */
  ask(link: PeerLink, links: Iterable<PeerLink> = [link]): boolean {
    const batches = this.#batches.get(link) ?? 0;
    if (batches >= BATCHES_MAX || link.room === 0) return false;
    const files = this.#shareOf(link, links);
    if (files.length === 0) return false;
    this.#batches.set(link, batches + 1);
    const batch = new Batch(files, link.peer, this.#options, () => {
      const left = (this.#batches.get(link) ?? 1) - 1;
      if (left === 0) this.#batches.delete(link);
      else this.#batches.set(link, left);
      this.#options.changed();
    });
    for (const file of files) file.asked = batch;
    link.ask({ m: "files", roots: files.map(({ root }) => root) }, batch);
    return true;
  }

  #shareOf(link: PeerLink, links: Iterable<PeerLink>): SmallFetch[] {
    const now = this.#options.clock.now();
    const waiting = [...this.#fetches].filter((fetch) =>
      fetch.asked === undefined && !fetch.isOver && now >= fetch.notBefore &&
      fetch.holds(link.peer, now) === "whole"
    ).sort((a, b) => a.rank - b.rank);
    const [first] = waiting;
    if (first === undefined) return [];
    const others = [...links].filter((other) =>
      other.room > 0 && first.holds(other.peer, now) === "whole"
    );
    const share = Math.ceil(waiting.length / Math.max(1, others.length));
    let bytes = Math.min(BATCH_BYTES, link.room);
    let count = 0;
    for (const { record } of waiting.slice(0, Math.min(share, BATCH_FILES))) {
      bytes -= record.size;
      if (bytes < 0 && count > 0) break;
      count++;
    }
    return waiting.slice(0, count);
  }
}

/** Files that were asked for together. */
class Batch implements Asker {
  readonly bytes: number;
  readonly peer: ReplicaId;
  readonly #files: readonly SmallFetch[];
  readonly #options: FetchingOptions;
  readonly #over: () => void;
  /** Of which something more comes. */
  readonly #open = new Set<number>();
  /** Bytes that came of the file whose turn it is. */
  #at = 0;
  #of: number | undefined;

  constructor(
    files: readonly SmallFetch[],
    peer: ReplicaId,
    options: FetchingOptions,
    over: () => void,
  ) {
    this.#files = files;
    this.peer = peer;
    this.#options = options;
    this.#over = over;
    this.bytes = files.reduce((sum, { record }) => sum + record.size, 0);
    for (const of of files.keys()) this.#open.add(of);
  }

  async data(of: number | undefined, body: Body): Promise<boolean> {
    const file = this.#fileOf(of);
    if (this.#of !== of) {
      this.#of = of;
      this.#at = 0;
    }
    const { size } = file.record;
    if (this.#at + body.left > size) {
      throw new PeerError("The peer sends more than the file has");
    }
    const { pool } = this.#options;
    const buffer = pool.take();
    try {
      while (body.left > 0) {
        const piece = await body.read(buffer);
        this.#at += piece.length;
        file.count(piece.length);
        if (file.asked === this) file.take(piece);
      }
    } finally {
      pool.giveBack(buffer);
    }
    if (this.#at < size) return false;
    if (file.asked === this && !file.isOver) {
      if (file.finish()) this.#options.worked(this.peer);
      else {
        file.shun(this.peer, WRONG_MS);
        this.#options.struck(this.peer);
      }
    }
    return this.#close(of!);
  }

  refused(of: number | undefined, _code: TransferFault): boolean {
    const file = this.#fileOf(of);
    file.shun(this.peer);
    if (file.asked === this) file.restart();
    return this.#close(of!);
  }

  lost(): void {
    for (const of of this.#open) {
      const file = this.#files[of]!;
      if (file.asked === this) file.restart();
    }
    this.#over();
  }

  #fileOf(of: number | undefined): SmallFetch {
    if (of === undefined || !this.#open.has(of)) {
      throw new PeerError("The peer sends a file that was not asked for");
    }
    return this.#files[of]!;
  }

  #close(of: number): boolean {
    this.#open.delete(of);
    if (this.#open.size > 0) return false;
    this.#over();
    return true;
  }
}
