/**
 * What a peer remembers between two runs. `io/sync/index.ts` keeps it in SQLite, `testing/memory_index.ts` in memory;
 * `testing/index_suite.ts` holds both to the same promises. Losing it is always safe: the peer is a new replica then.
 *
 * The peer holds all records in memory and writes what changed, in batches. Only block lists are asked for as needed.
 *
 * @module
 */

import type { Name } from "../names/name.ts";
import type { FileRecord, ReplicaId, RootHash } from "./record.ts";
import type { Seen } from "./seen.ts";

/** My version of a path. */
export interface LocalEntry {
  readonly record: FileRecord;
  /** What the disk showed when the record was made or placed; `undefined` for a tombstone. */
  readonly seen: Seen | undefined;
  /** It was there when this replica had no history yet: it may be stale, and never brings back what was deleted. */
  readonly found: boolean;
}

/** The version that won at the tracker. */
export interface GlobalEntry {
  readonly record: FileRecord;
  /** The tracker's number of it. */
  readonly seq: number;
}

export interface IndexMeta {
  readonly replica: ReplicaId;
  /** No version of this replica has a higher counter. Reserved ahead, so that a lost commit never makes one twice. */
  readonly counterMax: number;
  /** Which set of folders this one belongs to; `undefined` before it first joined. */
  readonly folder: string | undefined;
  /** Whose numbers `seq` counts in; `undefined` before the first join. */
  readonly epoch: string | undefined;
  /** Every record up to this number is in `globals`. */
  readonly seq: number;
}

/** Blocks of a content. */
export interface BlockList {
  readonly root: RootHash;
  /** Bytes of the content. */
  readonly size: number;
  readonly blockLog: number;
  /** 32 bytes of SHA-256 for each block. */
  readonly hashes: Uint8Array;
}

/** Where a block may be found: the `at`-th of a content. */
export interface BlockPlace {
  readonly root: RootHash;
  readonly at: number;
  readonly blockLog: number;
}

/** Written together or not at all. */
export interface IndexBatch {
  readonly locals?: readonly LocalEntry[];
  /** Paths whose local entry goes. */
  readonly localsGone?: readonly Name[];
  readonly globals?: readonly GlobalEntry[];
  /** All globals go first (a new epoch). */
  readonly clearGlobals?: boolean;
  readonly lists?: readonly BlockList[];
  readonly meta?: Partial<IndexMeta>;
  /** Survives a power cut before `commit` returns. */
  readonly durable?: boolean;
}

export interface SyncIndex {
  /** What was there when it was opened; called once, before anything else. */
  load(): {
    readonly meta: IndexMeta;
    readonly locals: Iterable<LocalEntry>;
    readonly globals: Iterable<GlobalEntry>;
  };
  /** @throws the error of the disk; nothing of the batch is kept then */
  commit(batch: IndexBatch): void;
  /** The block list of `root`, if it is known. */
  list(root: RootHash): BlockList | undefined;
  /** Contents that (may) have the block with this hash, at most 4. They may be stale: check what you read there. */
  placesOf(hash: Uint8Array): readonly BlockPlace[];
  /** Forgets block lists of contents that `isHeld` says no to. */
  prune(isHeld: (root: RootHash) => boolean): void;
  close(): void;
}
