/**
 * Some peers of one program on this machine that keep a folder each the same: what the jobs ask of them, whichever
 * program it is.
 *
 * @module
 */

import type { Bench } from "../job.ts";

/** Bytes of one peer since its start, as the program itself counts them. */
export interface Traffic {
  readonly sent: number;
  readonly received: number;
}

/** Peers that were made ready. Nothing of them runs before `launch`. */
export interface Cluster {
  /** The folder of each peer; empty but for what is the program's own. */
  readonly folders: readonly string[];
  /** Starts all of them; resolves when the last was started, not when it is ready. Throws Error if one cannot be. */
  launch(): Promise<void>;
  /** Waits until all know all others and none has anything to do. Throws Error when that takes minutes. */
  settled(): Promise<void>;
  /**
   * Tells peer `index` that there is something new at `path` (relative to its folder). Does nothing for programs that are
   * left to notice it themselves.
   */
  tell(index: number, path: string): Promise<void>;
  traffic(): Promise<readonly Traffic[]>;
  /** The process of each peer; its children belong to it. */
  readonly pids: readonly number[];
  /** Processes that serve all peers together, such as a tracker. */
  readonly sharedPids: readonly number[];
  /** Throws Error if one of the processes has ended: then nothing is worth waiting for. */
  checkAlive(): void;
  /** Ends all of it; may be called again. */
  stop(): Promise<void>;
}

/** A program that syncs, as set up for the comparison. */
export interface Contestant {
  readonly name: string;
  /** Programs that have to be there. */
  readonly needs: readonly string[];
  /** Makes `count` peers ready whose folders, indexes and whatever else lie below `place`. */
  prepare(bench: Bench, place: string, count: number): Promise<Cluster>;
}

/** What the programs keep in a synced folder for themselves. */
export const OWN_NAMES: ReadonlySet<string> = new Set([
  ".landline",
  ".stfolder",
  ".stversions",
]);
