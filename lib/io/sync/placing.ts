/**
 * What gives files in a synced folder their names and takes them away. Nobody's bytes are lost by it: what is replaced or
 * removed is looked at on both sides of the step, and what was not expected stays or is put back.
 *
 * @module
 */

import { MisuseError } from "../../errors.ts";
import type { Name } from "../../names/name.ts";
import type { Seen } from "../../sync/seen.ts";
import { errnoOf, isWithoutHardLinks } from "../os_faults.ts";
import { checkMayChange, moveToFree } from "./acting.ts";
import type { FileCalls, FileStat } from "./file_calls.ts";
import type { Done } from "./folder.ts";
import type { Part, Parts } from "./parts.ts";
import { isSameButNames, toSeen, withExecutable } from "./seeing.ts";
import type { Versions } from "./versions.ts";

export class Placing {
  readonly #calls: FileCalls;
  readonly #parts: Parts;
  readonly #versions: Versions;

  constructor(calls: FileCalls, parts: Parts, versions: Versions) {
    this.#calls = calls;
    this.#parts = parts;
    this.#versions = versions;
  }

  /**
   * See `SyncFolder.place`. What a program can do between the last look and the rename, some microseconds: write into the
   * file that is being replaced (its bytes are in the kept version), or give the name to another file (which is lost:
   * without RENAME_EXCHANGE nothing can be done about it).
   */
  place(
    part: Part,
    path: Name,
    expected: Seen | undefined,
    keep: boolean,
  ): Seen | "changed" {
    checkMayChange(this.#calls, path);
    if (expected === undefined) {
      if (!moveToFree(this.#calls, part.path, path)) return "changed";
    } else {
      const there = this.#calls.stat(path);
      if (!this.#is(there, expected) || there.kind !== "file") {
        return "changed";
      }
      // Who may read the old one may read the new one, and nobody else.
      this.#takeMode(part, there.mode);
      if (keep && !this.#keep(path, there)) return "changed";
      this.#calls.rename(part.path, path);
    }
    const seen = toSeen(part.file.stat(), this.#calls.now());
    part.close();
    return seen;
  }

  /** See `SyncFolder.duplicate`. */
  duplicate(from: Name, to: Name, expected: Seen): Seen | "changed" | "exists" {
    checkMayChange(this.#calls, from);
    checkMayChange(this.#calls, to);
    const there = this.#calls.stat(from);
    if (!this.#is(there, expected) || there.kind !== "file") return "changed";
    try {
      this.#calls.link(from, to);
    } catch (error) {
      if (errnoOf(error) === "EEXIST") return "exists";
      if (!isWithoutHardLinks(error)) throw error;
      const copy = this.copy(from, there.mtime);
      if (!moveToFree(this.#calls, copy, to)) {
        this.#calls.unlink(copy);
        return "exists";
      }
    }
    const made = this.#calls.stat(to);
    if (made !== undefined && isSameContent(made, there)) {
      return toSeen(made, this.#calls.now());
    }
    // Another file had come to lie at `from`: it still does, what was made is its second name.
    const isSecond = made !== undefined &&
      made.inode === this.#calls.stat(from)?.inode;
    if (isSecond) this.#calls.unlink(to);
    return isSecond || made === undefined ? "changed" : "exists";
  }

  /** See `SyncFolder.move`. */
  move(from: Name, to: Name, expected: Seen): Seen | "changed" | "exists" {
    checkMayChange(this.#calls, from);
    checkMayChange(this.#calls, to);
    const there = this.#calls.stat(from);
    if (!this.#is(there, expected) || there.kind === "other") return "changed";
    if (there.kind === "folder") return this.#moveFolder(from, to, there);
    const made = this.duplicate(from, to, expected);
    if (made === "changed" || made === "exists") return made;
    // Both may become somebody else's meanwhile.
    const isOurs = () => this.#calls.stat(to)?.inode === made.inode;
    const at = this.#takeAway(from, there);
    if (at === undefined) {
      if (isOurs()) this.#calls.unlink(to);
      return "changed";
    }
    const moved = this.#calls.stat(to);
    if (moved?.inode !== made.inode) {
      this.#putBack(at, from, there);
      return "exists";
    }
    this.#versions.giveUp(at);
    return toSeen(this.#calls.stat(to) ?? moved, this.#calls.now());
  }

  /** See `SyncFolder.remove`: into the versions, and what came there is looked at then. */
  remove(path: Name, expected: Seen): Done {
    checkMayChange(this.#calls, path);
    const there = this.#calls.stat(path);
    if (!this.#is(there, expected) || there.kind !== "file") return "changed";
    return this.#takeAway(path, there) === undefined ? "changed" : "done";
  }

  /** See `SyncFolder.describe`. */
  describe(
    path: Name,
    expected: Seen,
    { mtime, executable }: {
      readonly mtime: number;
      readonly executable: boolean;
    },
  ): Seen | "changed" {
    checkMayChange(this.#calls, path);
    const there = this.#calls.stat(path);
    if (!this.#is(there, expected) || there.kind !== "file") return "changed";
    const file = this.#calls.openToRead(path);
    try {
      const opened = file.stat();
      if (!isSameButNames(opened, there)) return "changed";
      const mode = executable === expected.executable
        ? undefined
        : withExecutable(opened.mode, executable);
      file.describe(mode, mtime);
      return toSeen(file.stat(), this.#calls.now());
    } finally {
      file.close();
    }
  }

  #is(there: FileStat | undefined, expected: Seen): there is FileStat {
    return there !== undefined &&
      toSeen(there, this.#calls.now()).version === expected.version;
  }

  #takeMode(part: Part, mode: number): void {
    const { mode: own, mtime } = part.file.stat();
    const wanted = withExecutable(mode, (own & 0o100) !== 0);
    if (wanted !== (own & 0o777)) part.file.describe(wanted, mtime);
  }

  /** Gives the file at `path` a name among the versions. False, and nothing is done, if it is not `there` any more. */
  #keep(path: Name, there: FileStat): boolean {
    const at = this.#versions.newPlace(path);
    try {
      try {
        this.#calls.link(path, at);
      } catch (error) {
        if (!isWithoutHardLinks(error)) throw error;
        moveToFree(this.#calls, this.copy(path, there.mtime), at);
      }
      const kept = this.#calls.stat(at);
      const still = this.#calls.stat(path);
      if (
        kept !== undefined && isSameContent(kept, there) &&
        still !== undefined && isSameButNames(still, there)
      ) return true;
    } catch (error) {
      this.#versions.giveUp(at);
      if (errnoOf(error) === "ENOENT") return false;
      throw error;
    }
    this.#versions.giveUp(at);
    return false;
  }

  /** A copy under a name of ours, with the date of the original, on the disk. */
  copy(from: Name, mtime: number): Name {
    const copy = this.#parts.newOwn();
    this.#calls.copy(from, copy);
    const file = this.#calls.openToRead(copy);
    try {
      file.describe(undefined, mtime);
      file.syncNow();
    } finally {
      file.close();
    }
    return copy;
  }

  #moveFolder(from: Name, to: Name, there: FileStat): Seen | "exists" {
    if (to.startsWith(from + "/")) {
      throw new MisuseError("A folder cannot be moved into itself");
    }
    if (this.#calls.stat(to) !== undefined) return "exists";
    try {
      this.#calls.rename(from, to);
    } catch (error) {
      // Came meanwhile: a file, or a folder with something in it. (An empty one is replaced, and nothing lost.)
      const errno = errnoOf(error) ?? "";
      if (["ENOTEMPTY", "EEXIST", "ENOTDIR"].includes(errno)) return "exists";
      throw error;
    }
    return toSeen(this.#calls.stat(to) ?? there, this.#calls.now());
  }

  /** Moves the file at `path` into the versions, if it still is `there`; `undefined` if not. */
  #takeAway(path: Name, there: FileStat): Name | undefined {
    const at = this.#versions.newPlace(path);
    try {
      this.#calls.rename(path, at);
    } catch (error) {
      this.#versions.giveUp(at);
      if (errnoOf(error) === "ENOENT") return undefined;
      throw error;
    }
    const taken = this.#calls.stat(at);
    if (taken !== undefined && isSameButNames(taken, there)) return at;
    this.#putBack(at, path, taken);
    return undefined;
  }

  /** What was taken is not what was meant. It gets its name back; if that is taken by now it stays among the versions. */
  #putBack(at: Name, path: Name, taken: FileStat | undefined): void {
    if (taken === undefined) return;
    if (taken.kind === "file" || taken.kind === "other") {
      moveToFree(this.#calls, at, path);
    } else if (this.#calls.stat(path) === undefined) {
      this.#calls.rename(at, path);
    }
  }
}

/** Whether they have the same content, as far as stamps tell: a copy is another file of the same size and date. */
function isSameContent(a: FileStat, b: FileStat): boolean {
  return a.kind === b.kind && a.size === b.size && a.mtime === b.mtime;
}
