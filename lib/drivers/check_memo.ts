/**
 * Checks that were computed and are asked for again: a file that a thousand clients fetch is hashed once. A remembered
 * check is as good as a new one: the client compares it with the bytes it got, so a wrong one can only be noticed.
 *
 * @module
 */

import type { FileInfo } from "../io/directory.ts";

/** At some 150 bytes each, a few MB at the most. */
const ENTRIES_MAX = 16 * 1024;

export class CheckMemo {
  readonly #checks = new Map<string, string>();

  /** The key of a piece of a version of a file. */
  key(name: string, info: FileInfo, offset: number, length: number): string {
    return `${info.version} ${offset} ${length} ${name}`;
  }

  /** What is remembered under `key`; nothing is under `undefined`. */
  get(key: string | undefined): string | undefined {
    return key === undefined ? undefined : this.#checks.get(key);
  }

  /** Remembers `check` under `key`, and gives it back. The oldest is forgotten. */
  put(key: string | undefined, check: string): string {
    if (key === undefined) return check;
    if (this.#checks.size >= ENTRIES_MAX) {
      for (const oldest of this.#checks.keys()) {
        this.#checks.delete(oldest);
        break;
      }
    }
    this.#checks.set(key, check);
    return check;
  }

  /** What is remembered under `key`, or else what `compute` gives, from now on. */
  remembered(key: string | undefined, compute: () => string): string {
    return this.get(key) ?? this.put(key, compute());
  }
}
