/**
 * Five thousand people who say nothing: what they take, and how soon the next message arrives.
 *
 * @module
 */

import type { Candidate } from "../../clients.ts";
import { contest, type Goal, type Job, type Row } from "../../job.ts";
import { median } from "../../measure.ts";
import type { IdleResult } from "../idle_load.ts";
import { startChat } from "../servers.ts";
import { putLoad } from "./order.ts";
import { failedReport, megabytes, milliseconds, spreadRow } from "./rows.ts";

const IDLE_LOAD = { kind: "idle", connections: 5000, messages: 100 } as const;
const MEMORY_BYTES_MAX = 250e6;
const MESSAGE_MS_MAX = 50;

/** 5000 idle connections. */
export const idleJob: Job = {
  name: "idle",
  about: `${IDLE_LOAD.connections} people who are there and say nothing`,
  async run(bench) {
    const results: IdleResult[] = [];
    const candidate: Candidate = {
      name: "landline",
      needs: ["landline"],
      async run() {
        // A new one each time: memory that a server once took it seldom gives back.
        const server = await startChat(bench);
        try {
          const result = await putLoad(bench, server, IDLE_LOAD);
          results.push(result);
          return result.serverBytes;
        } finally {
          await server.stop();
        }
      },
    };
    const [outcome] = await contest(bench, this.name, [candidate]);
    const { failure } = outcome!;
    if (failure !== undefined) return failedReport(this.about, failure);
    const counted = results.slice(1);
    return { rows: rowsOf(counted), goals: goalsOf(counted) };
  },
};

/** A person meets the slowest, not the median. */
function slowest({ directMs }: IdleResult): number {
  return Math.max(...directMs);
}

function rowsOf(results: readonly IdleResult[]): Row[] {
  const row = (
    contender: string,
    of: (result: IdleResult) => number,
    text: (value: number) => string,
    rate?: string,
  ) => spreadRow(contender, results.map(of), text, rate);
  const usual = median(results.flatMap(({ directMs }) => directMs));
  return [
    row("memory", ({ serverBytes }) => serverBytes, megabytes),
    row(
      "slowest of 100 direct messages",
      slowest,
      milliseconds,
      `median ${milliseconds(usual)}`,
    ),
    row(
      "one message until all have it",
      ({ everyoneMs }) => everyoneMs,
      milliseconds,
    ),
  ];
}

function goalsOf(results: readonly IdleResult[]): Goal[] {
  const bytes = median(results.map(({ serverBytes }) => serverBytes));
  const ms = median(results.map(slowest));
  return [
    {
      what: `memory with ${IDLE_LOAD.connections} people`,
      measured: megabytes(bytes),
      wanted: `under ${megabytes(MEMORY_BYTES_MAX)}`,
      met: bytes < MEMORY_BYTES_MAX,
    },
    {
      what: `the slowest of ${IDLE_LOAD.messages} messages then`,
      measured: milliseconds(ms),
      wanted: `within ${MESSAGE_MS_MAX} ms`,
      met: ms < MESSAGE_MS_MAX,
    },
  ];
}
