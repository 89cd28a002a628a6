/**
 * A browser's `localStorage` in memory.
 *
 * @module
 */

/** A `Storage` for `max` entries. */
export class MemoryStorage implements Storage {
  readonly #entries = new Map<string, string>();
  readonly #max: number;

  constructor(max = Infinity) {
    this.#max = max;
  }

  get length(): number {
    return this.#entries.size;
  }

  key(index: number): string | null {
    return [...this.#entries.keys()][index] ?? null;
  }

  getItem(key: string): string | null {
    return this.#entries.get(key) ?? null;
  }

  setItem(key: string, value: string): void {
    if (this.#entries.size >= this.#max) throw new Error("QuotaExceeded");
    this.#entries.set(key, value);
  }

  removeItem(key: string): void {
    this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }
}
