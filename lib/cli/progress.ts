/**
 * The line that moves while a transfer runs: on stderr, and only while that is a terminal.
 *
 * @module
 */

import { bytesText, count, rateText, timeText } from "./numbers.ts";

/** Where a transfer is. */
export interface ProgressState {
  /** `downloading`, `uploading`, ... */
  readonly phase: string;
  readonly files: number;
  readonly filesTotal: number;
  /** Bytes that are done, the resumed ones included. */
  readonly bytes: number;
  readonly bytesTotal: number;
  /** Bytes that this run has moved. */
  readonly bytesMoved: number;
  /** Milliseconds since it began. */
  readonly ms: number;
  readonly connections: number;
}

/** The line for `state`, at most `columns` characters. */
export function progressLine(state: ProgressState, columns: number): string {
  const {
    phase,
    files,
    filesTotal,
    bytes,
    bytesTotal,
    bytesMoved,
    ms,
    connections,
  } = state;
  const percent = bytesTotal > 0
    ? Math.min(100, Math.floor(bytes / bytesTotal * 100))
    : 100;
  const msLeft = bytesMoved > 0
    ? ms / bytesMoved * Math.max(0, bytesTotal - bytes)
    : undefined;
  return [
    phase,
    `${files}/${filesTotal} files`,
    `${bytesText(bytes)} of ${bytesText(bytesTotal)} (${percent}%)`,
    rateText(bytesMoved, ms),
    msLeft === undefined ? "" : `ETA ${timeText(msLeft)}`,
    count(connections, "connection"),
  ].filter((part) => part !== "").join("  ").slice(0, columns);
}
