/**
 * The classic job: 283 pictures over loopback, and behind the cable.
 *
 * @module
 */

import { join } from "@std/path";
import {
  aria2,
  type Candidate,
  cp,
  curl,
  landline,
  lftp,
  rsync,
  wget,
} from "../clients.ts";
import { pictureSource } from "../fixtures.ts";
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
import { startAll, startCable } from "../servers.ts";

const CONNECTIONS = 5;
const CABLE = { rttMs: 10, bitsPerSecond: 1e9 };

/** 283 pictures over loopback. */
export const picturesJob: Job = {
  name: "pictures",
  about: "283 pictures over loopback, 5 connections, ours verified",
  run: (bench) => copyPictures(bench, picturesJob, join(bench.work, "out")),
};

/** The same onto a disk, where `cp -r` has to work for its time as well. */
export const picturesToDiskJob: Job = {
  name: "pictures-disk",
  about: "283 pictures over loopback, 5 connections, ours verified, to disk",
  run: (bench) =>
    bench.disk === undefined
      ? Promise.resolve(NO_DISK)
      : copyPictures(bench, picturesToDiskJob, join(bench.disk, "out")),
};

async function copyPictures(
  bench: Bench,
  job: Job,
  out: string,
): Promise<Report> {
  const source = await pictureSource(join(bench.work, "pictures"));
  const errand = { source, out, connections: CONNECTIONS };
  const ports = await startAll(bench, source.folder);
  const http = { ...errand, port: ports.nginx };
  const outcomes = await contest(bench, job.name, [
    landline(bench, { ...errand, port: ports.landline }),
    await curl(bench, http, "curl -Z (nginx)"),
    await curl(
      bench,
      { ...http, connections: 1 },
      "curl, one connection (nginx)",
    ),
    await wget(bench, http),
    lftp(http),
    await aria2(bench, http),
    rsync({ ...errand, port: ports.rsync }),
    cp({ ...errand, port: 0 }),
  ]);
  return {
    rows: timeRows(outcomes, byteRate(source.bytes)),
    goals: [
      ratioGoal(outcomes, job.about, {
        ours: "landline",
        theirs: "curl -Z (nginx)",
      }, 1.0),
      ratioGoal(
        outcomes,
        job.about,
        { ours: "landline", theirs: "cp -r" },
        1.6,
      ),
    ],
  };
}

/**
 * The same, far away. The cable's own time is the bytes at its rate plus one round trip: the request has to go there
 * and the first byte to come back. The handshake of a connection and the asking for names cost more round trips; they
 * are not in it, so that the bound is the cable's and not that of any way of working.
 */
export const distanceJob: Job = {
  name: "distance",
  about: "283 pictures, 10 ms round trip, 1 Gbit/s, 5 connections",
  async run(bench) {
    const source = await pictureSource(join(bench.work, "pictures"));
    const errand = {
      source,
      out: join(bench.work, "out"),
      connections: CONNECTIONS,
    };
    const ports = await startAll(
      bench,
      source.folder,
      (server) => startCable(bench, server, CABLE),
    );
    const http = { ...errand, port: ports.nginx };
    const boundSeconds = (source.bytes * 8) / CABLE.bitsPerSecond +
      CABLE.rttMs / 1000;
    const bound: Candidate = {
      name: "the cable's own time",
      needs: [],
      run: () => Promise.resolve(boundSeconds),
    };
    const outcomes = await contest(bench, this.name, [
      landline(bench, { ...errand, port: ports.landline }),
      rsync({ ...errand, port: ports.rsync }),
      await curl(bench, http, "curl -Z (nginx)"),
      lftp(http),
      await aria2(bench, http),
      bound,
    ]);
    return {
      rows: timeRows(outcomes, byteRate(source.bytes)),
      goals: [
        ratioGoal(outcomes, this.about, {
          ours: "landline",
          theirs: "rsync daemon",
        }, 0.75),
        ratioGoal(outcomes, this.about, {
          ours: "landline",
          theirs: bound.name,
        }, 1.2),
      ],
    };
  },
};
