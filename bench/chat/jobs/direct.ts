/**
 * Direct messages of many pairs at once: how many, and what each takes of the server's processor.
 *
 * @module
 */

import type { Candidate } from "../../clients.ts";
import {
  type Bench,
  contest,
  type Goal,
  type Job,
  type Names,
  rateGoal,
  ratioGoal,
  type Row,
} from "../../job.ts";
import { median, type Outcome } from "../../measure.ts";
import type { RunningServer } from "../../processes.ts";
import type { DialectName } from "../dialects.ts";
import type { DirectResult } from "../direct_load.ts";
import { startChat, startNats, startNgircd } from "../servers.ts";
import { putLoad } from "./order.ts";

/** The load of the project's goals. */
export const DIRECT_LOAD = {
  kind: "direct",
  pairs: 50,
  textBytes: 32,
  window: 512,
  seconds: 3,
} as const;

/** 50 senders to 50 receivers. */
export const directJob: Job = {
  name: "direct",
  about:
    `${DIRECT_LOAD.pairs} senders to as many receivers, direct messages of ${DIRECT_LOAD.textBytes} bytes`,
  async run(bench) {
    const results = new Map<string, DirectResult[]>();
    const contenderOf = async (
      tool: string,
      dialect: DialectName,
      start: (bench: Bench) => Promise<RunningServer>,
    ): Promise<Candidate> => {
      const server = bench.tools.has(tool) ? await start(bench) : undefined;
      return {
        name: tool,
        needs: [tool],
        async run() {
          const order = { ...DIRECT_LOAD, dialect };
          const result = await putLoad(bench, server!, order);
          results.set(tool, [...results.get(tool) ?? [], result]);
          return result.delivered / result.seconds;
        },
      };
    };
    const outcomes = await contest(bench, this.name, [
      await contenderOf("landline", "landline", startChat),
      await contenderOf("ngircd", "irc", startNgircd),
      await contenderOf("nats-server", "nats", startNats),
    ]);
    return {
      rows: outcomes.map((outcome) =>
        rowOf(outcome, results.get(outcome.name) ?? [])
      ),
      goals: goalsOf(outcomes, results),
    };
  },
};

function goalsOf(
  outcomes: readonly Outcome[],
  results: ReadonlyMap<string, readonly DirectResult[]>,
): Goal[] {
  // The first was to warm up.
  const costs = outcomes.map(({ name, values, ...rest }) => ({
    ...rest,
    name,
    values: values.length === 0
      ? []
      : (results.get(name) ?? []).slice(1).map(microseconds),
  }));
  const ngircd: Names = { ours: "landline", theirs: "ngircd" };
  const nats: Names = { ours: "landline", theirs: "nats-server" };
  return [
    rateGoal(outcomes, "messages a second", ngircd, 1.5),
    ratioGoal(costs, "processor's time for a message", ngircd, 1),
    rateGoal(outcomes, "messages a second", nats, 0.5),
  ];
}

function rowOf(
  { name, values, failure }: Outcome,
  results: readonly DirectResult[],
): Row {
  if (failure !== undefined) {
    return { contender: name, result: failure, spread: "", rate: "" };
  }
  const counted = results.slice(1);
  const own = median(
    counted.map(({ loadSeconds, delivered }) => loadSeconds / delivered * 1e6),
  );
  const cost = median(counted.map(microseconds)).toFixed(2);
  return {
    contender: name,
    result: `${thousands(median(values))} messages/s`,
    spread: `${thousands(Math.max(...values))} - ${
      thousands(Math.min(...values))
    }`,
    rate: `${cost} us a message (load ${own.toFixed(2)} us)`,
  };
}

/** Of the server's processor for each message. */
function microseconds({ serverSeconds, delivered }: DirectResult): number {
  return serverSeconds / delivered * 1e6;
}

function thousands(value: number): string {
  return `${(value / 1000).toFixed(0)} k`;
}
