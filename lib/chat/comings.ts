/**
 * Who came and who left since it was told last. Told together: a thousand people arriving do not cause a million lines, and
 * who is gone and back within a moment is not told at all.
 *
 * @module
 */

import { nameLines } from "./name_lines.ts";
import type { Person } from "./people.ts";

/** More are told the next time: in the longest letters they are a quarter of what may wait for a reader. */
const AT_ONCE_MAX = 500;
/** Names times listeners: what is put for thousands of people at once is memory that comes back late. */
const TOLD_MAX = 500_000;

export class Comings {
  /** Folded name -> as it was shown. */
  readonly #came = new Map<string, string>();
  readonly #left = new Map<string, string>();

  came({ folded, shown }: Person): void {
    if (!this.#left.delete(folded)) this.#came.set(folded, shown);
  }

  left({ folded, shown }: Person): void {
    if (!this.#came.delete(folded)) this.#left.set(folded, shown);
  }

  /** Everybody is told that `from` is called `to` now: that `from` is here, and that there was another `to`, need not be. */
  renamed(from: Person, to: Person): void {
    this.#came.delete(from.folded);
    this.#left.delete(to.folded);
  }

  /** The lines that tell so many listeners; empty if there is nothing. */
  take(listeners: number): string {
    const count = Math.min(AT_ONCE_MAX, Math.ceil(TOLD_MAX / (listeners + 1)));
    return textOf("came", this.#came, count) +
      textOf("left", this.#left, count);
  }
}

function textOf(
  word: string,
  names: Map<string, string>,
  count: number,
): string {
  if (names.size === 0) return "";
  const told = [...names].slice(0, count);
  for (const [folded] of told) names.delete(folded);
  return [...nameLines(word, told.map(([, shown]) => shown))].join("");
}
