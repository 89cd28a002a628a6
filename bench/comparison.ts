/**
 * A comparison as a program: its flags, its jobs one after the other, its table. `compare.ts` is one.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { fromFileUrl, join } from "@std/path";
import type { Bench, Job } from "./job.ts";
import { inMemory, isFolder, machineFacts, touchMemory } from "./machine.ts";
import { Keeper, outputOf, stopRunning } from "./processes.ts";
import { type Chapter, render, replaceTable } from "./table.ts";

/** What is compared. */
export interface Comparison {
  readonly jobs: readonly Job[];
  readonly help: string;
  /** Counted rounds where `--rounds` says nothing. */
  readonly rounds: number;
  /** Ourselves and the peers that are installed, each with a word on its version; `root` is the repository. */
  readonly findTools: (root: string) => Promise<Map<string, string>>;
  /** The page that the table is written into, as seen from the repository. */
  readonly page: string;
  /** Between which lines of it. */
  readonly marks: { readonly begin: string; readonly end: string };
  /** Whether large files are moved: then memory is touched unless `--no-touch`. */
  readonly ofFiles: boolean;
  /** Whether there are `--workers` of our server. */
  readonly hasWorkers: boolean;
}

interface Options {
  readonly jobs: readonly Job[];
  readonly rounds: number;
  readonly dir: string;
  readonly disk: string;
  readonly serverFlags: readonly string[];
  /** Touch free memory beforehand. */
  readonly touch: boolean;
  readonly write: boolean;
}

/** A command line that cannot be followed; its message is for the person who wrote it. */
class UsageError extends Error {}

/** Reads the flags; gives undefined when only help is wanted. Throws UsageError. */
function readOptions(
  { jobs, rounds: usualRounds, ofFiles, hasWorkers }: Comparison,
  args: readonly string[],
): Options | undefined {
  const flags = parseArgs(args, {
    boolean: ["write", "help", ...ofFiles ? ["no-touch"] : []],
    string: ["only", "rounds", "dir", "disk", ...hasWorkers ? ["workers"] : []],
    collect: ["only"],
    unknown: (arg) => {
      throw new UsageError(`Unknown argument ${arg}; see --help`);
    },
  });
  if (flags.help) return undefined;
  const only = flags.only as string[];
  const stranger = only.find((name) => !jobs.some((job) => job.name === name));
  if (stranger !== undefined) {
    throw new UsageError(`Unknown job ${stranger}; see --help`);
  }
  if (flags.write && only.length > 0) {
    throw new UsageError("--write needs the whole table: leave out --only");
  }
  const rounds = Number(flags.rounds ?? usualRounds);
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new UsageError(`Cannot do ${flags.rounds} rounds`);
  }
  const temporary = Deno.env.get("TMPDIR") ?? "/tmp";
  return {
    jobs: only.length > 0
      ? jobs.filter((job) => only.includes(job.name))
      : jobs,
    rounds,
    dir: String(flags.dir ?? (isFolder("/dev/shm") ? "/dev/shm" : temporary)),
    disk: String(flags.disk ?? temporary),
    serverFlags: flags.workers === undefined
      ? []
      : ["--workers", String(flags.workers)],
    touch: ofFiles && !flags["no-touch"],
    write: flags.write === true,
  };
}

/** Does one job in a folder of its own, and leaves neither file nor process. */
async function doJob(
  job: Job,
  options: Options,
  shared: Pick<Bench, "root" | "tools" | "onProgress">,
): Promise<Chapter> {
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
  comparison: Comparison,
): Promise<void> {
  const page = join(root, comparison.page);
  const text = replaceTable(
    await Deno.readTextFile(page),
    table,
    comparison.marks,
  );
  await Deno.writeTextFile(page, text);
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

/**
 * Runs `comparison` as `args` say, and prints its table.
 *
 * @returns the exit code: 0 if every goal was met, 1 if one was not, 2 for wrong usage, 130 if it was stopped
 */
export async function runComparison(
  comparison: Comparison,
  args: readonly string[],
): Promise<number> {
  let options: Options | undefined;
  try {
    options = readOptions(comparison, args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    say(error.message);
    return 2;
  }
  if (options === undefined) {
    Deno.stdout.writeSync(new TextEncoder().encode(comparison.help));
    return 0;
  }
  const root = fromFileUrl(new URL("..", import.meta.url));
  const tools = await comparison.findTools(root);

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
  } finally {
    for (const name of ["SIGINT", "SIGTERM"] as const) {
      Deno.removeSignalListener(name, interrupt);
    }
  }
  const table = render(chapters, describeRun(options, tools));
  Deno.stdout.writeSync(new TextEncoder().encode(table));
  if (options.write) await write(root, chapters, table, comparison);
  return chapters.every(({ report }) =>
      report.goals.every((goal) => goal.met !== false)
    )
    ? 0
    : 1;
}
