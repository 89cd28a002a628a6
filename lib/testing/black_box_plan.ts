/**
 * What is done to peers as black boxes: everything follows from one seed.
 *
 * @module
 */

import { SimChance } from "./sim_chance.ts";

/** One thing to do. */
export type BoxStep =
  & {
    /** Milliseconds to do nothing before. */
    readonly think: number;
  }
  & (
    | {
      readonly do: "write";
      readonly peer: number;
      readonly path: string;
      /** How long ago the file was changed, as its date says (milliseconds). */
      readonly age: number;
      /** Bytes, about. */
      readonly size: number;
    }
    | { readonly do: "delete" | "read"; readonly peer: number; path: string }
    | { readonly do: "freeze" | "thaw"; readonly peer: number }
    | { readonly do: "stabilize" }
  );

/** A run. */
export interface BoxPlan {
  readonly seed: number;
  readonly peers: number;
  readonly paths: readonly string[];
  readonly steps: readonly BoxStep[];
}

export const PEERS_MIN = 2;
export const PEERS_MAX = 4;
const PATHS_MAX = 3;
const ROUNDS_MAX = 4;
const HOUR_MS = 3_600_000;
/** Dates of old files are hours apart, so that it is certain which one is newer. */
const AGE_HOURS_MAX = 1000;
/** A page; more than one block. */
const SIZES = [30, 30, 30, 5000, 300_000];

/** The run of `seed`. */
export function boxPlan(seed: number): BoxPlan {
  const peers = PEERS_MIN + seed % (PEERS_MAX - PEERS_MIN + 1);
  const chance = new SimChance(seed);
  const paths = Array.from(
    { length: 1 + chance.below(PATHS_MAX) },
    (_, at) => `${seed}-${"abc"[at]}.txt`,
  );
  const steps: BoxStep[] = [];
  for (let rounds = 1 + chance.below(ROUNDS_MAX); rounds > 0; rounds--) {
    const count = 2 + chance.below(4 * paths.length);
    for (let at = 0; at < count; at++) steps.push(step(chance, peers, paths));
    steps.push({ do: "stabilize", think: thinkTime(chance) });
  }
  return { seed, peers, paths, steps };
}

function step(
  chance: SimChance,
  peers: number,
  paths: readonly string[],
): BoxStep {
  const think = thinkTime(chance);
  const peer = chance.below(peers);
  const path = chance.pick(paths);
  const what = chance.weighted({
    write: 5,
    read: 4,
    delete: 2,
    freeze: 1,
    thaw: 1,
  });
  switch (what) {
    case "write": {
      const age = chance.happens(0.5)
        ? 0
        : HOUR_MS * (1 + chance.below(AGE_HOURS_MAX));
      return { do: what, think, peer, path, age, size: chance.pick(SIZES) };
    }
    case "read":
    case "delete":
      return { do: what, think, peer, path };
    case "freeze":
    case "thaw":
      return { do: what, think, peer };
  }
}

/** Mostly shorter than anything takes, sometimes as long as it takes until others see a change. */
function thinkTime(chance: SimChance): number {
  return chance.pick([0, 0, 1, 3, 10, 25, 50, 90]);
}
