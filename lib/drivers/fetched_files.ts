/**
 * What becomes of the answers of a fetch: bytes are written to the file they belong to, checks are compared, whole files
 * get their names. No connection is known here.
 *
 * @module
 */

import { fromBytes } from "../bytes/ascii.ts";
import { joinBytes } from "../bytes/join.ts";
import { type FaultCode, PeerError, Refusal } from "../errors.ts";
import {
  FetchPlan,
  isWanted,
  type Piece,
  PIECE_BYTES,
  PlannedFile,
} from "../files/fetch_plan.ts";
import {
  parseFileFields,
  parseListLine,
  type RemoteFile,
} from "../files/listing.ts";
import type { Checks } from "../io/checks.ts";
import type { ReceivedFile, ReceivingFolder } from "../io/received_folder.ts";
import type { Name } from "../names/name.ts";
import type { ClientEvent } from "../wire/client_connection.ts";
import type { Fields } from "../wire/reply.ts";
import type { Request } from "../wire/verbs.ts";
import type { Asked, AskedPiece } from "./asked.ts";
import { PieceCheck } from "./piece_check.ts";
import { refusalOf } from "./link.ts";

/** What happened to a file. */
export interface FileResult {
  /** As the server calls it. */
  readonly name: Name;
  /** As it is called here. */
  readonly local: Name;
  /** Bytes. */
  readonly size: number;
  readonly status: "received" | "same" | "failed";
  /** The check that was right: `sha256` with its value, or `xxh64`. */
  readonly sha256?: string;
  /** Why it failed. */
  readonly fault?: Refusal;
}

export interface FetchedFilesOptions {
  readonly files: readonly RemoteFile[];
  readonly folder: ReceivingFolder;
  readonly checks: Checks;
  readonly verify: "xxh64" | "sha256";
  /** What a file is called here. */
  readonly localName: (name: Name) => Name;
  readonly onFile: (result: FileResult) => void;
}

/** Files that are written or wait for their digest; each holds a descriptor. */
const OPEN_FILES_MAX = 256;

/** A failed check is retried once; then it is reported. */
const CORRUPT_RETRIES = 1;
/** A file that keeps changing while it is sent is given up after so many tries. */
const CHANGED_RETRIES = 3;

export class FetchedFiles {
  readonly plan: FetchPlan;
  /** Bytes of files that have arrived. */
  bytes = 0;
  /** Bytes that an earlier run had verified: not fetched again. */
  resumedBytes = 0;
  /** Complete answers: a connection that brings some is worth making again. */
  answers = 0;
  /** Set when going on is of no use: the disk is full. */
  impossible: unknown;
  readonly #options: FetchedFilesOptions;
  readonly #open = new Map<PlannedFile, ReceivedFile>();
  /** Requests other than for pieces; they come first. */
  readonly #questions: Asked[] = [];
  readonly #changed: () => void;
  /** Files are read back one after another. */
  #readingBack: Promise<void> = Promise.resolve();

  /** @param changed is called when a file is over, or there is a new question: somebody may wait for that */
  constructor(options: FetchedFilesOptions, changed: () => void) {
    this.#options = options;
    this.#changed = changed;
    this.plan = new FetchPlan(
      options.files.map((file) => new PlannedFile(file)),
      (file) => this.#resume(file),
    );
  }

