/**
 * Runs the real peers and the real tracker in the simulator, seed by seed: `deno task sim --count 10000`.
 *
 * Each seed is one run: machines, users, faults, and what has to be true in the end (`lib/testing/sim_run.ts`). A seed that
 * fails is told; `--seed N --trace` shows all that happened in it, `--shrink` looks for fewer steps that fail, too.
 *
 * @module
 */

import { parseFlags } from "../lib/cli/flags.ts";
import { planOf, type SimPlan, type Step } from "../lib/testing/sim_plan.ts";
import { shrunken } from "../lib/testing/sim_shrink.ts";
import { type SimOutcome, simulate } from "../lib/testing/sim_run.ts";

const FLAGS = {
  seed: {
    type: "count",
    value: "N",
    min: 0,
    max: 2 ** 32 - 1,
    default: 1,
    help: "of the first run; the next one has the next",
  },
  count: {
    type: "count",
    value: "N",
    min: 1,
    max: 1e9,
    default: 1,
    help: "runs",
  },
  trace: { type: "switch", help: "tell all that happens" },
  shrink: { type: "switch", help: "look for fewer steps that fail" },
  twice: { type: "switch", help: "every run twice: the same has to happen" },
  stop: { type: "switch", help: "end at the first seed that fails" },
} as const;

/** @returns the exit code */
async function main(args: readonly string[]): Promise<number> {
  const { flags } = parseFlags(FLAGS, args);
  const began = performance.now();
  const totals = { events: 0, failing: 0 };
  const kinds = new Map<string, number>();
  const last = flags.seed + flags.count;
  for (let seed = flags.seed; seed < last; seed++) {
    const outcome = await run(planOf(seed), flags);
    totals.events += outcome.events;
    if (outcome.faults.length === 0) continue;
    totals.failing++;
    for (const kind of new Set(outcome.faults.map(kindOf))) {
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    }
    say(`seed ${seed}: ${outcome.faults.slice(0, 3).join("; ")}`);
    if (flags.shrink) {
      await shrink(
        planOf(seed),
        new Set(outcome.faults.map(kindOf)),
        flags.trace,
      );
    }
    if (flags.stop) break;
  }
  const seconds = (performance.now() - began) / 1000;
  const perRun = (seconds * 1000 / flags.count).toFixed(1);
  say(
    `${flags.count} runs, ${totals.failing} failing, ${perRun} ms and ${
      Math.round(totals.events / flags.count)
    } events a run`,
  );
  for (const [kind, count] of kinds) say(`  ${kind}: ${count}`);
  return totals.failing === 0 ? 0 : 1;
}

async function run(
  plan: SimPlan,
  flags: { readonly trace: boolean; readonly twice: boolean },
): Promise<SimOutcome> {
  const outcome = await simulate(plan, { isTraced: flags.trace });
  if (flags.trace) say(outcome.lines.join("\n"));
  if (!flags.twice) return outcome;
  const again = await simulate(plan);
  if (again.hash === outcome.hash) return outcome;
  const fault = `I13 ${outcome.hash}, then ${again.hash}`;
  return { ...outcome, faults: [...outcome.faults, fault] };
}

async function shrink(
  plan: SimPlan,
  kinds: ReadonlySet<string>,
  isTraced: boolean,
): Promise<void> {
  const fails = async (smaller: SimPlan) => {
    const { faults } = await simulate(smaller);
    return faults.some((fault) => kinds.has(kindOf(fault)));
  };
  const least = await shrunken(plan, fails);
  const { faults, lines } = await simulate(least, { isTraced });
  say(`  shrunken to ${least.peers} peers: ${faults.slice(0, 5).join("; ")}`);
  for (const step of [...least.before, ...least.steps]) {
    say(`    ${stepText(step)}`);
  }
  if (isTraced) say(lines.join("\n"));
}

function stepText({ after, at, ...rest }: Step): string {
  return `+${after} ms, machine ${at}: ${JSON.stringify(rest)}`;
}

/** `I2`, or the first words of an error. */
function kindOf(fault: string): string {
  return /^I\d+/.exec(fault)?.[0] ?? fault.slice(0, 40);
}

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text + "\n"));
}

if (import.meta.main) Deno.exit(await main(Deno.args));
