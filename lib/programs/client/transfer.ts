/**
 * A job that moves files, while a person looks on: its progress, and Ctrl-C.
 *
 * @module
 */

import { progressLine } from "../../cli/progress.ts";
import { ProgramError } from "../../errors.ts";
import type { Channel } from "../../io/channel.ts";
import { systemClock } from "../../io/clock.ts";
import { StopSignal } from "../../io/signals.ts";
import { MovingLine } from "../../io/terminal.ts";

/** What fetching and sending have in common. */
export interface TransferJob {
  /** Bytes that were moved, and bytes that an earlier run had moved. */
  readonly bytes: number;
  readonly resumedBytes: number;
  /** Connections that are open now. */
  readonly connections: number;
  run(first: Channel): Promise<void>;
  abort(): void;
}

/** What is shown of it. */
export interface Shown {
  /** `downloading` */
  readonly phase: string;
  readonly filesTotal: number;
  readonly bytesTotal: number;
  /** How many files are done. */
  readonly filesDone: () => number;
  /** When the command began, on the system clock. */
  readonly began: number;
  readonly quiet: boolean;
  /** What a person is told who stops it. */
  readonly stopped: string;
}

/**
 * Runs `job` to its end.
 *
 * @throws {ProgramError} 130 or 143 if it was stopped by a signal
 * @throws what `job.run` throws
 */
export async function runTransfer(
  job: TransferJob,
  first: Channel,
  shown: Shown,
): Promise<void> {
  const progress = new MovingLine(
    (columns) =>
      progressLine({
        phase: shown.phase,
        files: shown.filesDone(),
        filesTotal: shown.filesTotal,
        bytes: job.bytes + job.resumedBytes,
        bytesTotal: shown.bytesTotal,
        bytesMoved: job.bytes,
        ms: systemClock.now() - shown.began,
        connections: job.connections,
      }, columns),
    !shown.quiet,
  );
  using stop = new StopSignal(() => job.abort());
  try {
    await job.run(first);
  } finally {
    progress.stop();
  }
  if (stop.exit !== undefined) throw new ProgramError(shown.stopped, stop.exit);
}
