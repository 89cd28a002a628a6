/**
 * The sync side by side with Syncthing, and against its own goals, each as it comes out of one run.
 *
 *     deno run -A bench/sync_compare.ts [--only JOB]... [--rounds N] [--dir DIR] [--disk DIR] [--write]
 *
 * See bench/sync/README.md.
 *
 * @module
 */

import { runComparison } from "./comparison.ts";
import type { Job } from "./job.ts";
import { isFile } from "./machine.ts";
import { versionOf } from "./processes.ts";
import { bigJob, bigToDiskJob } from "./sync/jobs/big.ts";
import { deltaJob } from "./sync/jobs/delta.ts";
import { latencyJob } from "./sync/jobs/latency.ts";
import { fiftyJob, twentyJob } from "./sync/jobs/many_peers.ts";
import { memoryJob } from "./sync/jobs/memory.ts";
import {
  coldJob,
  coldToDiskJob,
  dropJob,
  dropToDiskJob,
} from "./sync/jobs/pictures.ts";
import { renameFolderJob, renameJob } from "./sync/jobs/rename.ts";
import { replaceJob } from "./sync/jobs/replace.ts";
import { smallJob, smallToDiskJob } from "./sync/jobs/small.ts";

const JOBS: readonly Job[] = [
  dropJob,
  dropToDiskJob,
  coldJob,
  coldToDiskJob,
  bigJob,
  bigToDiskJob,
  latencyJob,
  twentyJob,
  fiftyJob,
  deltaJob,
  renameJob,
  renameFolderJob,
  replaceJob,
  memoryJob,
  smallJob,
  smallToDiskJob,
];

/** Between these two lines of bench/sync/README.md the table is written. */
const MARKS = {
  begin: "<!-- sync_compare.ts writes from here -->",
  end: "<!-- sync_compare.ts writes to here -->",
};

const HELP =
  `Measures the sync beside Syncthing and prints the table as Markdown. Linux only.

  deno run -A bench/sync_compare.ts [flags]

  --only JOB      only this job; may be given more than once
  --rounds N      counted rounds after the warm-up (default 5)
  --dir DIR       where the folders are (default /dev/shm, to keep disks out of it)
  --disk DIR      a folder on a disk, for the -disk jobs (default: the system's folder for temporary files, if on a disk)
  --no-touch      do not touch free memory beforehand (the first runs are then slow on a virtual machine)
  --write         put the table into bench/sync/README.md as well; all jobs only
  --help          this text

Jobs:
${JOBS.map((job) => `  ${job.name.padEnd(14)}${job.about}\n`).join("")}`;

/** Ourselves and Syncthing, each if it is there, with a word on its version. */
async function findTools(root: string): Promise<Map<string, string>> {
  const tools = new Map<string, string>();
  const commit = await versionOf([
    "git",
    "-C",
    root,
    "describe",
    "--always",
    "--dirty",
  ]);
  if (isFile(`${root}/peer.ts`)) tools.set("landline", commit ?? "unknown");
  const line = await versionOf(["syncthing", "--version"]);
  if (line !== undefined) {
    tools.set("syncthing", /\d+(\.\d+)+/.exec(line)?.[0] ?? line);
  }
  return tools;
}

if (import.meta.main) {
  Deno.exit(
    await runComparison({
      jobs: JOBS,
      help: HELP,
      rounds: 5,
      findTools,
      page: "bench/sync/README.md",
      marks: MARKS,
      ofFiles: true,
      hasWorkers: false,
    }, Deno.args),
  );
}