  /** The next request that any connection may send. */
  nextToAsk(): Asked | undefined {
    const question = this.#questions.pop();
    if (question !== undefined) return question;
    const piece = this.plan.take(this.#open.size < OPEN_FILES_MAX);
    if (piece === undefined) return undefined;
    const { file, offset, length } = piece;
    return {
      kind: "piece",
      piece,
      file,
      bytes: length,
      check: new PieceCheck(this.#options.checks, length),
      request: { verb: "read", offset, length, name: file.name },
    };
  }

  /** The connection was lost before `asked` was answered. */
  unanswered(asked: Asked): void {
    if (asked.kind === "piece") this.plan.giveBack(asked.piece);
    else this.#questions.push({ ...asked, answer: [] });
    this.#changed();
  }

  /**
   * Takes an event of an answer.
   *
   * @throws {PeerError} if the server breaks the rules
   * @throws {Refusal} if nothing can be received any more (`no-space`)
   */
  handle(event: Exclude<ClientEvent<Asked>, { kind: "need-data" }>): void {
    const asked = event.of;
    if (asked === undefined) return;
    try {
      this.#take(event, asked);
    } catch (error) {
      // An answer that breaks the rules is none: it is no progress, and what was asked is still to be had.
      if (event.ends) this.unanswered(asked);
      throw error;
    }
    if (event.ends) this.answers++;
  }

  #take(
    event: Exclude<ClientEvent<Asked>, { kind: "need-data" }>,
    asked: Asked,
  ): void {
    if (event.kind === "err") {
      return this.#refused(asked, refusalOf(event.code, event.text));
    }
    switch (asked.kind) {
      case "piece":
        if (event.kind === "body") this.#write(asked, event.bytes);
        else if (event.kind === "end") this.#judge(asked, event.fields);
        else if (event.kind === "ok") {
          throw new PeerError("The server answers a read with OK");
        }
        return;
      case "sha256":
      case "stat":
        if (event.kind === "body") asked.answer.push(event.bytes.slice());
        if (event.ends) {
          this.#readingBack = this.#readingBack.then(() =>
            this.#answered(asked)
          );
        }
        return;
      default:
        throw asked satisfies never;
    }
  }

