// @ts-check
/**
 * Who came and who left, in one line, however many they are.
 *
 * @module
 */

/** Names that a sentence spells out; the rest is counted. */
const SPELLED_MAX = 3;

export class Presence {
  /** @type {Set<string>} */
  #came = new Set();
  /** @type {Set<string>} */
  #left = new Set();

  /** @param {readonly string[]} names */
  came(names) {
    for (const name of names) {
      if (!this.#left.delete(name)) this.#came.add(name);
    }
  }

  /** Whoever came and left again needs no mention. @param {readonly string[]} names */
  left(names) {
    for (const name of names) {
      if (!this.#came.delete(name)) this.#left.add(name);
    }
  }

  /** The sentence; empty if nothing has changed in the end. */
  get text() {
    const parts = [];
    if (this.#came.size > 0) parts.push(`${namesText(this.#came)} came`);
    if (this.#left.size > 0) parts.push(`${namesText(this.#left)} left`);
    return parts.join(", ");
  }
}

/**
 * `bob`, `bob and carol`, `bob, carol, dave and 12 others`.
 *
 * @param {Iterable<string>} all
 */
export function namesText(all) {
  const names = [...all];
  // Nobody is gained by "and 1 other".
  const spelled = names.length === SPELLED_MAX + 1
    ? names
    : names.slice(0, SPELLED_MAX);
  const rest = names.length - spelled.length;
  const last = rest > 0 ? `${rest} others` : spelled.pop();
  return spelled.length === 0 ? `${last}` : `${spelled.join(", ")} and ${last}`;
}
