/**
 * Which blocks of a content are there: a bit for each.
 *
 * @module
 */

/** Blocks that follow each other. */
export interface Run {
  readonly at: number;
  readonly count: number;
}

export class BlockSet {
  /** Blocks of the content. */
  readonly size: number;
  readonly #bits: Uint8Array<ArrayBuffer>;
  #count = 0;

  constructor(size: number) {
    this.size = size;
    this.#bits = new Uint8Array(bytesOf(size));
  }

  /**
   * The set that `bytes` tell: the first block in the lowest bit of the first byte.
   *
   * @returns `undefined` if they are no set of `size` blocks
   */
  static fromBytes(bytes: Uint8Array, size: number): BlockSet | undefined {
    if (bytes.length !== bytesOf(size)) return undefined;
    const set = new BlockSet(size);
    for (let at = 0; at < bytes.length * 8; at++) {
      if ((bytes[at >> 3]! & (1 << (at & 7))) === 0) continue;
      if (at >= size) return undefined;
      set.add(at);
    }
    return set;
  }

  /** How many are there. */
  get count(): number {
    return this.#count;
  }

  get isFull(): boolean {
    return this.#count === this.size;
  }

  has(at: number): boolean {
    return (this.#bits[at >> 3]! & (1 << (at & 7))) !== 0;
  }

  /** @returns whether it was not there before */
  add(at: number): boolean {
    if (this.has(at)) return false;
    this.#bits[at >> 3]! |= 1 << (at & 7);
    this.#count++;
    return true;
  }

  toBytes(): Uint8Array<ArrayBuffer> {
    return this.#bits.slice();
  }

  /** Runs of blocks that are here and not in `other`, at most `runsMax`. */
  runsBeyond(other: BlockSet, runsMax: number): Run[] {
    const runs: Run[] = [];
    for (let at = 0; at < this.size && runs.length < runsMax; at++) {
      if (!this.has(at) || other.has(at)) continue;
      const begin = at;
      while (at < this.size && this.has(at) && !other.has(at)) at++;
      runs.push({ at: begin, count: at - begin });
    }
    return runs;
  }
}

function bytesOf(blocks: number): number {
  return Math.ceil(blocks / 8);
}
