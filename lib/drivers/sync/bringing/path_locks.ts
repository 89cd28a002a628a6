/**
 * One at a time per path.
 *
 * @module
 */

import type { Name } from "../../../names/name.ts";

export class PathLocks {
  readonly #last = new Map<Name, Promise<void>>();

  /** Whether something is done at `path`. */
  isBusy(path: Name): boolean {
    return this.#last.has(path);
  }

  /** What `act` gives, called when all that was asked for before at `path` is done. */
  async run<T>(path: Name, act: () => Promise<T> | T): Promise<T> {
    const before = this.#last.get(path);
    const done = Promise.withResolvers<void>();
    this.#last.set(path, done.promise);
    try {
      await before;
      return await act();
    } finally {
      if (this.#last.get(path) === done.promise) this.#last.delete(path);
      done.resolve();
    }
  }
}
