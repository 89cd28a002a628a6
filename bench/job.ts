/**
 * What a job of the comparison is given, what it gives back, and how times become rows and goals.
 *
 * @module
 */

import type { Candidate } from "./clients.ts";
import { alternate, median, medianRatio, type Outcome } from "./measure.ts";
import type { Keeper } from "./processes.ts";

/** What all jobs share. */
export interface Bench {
  /** The repository. */
  readonly root: string;
  /** A folder of this run only, removed at its end. */
  readonly work: string;
  /** A folder of this run only on a real disk, or undefined when there is none. */
  readonly disk: string | undefined;
  readonly rounds: number;
  /** Programs that are there, with the line that tells their version. */
  readonly tools: ReadonlyMap<string, string>;
  /** Passed on to server.ts. */
  readonly serverFlags: readonly string[];
  readonly keeper: Keeper;
  readonly onProgress: (text: string) => void;
}

/** One part of the table. */
export interface Job {
  readonly name: string;
  /** What is done, in a line. */
  readonly about: string;
  run(bench: Bench): Promise<Report>;
}

/** What came of a job. */
export interface Report {
  readonly rows: readonly Row[];
  readonly goals: readonly Goal[];
  /** Pictures of it, written with the table. */
  readonly charts?: readonly Chart[];
}

/** A picture as the text of an SVG, for a place in the repository. */
export interface Chart {
  readonly path: string;
  readonly svg: string;
}

/** What comes of a job that needs a disk where there is none. */
export const NO_DISK: Report = {
  rows: [{
    contender: "all",
    result: "skipped: --disk names no folder on a disk",
    spread: "",
    rate: "",
  }],
  goals: [],
};

/** One contender's line. */
export interface Row {
  readonly contender: string;
  /** Median with its unit, or why there is none. */
  readonly result: string;
  /** Fastest and slowest. */
  readonly spread: string;
  readonly rate: string;
}

/** A line of the "Numbers to reach". */
export interface Goal {
  readonly what: string;
  readonly measured: string;
  readonly wanted: string;
  /** Undefined when it could not be measured. */
  readonly met: boolean | undefined;
}

/** Measures those candidates whose programs are there; the others come back as outcomes that say what is missing. */
export async function contest(
  bench: Bench,
  job: string,
  candidates: readonly Candidate[],
): Promise<Outcome[]> {
  const missing = (candidate: Candidate) =>
    candidate.needs.find((tool) => !bench.tools.has(tool));
  const able = candidates.filter((candidate) =>
    missing(candidate) === undefined
  );
  const outcomes = await alternate(
    able,
    bench.rounds,
    (text) => bench.onProgress(`${job}, ${text}`),
  );
  return candidates.map((candidate) =>
    outcomes[able.indexOf(candidate)] ??
      {
        name: candidate.name,
        values: [],
        failure: `skipped: no ${missing(candidate)} here`,
      }
  );
}

/** Rows of contenders measured in seconds; `rate` says how much was done in so many seconds. */
export function timeRows(
  outcomes: readonly Outcome[],
  rate: (seconds: number) => string,
): Row[] {
  return outcomes.map(({ name, values, failure }) =>
    failure !== undefined
      ? { contender: name, result: failure, spread: "", rate: "" }
      : {
        contender: name,
        result: `${median(values).toFixed(3)} s`,
        spread: `${Math.min(...values).toFixed(3)} - ${
          Math.max(...values).toFixed(3)
        }`,
        rate: rate(median(values)),
      }
  );
}

/** `bytes` in so many seconds, for `timeRows`. */
export function byteRate(bytes: number): (seconds: number) => string {
  return (seconds) => `${(bytes / 1e6 / seconds).toFixed(0)} MB/s`;
}

/** Rows of contenders measured in something a second, `text` of which says it; `note` stands in the last column. */
export function rateRows(
  outcomes: readonly Outcome[],
  text: (rate: number) => string,
  note: (rate: number) => string = () => "",
): Row[] {
  return outcomes.map(({ name, values, failure }) =>
    failure !== undefined
      ? { contender: name, result: failure, spread: "", rate: "" }
      : {
        contender: name,
        result: text(median(values)),
        spread: `${text(Math.max(...values))} - ${text(Math.min(...values))}`,
        rate: note(median(values)),
      }
  );
}

/** Two contenders by their names in the outcomes. */
export interface Names {
  readonly ours: string;
  readonly theirs: string;
}

/** The goal that `ours` takes at most `limit` times what `theirs` takes. */
export function ratioGoal(
  outcomes: readonly Outcome[],
  what: string,
  names: Names,
  limit: number,
): Goal {
  const wanted = `at most ${limit} x ${names.theirs}`;
  const ratio = ratioOf(outcomes, names);
  return { what, wanted, ...judged(ratio, (value) => value <= limit) };
}

/** The goal that `ours` does at least `limit` times what `theirs` does, where the values are rates. */
export function rateGoal(
  outcomes: readonly Outcome[],
  what: string,
  names: Names,
  limit: number,
): Goal {
  const wanted = `at least ${limit} x ${names.theirs}`;
  const ratio = ratioOf(outcomes, names);
  return { what, wanted, ...judged(ratio, (value) => value >= limit) };
}

/** The median of the ratios of two contenders, or in words why there is none. */
export function ratioOf(
  outcomes: readonly Outcome[],
  names: Names,
): number | string {
  const find = (name: string): Outcome =>
    outcomes.find((outcome) => outcome.name === name) ??
      { name, values: [], failure: "not run" };
  const [ours, theirs] = [find(names.ours), find(names.theirs)];
  const failed = [ours, theirs].find(({ failure }) => failure !== undefined);
  return failed === undefined
    ? medianRatio(ours.values, theirs.values)
    : `${failed.name}: ${failed.failure}`;
}

function judged(
  ratio: number | string,
  isMet: (ratio: number) => boolean,
): Pick<Goal, "measured" | "met"> {
  return typeof ratio === "string"
    ? { measured: ratio, met: undefined }
    : { measured: `${ratio.toFixed(2)} x`, met: isMet(ratio) };
}
