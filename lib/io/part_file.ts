/**
 * How a file comes to be: written under a name of our own beside its final one, made whole, dated, and only then renamed.
 * The one home of "finish a file", for what a server receives and what a client downloads. Nobody ever sees half a file
 * under a final name, whatever is killed when.
 *
 * @module
 */

import { Refusal } from "../errors.ts";
import { type Name, type NameRules, pathOf, withMark } from "../names/name.ts";
import { inodeAt, removeIfThere } from "./at_path.ts";
import { runningXxh64 } from "./checks.ts";
import type { OnConflict } from "./directory.ts";
import { errnoOf, isWithoutHardLinks, toRefusal } from "./os_faults.ts";

/** Reading back for a check: large enough to cost little, small enough to hold. */
const READ_BACK_BYTES = 1024 * 1024;

/** How many names `rename` tries: `bio (1).txt` to `bio (999).txt`. */
const MARKS_MAX = 999;

/** A file under its temporary name, open for writing. */
export class PartFile {
  readonly path: string;
  readonly #file: Deno.FsFile;
  #length: number;
  #position: number;
  readonly #isLocked: boolean;
  #closed = false;

  private constructor(
    path: string,
    file: Deno.FsFile,
    length: number,
    isLocked: boolean,
  ) {
    this.path = path;
    this.#isLocked = isLocked;
    this.#file = file;
    this.#length = length;
    this.#position = 0;
  }

  /** Opens a new, empty part at `path`, which nobody else may have. */
  static create(path: string): PartFile {
    return new PartFile(
      path,
      Deno.openSync(path, { write: true, createNew: true }),
      0,
      false,
    );
  }

  /**
   * Opens the part at `path`, new or as it was left, and locks it against other programs.
   *
   * @throws {Refusal} `busy` when another one holds it
   */
  static resume(path: string): PartFile {
    const file = Deno.openSync(path, { read: true, write: true, create: true });
    try {
      // Locked, but renamed or removed by the former holder in between: then it is not the file at `path` any more.
      if (!file.tryLockSync(true) || inodeAt(path) !== file.statSync().ino) {
        throw new Refusal("busy", "Another program is writing this file");
      }
      return new PartFile(path, file, file.statSync().size, true);
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /** Bytes from the beginning to the end of the part. */
  get length(): number {
    return this.#length;
  }

  /** Writes all of `bytes` at `offset`. */
  writeAt(offset: number, bytes: Uint8Array): void {
    if (this.#position !== offset) {
      this.#file.seekSync(offset, Deno.SeekMode.Start);
      this.#position = offset;
    }
    for (let done = 0; done < bytes.length;) {
      const count = this.#file.writeSync(
        done === 0 ? bytes : bytes.subarray(done),
      );
      done += count;
      this.#position += count;
      if (this.#position > this.#length) this.#length = this.#position;
    }
  }

  /** Cuts the part to `length`, or fills it up with zeros. */
  truncate(length: number): void {
    this.#file.truncateSync(length);
    this.#length = length;
  }

  /** Feeds the bytes of `offset..offset+length`, read back from the file, to `use`; lets others have their turn between the pieces. */
  async readBack(
    offset: number,
    length: number,
    use: (bytes: Uint8Array) => void,
  ): Promise<void> {
    using file = Deno.openSync(this.path, { read: true });
    file.seekSync(offset, Deno.SeekMode.Start);
    const buffer = new Uint8Array(Math.min(READ_BACK_BYTES, length));
    for (let left = length; left > 0;) {
      const count = await file.read(
        buffer.subarray(0, Math.min(buffer.length, left)),
      );
      if (count === null) {
        throw new Refusal("corrupt", "The part is shorter than it was");
      }
      use(buffer.subarray(0, count));
      left -= count;
    }
  }

  /** The XXH64 of the whole part, read back. */
  async xxh64(): Promise<string> {
    const check = runningXxh64();
    await this.readBack(0, this.#length, check.update);
    return check.digest();
  }

  /** Waits until the bytes are on the disk. */
  async sync(): Promise<void> {
    await this.#file.syncData();
  }

  /** Dates the file (milliseconds since 1970); nothing may be written after it. */
  date(mtime: number): void {
    // Seconds, with the milliseconds behind the point.
    this.#file.utimeSync(mtime / 1000, mtime / 1000);
  }

  /**
   * Gives the part the path `path`; what was there is replaced. It is renamed while it is open, and locked: closed first, a
   * second program could take it for a part in between and write into what then is somebody's file.
   */
  rename(path: string): void {
    Deno.renameSync(this.path, path);
  }

  /** Closes the part. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    // Closing alone leaves the lock to a process that is just being started somewhere: until it has closed what it inherited.
    if (this.#isLocked) this.#file.unlockSync();
    this.#file.close();
  }

  /** Removes and closes the part: in this order, or a second program could take it in between and write into nothing. */
  discard(): void {
    try {
      removeIfThere(this.path);
    } finally {
      this.close();
    }
  }
}

/**
 * Gives a part the name `name` in `root`, and closes it, by the rule `onConflict`. Without `overwrite` the step is a hard link,
 * which fails where the name is taken: no moment between a check and a rename in which somebody else's file is lost.
 *
 * @returns the name it got
 * @throws {Refusal} `exists`
 */
export function placePart(
  part: PartFile,
  root: string,
  name: Name,
  onConflict: OnConflict,
  rules: NameRules,
): Name {
  if (onConflict === "overwrite") {
    part.rename(pathOf(root, name, rules));
    part.close();
    return name;
  }
  const marks = onConflict === "rename" ? MARKS_MAX : 0;
  for (let mark = 0; mark <= marks; mark++) {
    const candidate = mark === 0 ? name : withMark(name, ` (${mark})`);
    if (moveToFreeName(part.path, pathOf(root, candidate, rules))) {
      part.close();
      return candidate;
    }
  }
  throw new Refusal("exists");
}

/** Whether one file has both paths; false where the system cannot tell. */
function areOneFile(path: string, other: string): boolean {
  try {
    const [a, b] = [Deno.lstatSync(path), Deno.lstatSync(other)];
    return a.ino !== null && a.ino > 0 && a.ino === b.ino && a.dev === b.dev;
  } catch {
    // One of them vanished meanwhile.
    return false;
  }
}

/** Moves `from` to `to` unless that is taken; false then. */
function moveToFreeName(from: string, to: string): boolean {
  try {
    Deno.linkSync(from, to);
    Deno.removeSync(from);
    return true;
  } catch (error) {
    if (errnoOf(error) === "EEXIST") {
      // Killed between the two steps, and now tried again: what has the name is this very file.
      if (!areOneFile(from, to)) return false;
      Deno.removeSync(from);
      return true;
    }
    if (!isWithoutHardLinks(error)) throw toRefusal(error);
  }
  // FAT and its like: take the name with an empty file first, then replace that.
  try {
    Deno.openSync(to, { write: true, createNew: true }).close();
  } catch (error) {
    if (errnoOf(error) === "EEXIST") return false;
    throw toRefusal(error);
  }
  Deno.renameSync(from, to);
  return true;
}
