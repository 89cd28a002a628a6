/**
 * What waits to be written to a peer: small answers are joined here into one write, bodies are read from the disk straight
 * into it. The buffers come from a pool that all connections share, and are held only while there is something to send.
 *
 * @module
 */

import { encodeInto } from "../bytes/ascii.ts";
import { MisuseError } from "../errors.ts";

/** Room in front of and behind a chunk for the lines around it. */
export const LINES_BYTES = 1024;

/** From 64 KiB to 1 MiB the size makes no difference on loopback (docs/decisions.md); the larger ones take fewer calls. */
const LARGE_BYTES = 256 * 1024;
const SMALL_BYTES = 64 * 1024;
const SMALLEST_BYTES = 16 * 1024;

/** Buffers are large while all of them together are no more than this, and small beyond. */
const LARGE_BYTES_IN_USE_MAX = 24 * 1024 * 1024;
const SMALL_BYTES_IN_USE_MAX = 64 * 1024 * 1024;
/** Buffers of each size that are kept for the next: thrown away and made anew, they pile up faster than they are collected. */
const SPARE_BYTES_MAX = 32 * 1024 * 1024;

/**
 * Hands out buffers: 256 KiB each for dozens of busy connections, 64 KiB for hundreds, 16 KiB for thousands. So a thousand
 * clients at once cost some 80 MB and not 256 (docs/decisions.md, "Buffers").
 */
export class BufferPool {
  readonly #spare = new Map<number, Uint8Array<ArrayBuffer>[]>();
  readonly #largeBytes: number;
  #bytesInUse = 0;

  /** @param chunkBytes the largest chunk that has to fit a buffer while the load is light */
  constructor(chunkBytes = 0) {
    this.#largeBytes = Math.max(LARGE_BYTES, chunkBytes) + LINES_BYTES;
  }

  take(): Uint8Array<ArrayBuffer> {
    const size = this.#bytesInUse < LARGE_BYTES_IN_USE_MAX
      ? this.#largeBytes
      : this.#bytesInUse < SMALL_BYTES_IN_USE_MAX
      ? SMALL_BYTES
      : SMALLEST_BYTES;
    this.#bytesInUse += size;
    return this.#spare.get(size)?.pop() ?? new Uint8Array(size);
  }

  giveBack(buffer: Uint8Array<ArrayBuffer>): void {
    this.#bytesInUse -= buffer.length;
    const spare = this.#spare.get(buffer.length) ?? [];
    if (spare.length === 0) this.#spare.set(buffer.length, spare);
    if (spare.length * buffer.length < SPARE_BYTES_MAX) {
      spare.push(buffer);
    }
  }
}

/** Bytes on their way to one peer. */
export class Outbox {
  readonly #pool: BufferPool;
  #buffer: Uint8Array<ArrayBuffer> | undefined;
  #used = 0;

  constructor(pool: BufferPool) {
    this.#pool = pool;
  }

  /** How many bytes wait. */
  get length(): number {
    return this.#used;
  }

  /** How many more fit before it must be emptied. */
  get room(): number {
    return this.#taken().length - this.#used;
  }

  /**
   * The next `count` bytes of it, to be filled by the caller.
   *
   * @throws {MisuseError} if there is no room for them
   */
  stage(count: number): Uint8Array<ArrayBuffer> {
    const buffer = this.#taken();
    if (count > buffer.length - this.#used) {
      throw new MisuseError("Cannot stage: the outbox is full");
    }
    this.#used += count;
    return buffer.subarray(this.#used - count, this.#used);
  }

  /** Appends a copy of `bytes`, which must fit. */
  put(bytes: Uint8Array): void {
    this.stage(bytes.length).set(bytes);
  }

  /** Appends `text` as UTF-8, for which there must be room. */
  putText(text: string): void {
    const buffer = this.#taken();
    const written = encodeInto(text, buffer.subarray(this.#used));
    if (written < text.length) {
      throw new MisuseError("Cannot put: the outbox is full");
    }
    this.#used += written;
  }

  /** Takes back everything behind the first `length` bytes. */
  cutTo(length: number): void {
    this.#used = length;
  }

  /** What waits; after it is written, call `empty` or `clear`. */
  waiting(): Uint8Array<ArrayBuffer> {
    return this.#taken().subarray(0, this.#used);
  }

  /** Forgets everything, and keeps the buffer for more. */
  empty(): void {
    this.#used = 0;
  }

  /** Forgets everything and gives the buffer back: nothing is to be sent for now. */
  clear(): void {
    if (this.#buffer !== undefined) this.#pool.giveBack(this.#buffer);
    this.#buffer = undefined;
    this.#used = 0;
  }

  #taken(): Uint8Array<ArrayBuffer> {
    return this.#buffer ??= this.#pool.take();
  }
}
