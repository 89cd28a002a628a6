/**
 * Who is here, as far as a client was told.
 *
 * @module
 */

import { fold } from "./names.ts";

/** More are not remembered: they serve completion alone, and a server can name any number. */
const NAMES_MAX = 20_000;

export class KnownNames {
  /** Folded -> as it is shown. */
  #names = new Map<string, string>();
  /** Those of a list that is under way. */
  #listed: string[] = [];

  all(): string[] {
    return [...this.#names.values()];
  }

  came(name: string): void {
    if (this.#names.size < NAMES_MAX) this.#names.set(fold(name), name);
  }

  left(name: string): void {
    this.#names.delete(fold(name));
  }

  /** A line of the list of all; an empty one is its end, and gives the list. */
  listed(names: readonly string[]): string[] | undefined {
    if (names.length > 0) {
      if (this.#listed.length < NAMES_MAX) this.#listed.push(...names);
      return undefined;
    }
    const all = this.#listed.splice(0);
    this.#names = new Map();
    for (const name of all) this.came(name);
    return all;
  }

  /** The end of a list that was under way will not come. */
  forgetListed(): void {
    this.#listed = [];
  }
}
