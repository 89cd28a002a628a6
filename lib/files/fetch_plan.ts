/**
 * What is still to be fetched, and who may fetch it next. Without I/O: connections come and take pieces, bring back what
 * they could not get, and say what became of it.
 *
 * Rules of this file:
 * - The largest files come first: what is left at the end is small, so that all connections end at the same time.
 * - A file larger than a piece is cut into pieces, each fetched and checked on its own, by whichever connection is free.
 * - A piece that comes back (its connection was lost) is the next one to be taken.
 * - All pieces of a file are of one version. When the server has another one, the file begins anew.
 *
 * @module
 */

import type { RemoteFile } from "./listing.ts";

/** Files up to this size are fetched with one request. Larger pieces cost more when one is lost, smaller ones more requests. */
export const PIECE_BYTES = 4 * 1024 * 1024;

/** A file under way. */
export class PlannedFile {
  readonly name: RemoteFile["name"];
  size: number;
  mtime: number;
  version: string;
  /** How many pieces have not been verified. */
  piecesLeft = 0;
  /** How often its content was found wrong. */
  corruptions = 0;
  /** How often another version came in between. */
  changes = 0;
  /** Pieces of an earlier round, which began before the file was begun anew, count no more. */
  round = 0;
  state: "waiting" | "done" | "failed" = "waiting";

  constructor(remote: RemoteFile) {
    this.name = remote.name;
    this.size = remote.size;
    this.mtime = remote.mtime;
    this.version = remote.version;
  }

  /** The server has this version now. */
  adopt({ size, mtime, version }: RemoteFile): void {
    this.size = size;
    this.mtime = mtime;
    this.version = version;
  }

  /** Whether it is fetched in several pieces. */
  get isLarge(): boolean {
    return this.size > PIECE_BYTES;
  }
}

/** A part of a file that is asked for with one request. */
export interface Piece {
  readonly file: PlannedFile;
  readonly index: number;
  /** Bytes from the beginning of the file. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
  readonly round: number;
}

export class FetchPlan {
  /** In the order in which they are begun; the last one is the next. */
  readonly #files: PlannedFile[];
  readonly #verifiedOf: (file: PlannedFile) => ReadonlySet<number>;
  readonly #returned: Piece[] = [];
  #current:
    | { file: PlannedFile; next: number; verified: ReadonlySet<number> }
    | undefined;
  #unfinished: number;

  /**
   * @param files to fetch
   * @param verifiedOf the pieces of a large file that an earlier run has left; asked when the file is begun
   */
  constructor(
    files: readonly PlannedFile[],
    verifiedOf: (file: PlannedFile) => ReadonlySet<number>,
  ) {
    this.#files = [...files].sort((a, b) => a.size - b.size);
    this.#verifiedOf = verifiedOf;
    this.#unfinished = files.length;
  }

  /** Whether every file is done or failed. */
  get isOver(): boolean {
    return this.#unfinished === 0;
  }

  /**
   * The next piece to fetch, if there is one now.
   *
   * @param mayBegin whether it may be the first of another file
   */
  take(mayBegin = true): Piece | undefined {
    for (let piece; (piece = this.#returned.pop()) !== undefined;) {
      if (isWanted(piece)) return piece;
    }
    for (;;) {
      if (mayBegin) this.#current ??= this.#begin();
      if (this.#current === undefined) return undefined;
      const { file, verified } = this.#current;
      const index = this.#current.next++;
      const offset = index * PIECE_BYTES;
      // An empty file, too, has one piece: its version and check are asked for like any other's.
      if (file.state !== "waiting" || (offset >= file.size && index > 0)) {
        this.#current = undefined;
      } else if (!verified.has(index)) {
        return {
          file,
          index,
          offset,
          length: Math.min(PIECE_BYTES, file.size - offset),
          round: file.round,
        };
      }
    }
  }

  /** `piece` was not fetched: its connection was lost. */
  giveBack(piece: Piece): void {
    if (isWanted(piece)) this.#returned.push(piece);
  }

  /** The bytes of `piece` are verified and written. True if that was the last piece of its file. */
  verified(piece: Piece): boolean {
    return isWanted(piece) && --piece.file.piecesLeft === 0;
  }

  /** Nothing more is asked of the file until `restart`; what is under way counts no more. */
  hold(file: PlannedFile): void {
    file.round++;
    if (this.#current?.file === file) this.#current = undefined;
  }

  /** The file is begun anew, with what the server said of it last. */
  restart(file: PlannedFile): void {
    this.hold(file);
    this.#files.push(file);
  }

  /** The file has its name, or will never get it. */
  finish(file: PlannedFile, state: "done" | "failed"): void {
    if (file.state !== "waiting") return;
    file.state = state;
    this.#unfinished--;
  }

  #begin():
    | { file: PlannedFile; next: number; verified: ReadonlySet<number> }
    | undefined {
    for (let file; (file = this.#files.pop()) !== undefined;) {
      if (file.state !== "waiting") continue;
      const verified = this.#verifiedOf(file);
      file.piecesLeft = Math.max(1, Math.ceil(file.size / PIECE_BYTES)) -
        verified.size;
      return { file, next: 0, verified };
    }
    return undefined;
  }
}

/** Whether the result of `piece` still counts. */
export function isWanted({ file, round }: Piece): boolean {
  return file.state === "waiting" && file.round === round;
}
