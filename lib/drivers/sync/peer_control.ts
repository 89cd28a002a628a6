/**
 * What the commands and the display ask of a running peer. `SyncPeer` is one.
 *
 * @module
 */

import type { Name } from "../../names/name.ts";
import type { PeerStatus } from "../../sync/control_messages.ts";

export interface PeerControl {
  /** As it is now; cheap enough for five times a second. */
  status(): PeerStatus;
  /**
   * Looks at these paths (and what is below them), or at everything, now. Resolves when all that was seen is hashed and on
   * its way to the tracker.
   */
  scan(paths?: readonly Name[]): Promise<void>;
  /**
   * Resolves when this peer has looked at everything, all of it is published, and all live peers (or the one called `name`,
   * which may come later) hold it. Goes on through a lost tracker.
   *
   * @throws what `signal` was aborted with
   */
  waitFor(name: string | undefined, signal: AbortSignal): Promise<void>;
  /** Yes, the deletes that are held back were meant. Returns how many are told to others now. */
  confirmDeletes(): Promise<number>;
  /** What is known of a path, and what is to be done about it, for people: `key: value` lines. */
  why(path: Name): readonly string[];
}

/** One change of this folder that is done, for the log. */
export interface PeerChange {
  readonly what: "added" | "changed" | "moved" | "deleted" | "conflict-copy";
  readonly kind: "file" | "folder";
  readonly path: Name;
  /** Of a move: where it was. Of a conflict copy: what it is a copy of. */
  readonly from: Name | undefined;
  /** Name of the peer whose change it is; `undefined`: a user of this folder. */
  readonly by: string | undefined;
  readonly size: number;
}

/** What the program that runs a peer is told. */
export interface PeerEvents {
  changed(change: PeerChange): void;
  /** A sentence for the person who runs the peer: the tracker is away, deletes are held back, the disk is full. */
  note(text: string): void;
}