  /** The job is over: lets go of what is not finished. */
  async abandonAll(): Promise<void> {
    await this.#readingBack;
    for (const received of this.#open.values()) received.abandon();
    this.#open.clear();
  }

  #resume(file: PlannedFile): ReadonlySet<number> {
    if (!file.isLarge) return NOTHING;
    try {
      const verified = new Set(this.#received(file).verified);
      // Killed between the last piece and the name: the last piece is fetched again, and the rest goes its usual way.
      const last = Math.ceil(file.size / PIECE_BYTES) - 1;
      if (verified.size > last) verified.delete(last);
      for (const index of verified) {
        const left = file.size - index * PIECE_BYTES;
        this.resumedBytes += Math.min(PIECE_BYTES, left);
      }
      return verified;
    } catch (error) {
      this.#fail(file, error);
      return NOTHING;
    }
  }

  #received(file: PlannedFile): ReceivedFile {
    let received = this.#open.get(file);
    if (received === undefined) {
      const { size, version } = file;
      received = this.#options.folder.begin(this.#local(file), {
        size,
        version,
        pieceBytes: PIECE_BYTES,
      });
      this.#open.set(file, received);
    }
    return received;
  }

  #write({ file, piece, check }: AskedPiece, bytes: Uint8Array): void {
    const offset = piece.offset + check.length;
    check.update(bytes);
    if (check.length > piece.length) {
      throw new PeerError("The server sends more than it was asked for");
    }
    this.bytes += bytes.length;
    if (!isWanted(piece)) return;
    try {
      this.#received(file).write(offset, bytes);
    } catch (error) {
      this.#fail(file, error);
    }
  }

  /** All of a piece is here, with what the server says of it. */
  #judge({ file, piece, check }: AskedPiece, fields: Fields): void {
    if (!isWanted(piece)) return;
    const now = parseFileFields(file.name, fields);
    const expected = Math.min(
      piece.length,
      Math.max(0, now.size - piece.offset),
    );
    const isOtherVersion = now.version !== file.version;
    if (isOtherVersion && (file.isLarge || now.size > piece.length)) {
      return this.#restart(file, now);
    }
    if (check.length !== expected) {
      throw new PeerError(
        "The server says that a piece is whole, and it is not",
      );
    }
    const sum = check.digest();
    if (sum !== fields.get("xxh64")) return this.#corrupt(piece);
    if (isOtherVersion) file.adopt(now);
    try {
      const received = this.#received(file);
      if (file.isLarge) received.remember(piece.index, sum);
      if (this.plan.verified(piece)) this.#whole(file, received);
    } catch (error) {
      this.#fail(file, error);
    }
  }

  #corrupt(piece: Piece): void {
    if (piece.file.corruptions++ < CORRUPT_RETRIES) {
      return this.plan.giveBack(piece);
    }
    this.#discard(piece.file);
    this.#fail(
      piece.file,
      new Refusal(
        "corrupt",
        "Its bytes do not match the server's check, twice",
      ),
    );
  }

  #whole(file: PlannedFile, received: ReceivedFile): void {
    if (this.#options.verify === "xxh64") return this.#finish(file, received);
    this.#ask(file, "sha256", {
      verb: "digest",
      algorithm: "sha256",
      name: file.name,
    });
  }

  #ask(file: PlannedFile, kind: "sha256" | "stat", request: Request): void {
    this.#questions.push({ kind, file, bytes: 0, answer: [], request });
    this.#changed();
  }

  async #answered(asked: Exclude<Asked, { kind: "piece" }>): Promise<void> {
    const { file } = asked;
    try {
      const text = fromBytes(joinBytes(asked.answer))?.trimEnd() ?? "";
      if (asked.kind === "stat") {
        this.#restart(file, parseListLine(text.split("\n")[0] ?? ""));
      } else await this.#compareSha256(file, text);
    } catch (error) {
      // Nobody waits for this promise: a fault of the server or the disk ends the job by way of `impossible`.
      try {
        this.#fail(
          file,
          error instanceof PeerError
            ? new Refusal("internal", error.message)
            : error,
        );
      } catch (fatal) {
        this.impossible ??= fatal;
      }
    }
    this.#changed();
  }

  async #compareSha256(file: PlannedFile, stated: string): Promise<void> {
    const received = this.#open.get(file);
    if (received === undefined || file.state !== "waiting") return;
    const sha256 = await received.sha256();
    if (file.state !== "waiting") return;
    if (sha256 === stated) return this.#finish(file, received, sha256);
    this.#discard(file);
    if (file.corruptions++ >= CORRUPT_RETRIES) {
      throw new Refusal(
        "corrupt",
        "Its SHA-256 does not match the server's, twice",
      );
    }
    this.plan.hold(file);
    this.#ask(file, "stat", { verb: "list", place: file.name });
  }

  #finish(file: PlannedFile, received: ReceivedFile, sha256?: string): void {
    this.#open.delete(file);
    let local: Name;
    try {
      local = received.finish(file.mtime);
    } catch (error) {
      received.discard();
      throw error;
    }
    this.plan.finish(file, "done");
    this.#changed();
    const { name, size } = file;
    this.#options.onFile({
      name,
      local,
      size,
      status: "received",
      ...(sha256 !== undefined && { sha256 }),
    });
  }

  #refused(asked: Asked, refusal: Refusal): void {
    const { file } = asked;
    if (asked.kind === "piece" && !isWanted(asked.piece)) return;
    const again: readonly FaultCode[] = ["changed", "bad-range"];
    if (
      asked.kind === "piece" && again.includes(refusal.code) &&
      file.changes < CHANGED_RETRIES
    ) {
      this.#discard(file);
      this.plan.hold(file);
      return this.#ask(file, "stat", { verb: "list", place: file.name });
    }
    this.#discard(file);
    this.#fail(file, refusal);
  }

  /** The server has another version: what was received of the old one is of no use. */
  #restart(file: PlannedFile, now: RemoteFile): void {
    if (file.state !== "waiting") return;
    this.#discard(file);
    if (file.changes++ >= CHANGED_RETRIES) {
      return this.#fail(file, new Refusal("changed"));
    }
    file.adopt(now);
    this.plan.restart(file);
    this.#changed();
  }

  #discard(file: PlannedFile): void {
    this.#open.get(file)?.discard();
    this.#open.delete(file);
  }

  #fail(file: PlannedFile, error: unknown): void {
    if (error instanceof PeerError) throw error;
    const fault = error instanceof Refusal
      ? error
      : new Refusal("internal", String(error), { cause: error });
    this.#open.get(file)?.abandon();
    this.#open.delete(file);
    if (fault.code === "no-space") throw fault;
    if (file.state !== "waiting") return;
    this.plan.finish(file, "failed");
    this.#changed();
    this.#options.onFile({
      name: file.name,
      local: this.#local(file),
      size: file.size,
      status: "failed",
      fault,
    });
  }

  #local(file: PlannedFile): Name {
    return this.#options.localName(file.name);
  }
}

const NOTHING: ReadonlySet<number> = new Set();
