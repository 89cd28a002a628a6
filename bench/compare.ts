/**
 * Whole programs side by side: ours against those people use, each goal of the project as a ratio taken in one run.
 *
 *     deno run -A bench/compare.ts [--only JOB]... [--rounds N] [--dir DIR] [--disk DIR] [--write]
 *
 * See bench/README.md for what the rows mean and how far they can be trusted.
 *
 * @module
 */

import { runComparison } from "./comparison.ts";
import type { Job } from "./job.ts";
import { bigJob, bigToDiskJob } from "./jobs/big.ts";
import { crowdJob } from "./jobs/crowd.ts";
import { httpIdleJob } from "./jobs/http_idle.ts";
import { httpLargeJob } from "./jobs/http_large.ts";
import { httpPicturesJob } from "./jobs/http_pictures.ts";
import { httpSmallJob } from "./jobs/http_small.ts";
import { httpUploadJob, httpUploadToDiskJob } from "./jobs/http_upload.ts";
import { countsJob, manyJob } from "./jobs/many.ts";
import {
  distanceJob,
  picturesJob,
  picturesToDiskJob,
} from "./jobs/pictures.ts";
import { helpJob, memoryJob } from "./jobs/start.ts";
import { findTools } from "./machine.ts";
import { BEGIN, END } from "./table.ts";

const JOBS: readonly Job[] = [
  picturesJob,
  picturesToDiskJob,
  distanceJob,
  bigJob,
  bigToDiskJob,
  crowdJob,
  manyJob,
  countsJob,
  memoryJob,
  helpJob,
  httpSmallJob,
  httpLargeJob,
  httpPicturesJob,
  httpIdleJob,
  httpUploadJob,
  httpUploadToDiskJob,
];

const HELP =
  `Measures whole programs side by side and prints the table as Markdown.

  deno run -A bench/compare.ts [flags]

  --only JOB      only this job; may be given more than once
  --rounds N      counted rounds after the warm-up (default 7)
  --dir DIR       where files are made and copied to (default /dev/shm where there is one, to keep disks out of it)
  --disk DIR      a folder on a disk, for the -disk jobs (default: the system's folder for temporary files, if on a disk)
  --workers N     start our server with --workers N (default: without)
  --no-touch      do not touch free memory beforehand (the first runs are then slow on a virtual machine)
  --write         put the table into bench/README.md and its charts into docs/ as well; all jobs only
  --help          this text

Jobs:
${JOBS.map((job) => `  ${job.name.padEnd(18)}${job.about}\n`).join("")}`;

if (import.meta.main) {
  Deno.exit(
    await runComparison({
      jobs: JOBS,
      help: HELP,
      rounds: 7,
      findTools,
      page: "bench/README.md",
      marks: { begin: BEGIN, end: END },
      ofFiles: true,
      hasWorkers: true,
    }, Deno.args),
  );
}
