/**
 * The seam between what decides which contents are needed (the reconciler) and what gets them (the transfer).
 *
 * @module
 */

import type { PartHandle, ReadHandle } from "../../io/sync/folder.ts";
import type { BlockList } from "../../sync/index_store.ts";
import type { FileRecord, ReplicaId, RootHash } from "../../sync/record.ts";
import type { PeerInfo } from "../../sync/tracker_messages.ts";

/** Nobody who is here and can be asked has the content, or the rest of it. */
export class NoSource extends Error {
  override name = "NoSource";

  constructor() {
    super("Nobody who is here has it");
  }
}

/** A transfer under way, for people. */
export interface FetchProgress {
  readonly root: RootHash;
  readonly path: string;
  readonly size: number;
  /** Bytes that are there and right, reused ones among them. */
  readonly done: number;
  /** Bytes that came over the network. */
  readonly fetched: number;
  /** Bytes a second, lately. */
  readonly rate: number;
  readonly sources: readonly ReplicaId[];
}

/** Gets contents from other peers. */
export interface Contents {
  /**
   * Gets the content of `record` (a file that is not empty) into its part: from blocks that are here already, from what is
   * left of an earlier try, from other peers. Resolves when every block was hashed and found right. Goes on through lost
   * peers; ends with an error when the disk refuses, when `signal` is aborted, or with `NoSource` when nobody can be asked
   * (what came is kept in its part): `wait` tells when to try again.
   */
  fetch(
    record: FileRecord,
    signal: AbortSignal,
  ): Promise<{ readonly part: PartHandle; readonly list: BlockList }>;
  /** Calls `found`, once, later, when somebody can be asked for `root` again: the tracker is asked now and then. */
  wait(root: RootHash, found: () => void): void;
  /** `root` is not waited for any more. */
  waitNoMore(root: RootHash): void;
  /** The live peers, all of them. */
  setPeers(peers: readonly PeerInfo[]): void;
  /** Who has `root`, wholly or in part, as the tracker knows it now. */
  setSources(
    root: RootHash,
    whole: readonly ReplicaId[],
    part: readonly ReplicaId[],
  ): void;
  progress(): readonly FetchProgress[];
  /** Totals of this run: bytes of contents, sent and received. */
  readonly sent: number;
  readonly received: number;
  stop(): void;
}

/** What the transfer asks of the rest of the peer. */
export interface Holdings {
  /** Opens a file of the folder that (still) has the content `root`, looked at just now. Whoever asks closes it. */
  open(root: RootHash): ReadHandle | undefined;
  /** The block list of a content that is held or was once. */
  list(root: RootHash): BlockList | undefined;
  /** The file at the path that held `root` has changed: look at it. */
  changed(root: RootHash): void;
  /** Fetching a content of more than a few blocks has begun, some blocks are there: others may ask for them. */
  began(root: RootHash): void;
  /** Asks the tracker for who has these: at most `WANT_ROOTS_MAX`. */
  want(roots: readonly RootHash[]): void;
  /** A peer does not answer, or sends wrong bytes. */
  bad(peer: ReplicaId, why: "unreachable" | "corrupt"): void;
}
