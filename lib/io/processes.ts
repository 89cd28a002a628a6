/**
 * Programs that are run for a client. The allow-list (`commands/allow_list.ts`) has said yes before anything here is called.
 *
 * @module
 */

/** A program that runs. */
export interface RunningProcess {
  readonly stdout: ReadableStream<Uint8Array>;
  readonly stderr: ReadableStream<Uint8Array>;
  readonly ended: Promise<
    { readonly code: number; readonly signal: string | undefined }
  >;
  /** Kills it and everything it has started. */
  kill(): void;
}

/** Starts programs. */
export interface ProcessStarter {
  /** @param program absolute path */
  start(program: string, args: readonly string[]): RunningProcess;
}

/** Starts programs in `folder`, without a shell, without our environment, without input. */
export class LocalProcesses implements ProcessStarter {
  readonly #folder: string;
  readonly #env: Record<string, string>;
  readonly #running = new Set<Deno.ChildProcess>();

  /**
   * @param folder where programs run
   * @param searchPath the PATH that they see
   */
  constructor(folder: string, searchPath: string) {
    this.#folder = folder;
    this.#env = { PATH: searchPath, LANG: "C.UTF-8" };
  }

  start(program: string, args: readonly string[]): RunningProcess {
    const child = new Deno.Command(program, {
      args: [...args],
      cwd: this.#folder,
      clearEnv: true,
      env: this.#env,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      // A process group of its own, so that `kill` reaches what it started.
      detached: Deno.build.os !== "windows",
    }).spawn();
    this.#running.add(child);
    void child.status.then(() => this.#running.delete(child));
    return {
      stdout: child.stdout,
      stderr: child.stderr,
      ended: child.status.then(({ code, signal }) => ({
        code,
        signal: signal ?? undefined,
      })),
      kill: () => killGroup(child),
    };
  }

  /** Kills everything that runs. */
  killAll(): void {
    for (const child of this.#running) killGroup(child);
  }
}

/**
 * The absolute path of `program`, looked for in the folders of `searchPath`; `undefined` if there is none. Done once at the
 * start: what runs later cannot be changed by what lies in the current folder.
 */
export function findProgram(
  program: string,
  searchPath: string,
): string | undefined {
  if (program.includes("/")) {
    return isFile(program) ? Deno.realPathSync(program) : undefined;
  }
  for (
    const folder of searchPath.split(Deno.build.os === "windows" ? ";" : ":")
  ) {
    const path = `${folder}/${program}`;
    if (folder.startsWith("/") && isFile(path)) return path;
  }
  return undefined;
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

function killGroup(child: Deno.ChildProcess): void {
  for (
    const target of Deno.build.os === "windows"
      ? [child.pid]
      : [-child.pid, child.pid]
  ) {
    try {
      Deno.kill(target, "SIGKILL");
      return;
    } catch {
      // The group has no member any more, or could not be made: the process alone, then.
    }
  }
}
