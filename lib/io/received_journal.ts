/**
 * Which pieces of a large file are written and verified, so that an interrupted run goes on where it stopped, without
 * reading again what it had verified.
 *
 * The journal is text: a line that tells what it is about, then a line a piece, written when the piece is verified:
 *
 *     landline-journal 1 <version> <size> <piece bytes> <boot>
 *     <index> <xxh64>
 *
 * A line that was cut off counts as not written. What a program had written survives its being killed, not a power cut:
 * after another boot of the machine (or where that cannot be told) the pieces are read once and checked against the
 * journal, on the own disk, not over the network.
 *
 * @module
 */

import { toBytes } from "../bytes/ascii.ts";
import { xxh64 } from "./checks.ts";
import type { Incoming } from "./received_folder.ts";
import type { PartFile } from "./part_file.ts";
import { errnoOf } from "./os_faults.ts";

const PIECE_LINE = /^(\d{1,10}) ([0-9a-f]{16})$/;

export class Journal {
  readonly #path: string;
  readonly #file: Deno.FsFile;
  readonly #verified: Set<number>;

  private constructor(path: string, file: Deno.FsFile, verified: Set<number>) {
    this.#path = path;
    this.#file = file;
    this.#verified = verified;
  }

  /**
   * The journal at `path`. One that is about another version of the file is begun anew, and `part` is emptied.
   *
   * @param part locked by the caller, which keeps other programs from the journal too
   */
  static open(path: string, incoming: Incoming, part: PartFile): Journal {
    const about =
      `landline-journal 1 ${incoming.version} ${incoming.size} ${incoming.pieceBytes}`;
    const boot = bootId();
    const verified = readPieces(path, about, boot, incoming, part);
    const file = Deno.openSync(path, {
      write: true,
      create: true,
      truncate: true,
    });
    const journal = new Journal(path, file, new Set(verified.keys()));
    if (verified.size === 0) part.truncate(0);
    journal.#append(
      `${about} ${boot}\n${
        [...verified].map(([index, check]) => `${index} ${check}\n`).join("")
      }`,
    );
    return journal;
  }

  /** Indexes of the pieces that are verified. */
  get verified(): ReadonlySet<number> {
    return this.#verified;
  }

  /** Piece `index` is written and has been found right. */
  remember(index: number, check: string): void {
    this.#verified.add(index);
    this.#append(`${index} ${check}\n`);
  }

  close(): void {
    this.#file.close();
  }

  /** Closes and removes it. */
  discard(): void {
    this.#file.close();
    Deno.removeSync(this.#path);
  }

  #append(text: string): void {
    const bytes = toBytes(text);
    for (let done = 0; done < bytes.length;) {
      done += this.#file.writeSync(bytes.subarray(done));
    }
  }
}

/** The pieces that the journal at `path` has, if it is about this version and the part has them. */
function readPieces(
  path: string,
  about: string,
  boot: string,
  { size, pieceBytes }: Incoming,
  part: PartFile,
): Map<number, string> {
  const pieces = new Map<number, string>();
  const text = readIfThere(path);
  // What stands behind the last LF was cut off.
  const [head = "", ...lines] = text.slice(0, text.lastIndexOf("\n") + 1).split(
    "\n",
  );
  if (!head.startsWith(about + " ")) return pieces;
  const sameBoot = boot !== UNKNOWN_BOOT && head === `${about} ${boot}`;
  for (const line of lines) {
    const [, digits = "", check = ""] = PIECE_LINE.exec(line) ?? [];
    const offset = Number(digits) * pieceBytes;
    const end = Math.min(size, offset + pieceBytes);
    if (digits === "" || offset >= size || end > part.length) continue;
    if (sameBoot || checkOf(part, offset, end - offset) === check) {
      pieces.set(Number(digits), check);
    }
  }
  return pieces;
}

function checkOf(part: PartFile, offset: number, length: number): string {
  using file = Deno.openSync(part.path, { read: true });
  file.seekSync(offset, Deno.SeekMode.Start);
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length;) {
    const count = file.readSync(bytes.subarray(done));
    if (count === null) return "";
    done += count;
  }
  return xxh64(bytes);
}

const UNKNOWN_BOOT = "unknown";

/** Tells one boot of the machine from another; Linux only, and only where Deno may read it. */
function bootId(): string {
  try {
    return Deno.readTextFileSync("/proc/sys/kernel/random/boot_id").trim();
  } catch {
    return UNKNOWN_BOOT;
  }
}

function readIfThere(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return "";
    throw error;
  }
}
