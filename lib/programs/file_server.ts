/**
 * The file server, put together: from the flags of server.ts to something that serves. One of these runs in each thread
 * (`file_server_thread.ts` is the others' way in).
 *
 * @module
 */

import { parseAllowList } from "../commands/allow_list.ts";
import { parseField, type ServerFlags } from "../cli/server_flags.ts";
import { VERSION } from "../cli/version.ts";
import { CheckMemo } from "../drivers/check_memo.ts";
import { FileService } from "../drivers/file_service.ts";
import { HttpService } from "../drivers/http/http_service.ts";
import { CountedDirectory } from "../drivers/counted_directory.ts";
import { type Language, Metrics } from "../drivers/metrics.ts";
import { BufferPool } from "../drivers/outbox.ts";
import type { RunRules } from "../drivers/run_answers.ts";
import { Server } from "../drivers/server.ts";
import { busyLine, WireSession } from "../drivers/wire_session.ts";
import { EXIT, messageOf, ProgramError } from "../errors.ts";
import { checks } from "../io/checks.ts";
import { systemClock } from "../io/clock.ts";
import type { SharedDirectory } from "../io/directory.ts";
import { LineLog } from "../io/log.ts";
import { Listener, type PortSharing } from "../io/listener.ts";
import { sweepOldParts } from "../io/old_parts.ts";
import { plainMessage, toRefusal } from "../io/os_faults.ts";
import { findProgram, LocalProcesses } from "../io/processes.ts";
import { RootedDirectory } from "../io/rooted_directory.ts";
import { newToken } from "../io/tokens.ts";

/** A server that runs. */
export interface FileServer {
  readonly port: number;
  readonly addresses: readonly string[];
  /** The folder that is served, absolute. */
  readonly root: string;
  /** Stops taking connections, lets what is under way finish within the grace time. */
  stop(): Promise<void>;
}

/** How long a request line may take, however slowly it comes. */
export const LINE_MS_MAX = 30_000;

/** Where programs of `--allow-run` are looked for when there is no PATH, or Deno was not allowed to see it. */
const USUAL_SEARCH_PATH = "/usr/local/bin:/usr/bin:/bin";

/** Which of the threads of a server this is, and where all of them count (`metricsMemory`). */
export interface ThreadPlace {
  readonly thread: number;
  readonly memory: SharedArrayBuffer;
  /** When the program started, in milliseconds since 1970. */
  readonly startedAt: number;
}

/**
 * Starts serving `folder`.
 *
 * @param sharing whether other threads serve the same port
 * @throws {ProgramError} with a sentence: no such folder, port in use, ...
 */
export function startFileServer(
  flags: ServerFlags,
  folder: string,
  sharing: PortSharing,
  place: ThreadPlace,
): FileServer {
  const directory = openFolder(folder, flags.hidden);
  const run = runRules(flags, directory.root);
  const listener = Listener.open(flags.port, flags.bind, sharing);
  const log = new LineLog(flags.log, Deno.stderr);
  const metrics = flags.metrics
    ? new Metrics({
      version: VERSION,
      memoryBytes: () => Deno.memoryUsage().rss,
      ...place,
    })
    : undefined;
  const sources = {
    directory,
    checks,
    memo: new CheckMemo(),
    chunkBytes: flags["chunk-size"],
    uploads: flags["allow-upload"]
      ? { onConflict: flags["on-conflict"], bytesMax: flags["max-upload"] }
      : undefined,
    newToken,
    log,
    clock: systemClock,
    toRefusal,
    metrics,
  };
  const service = new FileService({
    ...sources,
    directory: counted(directory, metrics, "wire"),
    run,
  });
  const http = new HttpService({
    ...sources,
    directory: counted(directory, metrics, "http"),
    indexName: flags.index,
    spa: flags.spa,
    listings: !flags["no-listing"],
    archives: !flags["no-archive"],
    compress: flags.compress,
    cors: flags.cors,
    fields: flags.header.map(parseField),
    mayDelete: flags["allow-delete"],
    allowedHosts: flags["allow-host"],
  });
  const pool = new BufferPool(flags["chunk-size"]);
  const times = {
    idleMsMax: flags.idle,
    lineMsMax: Math.min(LINE_MS_MAX, flags.idle),
    stallMsMax: flags.stall,
  };
  const server = new Server({
    clock: systemClock,
    log,
    pool,
    times,
    clientsMax: Math.ceil(flags["max-clients"] / flags.workers),
    newSession: (channel) =>
      new WireSession(channel, pool, systemClock, times, service.connection()),
    busyLine,
    http,
    metrics,
  });
  const stopSweeping = flags["allow-upload"] && sharing !== "further"
    ? sweepOldParts(directory.root, systemClock, (parts) => {
      log.note(`Removed ${parts} parts of uploads that were never finished`);
    })
    : () => {};
  const serving = server.serve(listener.connections((text) => log.note(text)));
  return {
    port: listener.port,
    addresses: listener.addresses,
    root: directory.root,
    async stop() {
      stopSweeping();
      listener.close();
      await server.stop(flags.grace);
      await serving;
      await log.flush(systemClock);
    },
  };
}

function counted(
  directory: SharedDirectory,
  metrics: Metrics | undefined,
  language: Language,
): SharedDirectory {
  return metrics === undefined
    ? directory
    : new CountedDirectory(directory, metrics, language);
}

function openFolder(folder: string, hidden: boolean): RootedDirectory {
  try {
    return new RootedDirectory(folder, { hidden });
  } catch (error) {
    const denied = error instanceof Deno.errors.PermissionDenied ||
      error instanceof Deno.errors.NotCapable;
    throw new ProgramError(
      `Cannot serve "${folder}": ${plainMessage(error)}`,
      denied ? EXIT.denied : EXIT.notFound,
      { cause: error },
    );
  }
}

/** The rules of `--allow-run`, with every program found now, so that nothing that appears later can take its place. */
function runRules(flags: ServerFlags, root: string): RunRules | undefined {
  const text = flags["allow-run"];
  if (text === undefined) return undefined;
  const searchPath = environment("PATH") ?? USUAL_SEARCH_PATH;
  try {
    const allowed = parseAllowList(text).map((entry) => {
      const path = findProgram(entry.program, searchPath);
      if (path === undefined) {
        throw new RangeError(
          `Cannot allow "${entry.program}": there is no such program`,
        );
      }
      // Whoever may replace a program may run anything.
      if (flags["allow-upload"] && liesIn(root, path)) {
        throw new RangeError(
          `Cannot allow "${entry.program}": it lies in the folder that takes uploads`,
        );
      }
      return { ...entry, path };
    });
    return {
      allowed,
      processes: endedWithUs(new LocalProcesses(root, searchPath)),
      msMax: flags["run-seconds"],
      bytesMax: flags["run-output"],
      atOnceMax: flags["run-at-once"],
    };
  } catch (error) {
    throw new ProgramError(messageOf(error), EXIT.usage, { cause: error });
  }
}

/** A second signal ends the server at once; what it runs ends with it. */
function endedWithUs(processes: LocalProcesses): LocalProcesses {
  globalThis.addEventListener("unload", () => processes.killAll());
  return processes;
}

/** Whether `path`, or what it links to, is in the folder `root`. */
function liesIn(root: string, path: string): boolean {
  const prefix = root === "/" ? root : root + "/";
  return path.startsWith(prefix) ||
    Deno.realPathSync(path).startsWith(prefix);
}

function environment(name: string): string | undefined {
  try {
    return Deno.env.get(name);
  } catch {
    return undefined;
  }
}
