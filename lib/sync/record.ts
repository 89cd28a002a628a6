/**
 * What is known of one version of one path: the META information that peers tell each other through the tracker. Contents
 * are never in it, only their root hash (docs/sync.md, "Records").
 *
 * @module
 */

import type { Name } from "../names/name.ts";

/**
 * When a version was made, as a hybrid logical clock: always later than what it was made from, whatever the clocks of the
 * machines say. Compared as a tuple: `phys`, `logical`, `by`.
 */
export interface Stamp {
  /** Milliseconds since 1970. */
  readonly phys: number;
  /** Counts on where `phys` cannot. */
  readonly logical: number;
  /** The replica that made the version; decides between equal times. */
  readonly by: ReplicaId;
}

/** A database of a peer: ten of `0-9a-z`. A peer that lost its database is another replica. */
export type ReplicaId = string;

/** Version vector: how many versions each replica had made, those that ever changed this path only. */
export type Vector = Readonly<Record<ReplicaId, number>>;

/** A hash over size, block size and the hashes of all blocks (`blocks.ts`): 43 characters of base64url. */
export type RootHash = string;

/** The root of every folder: a folder has no content but its being there. */
export const FOLDER_ROOT: RootHash = "folder";

/** One version of one path. */
export interface FileRecord {
  readonly path: Name;
  readonly kind: "file" | "folder";
  /** Bytes; 0 for a folder and for what is deleted. */
  readonly size: number;
  /** Milliseconds since 1970, as the writer's disk said; 0 for a folder. */
  readonly mtime: number;
  readonly executable: boolean;
  /** `null`: deleted (a tombstone). */
  readonly root: RootHash | null;
  /** log2 of the block size in bytes. */
  readonly blockLog: number;
  readonly stamp: Stamp;
  readonly vector: Vector;
  /**
   * At most 8 earlier roots, newest first, each cut to `EARLIER_CHARACTERS`. Its own is the first of them if that content was
   * replaced once and is there again.
   */
  readonly earlier: readonly string[];
  /** Set on a conflict copy: what it is a copy of. */
  readonly copyOf?: Name;
  /** A hint: the same content was at this path until this version, which was moved. */
  readonly movedFrom?: Name;
}
