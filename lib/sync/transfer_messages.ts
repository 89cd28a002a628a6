/**
 * What peers say to each other: one JSON object a line, some followed by as many raw bytes as they say (docs/sync.md,
 * "Peer and peer"). Who made the connection asks, the other answers.
 *
 * Contents are asked for by their root hash, never by a path: only what is in the index can be had.
 *
 * @module
 */

import { type Fields, readLine, refused } from "./fields.ts";
import type { ReplicaId, RootHash } from "./record.ts";

export const TRANSFER_PROTOCOL = 1;
/** A line, LF not counted: 256 roots take 12 KiB. */
export const TRANSFER_LINE_BYTES_MAX = 32 * 1024;
/** The bytes behind one line. */
export const BODY_BYTES_MAX = 4 * 1024 * 1024;
/** Bytes of a `get`: one block may be as large. */
export const GET_BYTES_MAX = 16 * 1024 * 1024;
/** A run of blocks is asked for at once up to this many bytes: smaller ones cost time, larger ones spread badly. */
export const RUN_BYTES_MAX = 4 * 1024 * 1024;
/** Files of one `files`, and their bytes. */
export const FILES_MAX = 256;
export const FILES_BYTES_MAX = 4 * 1024 * 1024;
/** Blocks of a content: 16 TiB at 16 MiB each. */
export const BLOCKS_MAX = 1024 * 1024;
/** Runs of blocks in one `got`. */
export const GOT_RUNS_MAX = 512;
/** What may be asked and unanswered on one connection. */
export const REQUESTS_MAX = 16;

/** Said first, by both: the asking side begins. */
export interface Hi {
  readonly m: "hi";
  readonly proto: number;
  /** The set of folders it belongs to. */
  readonly folder: string;
  readonly peer: ReplicaId;
}

/** What the side says that made the connection. */
export type TransferRequest =
  | Hi
  /** Bytes of a content, whole blocks: answered by `data`, as many as it takes, or `err`. */
  | {
    readonly m: "get";
    readonly id: number;
    readonly root: RootHash;
    readonly at: number;
    readonly len: number;
  }
  /** Small files, whole: for each, in order, `data` (as many as it takes; none where it is empty) or `err`, with its place in `roots`. */
  | {
    readonly m: "files";
    readonly id: number;
    readonly roots: readonly RootHash[];
  }
  /** The block list from block `at` on: answered by `data` with 32 bytes a block, to the end or as many as fit one body. */
  | {
    readonly m: "list";
    readonly id: number;
    readonly root: RootHash;
    readonly at: number;
  }
  /** Which blocks are there? Answered by `bits`; what comes later is told by `got`. */
  | { readonly m: "bits"; readonly id: number; readonly root: RootHash }
  /** Not needed any more: answered by what is under way or by `err` with `cancelled`. */
  | { readonly m: "cancel"; readonly id: number }
  | { readonly m: "ping"; readonly id: number };

/** Why something is not answered. `gone`: it is not here (any more). `busy`: not now. `changed`: it changed while it was read. */
export type TransferFault = "gone" | "busy" | "changed" | "cancelled";

/** What the other side says. */
export type TransferAnswer =
  | Hi
  /** Refused; the connection ends. */
  | {
    readonly m: "no";
    readonly code: "folder" | "proto" | "busy" | "bad-request";
    readonly text: string;
  }
  /** `len` raw bytes follow. `of`: the place in `roots`. */
  | {
    readonly m: "data";
    readonly id: number;
    readonly of: number | undefined;
    readonly len: number;
  }
  /** A bit a block follows, `len` bytes, the first block in the lowest bit; `whole`: all are there, none follow. */
  | {
    readonly m: "bits";
    readonly id: number;
    readonly whole: boolean;
    readonly len: number;
  }
  /** Blocks that are there now, too: begin and number of each run. `whole`: all of them. */
  | {
    readonly m: "got";
    readonly root: RootHash;
    readonly whole: boolean;
    readonly blocks: readonly number[];
  }
  | {
    readonly m: "err";
    readonly id: number;
    readonly of: number | undefined;
    readonly code: TransferFault;
  }
  | { readonly m: "pong"; readonly id: number };

/** `message` as its line, LF and all. */
export function transferLine(
  message: TransferRequest | TransferAnswer,
): string {
  return JSON.stringify(message) + "\n";
}

/**
 * What the asking side says with `line`.
 *
 * @returns a sentence, if it is no such message
 */
export function readTransferRequest(line: string): TransferRequest | string {
  return readLine(line, requestOf);
}

/**
 * What the answering side says with `line`.
 *
 * @returns a sentence, if it is no such message
 */
export function readTransferAnswer(line: string): TransferAnswer | string {
  return readLine(line, answerOf);
}

const REQUESTS = [
  "hi",
  "get",
  "files",
  "list",
  "bits",
  "cancel",
  "ping",
] as const;
const ANSWERS = ["hi", "no", "data", "bits", "got", "err", "pong"] as const;
const FAULTS = ["gone", "busy", "changed", "cancelled"] as const;
const REFUSALS = ["folder", "proto", "busy", "bad-request"] as const;
const TEXT_CHARACTERS_MAX = 200;

function requestOf(fields: Fields): TransferRequest {
  const m = fields.choice("m", REQUESTS);
  if (m === "hi") return hiOf(fields);
  const id = fields.count("id");
  switch (m) {
    case "get": {
      const root = fields.root("root");
      const at = fields.count("at");
      const len = fields.count("len", GET_BYTES_MAX);
      if (len === 0) throw refused("There is nothing to get");
      return { m, id, root, at, len };
    }
    case "files": {
      const roots = fields.roots("roots", FILES_MAX);
      if (roots.length === 0) throw refused("There are no files to get");
      return { m, id, roots };
    }
    case "list": {
      const root = fields.root("root");
      return { m, id, root, at: fields.count("at", BLOCKS_MAX) };
    }
    case "bits":
      return { m, id, root: fields.root("root") };
    case "cancel":
    case "ping":
      return { m, id };
  }
}

function answerOf(fields: Fields): TransferAnswer {
  const m = fields.choice("m", ANSWERS);
  switch (m) {
    case "hi":
      return hiOf(fields);
    case "no": {
      const code = fields.choice("code", REFUSALS);
      return { m, code, text: fields.text("text", TEXT_CHARACTERS_MAX) };
    }
    case "got": {
      const root = fields.root("root");
      const blocks = fields.counts("blocks", GOT_RUNS_MAX * 2, BLOCKS_MAX);
      if (blocks.length % 2 !== 0) throw refused("A run of blocks has no end");
      return { m, root, whole: fields.flag("whole"), blocks };
    }
  }
  const id = fields.count("id");
  switch (m) {
    case "data": {
      const of = fields.optional("of", placeOf);
      return { m, id, of, len: fields.count("len", BODY_BYTES_MAX) };
    }
    case "bits": {
      const whole = fields.flag("whole");
      const len = fields.count("len", BLOCKS_MAX / 8);
      if (whole && len > 0) throw refused("All blocks need no bits");
      return { m, id, whole, len };
    }
    case "err": {
      const of = fields.optional("of", placeOf);
      return { m, id, of, code: fields.choice("code", FAULTS) };
    }
    case "pong":
      return { m, id };
  }
}

function hiOf(fields: Fields): Hi {
  return {
    m: "hi",
    proto: fields.count("proto"),
    folder: fields.token("folder"),
    peer: fields.replica("peer"),
  };
}

function placeOf(this: Fields, key: string): number {
  return this.count(key, FILES_MAX - 1);
}
