/**
 * Lines on their way out, as bytes: composed in place, so that no string is made for a message that only passes.
 *
 * @module
 */

import { encodeInto } from "../bytes/ascii.ts";

const INITIAL_BYTES = 256;
/** What stays allocated when a buffer is emptied: more is not worth keeping. */
const KEPT_BYTES_MAX = 64 * 1024;

export class LineBuffer {
  #bytes = new Uint8Array(INITIAL_BYTES);
  #length = 0;

  /** Bytes that wait. */
  get length(): number {
    return this.#length;
  }

  /** Everything that waits; a view that is valid until more is put. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  put(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Puts the bytes of `from` up to `to` of `bytes`; a loop beats a view for what is short. */
  putRange(bytes: Uint8Array, from: number, to: number): void {
    const count = to - from;
    this.#reserve(count);
    const target = this.#bytes;
    let at = this.#length;
    if (count > 128) target.set(bytes.subarray(from, to), at);
    else for (let source = from; source < to;) target[at++] = bytes[source++]!;
    this.#length += count;
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
    if (this.#bytes.length > KEPT_BYTES_MAX) this.shrink();
  }

  /** Lets go of memory, if nothing waits. */
  shrink(): void {
    if (this.#length > 0 || this.#bytes.length === INITIAL_BYTES) return;
    this.#bytes = new Uint8Array(INITIAL_BYTES);
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    let size = this.#bytes.length;
    while (size < needed) size *= 2;
    const larger = new Uint8Array(size);
    larger.set(this.bytes);
    this.#bytes = larger;
  }
}
