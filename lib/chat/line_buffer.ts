/**
 * Lines on their way out, as bytes: composed in place, so that no string is made for a message that only passes.
 *
 * @module
 */

import { encodeInto } from "../bytes/ascii.ts";

const INITIAL_BYTES = 256;
/** A loop beats `set` for what is short (a nanosecond for each byte, against some forty for the call). */
const LOOP_BYTES_MAX = 40;
/** The same for words of eight bytes, and a view that `set` needs. */
const WORDS_BYTES_MAX = 512;
/** For one of thousands, more is not worth keeping. */
const KEPT_BYTES_MAX = 64 * 1024;

export class LineBuffer {
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView<ArrayBuffer>;
  #length = 0;
  readonly #keptBytesMax: number;

  /**
   * @param size bytes there is room for at first
   * @param keptBytesMax what stays allocated when it is emptied: to have more again takes longer than to fill it
   */
  constructor(size = INITIAL_BYTES, keptBytesMax = KEPT_BYTES_MAX) {
    this.#keptBytesMax = keptBytesMax;
    this.#bytes = new Uint8Array(size);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** Where everything stands that waits, to copy from; valid until more is put. */
  get view(): DataView<ArrayBuffer> {
    return this.#view;
  }

  /** Bytes that wait. */
  get length(): number {
    return this.#length;
  }

  /** Everything that waits; a view that is valid until more is put. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  put(bytes: Uint8Array): void {
    const count = bytes.length;
    this.#reserve(count);
    const target = this.#bytes;
    let at = this.#length;
    if (count > LOOP_BYTES_MAX) target.set(bytes, at);
    else for (let from = 0; from < count;) target[at++] = bytes[from++]!;
    this.#length += count;
  }

  /** Puts the bytes of `source` from `from` up to `to`, eight at a time. */
  putRange(source: DataView, from: number, to: number): void {
    const count = to - from;
    this.#reserve(count);
    const target = this.#view;
    let at = this.#length;
    this.#length += count;
    if (count < 8) {
      while (from < to) target.setUint8(at++, source.getUint8(from++));
      return;
    }
    if (count > WORDS_BYTES_MAX) {
      const { buffer, byteOffset } = source;
      this.#bytes.set(new Uint8Array(buffer, byteOffset + from, count), at);
      return;
    }
    const last = to - 8;
    for (; from < last; from += 8, at += 8) {
      target.setBigUint64(at, source.getBigUint64(from));
    }
    // The last eight overlap those before, unless the count divides evenly.
    target.setBigUint64(this.#length - 8, source.getBigUint64(last));
  }

  putByte(byte: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = byte;
  }

  putText(text: string): void {
    this.#reserve(text.length * 3);
    this.#length += encodeInto(text, this.#bytes.subarray(this.#length));
  }

  /** Forgets everything. */
  clear(): void {
    this.#length = 0;
    if (this.#bytes.length > this.#keptBytesMax) this.shrink();
  }

  /** Lets go of memory, if nothing waits. */
  shrink(): void {
    if (this.#length > 0 || this.#bytes.length === INITIAL_BYTES) return;
    this.#become(new Uint8Array(INITIAL_BYTES));
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    let size = this.#bytes.length;
    while (size < needed) size *= 2;
    const larger = new Uint8Array(size);
    larger.set(this.bytes);
    this.#become(larger);
  }

  #become(bytes: Uint8Array<ArrayBuffer>): void {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}
