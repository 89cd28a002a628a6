/**
 * The bytes that have arrived and were not yet understood.
 *
 * Rules of this file:
 * - Bytes are put in at the end (`append`, or `space` + `commit` to read from a socket without a copy) and taken from the front.
 * - What is taken is a view into the buffer: valid until the next `append` or `space`, not longer.
 * - A search for the end of a line remembers how far it came, so that a line dribbled in byte by byte costs linear time.
 * - The buffer grows to what is asked of it and by doubling while reads fill it, never past `maxBytes`: it cannot be made
 *   to hold more than that by anything a peer sends.
 *
 * @module
 */

import { MisuseError } from "../errors.ts";
import { CR, LF } from "./ascii.ts";

/** A buffer of 2 KiB serves a person at a prompt; most connections of a thousand never need more. */
const INITIAL_BYTES = 2 * 1024;

export class ReceiveBuffer {
  #bytes: Uint8Array<ArrayBuffer>;
  #start = 0;
  #end = 0;
  /** Where the search for LF goes on; everything in `#start..#searched` has none. */
  #searched = 0;
  #lastReadFilled = false;
  #shrinks = false;
  readonly #bytesMax: number;

  /** @param bytesMax the most bytes this buffer will ever hold */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
    this.#bytes = new Uint8Array(Math.min(INITIAL_BYTES, bytesMax));
  }

  /** How many bytes wait here. */
  get length(): number {
    return this.#end - this.#start;
  }

  /**
   * Room to read into; follow with `commit`.
   *
   * @throws {MisuseError} when the buffer is full: whoever asks must take something out first
   */
  space(): Uint8Array<ArrayBuffer> {
    if (this.#start === this.#end) this.#moveTo(this.#emptied());
    const size = this.#bytes.length;
    if (this.#lastReadFilled && size < this.#bytesMax) {
      this.#moveTo(this.#larger());
    } else if (size - this.#end < size / 2) {
      // Less than half is free: move what waits to the front, or grow if it waits there already.
      if (this.#start > 0) this.#moveTo(this.#bytes);
      else if (this.#end === size && size < this.#bytesMax) {
        this.#moveTo(this.#larger());
      }
    }
    if (this.#end === this.#bytes.length) {
      throw new MisuseError("Cannot receive: the buffer is full");
    }
    return this.#bytes.subarray(this.#end);
  }

  /** Takes over `count` bytes that were written into the last `space()`. */
  commit(count: number): void {
    this.#end += count;
    this.#lastReadFilled = this.#end === this.#bytes.length;
  }

  /** Adds a copy of `bytes`. */
  append(bytes: Uint8Array): void {
    for (let rest = bytes; rest.length > 0;) {
      const room = this.space();
      const count = Math.min(room.length, rest.length);
      room.set(rest.subarray(0, count));
      this.commit(count);
      rest = rest.subarray(count);
    }
  }

  /**
   * The next line without its LF (and without one CR before it), or `undefined` while its end has not arrived.
   *
   * @param bytesMax the longest line allowed, LF not counted
   * @returns "too-long" as soon as that many bytes hold no LF; nothing is taken then
   */
  takeLine(bytesMax: number): Uint8Array<ArrayBuffer> | undefined | "too-long" {
    const from = Math.max(this.#searched, this.#start);
    const at = this.#bytes.subarray(0, this.#end).indexOf(LF, from);
    if (at < 0) {
      this.#searched = this.#end;
      return this.length > bytesMax ? "too-long" : undefined;
    }
    if (at - this.#start > bytesMax) return "too-long";
    const end = at > this.#start && this.#bytes[at - 1] === CR ? at - 1 : at;
    const line = this.#bytes.subarray(this.#start, end);
    this.#start = at + 1;
    return line;
  }

  /**
   * Lets memory go that was grown beyond `bytesKept`, if nothing waits here when the next `space` is asked for (a read may
   * be under way into the last one): a connection that idles holds little.
   */
  shrink(bytesKept: number): void {
    this.#shrinks = this.#bytes.length > bytesKept;
  }

  /** Up to `count` of the bytes that are here; empty if there are none. */
  take(count: number): Uint8Array<ArrayBuffer> {
    const end = Math.min(this.#end, this.#start + count);
    const taken = this.#bytes.subarray(this.#start, end);
    this.#start = end;
    return taken;
  }

  /** Everything that is here, left where it is. */
  peek(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(this.#start, this.#end);
  }

  /** What an empty buffer goes on with. */
  #emptied(): Uint8Array<ArrayBuffer> {
    if (!this.#shrinks) return this.#bytes;
    this.#shrinks = this.#lastReadFilled = false;
    return new Uint8Array(Math.min(INITIAL_BYTES, this.#bytesMax));
  }

  #larger(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(Math.min(this.#bytes.length * 2, this.#bytesMax));
  }

  #moveTo(target: Uint8Array<ArrayBuffer>): void {
    if (target === this.#bytes) target.copyWithin(0, this.#start, this.#end);
    else target.set(this.peek());
    this.#bytes = target;
    this.#searched = Math.max(0, this.#searched - this.#start);
    this.#end -= this.#start;
    this.#start = 0;
  }
}
