/**
 * Runs the model of the sync until the time is up: `deno task model --seconds 60`. Needs no permission. A seed that fails is
 * printed, and `--seed N --trace` is that run again, with what happened.
 *
 * @module
 */

import { parseFlags } from "../lib/cli/flags.ts";
import { type ModelResult, runModel } from "../lib/testing/sync_model.ts";

const FLAGS = {
  seconds: {
    type: "seconds",
    value: "SECONDS",
    default: 60,
    help: "then it ends",
  },
  first: {
    type: "count",
    value: "N",
    min: 0,
    max: 2 ** 32 - 1,
    help: "the first seed; by chance if not given",
  },
  seed: {
    type: "count",
    value: "N",
    min: 0,
    max: 2 ** 32 - 1,
    help: "this one only",
  },
  trace: { type: "switch", help: "what happened, too" },
} as const;

/** @returns the exit code */
function main(args: readonly string[]): number {
  const { flags } = parseFlags(FLAGS, args);
  if (flags.seed !== undefined) {
    return report(flags.seed, runModel(flags.seed, undefined, flags.trace));
  }
  const until = performance.now() + flags.seconds;
  const first = flags.first ?? Math.floor(Math.random() * 2 ** 31);
  let runs = 0;
  let copies = 0;
  for (; performance.now() < until; runs++) {
    const seed = (first + runs) % 2 ** 32;
    const result = runModel(seed);
    copies += result.copies;
    if (result.faults.length > 0) return report(seed, result);
  }
  say(
    `${runs} seeds from ${first} on, nothing found; ${
      (copies / runs).toFixed(2)
    } conflict copies a run`,
  );
  return 0;
}

function report(seed: number, result: ModelResult): number {
  for (const line of result.trace) say(line);
  for (const fault of result.faults) say(fault);
  if (result.faults.length === 0) {
    say(`Seed ${seed}: nothing found`);
    return 0;
  }
  say(
    `Seed ${seed} fails; again, with what happened: deno task model --seed ${seed} --trace`,
  );
  return 1;
}

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text + "\n"));
}

if (import.meta.main) Deno.exit(main(Deno.args));
