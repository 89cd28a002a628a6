/**
 * The classic comparison of a protocol of one's own over raw sockets with HTTP: the same client, the same server, the
 * same 283 pictures, near and far, over one connection and over five.
 *
 * @module
 */

import { join } from "@std/path";
import { barChart } from "../../lib/cli/chart.ts";
import { type Candidate, landline } from "../clients.ts";
import { pictureSource } from "../fixtures.ts";
import {
  byteRate,
  type Chart,
  contest,
  type Job,
  ratioGoal,
  ratioOf,
  type Row,
  timeRows,
} from "../job.ts";
import { median, type Outcome } from "../measure.ts";
import { startCable, startOurs } from "../servers.ts";

const CABLE = { rttMs: 10, bitsPerSecond: 1e9 };
const CONNECTIONS = [1, 5] as const;
const PLACES = ["loopback", `${CABLE.rttMs} ms`] as const;
const PROTOCOLS = ["wire", "http"] as const;
/** The goal is for five connections over loopback; the rest is for the eye. */
const LIMIT = 1.15;

/** 283 pictures by the wire protocol and by HTTP. */
export const httpPicturesJob: Job = {
  name: "http-job",
  about:
    "283 pictures by client.ts, by the wire protocol and by HTTP, over loopback and at 10 ms and 1 Gbit/s",
  async run(bench) {
    const source = await pictureSource(join(bench.work, "pictures"));
    const server = await startOurs(bench, source.folder);
    const cable = await startCable(bench, server, CABLE);
    const ports = { [PLACES[0]]: server.port, [PLACES[1]]: cable.port };
    const out = join(bench.work, "out");
    const contenders: Candidate[] = cases().map((one) =>
      landline(
        bench,
        { source, out, port: ports[one.place]!, connections: one.connections },
        { name: nameOf(one), protocol: one.protocol },
      )
    );
    const outcomes = await contest(bench, this.name, contenders);
    return {
      rows: withRatios(outcomes, timeRows(outcomes, byteRate(source.bytes))),
      goals: [
        ratioGoal(
          outcomes,
          "283 pictures over loopback, 5 connections",
          namesOf({ place: "loopback", connections: 5 }),
          LIMIT,
        ),
      ],
      charts: chartOf(outcomes),
    };
  },
};

/** Where, and over how many connections. */
interface Setting {
  readonly place: typeof PLACES[number];
  readonly connections: typeof CONNECTIONS[number];
}

interface Case extends Setting {
  readonly protocol: typeof PROTOCOLS[number];
}

/** The two protocols of a setting are next to each other: their times were taken in the same minute. */
function cases(): Case[] {
  return PLACES.flatMap((place) =>
    CONNECTIONS.flatMap((connections) =>
      PROTOCOLS.map((protocol) => ({ place, connections, protocol }))
    )
  );
}

function nameOf({ place, connections, protocol }: Case): string {
  const plural = connections === 1 ? "" : "s";
  return `${protocol}, ${connections} connection${plural}, ${place}`;
}

function namesOf(setting: Setting): { ours: string; theirs: string } {
  return {
    ours: nameOf({ ...setting, protocol: "http" }),
    theirs: nameOf({ ...setting, protocol: "wire" }),
  };
}

/** How many times the wire protocol's time it took, for HTTP; nothing for the wire protocol itself. */
function noteOf(outcomes: readonly Outcome[], one: Case): string {
  const ratio = one.protocol === "http" && ratioOf(outcomes, namesOf(one));
  return typeof ratio === "number" ? `${ratio.toFixed(2)} x wire` : "";
}

function withRatios(
  outcomes: readonly Outcome[],
  rows: readonly Row[],
): Row[] {
  return cases().map((one, index) => {
    const { rate, ...row } = rows[index]!;
    const note = noteOf(outcomes, one);
    return { ...row, rate: note === "" ? rate : `${rate}, ${note}` };
  });
}

/** One bar for each case, if all could be measured. */
function chartOf(outcomes: readonly Outcome[]): Chart[] {
  if (outcomes.some(({ failure }) => failure !== undefined)) return [];
  const bars = cases().map((one, index) => {
    const { name, values } = outcomes[index]!;
    const note = noteOf(outcomes, one);
    return { label: name, value: median(values), ...(note && { note }) };
  });
  const svg = barChart(bars, {
    title: "283 pictures: the wire protocol and HTTP",
    unit: "s",
  });
  return [{ path: "docs/wire-and-http.svg", svg }];
}
