/**
 * A client that uploads, without an outside: our drivers, files in memory, and a clock moved by hand.
 *
 * @module
 */

import { SendJob, type SendResult } from "../drivers/send_job.ts";
import { Refusal } from "../errors.ts";
import type { Channel } from "../io/channel.ts";
import { checks, xxh64 } from "../io/checks.ts";
import type { LocalFile, OpenLocalFile } from "../io/local_files.ts";
import { toName } from "../names/name.ts";
import { settled, STALL_MS } from "./fetching.ts";
import type { MemoryServer } from "./memory_server.ts";

/** Files to send. */
export class LocalMemory {
  readonly files: LocalFile[] = [];
  /** Called before a file is read. */
  onRead: (file: LocalFile, offset: number) => void = () => {};
  /** Files that are open now: a test of a leak. */
  openFiles = 0;
  readonly #content = new Map<LocalFile, Uint8Array>();
  readonly #changed = new Set<LocalFile>();

  constructor(files: Readonly<Record<string, Uint8Array>>) {
    for (const [name, bytes] of Object.entries(files)) {
      const mtime = 1_600_000_000_000 + this.files.length;
      const token = xxh64(new TextEncoder().encode(`${name} ${bytes.length}`));
      const file = {
        path: `/local/${name}`,
        name: toName(name),
        size: bytes.length,
        mtime,
        token,
      };
      this.files.push(file);
      this.#content.set(file, bytes);
    }
  }

  /** Changes `file` after it was found; `undefined` removes it. */
  change(file: LocalFile, bytes: Uint8Array | undefined): void {
    this.#changed.add(file);
    if (bytes === undefined) this.#content.delete(file);
    else this.#content.set(file, bytes);
  }

  readonly open = (file: LocalFile): OpenLocalFile => {
    if (!this.#content.has(file)) throw new Refusal("not-found");
    this.openFiles++;
    return {
      readAt: (offset, into) => {
        this.onRead(file, offset);
        const bytes = this.#content.get(file) ?? new Uint8Array();
        const piece = bytes.subarray(offset, offset + into.length);
        into.set(piece);
        return piece.length;
      },
      hasChanged: () => this.#changed.has(file),
      [Symbol.dispose]: () => void this.openFiles--,
    };
  };
}

export interface SendOptions {
  readonly server: MemoryServer;
  readonly local: LocalMemory;
  /** The `n`th connection, counted from 0. Default: one to `server`. */
  readonly connect?: (n: number) => Channel;
  /** Default: 1. */
  readonly connections?: number;
  /** Default: 0. */
  readonly retries?: number;
  readonly onFile?: (result: SendResult, job: SendJob) => void;
}

/** What came of it. */
export interface Sent {
  readonly results: readonly SendResult[];
  /** `NAME sent as STORED`, `NAME failed corrupt`, sorted. */
  readonly outcomes: readonly string[];
  readonly job: SendJob;
  /** What the job threw, if it did. */
  readonly error: unknown;
  /** When each connection was asked for, in milliseconds of the clock. */
  readonly connectedAt: readonly number[];
}

/** Sends all files of `local`. */
export async function sendAll(options: SendOptions): Promise<Sent> {
  const { server, local } = options;
  const { clock } = server;
  const connectedAt: number[] = [];
  const connect = () => {
    connectedAt.push(clock.now());
    return options.connect?.(connectedAt.length - 1) ??
      server.connect().clientEnd;
  };
  const results: SendResult[] = [];
  const job = new SendJob({
    files: local.files,
    open: local.open,
    // deno-lint-ignore require-await -- async, so that it fails by promise as the real one does
    connect: async () => connect(),
    connections: options.connections ?? 1,
    clock,
    checks,
    retries: options.retries ?? 0,
    stallMsMax: STALL_MS,
    onFile(result) {
      results.push(result);
      options.onFile?.(result, job);
    },
  });
  const error = await settled(clock, job.run(connect())).then(
    () => undefined,
    (error) => error,
  );
  const outcomes = results.map(({ file, status, stored, fault }) =>
    `${file.name} ${status} ${fault?.code ?? `as ${stored}`}`
  ).sort();
  return { results, outcomes, job, error, connectedAt };
}
