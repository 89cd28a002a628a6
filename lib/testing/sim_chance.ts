/**
 * Chance that repeats: everything that happens by chance in the simulator follows from one seed.
 *
 * @module
 */

import { seededRandom } from "../../testdata/random.ts";
import type { Chance } from "../drivers/sync/world.ts";

const LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz";

/** A sequence of its own, and what the simulator draws from it. */
export class SimChance implements Chance {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
    // The first numbers of near seeds are near each other.
    for (let i = 0; i < 4; i++) this.#random();
  }

  number(): number {
    return this.#random();
  }

  letters(count: number): string {
    let text = "";
    for (let i = 0; i < count; i++) text += LETTERS[this.below(LETTERS.length)];
    return text;
  }

  /** A whole number from 0 to `limit - 1`. */
  below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  /** A number from `low` to `high`. */
  between(low: number, high: number): number {
    return low + (high - low) * this.#random();
  }

  /** True once in `1 / share` cases. */
  happens(share: number): boolean {
    return this.#random() < share;
  }

  /** One of `choices`, which are not empty. */
  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }

  /** A key of `weights`, each as likely as its weight says. */
  weighted<K extends string>(weights: { readonly [key in K]: number }): K {
    const entries = Object.entries(weights) as [K, number][];
    let rest = this.#random() * entries.reduce((sum, [, w]) => sum + w, 0);
    for (const [key, weight] of entries) {
      rest -= weight;
      if (rest < 0) return key;
    }
    return entries.at(-1)![0];
  }

  /** A sequence of its own that follows from this one: what one part draws does not change what another does. */
  fork(): SimChance {
    return new SimChance(Math.floor(this.#random() * 2 ** 32));
  }
}
