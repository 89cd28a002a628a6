/**
 * One connection of a peer, as the tracker sees it: how far it has come, and what waits to be said on it. All that waits
 * is bounded: records are not in it, only how far they were told (`cursor`); what is news of peers and contents is told as
 * it is when it is told; answers are no more than what was asked before reading went on.
 *
 * @module
 */

import type { Name } from "../names/name.ts";
import type { ReplicaId } from "../sync/record.ts";
import type { PeerInfo, TrackerMessage } from "../sync/tracker_messages.ts";
import type { LivePeer } from "./live_peer.ts";
import type { Entry } from "./register.ts";

/** So many answers, or `put`s to be answered, wait before no more is read (`Link.isFull`). */
const ANSWERS_MAX = 1000;
const PUTS_MAX = 16;

/**
 * `new`: nothing was said. `snap`: what it missed is being told. `live`: changes are told as they come. `over`: what waits
 * is said, then it ends.
 */
export type Phase = "new" | "snap" | "live" | "over";

export class Link {
  /** The machine it comes from. */
  readonly remote: string;
  /** Milliseconds on the clock that only goes forward. */
  readonly openedAt: number;
  phase: Phase = "new";
  peer: LivePeer | undefined;
  /** Every record up to this number was told. */
  cursor = 0;
  /** Answers, in order. */
  answers: TrackerMessage[] = [];
  /** How many `put`s are not answered. */
  putsWaiting = 0;
  readonly came = new Map<ReplicaId, PeerInfo>();
  readonly went = new Set<ReplicaId>();
  /** Contents whose sources have changed. */
  readonly news = new Set<number>();
  readonly lost = new Set<Name>();
  /** What is left of an answer to `sync`. */
  walk: Iterator<Entry> | undefined;

  constructor(remote: string, openedAt: number) {
    this.remote = remote;
    this.openedAt = openedAt;
  }

  /** More waits than is good: nothing is to be read until some is written. */
  get isFull(): boolean {
    return this.answers.length > ANSWERS_MAX ||
      this.putsWaiting > PUTS_MAX || this.walk !== undefined;
  }
}
