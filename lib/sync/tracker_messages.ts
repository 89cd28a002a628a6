/**
 * What peers and the tracker say to each other: one JSON object a line (docs/sync.md, "Peer and tracker").
 *
 * @module
 */

import type { Name } from "../names/name.ts";
import type { FileRecord, ReplicaId, RootHash } from "./record.ts";

export const SYNC_PROTOCOL = 1;
export const LINE_BYTES_MAX = 1024 * 1024;
/** So many replicas that a folder was before are remembered. */
export const FORMERLY_MAX = 8;
/** Records in one message. */
export const BATCH_RECORDS_MAX = 500;
/** Contents in one `want`. */
export const WANT_ROOTS_MAX = 500;

/** A live peer, as the tracker tells others of it. */
export interface PeerInfo {
  readonly id: ReplicaId;
  /** What people call it. */
  readonly name: string;
  /** Where it serves. `host` is `""` when it is the tracker's own machine: use the address the tracker was reached at. */
  readonly host: string;
  readonly port: number;
}

/** A record with the tracker's number of it and who has its content. */
export interface Numbered {
  readonly record: FileRecord;
  readonly seq: number;
  /** Live peers that hold the content: at most 8 of them. */
  readonly sources: readonly ReplicaId[];
}

export type PeerMessage =
  | {
    readonly m: "hello";
    readonly proto: number;
    /** The set of folders it belongs to; `undefined` if it never joined one. */
    readonly folder: string | undefined;
    readonly peer: ReplicaId;
    /** Made anew by each process: the same peer twice is a copy of a machine (`no twin`), the same run twice a reconnect. */
    readonly run: string;
    /** The replicas that this folder was before it lost its index, the last one first: said again each time. */
    readonly formerly: readonly ReplicaId[];
    readonly name: string;
    readonly port: number;
    /** Said in place of the address that the tracker sees. */
    readonly advertise: string | undefined;
    readonly epoch: string | undefined;
    readonly seq: number;
  }
  /** New versions, whose contents this peer holds. Answered by `ok`, in order; refused ones first by `rej`. */
  | {
    readonly m: "put";
    readonly id: number;
    readonly records: readonly FileRecord[];
  }
  /**
   * Of all records up to `seq` this peer holds the content, but for those it `lack`s (added to what it said before, until
   * `got`). `part`: it has begun to fetch these and has some blocks. Another connection begins anew: the first `have` on it
   * names all that is lacking.
   */
  | {
    readonly m: "have";
    readonly seq: number;
    readonly lack: readonly RootHash[];
    readonly got: readonly RootHash[];
    readonly part: readonly RootHash[];
  }
  /** Every `beatMs`. `left`: files it still lacks. Bytes are totals of this run. */
  | {
    readonly m: "ping";
    readonly time: number;
    readonly sent: number;
    readonly received: number;
    readonly left: number;
  }
  /** Who has these? Answered by `sources`. */
  | { readonly m: "want"; readonly roots: readonly RootHash[] }
  | {
    readonly m: "bad";
    readonly peer: ReplicaId;
    readonly why: "unreachable" | "corrupt";
  }
  /**
   * Send what is in these buckets of the digest: they differ. Answered by `upd`s with these records; without buckets, by
   * `buckets`.
   */
  | { readonly m: "sync"; readonly buckets: readonly number[] }
  /** Say `waited` when every live peer (or the one called `name`) holds everything up to `seq`. */
  | {
    readonly m: "wait";
    readonly id: number;
    readonly seq: number;
    readonly name: string | undefined;
  }
  | { readonly m: "bye" };

export type TrackerMessage =
  | {
    readonly m: "welcome";
    readonly proto: number;
    readonly folder: string;
    readonly epoch: string;
    readonly seq: number;
    /** Milliseconds since 1970. */
    readonly time: number;
    readonly beatMs: number;
    readonly ttlMs: number;
    readonly peers: readonly PeerInfo[];
  }
  /** Refused; the connection ends. */
  | {
    readonly m: "no";
    readonly code: "folder" | "twin" | "proto" | "busy" | "bad-request";
    readonly text: string;
  }
  /** What the peer missed, in pages; after the last one every record up to `seq` is known. */
  | {
    readonly m: "snap";
    readonly records: readonly Numbered[];
    readonly seq: number;
    readonly more: boolean;
  }
  /** Changes, as they come. */
  | {
    readonly m: "upd";
    readonly records: readonly Numbered[];
    readonly seq: number;
  }
  /** For each record of the `put`: its number, or 0 where it was refused. These are not sent as `upd` to the peer itself. */
  | {
    readonly m: "ok";
    readonly id: number;
    readonly seqs: readonly number[];
    readonly seq: number;
  }
  | {
    readonly m: "rej";
    readonly id: number;
    readonly at: number;
    /** `older`: `winner` is newer. `clock`: the stamp lies in the future. */
    readonly code: "older" | "clock" | "name" | "quota";
    readonly winner: Numbered | undefined;
    /** Why, for people. */
    readonly text: string;
  }
  | {
    readonly m: "peers";
    readonly add: readonly PeerInfo[];
    readonly del: readonly ReplicaId[];
  }
  /** Who has these contents, whole or in part; sent to those who lack them. */
  | {
    readonly m: "sources";
    readonly of: readonly {
      readonly root: RootHash;
      readonly whole: readonly ReplicaId[];
      readonly part: readonly ReplicaId[];
    }[];
  }
  | {
    readonly m: "pong";
    /** The `time` of the ping. */
    readonly echo: number;
    readonly time: number;
    readonly seq: number;
    /** 32 hexadecimal digits: `digest.ts` over all records. */
    readonly digest: string;
    /** Every live peer holds everything up to here. */
    readonly whole: number;
  }
  /** Digests of the 256 buckets: the answer to a `sync` without buckets. */
  | { readonly m: "buckets"; readonly digests: readonly string[] }
  /** Tell all your records again, tombstones too: the tracker has lost its state. */
  | { readonly m: "own" }
  /** Nobody holds the content of this version any more. Who has an older content at that path asserts it again. */
  | { readonly m: "lost"; readonly path: Name; readonly root: RootHash }
  | { readonly m: "waited"; readonly id: number };
