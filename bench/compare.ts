/**
 * Whole programs side by side: ours against those people use, each goal of the project as a ratio taken in one run.
 *
 *     deno run -A bench/compare.ts [--only JOB]... [--rounds N] [--dir DIR] [--disk DIR] [--write]
 *
 * See bench/README.md for what the rows mean and how far they can be trusted.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { fromFileUrl, join } from "@std/path";
import type { Bench, Job } from "./job.ts";
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
import {
  findTools,
  inMemory,
  isFolder,
  machineFacts,
  touchMemory,
} from "./machine.ts";
import { Keeper, outputOf, stopRunning } from "./processes.ts";
import { type Chapter, render, replaceTable } from "./table.ts";

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

interface Options {
  readonly jobs: readonly Job[];
  readonly rounds: number;
  readonly dir: string;
  readonly disk: string;
  readonly serverFlags: readonly string[];
  readonly touch: boolean;
  readonly write: boolean;
}

/** A command line that cannot be followed; its message is for the person who wrote it. */
class UsageError extends Error {}

/** Reads the flags; gives undefined when only help is wanted. Throws UsageError. */
function readOptions(args: readonly string[]): Options | undefined {
  const flags = parseArgs(args, {
    boolean: ["write", "help", "no-touch"],
    string: ["only", "rounds", "dir", "disk", "workers"],
    collect: ["only"],
    unknown: (arg) => {
      throw new UsageError(`Unknown argument ${arg}; see --help`);
    },
  });
  if (flags.help) return undefined;
  const only = flags.only as string[];
  const stranger = only.find((name) => !JOBS.some((job) => job.name === name));
  if (stranger !== undefined) {
    throw new UsageError(`Unknown job ${stranger}; see --help`);
  }
  if (flags.write && only.length > 0) {
    throw new UsageError("--write needs the whole table: leave out --only");
  }
  const rounds = Number(flags.rounds ?? 7);
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new UsageError(`Cannot do ${flags.rounds} rounds`);
  }
  const temporary = Deno.env.get("TMPDIR") ?? "/tmp";
  return {
    jobs: only.length > 0
      ? JOBS.filter((job) => only.includes(job.name))
      : JOBS,
    rounds,
    dir: String(flags.dir ?? (isFolder("/dev/shm") ? "/dev/shm" : temporary)),
    disk: String(flags.disk ?? temporary),
    serverFlags: flags.workers === undefined
      ? []
      : ["--workers", String(flags.workers)],
    touch: !flags["no-touch"],
    write: flags.write === true,
  };
}

/** Does one job in a folder of its own, and leaves neither file nor process. */
async function doJob(
  job: Job,
  options: Options,
  shared: Pick<Bench, "root" | "tools" | "onProgress">,
) {
  const keeper = new Keeper();
  const folderIn = async (dir: string) => {
    const folder = await Deno.makeTempDir({ dir, prefix: "landline-bench-" });
    keeper.later(() => Deno.remove(folder, { recursive: true }));
    return folder;
  };
  try {
    const report = await job.run({
      ...shared,
      rounds: options.rounds,
      serverFlags: options.serverFlags,
      work: await folderIn(options.dir),
      disk: inMemory(options.disk) ? undefined : await folderIn(options.disk),
      keeper,
    });
    return { name: job.name, about: job.about, report };
  } finally {
    await keeper.undoAll();
  }
}

function describeRun(
  options: Options,
  tools: ReadonlyMap<string, string>,
): string[] {
  const versions = [...tools].map(([name, version]) => `${name} ${version}`)
    .join(", ");
  const place = inMemory(options.dir)
    ? "a tmpfs"
    : "NOT a tmpfs: the noise of a disk is in the times";
  return [
    ...machineFacts(),
    `Deno ${Deno.version.deno}, ${versions}`,
    `${options.rounds} rounds after one to warm up, in ${options.dir} (${place})` +
    (options.serverFlags.length > 0
      ? `, server.ts with ${options.serverFlags.join(" ")}`
      : ""),
  ];
}

/** Puts the table and the charts where they belong in the repository at `root`. */
async function write(
  root: string,
  chapters: readonly Chapter[],
  table: string,
): Promise<void> {
  const page = join(root, "bench/README.md");
  await Deno.writeTextFile(
    page,
    replaceTable(await Deno.readTextFile(page), table),
  );
  // The formatter wraps the long lines; CI would refuse the page without it.
  await outputOf([Deno.execPath(), "fmt", "-q", page]);
  for (const { report } of chapters) {
    for (const { path, svg } of report.charts ?? []) {
      await Deno.writeTextFile(join(root, path), svg);
    }
  }
}

function say(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(text + "\n"));
}

async function main(): Promise<number> {
  let options: Options | undefined;
  try {
    options = readOptions(Deno.args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    say(error.message);
    return 2;
  }
  if (options === undefined) {
    Deno.stdout.writeSync(new TextEncoder().encode(HELP));
    return 0;
  }
  const root = fromFileUrl(new URL("..", import.meta.url));
  const tools = await findTools(root);

  let interrupted = false;
  const interrupt = () => {
    if (interrupted) Deno.exit(130);
    interrupted = true;
    say("stopping");
    stopRunning();
  };
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(name, interrupt);
  }
  const onProgress = (text: string) => {
    // Thrown between two runs, this ends the job by way of its `finally`.
    if (interrupted) throw new Error("interrupted");
    say(text);
  };

  const chapters: Chapter[] = [];
  try {
    if (options.touch) {
      say("touching free memory");
      touchMemory();
    }
    for (const job of options.jobs) {
      chapters.push(await doJob(job, options, { root, tools, onProgress }));
    }
  } catch (error) {
    if (!interrupted) throw error;
    return 130;
  }
  const table = render(chapters, describeRun(options, tools));
  Deno.stdout.writeSync(new TextEncoder().encode(table));
  if (options.write) await write(root, chapters, table);
  return chapters.every(({ report }) =>
      report.goals.every((goal) => goal.met !== false)
    )
    ? 0
    : 1;
}

if (import.meta.main) Deno.exit(await main());
