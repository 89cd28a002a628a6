/**
 * Many runs of the simulator, for tests: each seed is one, and one that fails says how to see it again.
 *
 * @module
 */

import { planOf } from "./sim_plan.ts";
import { simulate } from "./sim_run.ts";

/**
 * Runs `count` seeds from `first` on.
 *
 * @throws at the first that fails, with what was not true and the command that shows it
 */
export async function checkSeeds(first: number, count: number): Promise<void> {
  for (let seed = first; seed < first + count; seed++) await checkSeed(seed);
}

/** Runs one. @throws if it fails */
export async function checkSeed(seed: number): Promise<void> {
  const { faults } = await simulate(planOf(seed));
  if (faults.length === 0) return;
  throw new Error(
    `Seed ${seed} fails: ${faults.join("; ")}\n` +
      `See it with: deno task sim --seed ${seed} --shrink --trace`,
  );
}

/** Seeds that failed once, of a text with one number a line and remarks behind `#`. */
export function seedsOf(text: string): number[] {
  return text.split("\n").map((line) => line.split("#", 1)[0]!.trim())
    .filter((line) => line !== "").map(Number);
}
