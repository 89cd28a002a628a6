/**
 * The folder of a client into which files are received.
 *
 * Under it, while a run lasts, lie files of ours, beside the final names they will get:
 *
 *     .landline-<run>-<n>.part     a small file on its way; <run> is random, <n> a slot that is used again
 *     .landline-<run>.lock         held by the run; where nobody holds it, the run was killed and its parts are litter
 *     .landline-<name>.part        a large file on its way, with its
 *     .landline-<name>.journal     pieces that are verified (received_journal.ts); both are there to be resumed
 *
 * @module
 */

import { MisuseError, Refusal } from "../errors.ts";
import type { NameFolding } from "../names/clashes.ts";
import {
  baseOf,
  folderOf,
  type Name,
  type NameRules,
  pathOf,
  RESERVED_PREFIX,
  toName,
} from "../names/name.ts";
import { removeIfThere } from "./at_path.ts";
import { runningSha256, xxh64 } from "./checks.ts";
import { errnoOf, toOwnRefusal } from "./os_faults.ts";
import { PartFile, placePart } from "./part_file.ts";
import type { OnConflict } from "./directory.ts";
import { Journal } from "./received_journal.ts";
import { infoAt, TargetFolder } from "./target_folder.ts";
import { toBytes } from "../bytes/ascii.ts";

/** What is known of a remote file before it is received. */
export interface Incoming {
  /** Bytes. */
  readonly size: number;
  readonly version: string;
  /** Bytes of a piece, the unit of the journal. */
  readonly pieceBytes: number;
}

/** A file on its way in. */
export interface ReceivedFile {
  /** Pieces that an earlier run has verified. */
  readonly verified: ReadonlySet<number>;
  write(offset: number, bytes: Uint8Array): void;
  /** Piece `index`, which is written, has been found right. */
  remember(index: number, xxh64: string): void;
  /** SHA-256 of what is written, read back. */
  sha256(): Promise<string>;
  /** Dates it (milliseconds since 1970) and gives it its name. */
  finish(mtime: number): Name;
  /** Lets go of it: a large file can be resumed, a small one is removed. */
  abandon(): void;
  /** Removes it: what was received is of no use. */
  discard(): void;
}

/** A folder that receives files, as the drivers see it. */
export interface ReceivingFolder {
  /** Whether the file of that name has this size and time already. */
  has(name: Name, size: number, mtime: number): boolean;
  /** Begins, or resumes, to receive `name`. */
  begin(name: Name, incoming: Incoming): ReceivedFile;
}

export class ReceivedFolder implements ReceivingFolder, Disposable {
  readonly root: string;
  readonly #onConflict: OnConflict;
  readonly #rules: NameRules = Deno.build.os === "windows"
    ? "windows"
    : "posix";
  readonly #run: string;
  #lock: Deno.FsFile | undefined;
  readonly #folders = new Map<string, TargetFolder>();
  readonly #freeSlots: number[] = [];
  #slots = 0;

  /**
   * @param path of the folder; it is made if it is not there
   * @param newToken gives 16 random hexadecimal digits
   */
  constructor(path: string, onConflict: OnConflict, newToken: () => string) {
    Deno.mkdirSync(path, { recursive: true });
    this.root = Deno.realPathSync(path);
    this.#onConflict = onConflict;
    this.#run = newToken();
    // The locks of runs that were killed lie here, also where no file goes.
    this.#folder("");
  }

  /** What this file system takes for the same name, found out by trying. */
  folding(): NameFolding {
    const probe = (made: string, asked: string) => {
      const path = `${this.root}/${RESERVED_PREFIX}-${this.#run}-${made}`;
      Deno.openSync(path, { write: true, createNew: true }).close();
      try {
        return infoAt(
          `${this.root}/${RESERVED_PREFIX}-${this.#run}-${asked}`,
        ) !== undefined;
      } finally {
        Deno.removeSync(path);
      }
    };
    return {
      ignoresCase: probe("case", "CASE"),
      normalizes: probe("\u00e9", "e\u0301"),
    };
  }

