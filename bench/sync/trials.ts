/**
 * A job of several contestants: fresh peers for every run, in turn, and everything that was measured in it.
 *
 * @module
 */

import { type Bench, contest, type Job, NO_DISK, type Report } from "../job.ts";
import type { Outcome } from "../measure.ts";
import type { Cluster, Contestant } from "./cluster.ts";

/** How a job is run with each contestant. */
export interface Trial<Sample> {
  readonly job: string;
  readonly contestants: readonly Contestant[];
  /** How many peers. */
  readonly peers: number;
  /** Where the folders lie; the memory's by default. */
  readonly onDisk?: boolean;
  /** The first folder is filled by this before anything runs. */
  readonly fill?: (folder: string) => void;
  /** Without it the peers are launched and settled before `run`. */
  readonly isCold?: boolean;
  /** One run; checks that all came out right. */
  readonly run: (cluster: Cluster) => Promise<Sample>;
  /** What is compared between contestants: lower is better. */
  readonly value: (sample: Sample) => number;
}

/** What came of it; `samples` without those of the warm-up, by the contestant's name. */
export interface Results<Sample> {
  readonly outcomes: readonly Outcome[];
  readonly samples: ReadonlyMap<string, readonly Sample[]>;
}

/** Runs the trial as often as the bench says. */
export async function trials<Sample>(
  bench: Bench,
  trial: Trial<Sample>,
): Promise<Results<Sample>> {
  const samples = new Map<string, Sample[]>();
  const candidates = trial.contestants.map((contestant) => ({
    name: contestant.name,
    needs: contestant.needs,
    async run() {
      const sample = await runOnce(bench, trial, contestant);
      samples.set(contestant.name, [
        ...samples.get(contestant.name) ?? [],
        sample,
      ]);
      return trial.value(sample);
    },
  }));
  const outcomes = await contest(bench, trial.job, candidates);
  return {
    outcomes,
    samples: new Map(
      [...samples].map(([name, all]) => [name, all.slice(1)]),
    ),
  };
}

async function runOnce<Sample>(
  bench: Bench,
  { onDisk = false, peers, fill, isCold = false, run }: Trial<Sample>,
  contestant: Contestant,
): Promise<Sample> {
  const place = await Deno.makeTempDir({
    dir: onDisk ? bench.disk! : bench.work,
    prefix: "run-",
  });
  try {
    const cluster = await contestant.prepare(bench, place, peers);
    try {
      fill?.(cluster.folders[0]!);
      if (!isCold) {
        await cluster.launch();
        await cluster.settled();
      }
      return await run(cluster);
    } finally {
      await cluster.stop();
    }
  } finally {
    await Deno.remove(place, { recursive: true });
  }
}

/** The same job on the disk, if there is one. */
export function onDisk(
  job: Job,
  run: (bench: Bench, onDisk: boolean) => Promise<Report>,
): Job {
  return {
    name: `${job.name}-disk`,
    about: `${job.about}, on a disk`,
    run: (bench) =>
      bench.disk === undefined ? Promise.resolve(NO_DISK) : run(bench, true),
  };
}
