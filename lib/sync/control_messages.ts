/**
 * What the commands of peer.ts (`status`, `wait`, ...) and the peer that runs say to each other: one line of JSON asks, lines
 * of JSON answer (docs/sync.md, "Commands"). Only programs of the same user on the same machine have the token.
 *
 * @module
 */

import { Refusal } from "../errors.ts";
import { type Name, toName } from "../names/name.ts";
import { readLine, refused } from "./fields.ts";
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
  /**
   * Of these, those that nobody has who is here and can be asked; and what those are called who may have them, by id where
   * the name is not known: the first of them.
   */
  readonly waiting: {
    readonly files: number;
    readonly bytes: number;
    readonly peers: readonly string[];
  };
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
/** Of peers that are waited for. */
export const AWAITED_TOLD_MAX = 10;

/** What a command asks of the peer that runs. */
export type ControlRequest =
  | { readonly do: "status" }
  /** Answered when all live peers, or the one called `peer`, hold everything. */
  | { readonly do: "wait"; readonly peer: string | undefined }
  /** Everything, if there are no `paths`. */
  | { readonly do: "scan"; readonly paths: readonly Name[] }
  | { readonly do: "confirm" }
  | { readonly do: "why"; readonly path: Name }
  /** Copies a kept version to a free name. */
  | { readonly do: "restore"; readonly id: string; readonly to: Name };

/** What it answers, in the form of each request. */
export interface ControlResults {
  readonly status: PeerStatus;
  readonly wait: true;
  readonly scan: true;
  /** Deletes that others are told of now. */
  readonly confirm: number;
  /** Lines for people. */
  readonly why: readonly string[];
  readonly restore: "done" | "exists";
}

/** The first line of a connection of this kind begins with this `m`; those of transfers have another. */
export const CONTROL = "control";
/** Bytes of a request. */
export const CONTROL_LINE_BYTES_MAX = 16 * 1024;
/** Bytes of an answer: the status, with a hundred troubles whose paths are as long as can be. */
export const CONTROL_ANSWER_BYTES_MAX = 4 * 1024 * 1024;
/** Paths in one request. */
const PATHS_MAX = 100;
const PATH_CHARACTERS_MAX = 4096;

/** `request` as a line, with its end. */
export function controlLine(token: string, request: ControlRequest): string {
  return JSON.stringify({ m: CONTROL, token, ...request }) + "\n";
}

/** The request in `line` and the token that it came with; or why it is none, as a sentence. */
export function parseControlLine(
  line: string,
): { readonly token: string; readonly request: ControlRequest } | string {
  return readLine(line, (fields) => {
    fields.choice("m", [CONTROL]);
    const token = fields.text("token", 256);
    const what = fields.choice("do", [
      "status",
      "wait",
      "scan",
      "confirm",
      "why",
      "restore",
    ]);
    switch (what) {
      case "wait":
        return {
          token,
          request: { do: what, peer: fields.optional("peer", fields.peerName) },
        };
      case "scan":
        return {
          token,
          request: {
            do: what,
            paths: fields.list("paths", PATHS_MAX, readName),
          },
        };
      case "why":
        return {
          token,
          request: { do: what, path: readName(fields.raw("path")) },
        };
      case "restore":
        return {
          token,
          request: {
            do: what,
            id: fields.text("id", PATH_CHARACTERS_MAX),
            to: readName(fields.raw("to")),
          },
        };
      default:
        return { token, request: { do: what } };
    }
  });
}

/** A result, or a sentence that says why there is none, as a line with its end. */
export function controlAnswerLine(
  answer: { readonly ok: unknown } | { readonly error: string },
): string {
  return JSON.stringify(answer) + "\n";
}

/**
 * The result in `line`, which our own program has made: its form is believed.
 *
 * @throws {Refusal} with the peer's sentence, or if it is no answer
 */
export function parseControlAnswer<D extends ControlRequest["do"]>(
  line: string,
): ControlResults[D] {
  const read = readLine(line, (fields) => ({
    ok: fields.raw("ok"),
    error: fields.raw("error"),
  }));
  if (typeof read === "string") throw refused(read);
  if (typeof read.error === "string") {
    throw new Refusal("not-allowed", read.error);
  }
  return read.ok as ControlResults[D];
}

function readName(value: unknown): Name {
  if (typeof value !== "string" || value.length > PATH_CHARACTERS_MAX) {
    throw refused("A path is not text");
  }
  return toName(value);
}
