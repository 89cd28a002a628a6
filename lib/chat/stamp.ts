/**
 * How the line of a message begins, kept as bytes: the next ID costs one byte mostly, where writing a number out costs
 * sixteen.
 *
 * @module
 */

import { toBytes } from "../bytes/ascii.ts";

const ZERO = 0x30;
const NINE = 0x39;
const WORD = "message|";

/** `message|ID|TIME|` of the last message. */
export class Stamp {
  #id: number;
  #time = 0;
  #bytes = new Uint8Array();
  #view = new DataView(this.#bytes.buffer);
  #idEnd = 0;

  /** @param id the last ID */
  constructor(id = 0) {
    this.#id = id;
    this.#write();
  }

  /** The last ID. */
  get value(): number {
    return this.#id;
  }

  /** The bytes; valid until `next` or `tell`. */
  get view(): DataView<ArrayBuffer> {
    return this.#view;
  }

  /** Where the ID begins in them. */
  get idStart(): number {
    return WORD.length;
  }

  /** Tells the time, in milliseconds since 1970. */
  tell(now: number): void {
    if (now === this.#time) return;
    this.#time = now;
    this.#write();
  }

  /** Goes on to the next ID, which it gives. */
  next(): number {
    this.#id++;
    for (let at = this.#idEnd - 1; at >= WORD.length; at--) {
      if (this.#bytes[at]! < NINE) {
        this.#bytes[at]!++;
        return this.#id;
      }
      this.#bytes[at] = ZERO;
    }
    this.#write();
    return this.#id;
  }

  #write(): void {
    const beginning = `${WORD}${this.#id}`;
    this.#idEnd = beginning.length;
    this.#bytes = toBytes(`${beginning}|${this.#time}|`);
    const { buffer, byteOffset, length } = this.#bytes;
    this.#view = new DataView(buffer, byteOffset, length);
  }
}
