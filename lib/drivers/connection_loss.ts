/**
 * When a connection counts as lost, and how long to wait before the next try: for downloads and uploads alike.
 *
 * @module
 */

import { EXIT, FAULTS, MisuseError, PeerError, Refusal } from "../errors.ts";
import type { Clock } from "../io/clock.ts";

/** How often connections are looked at whether they stand still. */
const WATCH_EVERY_MS = 250;

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5000;

const BUGS = [MisuseError, TypeError, RangeError, ReferenceError];

/** Whether `error` means that the connection is of no more use, and another one may be. */
export function isLoss(error: unknown): boolean {
  if (error instanceof PeerError) return true;
  // Deno's errors for sockets are many (ConnectionReset, BrokenPipe, BadResource after a watch closed it, TimedOut, ...):
  // what is none of ours, and no bug, is one of them.
  return !(error instanceof Refusal ||
    BUGS.some((bug) => error instanceof bug));
}

/** Whether a server has refused the whole connection, for now: it is full, it stops, it has waited for too long. */
export function isTurnedAway({ code, closes }: Refusal): boolean {
  return closes && FAULTS[code].exit === EXIT.network;
}

/** The pause, in milliseconds, before the try behind the `failures`th failure in a row: it doubles. */
export function pauseMs(failures: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS);
}

/** What can stand still; a `Link`. */
interface Watched {
  isStalled(ms: number): boolean;
  close(): void;
}

/**
 * Closes whichever of `links` stands still for `ms` while an answer is due, until the returned function is called. Links
 * may come and go meanwhile.
 */
export function watchStalls(
  links: Iterable<Watched>,
  ms: number,
  clock: Clock,
): () => void {
  return clock.every(WATCH_EVERY_MS, () => {
    for (const link of links) if (link.isStalled(ms)) link.close();
  });
}
