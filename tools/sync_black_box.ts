/**
 * Runs real peers as black boxes, seed by seed: `deno task black-box --seeds 300`.
 *
 * Each seed writes, reads, deletes and waits at 2 to 4 peers, and what was seen has to have an explanation
 * (`lib/testing/black_box_explain.ts`). What peers do in how many milliseconds is theirs, so a seed that fails may pass the
 * next time: its trace is printed, and kept with `--keep DIR`; `--trace FILE` judges it again.
 *
 * With `--of syncthing` it is Syncthing that is judged, by what does not depend on who wins, to see what the checks see.
 *
 * @module
 */

import { syncthingBox } from "../bench/sync/black_box.ts";
import { parseFlags } from "../lib/cli/flags.ts";
import {
  type BoxVerdict,
  judged,
  runBoxes,
  traceText,
} from "../lib/testing/black_box.ts";
import { boxPlan } from "../lib/testing/black_box_plan.ts";
import { landlineBox } from "../lib/testing/black_box_site.ts";

const FLAGS = {
  seeds: {
    type: "count",
    value: "N",
    min: 1,
    max: 1e6,
    default: 10,
    help: "how many",
  },
  first: {
    type: "count",
    value: "N",
    min: 0,
    max: 2 ** 32 - 1,
    default: 1,
    help: "the first; the next one is one more",
  },
  of: {
    type: "choice",
    choices: ["landline", "syncthing"],
    default: "landline",
    help: "which program",
  },
  keep: {
    type: "text",
    value: "DIR",
    help: "a folder for the traces of seeds that fail",
  },
  trace: {
    type: "text",
    value: "FILE",
    help: "judge this trace that was kept, and run nothing",
  },
} as const;

const PROGRAMS = {
  landline: { open: landlineBox, hasDates: true },
  syncthing: { open: syncthingBox, hasDates: false },
};

/** @returns the exit code */
async function main(args: readonly string[]): Promise<number> {
  const { flags } = parseFlags(FLAGS, args);
  const { open, hasDates } = PROGRAMS[flags.of];
  if (flags.trace !== undefined) {
    const kept = Deno.readTextFileSync(flags.trace);
    const { seed, trace, rules } = JSON.parse(kept);
    return tell(judged(boxPlan(seed), trace, rules), flags.of) ? 1 : 0;
  }
  const seeds = Array.from(
    { length: flags.seeds },
    (_, at) => flags.first + at,
  );
  const began = performance.now();
  let failing = 0;
  let events = 0;
  let states = 0;
  let copies = 0;
  const undecided: string[] = [];
  for await (const verdict of runBoxes(seeds, hasDates, open)) {
    events += verdict.trace.length;
    states = Math.max(states, verdict.states);
    copies += copiesOf(verdict);
    undecided.push(...verdict.undecided);
    if (!tell(verdict, flags.of)) continue;
    failing++;
    if (flags.keep !== undefined) keep(flags.keep, verdict);
  }
  const seconds = (performance.now() - began) / 1000;
  say(
    `${flags.seeds} seeds, ${failing} failing, ${events} things done and seen, ` +
      `${copies} conflict copies, ` +
      `at most ${states} states, ${seconds.toFixed(0)} s`,
  );
  if (undecided.length > 0) say(`not decided: ${undecided.join(", ")}`);
  return failing === 0 ? 0 : 1;
}

/** How many there were in the end. */
function copiesOf({ trace }: BoxVerdict): number {
  const quiet = trace.findLast((event) => event.do === "stabilize");
  return Object.values(quiet?.looks ?? {})
    .reduce((sum, [first]) => sum + (first?.copies.length ?? 0), 0);
}

/** Gives whether there is a fault. */
function tell(verdict: BoxVerdict, of: string): boolean {
  const { plan, faults } = verdict;
  if (faults.length === 0) return false;
  say(`seed ${plan.seed}, ${plan.peers} peers:`);
  for (const fault of faults) say(`  ${fault}`);
  say(traceText(verdict));
  say(
    `again: deno task black-box --of ${of} --seeds 1 --first ${plan.seed}`,
  );
  return true;
}

function keep(
  folder: string,
  { plan: { seed }, trace, rules }: BoxVerdict,
): void {
  Deno.mkdirSync(folder, { recursive: true });
  const file = `${folder}/${seed}.json`;
  Deno.writeTextFileSync(file, JSON.stringify({ seed, trace, rules }));
  say(`kept: --trace ${file}`);
}

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text + "\n"));
}

if (import.meta.main) Deno.exit(await main(Deno.args));
