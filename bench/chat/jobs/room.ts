/**
 * A room of a thousand: how soon everybody has what is said, and what they are told while they arrive.
 *
 * @module
 */

import type { Candidate } from "../../clients.ts";
import { contest, type Goal, type Job, type Row } from "../../job.ts";
import { median } from "../../measure.ts";
import type { RoomResult } from "../room_load.ts";
import { startChat } from "../servers.ts";
import { putLoad } from "./order.ts";
import { failedReport, milliseconds, spreadRow } from "./rows.ts";

const ROOM_LOAD = {
  kind: "room",
  listeners: 1000,
  speakers: 10,
  messagesPerSecond: 100,
  seconds: 5,
} as const;
const LATENCY_MS_MAX = 50;
/** One each would be a million. */
const ARRIVAL_LINES_MAX = 50 * ROOM_LOAD.listeners;

/** 1000 listeners, 100 messages a second. */
export const roomJob: Job = {
  name: "room",
  about:
    `${ROOM_LOAD.listeners} listeners, ${ROOM_LOAD.messagesPerSecond} messages a second to everyone`,
  async run(bench) {
    const results: RoomResult[] = [];
    const candidate: Candidate = {
      name: "landline",
      needs: ["landline"],
      async run() {
        const server = await startChat(bench);
        try {
          const result = await putLoad(bench, server, ROOM_LOAD);
          results.push(result);
          return result.latencyMs.p99;
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

function rowsOf(results: readonly RoomResult[]): Row[] {
  const row = (
    contender: string,
    of: (result: RoomResult) => number,
    text: (value: number) => string,
    rate?: string,
  ) => spreadRow(contender, results.map(of), text, rate);
  const load = (of: (result: RoomResult) => number) =>
    median(results.map(of)).toFixed(2);
  const cores = `server ${load(({ serverLoad }) => serverLoad)} cores, load ${
    load(({ ownLoad }) => ownLoad)
  }`;
  return [
    row("median", ({ latencyMs }) => latencyMs.p50, milliseconds, cores),
    row("99 of 100", ({ latencyMs }) => latencyMs.p99, milliseconds),
    row("the last of all", ({ latencyMs }) => latencyMs.max, milliseconds),
    row("all have arrived", ({ arrivalMs }) => arrivalMs, milliseconds),
    row(
      "lines they were told",
      ({ arrivalLines }) => arrivalLines,
      String,
      `${
        median(results.map(({ arrivalBytes }) => arrivalBytes / 1e6)).toFixed(1)
      } MB`,
    ),
  ];
}

function goalsOf(results: readonly RoomResult[]): Goal[] {
  const latency = median(results.map(({ latencyMs }) => latencyMs.p99));
  const lines = Math.max(...results.map(({ arrivalLines }) => arrivalLines));
  return [
    {
      what: "99 of 100 deliveries; nothing missed, in order",
      measured: milliseconds(latency),
      wanted: `under ${LATENCY_MS_MAX} ms`,
      met: latency < LATENCY_MS_MAX,
    },
    {
      what: `lines while ${ROOM_LOAD.listeners} arrive, all of theirs together`,
      measured: String(lines),
      wanted: `at most ${ARRIVAL_LINES_MAX}`,
      met: lines <= ARRIVAL_LINES_MAX,
    },
  ];
}
