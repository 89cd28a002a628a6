/**
 * The chat side by side with ngircd and NATS, and against its own goals, each as it comes out of one run.
 *
 *     deno run -A bench/chat_compare.ts [--only JOB]... [--rounds N] [--dir DIR] [--disk DIR] [--write]
 *
 * See bench/README.md, "Chat".
 *
 * @module
 */

import { dataJob } from "./chat/jobs/data.ts";
import { directJob } from "./chat/jobs/direct.ts";
import { idleJob } from "./chat/jobs/idle.ts";
import { roomJob } from "./chat/jobs/room.ts";
import { runComparison } from "./comparison.ts";
import type { Job } from "./job.ts";
import { versionOf } from "./processes.ts";

const JOBS: readonly Job[] = [directJob, roomJob, idleJob, dataJob];

/** Between these two lines of bench/README.md the table is written. */
const MARKS = {
  begin: "<!-- chat_compare.ts writes from here -->",
  end: "<!-- chat_compare.ts writes to here -->",
};

const HELP =
  `Measures the chat beside ngircd and nats-server and prints the table as Markdown. Linux only.

  deno run -A bench/chat_compare.ts [flags]

  --only JOB      only this job; may be given more than once
  --rounds N      counted rounds after the warm-up (default 5)
  --dir DIR       where files are made (default /dev/shm, to keep disks out of it)
  --disk DIR      a folder on a disk, for the job "data" (default: the system's folder for temporary files, if on a disk)
  --write         put the table into bench/README.md as well; all jobs only
  --help          this text

Jobs:
${JOBS.map((job) => `  ${job.name.padEnd(14)}${job.about}\n`).join("")}`;

/** Ourselves and the peers that are installed, each with a word on its version. */
async function findTools(root: string): Promise<Map<string, string>> {
  const askedHow = {
    landline: ["git", "-C", root, "describe", "--always", "--dirty"],
    ngircd: ["ngircd", "--version"],
    "nats-server": ["nats-server", "--version"],
  };
  const tools = new Map<string, string>();
  for (const [name, argv] of Object.entries(askedHow)) {
    const line = await versionOf(argv);
    if (line === undefined) continue;
    tools.set(name, /\d+(\.\d+)+|^[0-9a-f]{7,}\S*$/.exec(line)?.[0] ?? line);
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
      page: "bench/README.md",
      marks: MARKS,
      ofFiles: false,
      hasWorkers: false,
    }, Deno.args),
  );
}
