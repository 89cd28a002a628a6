/**
 * T3: runs seeds against peers as black boxes, and judges what was seen.
 *
 * @module
 */

import { messageOf } from "../errors.ts";
import { explain } from "./black_box_explain.ts";
import { faultsOf } from "./black_box_faults.ts";
import type { Rules } from "./black_box_model.ts";
import { type BoxPlan, boxPlan } from "./black_box_plan.ts";
import { type BoxSite, runBox } from "./black_box_run.ts";
import { type Happening, happeningText, traceOf } from "./black_box_trace.ts";

/** What a time may be off besides (milliseconds): dates of files come in ticks, and offsets change during a run. */
const MARGIN_MS = 30;

/** What came of a seed. */
export interface BoxVerdict {
  readonly plan: BoxPlan;
  readonly trace: readonly Happening[];
  readonly rules: Rules;
  /** What is wrong, as sentences. */
  readonly faults: readonly string[];
  /** Paths of which cannot be said whether it is right: there was too much that could be. */
  readonly undecided: readonly string[];
  /** The most states that had to be followed for a path. */
  readonly states: number;
}

/**
 * Runs each of `seeds`; those with the same number of peers one after the other on the same peers.
 *
 * @param hasDates whether it is known that the newest wins
 * @param open starts so many peers
 */
export async function* runBoxes(
  seeds: readonly number[],
  hasDates: boolean,
  open: (peers: number) => Promise<BoxSite>,
): AsyncIterable<BoxVerdict> {
  const groups = Map.groupBy(seeds.map(boxPlan), ({ peers }) => peers);
  for (const [peers, plans] of groups) {
    const left = [...plans];
    while (left.length > 0) {
      await using site = await open(peers);
      for (let plan = left.shift(); plan !== undefined; plan = left.shift()) {
        const { trace, clockError, error } = await runBox(site, plan);
        const rules = { hasDates, skewMs: clockError + MARGIN_MS };
        const verdict = judged(plan, trace, rules);
        if (error === undefined) yield verdict;
        else {
          // Peers that do not get over this one are of no use for the next.
          yield {
            ...verdict,
            faults: [messageOf(error), ...verdict.faults],
          };
          break;
        }
      }
    }
  }
}

/** Judges a trace. */
export function judged(
  plan: BoxPlan,
  trace: readonly Happening[],
  rules: Rules,
): BoxVerdict {
  const faults: string[] = [];
  const undecided: string[] = [];
  let states = 0;
  for (const path of plan.paths) {
    const part = traceOf(trace, path);
    for (const fault of faultsOf(part, path)) faults.push(`${path}: ${fault}`);
    const found = explain(part, path, plan.peers, rules);
    switch (found.kind) {
      case "explained":
        states = Math.max(states, found.states);
        break;
      case "unexplained":
        faults.push(`${path}: cannot be explained: ${found.text}`);
        break;
      case "undecided":
        undecided.push(path);
    }
  }
  return { plan, trace, rules, faults, undecided, states };
}

/** A run for people, one line for each thing that happened. */
export function traceText(
  { plan, trace }: Pick<BoxVerdict, "plan" | "trace">,
): string {
  const begin = trace[0]?.at ?? 0;
  return plan.paths.map((path) =>
    `${path}\n` +
    traceOf(trace, path).map((event) =>
      `  +${event.at - begin} ms: ${happeningText(event)}\n`
    ).join("")
  ).join("");
}
