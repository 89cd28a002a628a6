/**
 * What has happened and is not stored yet. Where nothing is stored, nothing is collected.
 *
 * @module
 */

import { LineBuffer } from "./line_buffer.ts";
import type { KeyRecord, Person } from "./people.ts";
import type { ChatStore, StoredKey } from "./store.ts";

/** Lines of a turn: what they take at first, and what is kept for the next one's. */
const LINES_BYTES = 16 * 1024;
const LINES_BYTES_MAX = 4 * 1024 * 1024;

export class Unstored {
  readonly #store: ChatStore | undefined;
  readonly #lines = new LineBuffer(LINES_BYTES, LINES_BYTES_MAX);
  readonly #keys = new Set<KeyRecord>();
  readonly #people = new Set<Person>();

  constructor(store: ChatStore | undefined) {
    this.#store = store;
  }

  /** The line that is in `source` from `from` to `to`. */
  line(source: DataView, from: number, to: number): void {
    if (this.#store !== undefined) this.#lines.putRange(source, from, to);
  }

  /** Has another NUMBER. */
  key(record: KeyRecord): void {
    if (this.#store !== undefined) this.#keys.add(record);
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
      this.#lines.length === 0 && this.#keys.size === 0 &&
      this.#people.size === 0
    ) return;
    this.#store?.commit({
      lastId,
      lines: this.#lines.bytes,
      keys: storedKeys(this.#keys),
      people: this.#people,
    });
    this.#lines.clear();
    this.#keys.clear();
    this.#people.clear();
  }
}

function* storedKeys(records: Iterable<KeyRecord>): Iterable<StoredKey> {
  for (const { key, number, refusals } of records) {
    yield { key, number, refusals: refusals.map(({ line }) => line).join("") };
  }
}
