/**
 * Chance that repeats: a seeded generator, and the two distributions that the pictures need.
 */

/** Gives the next number of a fixed sequence, in [0, 1). */
export type Random = () => number;

/**
 * A generator whose whole sequence follows from `seed` (mulberry32: one word of state, integer
 * arithmetic only, so that every machine gets the same numbers).
 */
export function seededRandom(seed: number): Random {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A number from `low` (included) to `high` (excluded), all equally likely. */
export function between(random: Random, low: number, high: number): number {
  return low + (high - low) * random();
}

/** One of `choices`, all equally likely; throws RangeError if there are none. */
export function pick<T>(random: Random, choices: readonly T[]): T {
  const index = Math.floor(random() * choices.length);
  if (index >= choices.length) throw new RangeError("Cannot pick from nothing");
  return choices[index] as T;
}

/** A copy of `items` in an order that follows from `random` (Fisher and Yates). */
export function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [result[last], result[other]] = [result[other] as T, result[last] as T];
  }
  return result;
}

/**
 * The value below which a standard normal variable stays with probability `p` (0 < p < 1).
 *
 * Inverts the logistic approximation of Bowling et al. (2009), p = 1 / (1 + exp(-(0.07056 z^3 + 1.5976 z))),
 * by the formula for a cubic with one real root. It is off by less than 0.03 where we look, within
 * three standard deviations, and short enough to be seen to be right.
 */
export function normalQuantile(p: number): number {
  const q = 1.5976 / 0.07056;
  const r = Math.log(p / (1 - p)) / 0.07056;
  const scale = Math.sqrt(q / 3);
  return 2 * scale * Math.sinh(Math.asinh(r / (2 * scale ** 3)) / 3);
}
