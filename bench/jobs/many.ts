/**
 * Many small files: the cost of a file, and whether it grows with their number.
 *
 * @module
 */

import { join } from "@std/path";
import { cp, curl, landline } from "../clients.ts";
import { smallFilesSource } from "../fixtures.ts";
import { contest, type Goal, type Job, ratioGoal, timeRows } from "../job.ts";
import { medianRatio, type Outcome } from "../measure.ts";
import { startAll } from "../servers.ts";

const CONNECTIONS = 5;
const COUNT = 10_000;
const COUNTS = [2_500, 5_000, 10_000, 20_000];
/** Doubling the count must keep this much of the rate; the rest is left to noise. */
const KEPT = 0.95;

/** 10 000 files of 1 KiB. */
export const manyJob: Job = {
  name: "many",
  about: "10 000 files of 1 KiB over loopback, 5 connections",
  async run(bench) {
    const source = await smallFilesSource(join(bench.work, "many"), COUNT);
    const ports = await startAll(bench, source.folder);
    const errand = {
      source,
      out: join(bench.work, "out"),
      connections: CONNECTIONS,
    };
    const outcomes = await contest(bench, this.name, [
      landline(bench, { ...errand, port: ports.landline }),
      await curl(bench, { ...errand, port: ports.nginx }, "curl -Z (nginx)"),
      cp({ ...errand, port: 0 }),
    ]);
    return {
      rows: timeRows(outcomes, fileRate(COUNT)),
      goals: [
        ratioGoal(outcomes, this.about, {
          ours: "landline",
          theirs: "curl -Z (nginx)",
        }, 0.65),
      ],
    };
  },
};

/** The rate for growing numbers of files. */
export const countsJob: Job = {
  name: "counts",
  about: "files of 1 KiB over loopback: the rate while their number grows",
  async run(bench) {
    const contenders = await Promise.all(COUNTS.map(async (count) => {
      const source = await smallFilesSource(
        join(bench.work, `many-${count}`),
        count,
      );
      const ports = await startAll(bench, source.folder);
      const errand = {
        source,
        out: join(bench.work, "out"),
        connections: CONNECTIONS,
      };
      return {
        ours: landline(
          bench,
          { ...errand, port: ports.landline },
          { name: `landline, ${count} files` },
        ),
        theirs: await curl(
          bench,
          { ...errand, port: ports.nginx },
          `curl -Z (nginx), ${count} files`,
        ),
      };
    }));
    const outcomes = await contest(bench, this.name, [
      ...contenders.map(({ ours }) => ours),
      ...contenders.map(({ theirs }) => theirs),
    ]);
    const rows = outcomes.flatMap((outcome, index) =>
      timeRows([outcome], fileRate(COUNTS[index % COUNTS.length]!))
    );
    return {
      rows,
      goals: [steadyGoal(this.about, outcomes.slice(0, COUNTS.length))],
    };
  },
};

/** The goal that no doubling of the count lowers the rate; `outcomes` belong to COUNTS. */
function steadyGoal(what: string, outcomes: readonly Outcome[]): Goal {
  const wanted = `each doubling keeps ${KEPT} of it`;
  const failed = outcomes.find((outcome) => outcome.failure !== undefined);
  if (failed !== undefined) {
    return {
      what,
      measured: `${failed.name}: ${failed.failure}`,
      wanted,
      met: undefined,
    };
  }
  const rates = outcomes.map((outcome, index) =>
    outcome.values.map((seconds) => COUNTS[index]! / seconds)
  );
  const kept = rates.slice(1).map((values, index) =>
    medianRatio(values, rates[index]!)
  );
  return {
    what,
    measured: kept.map((ratio) => `${ratio.toFixed(2)} x`).join(", "),
    wanted,
    met: kept.every((ratio) => ratio >= KEPT),
  };
}

function fileRate(count: number): (seconds: number) => string {
  return (seconds) => `${Math.round(count / seconds)} files/s`;
}
