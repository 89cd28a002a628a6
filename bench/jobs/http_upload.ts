/**
 * One file of 1 GiB by `curl -T`, to memory and to a disk, against nginx with its module for PUT.
 *
 * @module
 */

import { join } from "@std/path";
import type { Candidate } from "../clients.ts";
import {
  checkExtent,
  checkIdentical,
  oneFileSource,
  type Source,
} from "../fixtures.ts";
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
import { outputOf, timedOutputOf } from "../processes.ts";
import { startNginx, startOurs } from "../servers.ts";

const BYTES = 1 << 30;
const NAME = "report.bin";

/** 1 GiB into the work folder. */
export const httpUploadJob: Job = {
  name: "http-upload",
  about: "one file of 1 GiB by curl -T, to the work folder",
  run: (bench) => upload(bench, httpUploadJob, bench.work),
};

/** 1 GiB onto a disk. */
export const httpUploadToDiskJob: Job = {
  name: "http-upload-disk",
  about: "one file of 1 GiB by curl -T, to disk",
  run: (bench) =>
    bench.disk === undefined
      ? Promise.resolve(NO_DISK)
      : upload(bench, httpUploadToDiskJob, bench.disk),
};

async function upload(bench: Bench, job: Job, home: string): Promise<Report> {
  const source = await oneFileSource(join(bench.work, "source"), NAME, BYTES);
  const folderOf = async (server: string) => {
    const folder = join(home, `${server}-inbox`);
    await Deno.mkdir(folder);
    return folder;
  };
  const ours = await folderOf("landline");
  const theirs = await folderOf("nginx");
  const landline = bench.tools.has("landline")
    ? (await startOurs(bench, ours, ["--allow-upload"])).port
    : 0;
  // Beside its folder: nginx then only renames what it has received.
  const receiving = join(home, "nginx-receiving");
  const nginx = bench.tools.has("nginx-dav")
    ? (await startNginx(bench, theirs, { receiving })).port
    : 0;
  const outcomes = await contest(bench, job.name, [
    receivingBy(["landline", "curl"], source, ours, landline),
    receivingBy(["nginx", "nginx-dav", "curl"], source, theirs, nginx),
  ]);
  return {
    rows: timeRows(outcomes, byteRate(BYTES)),
    goals: [
      ratioGoal(
        outcomes,
        job.about,
        { ours: "landline", theirs: "nginx" },
        1.2,
      ),
    ],
  };
}

/** A server that is sent the file; the first of `needs` is its name. */
function receivingBy(
  needs: readonly [string, ...string[]],
  source: Source,
  folder: string,
  port: number,
): Candidate {
  return {
    name: needs[0],
    needs,
    async prepare() {
      await Deno.remove(join(folder, NAME)).catch((error) => {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      });
      // What the last run left to be written is in nobody's time.
      await outputOf(["sync", "-f", folder]);
    },
    async run() {
      const { seconds, output } = await timedOutputOf([
        ...["curl", "-q", "-g", "-s", "-S", "-f"],
        ...["-o", "/dev/null", "-w", "%{http_code}"],
        ...["-T", join(source.folder, NAME), `http://[::1]:${port}/`],
      ]);
      if (output !== "201") throw new Error(`curl got status ${output}`);
      checkExtent(source, folder);
      return seconds;
    },
    // A promise, so that what it throws is a rejection.
    verify: () => Promise.resolve().then(() => checkIdentical(source, folder)),
  };
}
