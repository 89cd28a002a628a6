/**
 * Twenty and fifty peers on one machine, of which the first has the 283 pictures: from the start of the programs until all
 * have them.
 *
 * @module
 */

import { join } from "@std/path";
import { pictureSource } from "../../fixtures.ts";
import type { Bench, Goal, Job, Report } from "../../job.ts";
import type { Contestant } from "../cluster.ts";
import { landline } from "../landline.ts";
import { syncthing } from "../syncthing.ts";
import { seconds, type Taken, takenRows } from "../taken.ts";
import type { Results } from "../trials.ts";
import { startedWith } from "./copying.ts";
import { limitGoal } from "./goals.ts";

const SECONDS_MAX = 10;
const MS_MAX = 300_000;

export const twentyJob: Job = {
  name: "20-peers",
  about: "20 peers start, one of them with 283 pictures (45 MB)",
  async run(bench) {
    const results = await join20or50(bench, this.name, 20, [
      landline,
      syncthing,
    ]);
    return report(results, (values) =>
      limitGoal(
        "from the start until all 20 have them",
        values,
        SECONDS_MAX,
        seconds,
      ));
  },
};

/** Ours only: of 50 peers of Syncthing 1.19 not all had found each other after 7 minutes. */
export const fiftyJob: Job = {
  name: "50-peers",
  about: "50 peers start, one of them with 283 pictures; ours only",
  async run(bench) {
    const results = await join20or50(bench, this.name, 50, [landline]);
    return report(results, (values) => ({
      what: "from the start until all 50 have them",
      measured: values === undefined ? "" : seconds(Math.max(...values)),
      wanted: "at all",
      met: values === undefined ? undefined : true,
    }));
  },
};

/** One round after the one to warm up: it takes minutes, and it is not about tenths of a second. */
async function join20or50(
  bench: Bench,
  job: string,
  peers: number,
  contestants: readonly Contestant[],
): Promise<Results<Taken>> {
  const source = await pictureSource(join(bench.work, "pictures"));
  return await startedWith(
    { ...bench, rounds: 1 },
    { job, contestants, peers, source, msMax: MS_MAX },
  );
}

function report(
  { outcomes, samples }: Results<Taken>,
  goal: (values: readonly number[] | undefined) => Goal,
): Report {
  const ours = outcomes.find(({ name }) => name === landline.name)?.values;
  return {
    rows: takenRows(outcomes, samples),
    goals: [goal(ours === undefined || ours.length === 0 ? undefined : ours)],
  };
}
