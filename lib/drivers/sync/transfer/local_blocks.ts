/**
 * Blocks that need not be fetched: what is left in the part of an earlier run, and what is in other files here (renames,
 * copies, small edits of large files). All of it is hashed; nothing is believed.
 *
 * @module
 */

import type { Clock } from "../../../io/clock.ts";
import type { PartHandle, ReadHandle } from "../../../io/sync/folder.ts";
import { BlockHasher } from "../../../sync/block_hasher.ts";
import { blockCount, blockLength, HASH_BYTES } from "../../../sync/blocks.ts";
import type { BlockList, SyncIndex } from "../../../sync/index_store.ts";
import type { RootHash } from "../../../sync/record.ts";
import type { BufferPool } from "../../outbox.ts";
import type { Holdings } from "../contents.ts";
import { readFully } from "./held_contents.ts";
import { TURN_BYTES } from "./turns.ts";

export interface LocalBlocksOptions {
  readonly index: Pick<SyncIndex, "placesOf">;
  readonly holdings: Holdings;
  readonly clock: Clock;
  readonly pool: BufferPool;
}

/** Looks for the blocks of one content. */
export class LocalBlocks {
  readonly #options: LocalBlocksOptions;
  readonly #list: BlockList;
  readonly #part: PartHandle;
  readonly #hasher = new BlockHasher();
  /** Files that were asked for; `undefined` if they are not there. */
  readonly #files = new Map<RootHash, ReadHandle | undefined>();

  constructor(options: LocalBlocksOptions, part: PartHandle, list: BlockList) {
    this.#options = options;
    this.#part = part;
    this.#list = list;
  }

  /**
   * Puts what is here into the part and tells `found` of each block that is right.
   *
   * @param isOver asked now and then: whether to stop
   * @throws the error of the disk, if the part cannot be written
   */
  async find(found: (at: number) => void, isOver: () => boolean) {
    const { clock, pool } = this.#options;
    const { size, blockLog } = this.#list;
    const buffer = pool.take();
    try {
      let bytes = 0;
      for (let at = 0; at < blockCount(size, blockLog); at++) {
        if (bytes >= TURN_BYTES) {
          bytes = 0;
          await clock.sleep(0);
          if (isOver()) return;
        }
        if (
          (!this.#part.isNew && this.#isLeft(at, buffer)) ||
          this.#copied(at, buffer)
        ) found(at);
        bytes += 2 ** blockLog;
      }
    } finally {
      pool.giveBack(buffer);
      for (const file of this.#files.values()) file?.close();
      this.#files.clear();
    }
  }

  /** Whether the block is in the part already. */
  #isLeft(at: number, buffer: Uint8Array): boolean {
    return this.#pass(this.#part, this.#offsetOf(at), at, buffer, undefined);
  }

  /** Whether it could be copied from a file that is here. */
  #copied(at: number, buffer: Uint8Array): boolean {
    const { root, hashes } = this.#list;
    const whole = this.#file(root);
    if (
      whole !== undefined &&
      this.#pass(whole, this.#offsetOf(at), at, buffer, this.#part)
    ) return true;
    const hash = hashes.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES);
    for (const place of this.#options.index.placesOf(hash)) {
      const file = this.#file(place.root);
      if (file === undefined) continue;
      const offset = place.at * 2 ** place.blockLog;
      if (this.#pass(file, offset, at, buffer, this.#part)) return true;
    }
    return false;
  }

  #file(root: RootHash): ReadHandle | undefined {
    if (!this.#files.has(root)) {
      this.#files.set(root, this.#options.holdings.open(root));
    }
    return this.#files.get(root);
  }

  /** Reads a block at `offset` of `from`, writes it to its place in `to`, and says whether it is the `at`-th one. */
  #pass(
    from: ReadHandle | PartHandle,
    offset: number,
    at: number,
    buffer: Uint8Array,
    to: PartHandle | undefined,
  ): boolean {
    const { size, blockLog, hashes } = this.#list;
    const length = blockLength(size, blockLog, at);
    let isWhole = true;
    for (let done = 0; isWhole && done < length;) {
      const piece = buffer.subarray(0, length - done);
      isWhole = readFully(from, offset + done, piece);
      if (!isWhole) break;
      this.#hasher.add(piece);
      to?.writeAt(this.#offsetOf(at) + done, piece);
      done += piece.length;
    }
    return this.#hasher.isBlock(hashes, at) && isWhole;
  }

  #offsetOf(at: number): number {
    return at * 2 ** this.#list.blockLog;
  }
}
