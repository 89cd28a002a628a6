/**
 * The chat side by side with ngircd and NATS, and against its own goals, each as it comes out of one run.
 *
 *     deno run -A bench/chat_compare.ts [--only JOB]... [--rounds N] [--dir DIR] [--disk DIR] [--write]
 *
 * See bench/README.md, "Chat".
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { fromFileUrl, join } from "@std/path";
import { dataJob } from "./chat/jobs/data.ts";
import { directJob } from "./chat/jobs/direct.ts";
import { idleJob } from "./chat/jobs/idle.ts";
import { roomJob } from "./chat/jobs/room.ts";
import type { Bench, Job } from "./job.ts";
import { inMemory, isFolder, machineFacts } from "./machine.ts";
import { Keeper, outputOf, stopRunning, versionOf } from "./processes.ts";
import { type Chapter, render, replaceTable } from "./table.ts";

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

interface Options {
  readonly jobs: readonly Job[];
  readonly rounds: number;
  readonly dir: string;
  readonly disk: string;
  readonly write: boolean;
}

/** A command line that cannot be followed; its message is for the person who wrote it. */
class UsageError extends Error {}

/** Reads the flags; gives undefined when only help is wanted. Throws UsageError. */
function readOptions(args: readonly string[]): Options | undefined {
  const flags = parseArgs(args, {
    boolean: ["write", "help"],
    string: ["only", "rounds", "dir", "disk"],
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
  const rounds = Number(flags.rounds ?? 5);
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
    write: flags.write === true,
  };
}

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

/** Does one job in a folder of its own, and leaves neither file nor process. */
async function doJob(
  job: Job,
  { rounds, dir, disk }: Options,
  shared: Pick<Bench, "root" | "tools" | "onProgress">,
): Promise<Chapter> {
  const keeper = new Keeper();
  const folderIn = async (parent: string) => {
    const folder = await Deno.makeTempDir({
      dir: parent,
      prefix: "landline-bench-",
    });
    keeper.later(() => Deno.remove(folder, { recursive: true }));
    return folder;
  };
  try {
    const report = await job.run({
      ...shared,
      rounds,
      serverFlags: [],
      work: await folderIn(dir),
      disk: inMemory(disk) ? undefined : await folderIn(disk),
      keeper,
    });
    return { name: job.name, about: job.about, report };
  } finally {
    await keeper.undoAll();
  }
}

function describeRun(
  { rounds, dir }: Options,
  tools: ReadonlyMap<string, string>,
): string[] {
  const versions = [...tools].map(([name, version]) => `${name} ${version}`)
    .join(", ");
  const place = inMemory(dir) ? "a tmpfs" : "NOT a tmpfs";
  return [
    ...machineFacts(),
    `Deno ${Deno.version.deno}, ${versions}`,
    `${rounds} rounds after one to warm up, in ${dir} (${place})`,
  ];
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
    for (const job of options.jobs) {
      chapters.push(await doJob(job, options, { root, tools, onProgress }));
    }
  } catch (error) {
    if (!interrupted) throw error;
    return 130;
  } finally {
    for (const name of ["SIGINT", "SIGTERM"] as const) {
      Deno.removeSignalListener(name, interrupt);
    }
  }
  const table = render(chapters, describeRun(options, tools));
  Deno.stdout.writeSync(new TextEncoder().encode(table));
  if (options.write) {
    const page = join(root, "bench/README.md");
    const text = replaceTable(await Deno.readTextFile(page), table, MARKS);
    await Deno.writeTextFile(page, text);
    // The formatter wraps the long lines; CI would refuse the page without it.
    await outputOf([Deno.execPath(), "fmt", "-q", page]);
  }
  return chapters.every(({ report }) =>
      report.goals.every((goal) => goal.met !== false)
    )
    ? 0
    : 1;
}

if (import.meta.main) Deno.exit(await main());