  has(name: Name, size: number, mtime: number): boolean {
    const folder = this.#folder(folderOf(name));
    if (!folder.names.has(baseOf(name))) return false;
    const info = infoAt(pathOf(this.root, name, this.#rules));
    return info !== undefined && info.isFile && info.size === size &&
      info.mtime?.getTime() === mtime;
  }

  begin(name: Name, incoming: Incoming): ReceivedFile {
    const folder = this.#folder(folderOf(name));
    folder.make();
    try {
      return incoming.size > incoming.pieceBytes
        ? this.#beginLarge(name, folder.path, incoming)
        : this.#beginSmall(name, folder.path);
    } catch (error) {
      throw toOwnRefusal(error);
    }
  }

  /** Ends the run. */
  [Symbol.dispose](): void {
    if (this.#lock === undefined) return;
    this.#lock.close();
    this.#lock = undefined;
    removeIfThere(this.#lockPath(this.#run));
  }

  #beginSmall(name: Name, folder: string): ReceivedFile {
    this.#lock ??= lockNew(this.#lockPath(this.#run));
    const slot = this.#freeSlots.pop() ?? this.#slots++;
    const part = PartFile.create(
      `${folder}/${RESERVED_PREFIX}-${this.#run}-${slot}.part`,
    );
    const release = () => void this.#freeSlots.push(slot);
    return new SmallFile(part, () => this.#place(part, name), release);
  }

  #beginLarge(name: Name, folder: string, incoming: Incoming): ReceivedFile {
    const stem = `${folder}/${RESERVED_PREFIX}-${xxh64(toBytes(name))}`;
    const part = PartFile.resume(`${stem}.part`);
    try {
      const journal = Journal.open(`${stem}.journal`, incoming, part);
      return new LargeFile(part, journal, () => this.#place(part, name));
    } catch (error) {
      part.close();
      throw error;
    }
  }

  #place(part: PartFile, name: Name): Name {
    try {
      return placePart(part, this.root, name, this.#onConflict, this.#rules);
    } catch (error) {
      // A folder of that name: rename says so in many ways.
      const there = infoAt(pathOf(this.root, name, this.#rules));
      if (there?.isDirectory) {
        throw new Refusal("exists", "A folder of that name is already there", {
          cause: error,
        });
      }
      throw toOwnRefusal(error);
    }
  }

  #folder(name: string): TargetFolder {
    let folder = this.#folders.get(name);
    if (folder === undefined) {
      folder = new TargetFolder(
        name === "" ? this.root : pathOf(this.root, toName(name), this.#rules),
      );
      this.#folders.set(name, folder);
      this.#sweep(folder);
    }
    return folder;
  }

  /** Removes the parts of runs that were killed. */
  #sweep(folder: TargetFolder): void {
    for (const name of folder.names) {
      const run = LITTER.exec(name)?.[1];
      if (run === undefined || run === this.#run || this.#isAlive(run)) {
        continue;
      }
      removeIfThere(`${folder.path}/${name}`);
    }
  }

  #isAlive(run: string): boolean {
    let lock: Deno.FsFile;
    try {
      lock = Deno.openSync(this.#lockPath(run), { read: true, write: true });
    } catch (error) {
      return errnoOf(error) !== "ENOENT";
    }
    try {
      const isFree = lock.tryLockSync(true);
      if (isFree) lock.unlockSync();
      return !isFree;
    } finally {
      lock.close();
    }
  }

  #lockPath(run: string): string {
    return `${this.root}/${RESERVED_PREFIX}-${run}.lock`;
  }
}

/** Parts and locks that carry the name of a run. */
const LITTER = /^\.landline-([0-9a-f]{16})(?:-\d+\.part|\.lock)$/;

class SmallFile implements ReceivedFile {
  readonly verified: ReadonlySet<number> = new Set();
  readonly #part: PartFile;
  readonly #place: () => Name;
  readonly #release: () => void;

  constructor(part: PartFile, place: () => Name, release: () => void) {
    this.#part = part;
    this.#place = place;
    this.#release = release;
  }

  write(offset: number, bytes: Uint8Array): void {
    writeOrRefuse(this.#part, offset, bytes);
  }

  remember(): void {
    // Nothing to resume: it is done with its first piece.
  }

  sha256(): Promise<string> {
    return sha256Of(this.#part);
  }

  finish(mtime: number): Name {
    this.#part.date(mtime);
    const name = this.#place();
    this.#release();
    return name;
  }

  abandon(): void {
    this.discard();
  }

  discard(): void {
    this.#part.discard();
    this.#release();
  }
}

class LargeFile implements ReceivedFile {
  readonly #part: PartFile;
  readonly #journal: Journal;
  readonly #place: () => Name;

  constructor(part: PartFile, journal: Journal, place: () => Name) {
    this.#part = part;
    this.#journal = journal;
    this.#place = place;
  }

  get verified(): ReadonlySet<number> {
    return this.#journal.verified;
  }

  write(offset: number, bytes: Uint8Array): void {
    writeOrRefuse(this.#part, offset, bytes);
  }

  remember(index: number, check: string): void {
    this.#journal.remember(index, check);
  }

  sha256(): Promise<string> {
    return sha256Of(this.#part);
  }

  finish(mtime: number): Name {
    this.#part.date(mtime);
    const name = this.#place();
    this.#journal.discard();
    return name;
  }

  abandon(): void {
    // Nothing verified, nothing to resume.
    if (this.#journal.verified.size === 0) return this.discard();
    this.#journal.close();
    this.#part.close();
  }

  discard(): void {
    this.#journal.discard();
    this.#part.discard();
  }
}

function writeOrRefuse(
  part: PartFile,
  offset: number,
  bytes: Uint8Array,
): void {
  try {
    part.writeAt(offset, bytes);
  } catch (error) {
    throw toOwnRefusal(error);
  }
}

async function sha256Of(part: PartFile): Promise<string> {
  const check = await runningSha256();
  await part.readBack(0, part.length, check.update);
  return check.digest();
}

function lockNew(path: string): Deno.FsFile {
  const file = Deno.openSync(path, { write: true, createNew: true });
  if (!file.tryLockSync(true)) {
    throw new MisuseError("Cannot lock a file that nobody else knows");
  }
  return file;
}
