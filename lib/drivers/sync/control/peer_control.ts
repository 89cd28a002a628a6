/**
 * What the commands and the display ask of a running peer. `SyncPeer` is one.
 *
 * @module
 */

import type { Name } from "../../../names/name.ts";
import type { PeerStatus } from "../../../sync/control_messages.ts";
import type { PeerChange } from "../../../sync/peer_change.ts";

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

/** What the program that runs a peer is told. */
export interface PeerEvents {
  changed(change: PeerChange): void;
  /** A sentence for the person who runs the peer: the tracker is away, deletes are held back, the disk is full. */
  note(text: string): void;
}
