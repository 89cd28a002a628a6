/**
 * Starting, timing, watching and stopping other programs.
 *
 * @module
 */

/** A server that says nothing for so long will not listen any more. */
const START_MS_MAX = 15_000;

/** A server that runs until `stop`. */
export interface RunningServer {
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Remembers what has to be undone, so that nothing is left running or lying about, however the bench ends. */
export class Keeper {
  #undo: (() => void | Promise<void>)[] = [];

  later(undo: () => void | Promise<void>): void {
    this.#undo.push(undo);
  }

  /** Undoes all, the latest first. Goes on after a failure: the rest must not stay because of it. */
  async undoAll(): Promise<void> {
    for (
      let undo = this.#undo.pop();
      undo !== undefined;
      undo = this.#undo.pop()
    ) {
      try {
        await undo();
      } catch (error) {
        Deno.stderr.writeSync(
          new TextEncoder().encode(`while cleaning up: ${error}\n`),
        );
      }
    }
  }
}

/** Programs under way that are waited for; `stopRunning` ends them. */
const running = new Set<Deno.ChildProcess>();

/**
 * Runs a program from its start to its end and gives the seconds it took.
 * Throws Error with the end of its stderr when it exits with anything but 0.
 */
export async function timed(argv: readonly string[]): Promise<number> {
  return (await runProgram(argv, "null")).seconds;
}

/** Runs a program and gives its stdout. Throws Error when it exits with anything but 0. */
export async function outputOf(argv: readonly string[]): Promise<string> {
  return (await timedOutputOf(argv)).output;
}

/** Both at once: the seconds it took, and its stdout. Throws like `timed`. */
export async function timedOutputOf(
  argv: readonly string[],
): Promise<{ seconds: number; output: string }> {
  const { seconds, stdout } = await runProgram(argv, "piped");
  return { seconds, output: new TextDecoder().decode(stdout) };
}

async function runProgram(
  argv: readonly string[],
  stdout: "null" | "piped",
): Promise<{ seconds: number; stdout: Uint8Array }> {
  const [program, ...args] = argv;
  const command = new Deno.Command(program!, {
    args,
    stdin: "null",
    stdout,
    stderr: "piped",
  });
  const begunMs = performance.now();
  const child = command.spawn();
  running.add(child);
  const output = await child.output();
  const seconds = (performance.now() - begunMs) / 1000;
  running.delete(child);
  if (!output.success) {
    const reason = new TextDecoder().decode(output.stderr).trim().split("\n")
      .at(-1);
    throw new Error(`${program} exited with ${output.code}: ${reason}`);
  }
  return {
    seconds,
    stdout: stdout === "piped" ? output.stdout : new Uint8Array(),
  };
}

const stopping = new AbortController();

/** Aborted once the bench was interrupted: who waits for something else than a program looks here. */
export const stopSignal = stopping.signal;

/** Ends the programs under way, whose callers then see them fail. For an interrupted bench. */
export function stopRunning(): void {
  stopping.abort(new Error("interrupted"));
  for (const child of running) signal(child, "SIGTERM");
}

/** The first line a program prints when asked for its version, or undefined when it is not installed. */
export async function versionOf(
  argv: readonly string[],
): Promise<string | undefined> {
  try {
    const [program, ...args] = argv;
    const { stdout, stderr } = await new Deno.Command(program!, {
      args,
      stdin: "null",
    }).output();
    // nginx says its version on stderr.
    return new TextDecoder().decode(stdout.length > 0 ? stdout : stderr).split(
      "\n",
    )[0]!.trim();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/**
 * Starts a server that says `port N` on stdout once it listens, as ours and the cable do.
 * Throws Error with what it said instead when it ends before.
 */
export async function startAnnounced(
  argv: readonly string[],
  keeper: Keeper,
): Promise<RunningServer> {
  const child = spawnServer(argv, "piped");
  const stop = stopper(child);
  keeper.later(stop);
  const patience = setTimeout(() => signal(child, "SIGKILL"), START_MS_MAX);
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let said = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) {
      throw new Error(
        `${argv.join(" ")} ended before it listened; it said "${said.trim()}"`,
      );
    }
    said += value;
    const match = /\bport (\d+)\b[^]*\n/.exec(said);
    if (match === null) continue;
    clearTimeout(patience);
    // Whatever else it prints is thrown away: a full pipe would stop the server.
    (async () => {
      while (!(await reader.read()).done);
    })().catch(() => {});
    return { port: Number(match[1]), pid: child.pid, stop };
  }
}

/** Starts a server that was told its `port` and says nothing; waits until `hostname` accepts a connection there. */
export async function startSilent(
  argv: readonly string[],
  address: { hostname: string; port: number },
  keeper: Keeper,
): Promise<RunningServer> {
  const child = spawnServer(argv, "null");
  const stop = stopper(child);
  keeper.later(stop);
  let ended = false;
  child.status.then(() => ended = true);
  for (let attempt = 0; attempt < 200 && !ended; attempt++) {
    try {
      (await Deno.connect(address)).close();
      return { port: address.port, pid: child.pid, stop };
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
  throw new Error(
    `${argv.join(" ")} did not listen on port ${address.port} within 5 s`,
  );
}

function spawnServer(
  argv: readonly string[],
  stdout: "piped" | "null",
): Deno.ChildProcess {
  const [program, ...args] = argv;
  return new Deno.Command(program!, {
    args,
    stdin: "null",
    stdout,
    stderr: "inherit",
  }).spawn();
}

/** Ends a child: SIGTERM, and SIGKILL if it has not obeyed within two seconds. May be called again. */
function stopper(child: Deno.ChildProcess): () => Promise<void> {
  return async () => {
    signal(child, "SIGTERM");
    const kill = setTimeout(() => signal(child, "SIGKILL"), 2000);
    await child.status;
    clearTimeout(kill);
  };
}

function signal(child: Deno.ChildProcess, name: Deno.Signal): void {
  try {
    child.kill(name);
  } catch {
    // It has ended by itself.
  }
}

/** A port free at this moment on both loopback addresses; for servers that cannot be told to pick one themselves. */
export function freePort(): number {
  for (;;) {
    const first = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = first.addr;
    try {
      Deno.listen({ hostname: "::1", port }).close();
      return port;
    } catch {
      // Taken on IPv6: ask for another.
    } finally {
      first.close();
    }
  }
}

/** `pid` and all processes below it (Linux; elsewhere only `pid`). */
export function familyOf(pid: number): number[] {
  const children = new Map<number, number[]>();
  try {
    for (const entry of Deno.readDirSync("/proc")) {
      if (!/^\d+$/.test(entry.name)) continue;
      const parent = parentOf(entry.name);
      if (parent === undefined) continue;
      children.set(parent, [...children.get(parent) ?? [], Number(entry.name)]);
    }
  } catch {
    return [pid];
  }
  const family = [pid];
  for (const member of family) family.push(...children.get(member) ?? []);
  return family;
}

function parentOf(pid: string): number | undefined {
  try {
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    // The second field is the program's name in parentheses and may hold anything, so count from its end.
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return undefined;
  }
}

/**
 * Resident memory of processes in bytes, added up: now (`VmRSS`) or the most it ever was (`VmHWM`). Pages shared by
 * several processes count for each. NaN where there is no /proc.
 */
export function residentBytes(
  pids: readonly number[],
  field: "VmRSS" | "VmHWM",
): number {
  let total = 0;
  for (const pid of pids) {
    try {
      const match = new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(
        Deno.readTextFileSync(`/proc/${pid}/status`),
      );
      if (match !== null) total += Number(match[1]) * 1024;
    } catch {
      // It has ended meanwhile, or this system has no /proc.
    }
  }
  return total > 0 ? total : NaN;
}
