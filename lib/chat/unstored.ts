/**
 * What has happened and is not stored yet. Where nothing is stored, nothing is collected.
 *
 * @module
 */

import { LineBuffer } from "./line_buffer.ts";
import type { Person } from "./people.ts";
import type { ChatStore } from "./store.ts";

export class Unstored {
  readonly #store: ChatStore | undefined;
  readonly #lines = new LineBuffer();
  readonly #numbers = new Map<string, number>();
  readonly #people = new Set<Person>();

  constructor(store: ChatStore | undefined) {
    this.#store = store;
  }

  /** The line that is in `bytes` from `from` on. */
  line(bytes: Uint8Array, from: number): void {
    if (this.#store !== undefined) {
      this.#lines.putRange(bytes, from, bytes.length);
    }
  }

  /** The last NUMBER of `key`. */
  number(key: string, number: number): void {
    if (this.#store !== undefined) this.#numbers.set(key, number);
  }

  /** Is new, or has seen something. */
  person(person: Person): void {
    if (this.#store !== undefined) this.#people.add(person);
  }

  /**
   * Stores all of it.
   *
   * @throws what the store throws: then it is as before, to be tried again
   */
  commit(lastId: number): void {
    if (
      this.#lines.length === 0 && this.#numbers.size === 0 &&
      this.#people.size === 0
    ) return;
    this.#store?.commit({
      lastId,
      lines: this.#lines.bytes,
      numbers: this.#numbers,
      people: this.#people,
    });
    this.#lines.clear();
    this.#numbers.clear();
    this.#people.clear();
  }
}
