/**
 * Paths that something is to be decided about: many at once, each once, whoever asked how often.
 *
 * @module
 */

import type { Name } from "../../../names/name.ts";

export class DuePaths {
  readonly #atOnce: number;
  readonly #over: AbortSignal;
  readonly #decide: (path: Name) => Promise<void>;
  readonly #due = new Set<Name>();
  #running = 0;

  /** @param decide never fails */
  constructor(
    atOnce: number,
    over: AbortSignal,
    decide: (path: Name) => Promise<void>,
  ) {
    this.#atOnce = atOnce;
    this.#over = over;
    this.#decide = decide;
  }

  /** Whether nothing is under way. */
  get isIdle(): boolean {
    return this.#running === 0 && this.#due.size === 0;
  }

  /** `path` is due, again if it is being decided about. */
  add(path: Name): void {
    this.#due.add(path);
    if (this.#running < this.#atOnce) this.#pump();
  }

  #pump(): void {
    for (const path of this.#due) {
      if (this.#running >= this.#atOnce || this.#over.aborted) return;
      this.#due.delete(path);
      this.#running++;
      void this.#decide(path).then(() => {
        this.#running--;
        this.#pump();
      });
    }
  }
}
