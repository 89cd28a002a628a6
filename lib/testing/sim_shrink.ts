/**
 * Makes a run that fails smaller: fewer steps, fewer faults, fewer machines, as long as it fails.
 *
 * @module
 */

import type { SimPlan, Step } from "./sim_plan.ts";

/**
 * The smallest plan that is found from `plan` on.
 *
 * @param fails whether a plan (still) fails
 */
export async function shrunken(
  plan: SimPlan,
  fails: (plan: SimPlan) => Promise<boolean>,
): Promise<SimPlan> {
  let least = plan;
  const attempt = async (smaller: SimPlan) => {
    if (!await fails(smaller)) return false;
    least = smaller;
    return true;
  };
  for (let size = sizeOf(plan) + 1; sizeOf(least) < size;) {
    size = sizeOf(least);
    await withoutSteps(least.steps, (steps) => attempt({ ...least, steps }));
    await withoutSteps(least.before, (before) => attempt({ ...least, before }));
    while (least.peers > 2 && await attempt(withoutLastPeer(least)));
  }
  await attempt({ ...least, lossShare: 0 });
  await attempt({ ...least, skewsMs: least.skewsMs.map(() => 0) });
  await attempt({ ...least, watches: least.watches.map(() => true) });
  return least;
}

function sizeOf({ steps, before, peers }: SimPlan): number {
  return steps.length + before.length + peers;
}

/** Tries to leave out halves, quarters, ... of the steps, then each of them. */
async function withoutSteps(
  steps: readonly Step[],
  attempt: (steps: readonly Step[]) => Promise<boolean>,
): Promise<void> {
  let left = steps;
  for (let chunk = Math.ceil(left.length / 2); chunk >= 1; chunk >>= 1) {
    for (let from = 0; from < left.length;) {
      const gone = left.slice(from, from + chunk);
      const next = left[from + chunk];
      // What comes after keeps its time.
      const pause = gone.reduce((sum, { after }) => sum + after, 0);
      const rest = next === undefined ? [] : [
        { ...next, after: next.after + pause },
        ...left.slice(from + chunk + 1),
      ];
      const fewer = [...left.slice(0, from), ...rest];
      if (await attempt(fewer)) left = fewer;
      else from += chunk;
    }
  }
}

function withoutLastPeer(plan: SimPlan): SimPlan {
  const peers = plan.peers - 1;
  const isThere = (step: Step) =>
    step.at < peers && !(step.do === "copy-machine" && step.of >= peers);
  return {
    ...plan,
    peers,
    steps: plan.steps.filter(isThere),
    before: plan.before.filter(isThere),
    skewsMs: plan.skewsMs.slice(0, peers),
    watches: plan.watches.slice(0, peers),
  };
}
