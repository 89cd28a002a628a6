/**
 * One file of 1 GiB, to memory and to a disk.
 *
 * @module
 */

import { join } from "@std/path";
import { aria2, cp, curl, landline } from "../clients.ts";
import { oneFileSource } from "../fixtures.ts";
import {
  type Bench,
  byteRate,
  contest,
  type Job,
  NO_DISK,
  ratioGoal,
  type Report,
  timeRows,
} from "../job.ts";
import { startAll } from "../servers.ts";

const BYTES = 1 << 30;

/** 1 GiB into the work folder. */
export const bigJob: Job = {
  name: "big",
  about: "one file of 1 GiB over loopback, to the work folder",
  run: (bench) => copyBig(bench, bigJob, join(bench.work, "out")),
};

/** 1 GiB onto a disk, which is what most people have, and the noisiest part of any machine. */
export const bigToDiskJob: Job = {
  name: "big-disk",
  about: "one file of 1 GiB over loopback, to disk",
  run: (bench) =>
    bench.disk === undefined
      ? Promise.resolve(NO_DISK)
      : copyBig(bench, bigToDiskJob, join(bench.disk, "out")),
};

async function copyBig(bench: Bench, job: Job, out: string): Promise<Report> {
  const source = await oneFileSource(join(bench.work, "big"), "big.bin", BYTES);
  const ports = await startAll(bench, source.folder);
  const errand = { source, out, connections: 1 };
  const ours = { ...errand, port: ports.landline };
  const http = { ...errand, port: ports.nginx };
  const one = "landline, 1 connection";
  const five = "landline, 5 connections";
  const outcomes = await contest(bench, job.name, [
    landline(bench, ours, { name: one }),
    await curl(bench, http, "curl (nginx)"),
    landline(bench, { ...ours, connections: 5 }, { name: five }),
    await aria2(bench, { ...http, connections: 5 }),
    cp({ ...errand, port: 0 }),
  ]);
  return {
    rows: timeRows(outcomes, byteRate(source.bytes)),
    goals: [one, five].map((name) =>
      ratioGoal(outcomes, `${job.about}: ${name}`, {
        ours: name,
        theirs: "curl (nginx)",
      }, 0.9)
    ),
  };
}
