/**
 * What the commands of peer.ts (`status`, `wait`, ...) and the peer that runs say to each other: one line of JSON asks, lines
 * of JSON answer (docs/sync.md, "Commands"). Only programs of the same user on the same machine have the token.
 *
 * @module
 */

import type { ReplicaId, RootHash } from "./record.ts";

/** How it stands with the tracker. `refused`: it said no, and `text` why; the peer tries again. */
export type TrackerState = "connecting" | "connected" | "away" | "refused";

/** What a peer knows of itself and of the others. */
export interface PeerStatus {
  readonly name: string;
  readonly replica: ReplicaId;
  /** The set of folders; `undefined` before the first join. */
  readonly folder: string | undefined;
  /** Where it serves. */
  readonly port: number;
  readonly tracker: {
    readonly address: string;
    readonly state: TrackerState;
    /** Why it is not connected. */
    readonly text: string | undefined;
    /** Milliseconds that the tracker's clock is ahead of ours. */
    readonly offsetMs: number;
  };
  /** Live records of this peer, what is still lacking not counted. */
  readonly files: number;
  readonly folders: number;
  /** Bytes of these files. */
  readonly bytes: number;
  /** The tracker's number of the newest record that is known here. */
  readonly seq: number;
  /** What others have and this peer does not, yet. */
  readonly lacking: { readonly files: number; readonly bytes: number };
  /** Changes that the tracker has not acknowledged. */
  readonly unpublished: number;
  /** The folder is being looked through. */
  readonly isScanning: boolean;
  /** Everything is here, everything is published, nothing is under way. */
  readonly isIdle: boolean;
  /** Deletes that are not told to others until `peer.ts confirm`: how many, and why. */
  readonly held: { readonly deletes: number; readonly why: string } | undefined;
  readonly transfers: readonly TransferStatus[];
  /** Other live peers. */
  readonly peers: readonly {
    readonly id: ReplicaId;
    readonly name: string;
    readonly address: string;
  }[];
  /** Paths that cannot be brought up to date, the first of them, and why. */
  readonly troubles: readonly {
    readonly path: string;
    readonly text: string;
  }[];
  readonly troublesTotal: number;
  /** Bytes of contents since the start. */
  readonly sent: number;
  readonly received: number;
}

/** A transfer under way, as `FetchProgress` of drivers/sync/contents.ts. */
export interface TransferStatus {
  readonly root: RootHash;
  readonly path: string;
  readonly size: number;
  readonly done: number;
  readonly fetched: number;
  readonly rate: number;
  readonly sources: readonly ReplicaId[];
}

/** At most so many are told. */
export const TROUBLES_TOLD_MAX = 100;
