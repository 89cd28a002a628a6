/**
 * A run of blocks on its way from one peer.
 *
 * @module
 */

import { PeerError } from "../../../errors.ts";
import { BlockHasher } from "../../../sync/block_hasher.ts";
import type { Run } from "../../../sync/block_set.ts";
import { blockLength } from "../../../sync/blocks.ts";
import type { BufferPool } from "../../outbox.ts";
import type { Body } from "./frame_reader.ts";
import type { LargeFetch } from "./large_fetch.ts";
import type { Asker, PeerLink } from "./peer_link.ts";

/** Takes the bytes of a run as they come, and hashes block after block. */
export class RunTaking implements Asker {
  readonly bytes: number;
  readonly #fetch: LargeFetch;
  readonly #link: PeerLink;
  readonly #pool: BufferPool;
  readonly #end: () => void;
  readonly #hasher = new BlockHasher();
  #at: number;
  /** Bytes of the block that came. */
  #offset = 0;
  #left: number;

  constructor(
    fetch: LargeFetch,
    run: Run,
    length: number,
    link: PeerLink,
    pool: BufferPool,
    end: () => void,
  ) {
    this.#fetch = fetch;
    this.#link = link;
    this.#pool = pool;
    this.#end = end;
    this.bytes = this.#left = length;
    this.#at = run.at;
  }

  async data(of: number | undefined, body: Body): Promise<boolean> {
    if (of !== undefined || body.left > this.#left) {
      throw new PeerError("The peer sends more than was asked for");
    }
    const { size, blockLog } = this.#fetch.record;
    const buffer = this.#pool.take();
    try {
      while (body.left > 0) {
        const length = blockLength(size, blockLog, this.#at);
        const room = buffer.subarray(0, length - this.#offset);
        const piece = await body.read(room);
        this.#hasher.add(piece);
        this.#fetch.put(this, this.#at, this.#offset, piece);
        this.#offset += piece.length;
        this.#left -= piece.length;
        if (this.#offset < length) continue;
        this.#fetch.take(this, this.#at, this.#link.peer, this.#hasher);
        this.#at++;
        this.#offset = 0;
      }
    } finally {
      this.#pool.giveBack(buffer);
    }
    if (this.#left > 0) return false;
    this.#end();
    return true;
  }

  refused(): boolean {
    this.#fetch.drop(this, this.#at);
    this.#end();
    this.#fetch.gone(this.#link);
    return true;
  }

  lost(): void {
    this.#fetch.drop(this, this.#at);
    this.#end();
  }
}
