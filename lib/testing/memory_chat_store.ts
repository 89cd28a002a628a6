/**
 * A store of a chat in memory: it outlives a room, not the program. It can be full.
 *
 * @module
 */

import type {
  Batch,
  ChatStore,
  Stored,
  StoredKey,
  StoredPerson,
} from "../chat/store.ts";

export class MemoryChatStore implements ChatStore {
  /** Whether nothing can be stored. */
  isFull = false;
  /** Batches that were stored. */
  batches = 0;
  #lastId = 0;
  readonly #lines: Uint8Array[] = [];
  readonly #keys = new Map<string, StoredKey>();
  readonly #people = new Map<string, StoredPerson>();

  load(): Stored {
    return {
      epoch: "stored",
      lastId: this.#lastId,
      lines: this.#lines,
      keys: this.#keys.values(),
      people: this.#people.values(),
    };
  }

  commit({ lastId, lines, keys, people }: Batch): void {
    if (this.isFull) throw new Error("database or disk is full");
    this.batches++;
    this.#lastId = lastId;
    this.#lines.push(lines.slice());
    for (const stored of keys) this.#put(this.#keys, stored.key, stored);
    for (const { folded, shown, seen } of people) {
      this.#put(this.#people, folded, { folded, shown, seen });
    }
  }

  close(): void {}

  /** What was used last is last. */
  #put<V>(map: Map<string, V>, key: string, value: V): void {
    map.delete(key);
    map.set(key, value);
  }
}
