/**
 * A client that downloads everything, without an outside: our drivers between channels and a folder in memory, with a
 * clock moved by hand.
 *
 * @module
 */

import { askList } from "../drivers/ask.ts";
import { FetchJob } from "../drivers/fetch_job.ts";
import type { FileResult } from "../drivers/fetched_files.ts";
import type { Link } from "../drivers/link.ts";
import { WireLink } from "../drivers/wire_link.ts";
import type { RemoteFile } from "../files/listing.ts";
import type { Channel } from "../io/channel.ts";
import { checks } from "../io/checks.ts";
import type { ReceivingFolder } from "../io/received_folder.ts";
import { type FakeClock, turn } from "./fake_clock.ts";
import type { MemoryServer } from "./memory_server.ts";
import type { MemoryDirectory } from "./memory_directory.ts";

export interface FetchOptions {
  readonly server: MemoryServer;
  readonly folder: ReceivingFolder;
  /** The `n`th connection, counted from 0; for the first, which lists, there is no job yet. Default: one to `server`. */
  readonly connect?: (n: number, job: FetchJob | undefined) => Channel;
  /** Speaks a protocol on a connection. Default: that of the wire. */
  readonly newLink?: <T>(channel: Channel, clock: FakeClock) => Link<T>;
  /** What to fetch. Default: what the server lists on the first connection. */
  readonly files?: readonly RemoteFile[];
  /** Default: 1. */
  readonly connections?: number;
  /** Default: 0. */
  readonly retries?: number;
  readonly verify?: "xxh64" | "sha256";
  /** Called when the list is here, before the first file is asked for. */
  readonly onListed?: () => void;
  readonly onFile?: (result: FileResult, job: FetchJob) => void;
}

/** What came of it. */
export interface Fetched {
  readonly results: readonly FileResult[];
  /** `NAME received`, `NAME failed corrupt`, sorted. */
  readonly outcomes: readonly string[];
  readonly job: FetchJob;
  /** What the job threw, if it did. */
  readonly error: unknown;
  /** When each connection was asked for, in milliseconds of the clock. */
  readonly connectedAt: readonly number[];
}

/** A connection counts as lost after so many milliseconds of silence. */
export const STALL_MS = 10_000;

/** Lists, leaves out what is there, fetches the rest: what `client.ts download` does. Throws what listing throws. */
export async function fetchAll(options: FetchOptions): Promise<Fetched> {
  const { server, folder, retries = 0, verify = "xxh64" } = options;
  const { clock } = server;
  const newLink = options.newLink ??
    ((channel, clock) => new WireLink(channel, clock));
  const connectedAt: number[] = [];
  let job: FetchJob | undefined;
  const connect = () => {
    connectedAt.push(clock.now());
    return options.connect?.(connectedAt.length - 1, job) ??
      server.connect().clientEnd;
  };
  const first = connect();
  let { files } = options;
  try {
    files ??= await askList(newLink<undefined>(first, clock), "");
  } catch (error) {
    first.close();
    throw error;
  }
  options.onListed?.();
  const results: FileResult[] = [];
  const fetching = job = new FetchJob({
    // deno-lint-ignore require-await -- async, so that it fails by promise as the real one does
    connect: async () => connect(),
    connections: options.connections ?? 1,
    newLink: (channel) => newLink(channel, clock),
    clock,
    checks,
    retries,
    stallMsMax: STALL_MS,
    files: files.filter(({ name, size, mtime }) =>
      !folder.has(name, size, mtime)
    ),
    folder,
    verify,
    localName: (name) => name,
    onFile(result) {
      results.push(result);
      options.onFile?.(result, fetching);
    },
  });
  const error = await thrownBy(settled(clock, job.run(first)));
  const outcomes = results.map(({ name, status, fault }) =>
    [name, status, ...fault === undefined ? [] : [fault.code]].join(" ")
  ).sort();
  return { results, outcomes, job, error, connectedAt };
}

/** What `directory` would be listed as. */
export async function listOf(
  directory: MemoryDirectory,
): Promise<RemoteFile[]> {
  return (await Array.fromAsync(directory.entries(""))).flat();
}

/** Half an hour of a test's time. */
const STEPS_MAX = 18_000;
/** As often as drivers look at their connections. */
const STEP_MS = 100;
/** Turns of the event loop in which nothing has to happen before time goes on. */
const QUIET_TURNS = 20;

/** `promise`, while the clock goes on as fast as nothing else happens. */
export async function settled<T>(
  clock: FakeClock,
  promise: Promise<T>,
): Promise<T> {
  let isSettled = false;
  const settle = () => void (isSettled = true);
  promise.then(settle, settle);
  for (let i = 0; i < QUIET_TURNS && !isSettled; i++) await turn();
  for (let steps = 0; !isSettled; steps++) {
    if (steps === STEPS_MAX) throw new Error("It goes on for half an hour");
    await clock.advance(STEP_MS);
  }
  return await promise;
}

async function thrownBy(promise: Promise<void>): Promise<unknown> {
  try {
    return await promise;
  } catch (error) {
    return error;
  }
}
