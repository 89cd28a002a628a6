/**
 * A folder of the disk that is shared, and nothing outside it.
 *
 * How a name is kept inside (security.md P6, P7, P10): a path is looked at (`lstat`), opened, and what was opened is
 * compared with what was looked at. If no part of the path is a symbolic link, that is all. If one is, the real path has
 * to lie in the folder, has to obey the rules for hidden names itself, and has to be the file that was opened. Nothing is
 * remembered between requests. What cannot be told apart with the calls that Deno has: somebody who may write into the
 * shared folder and swaps links three times within the microseconds of one request.
 *
 * @module
 */

import { MisuseError, Refusal } from "../errors.ts";
import {
  folderOf,
  isHidden,
  isReserved,
  type Name,
  type NameRules,
  pathOf,
  RESERVED_PREFIX,
  toName,
} from "../names/name.ts";
import type {
  Entry,
  FileInfo,
  IncomingFile,
  OnConflict,
  OpenFile,
  SharedDirectory,
} from "./directory.ts";
import { errnoOf, toRefusal } from "./os_faults.ts";
import { PartFile } from "./part_file.ts";
import { RootedFile, RootedIncomingFile, toInfo } from "./rooted_files.ts";

/** How `RootedDirectory` differs from its defaults. */
export interface RootedDirectoryOptions {
  /** List and serve names with a part that begins with a dot. */
  readonly hidden?: boolean;
}

/** Entries of a listing between two turns for others: some 5 ms of `lstat`. */
const BATCH_ENTRIES = 1024;

export class RootedDirectory implements SharedDirectory {
  /** Real, absolute path. */
  readonly root: string;
  readonly #hidden: boolean;
  readonly #rules: NameRules = Deno.build.os === "windows"
    ? "windows"
    : "posix";

  /**
   * @param path of the folder
   * @throws the error of the operating system if it cannot be read or is no folder
   */
  constructor(path: string, options: RootedDirectoryOptions = {}) {
    this.root = Deno.realPathSync(path);
    Deno.readDirSync(this.root);
    this.#hidden = options.hidden ?? false;
  }

  open(name: Name): OpenFile {
    const path = this.#pathOf(name);
    try {
      const seen = Deno.lstatSync(path);
      // Only regular files: opening a FIFO would wait for its other end, and everybody with it.
      if (!seen.isFile) {
        if (!seen.isSymlink || !Deno.statSync(path).isFile) {
          throw new Refusal("not-found");
        }
      }
      const file = Deno.openSync(path);
      try {
        const info = file.statSync();
        const straight = seen.isFile && sameFile(seen, info) &&
          !this.#passesLink(name);
        if (!straight) this.#checkRealPath(path, info);
        return new RootedFile(file, info);
      } catch (error) {
        file.close();
        throw error;
      }
    } catch (error) {
      throw toRefusal(error);
    }
  }

  async *entries(place: Name | ""): AsyncIterable<readonly Entry[]> {
    for await (const names of this.names(place)) {
      const entries: Entry[] = [];
      for (const name of names) {
        const info = infoAt(pathOf(this.root, name, this.#rules));
        if (info !== undefined) entries.push({ name, ...info });
      }
      yield entries;
    }
  }

  async *names(place: Name | ""): AsyncIterable<readonly Name[]> {
    let batch: Name[] = [];
    for (
      const name of place === "" || this.#isFolder(place)
        ? this.#walk(place)
        : [place]
    ) {
      batch.push(name);
      if (batch.length < BATCH_ENTRIES) continue;
      yield batch;
      batch = [];
      // A call that is truly asynchronous: others have their turn.
      await Deno.lstat(this.root);
    }
    yield batch;
  }

  mayStore(name: Name, onConflict: OnConflict): void {
    const path = this.#pathOf(name);
    this.#checkFoldersAbove(name);
    try {
      const there = Deno.lstatSync(path);
      if (there.isDirectory) {
        throw new Refusal("exists", "A folder of that name is already there");
      }
      if (onConflict === "refuse") throw new Refusal("exists");
    } catch (error) {
      if (errnoOf(error) !== "ENOENT") throw toRefusal(error);
    }
  }

  receive(name: Name, token: string): IncomingFile {
    this.#pathOf(name);
    const made = this.#missingFolders(name);
    const removeMade = () => removeEmpty(made);
    try {
      const folder = this.#makeFolders(name);
      const part = PartFile.resume(
        `${folder}/${RESERVED_PREFIX}-${token}.part`,
      );
      return new RootedIncomingFile(part, this.root, this.#rules, removeMade);
    } catch (error) {
      removeMade();
      throw toRefusal(error);
    }
  }

  /** The path of `name`, if the rules for names that begin with a dot allow it. Hidden is said as absent. */
  #pathOf(name: Name): string {
    if (this.#isWithheld(name)) throw new Refusal("not-found");
    return pathOf(this.root, name, this.#rules);
  }

  #isWithheld(name: string): boolean {
    return isHidden(name) && (!this.#hidden || isReserved(name));
  }

  /** Whether a folder above `name` is a symbolic link. */
  #passesLink(name: Name): boolean {
    for (let at = name.indexOf("/"); at >= 0; at = name.indexOf("/", at + 1)) {
      if (Deno.lstatSync(this.root + "/" + name.slice(0, at)).isSymlink) {
        return true;
      }
    }
    return false;
  }

  /** Refuses what was opened as `opened` unless the real path of `path` is a file of this folder, and that one. */
  #checkRealPath(path: string, opened: Deno.FileInfo): void {
    const real = Deno.realPathSync(path);
    const prefix = this.root === "/" ? "/" : this.root + "/";
    if (
      !real.startsWith(prefix) ||
      this.#isWithheld(real.slice(prefix.length).replaceAll("\\", "/"))
    ) {
      throw new Refusal("not-found");
    }
    if (!opened.isFile || !sameFile(Deno.lstatSync(real), opened)) {
      throw new Refusal("not-found");
    }
  }

  /** Whether `name` is a folder (or else a file); refuses it if it is neither. */
  #isFolder(name: Name): boolean {
    const path = this.#pathOf(name);
    try {
      if (Deno.lstatSync(path).isDirectory && !this.#passesLink(name)) {
        return true;
      }
    } catch (error) {
      throw toRefusal(error);
    }
    this.open(name).close();
    return false;
  }

  *#walk(folder: string): Iterable<Name> {
    const path = folder === "" ? this.root : this.root + "/" + folder;
    let found: Deno.DirEntry[];
    try {
      found = [...Deno.readDirSync(path)];
    } catch (error) {
      // A folder that vanished or may not be read is left out; the one that was asked for is not.
      if (folder === "" || errnoOf(error) === undefined) throw toRefusal(error);
      return;
    }
    found.sort((a, b) => a.name < b.name ? -1 : 1);
    for (const entry of found) {
      const text = folder === "" ? entry.name : folder + "/" + entry.name;
      if (this.#isWithheld(entry.name)) continue;
      const name = nameOrNothing(text);
      if (name === undefined || !isSayable(path, entry.name)) continue;
      if (entry.isDirectory) yield* this.#walk(name);
      else if (entry.isFile || (entry.isSymlink && this.#isServedLink(name))) {
        yield name;
      }
    }
  }

  /** Links to folders are not walked (they may lead in circles); links to files are listed if they would be served. */
  #isServedLink(name: Name): boolean {
    try {
      this.open(name).close();
      return true;
    } catch {
      return false;
    }
  }

  /** Writing never passes through a symbolic link, also not one that leads back into the folder. */
  #checkFoldersAbove(name: Name): void {
    for (let at = name.indexOf("/"); at >= 0; at = name.indexOf("/", at + 1)) {
      let above: Deno.FileInfo;
      try {
        above = Deno.lstatSync(this.root + "/" + name.slice(0, at));
      } catch (error) {
        if (errnoOf(error) === "ENOENT") return;
        throw toRefusal(error);
      }
      if (above.isSymlink) {
        throw new Refusal("not-allowed", "A folder of that name is a link");
      }
      if (!above.isDirectory) {
        throw new Refusal("exists", "A file is where the name has a folder");
      }
    }
  }

  /** Paths of the folders above `name` that are not there yet, the deepest first. */
  #missingFolders(name: Name): string[] {
    const missing: string[] = [];
    for (let at = name.indexOf("/"); at >= 0; at = name.indexOf("/", at + 1)) {
      const path = this.root + "/" + name.slice(0, at);
      if (!isThere(path)) missing.unshift(path);
    }
    return missing;
  }

  #makeFolders(name: Name): string {
    this.#checkFoldersAbove(name);
    const folder = folderOf(name);
    const path = folder === ""
      ? this.root
      : pathOf(this.root, toName(folder), this.#rules);
    try {
      if (folder !== "") Deno.mkdirSync(path, { recursive: true });
      if (Deno.realPathSync(path) !== path) {
        throw new Refusal("not-allowed", "A folder of that name is a link");
      }
    } catch (error) {
      throw toRefusal(error);
    }
    return path;
  }
}

/** The info of the regular file at `path` (links followed), `undefined` if there is none any more. */
function infoAt(path: string): FileInfo | undefined {
  try {
    const info = Deno.statSync(path);
    return info.isFile ? toInfo(info) : undefined;
  } catch {
    return undefined;
  }
}

function sameFile(a: Deno.FileInfo, b: Deno.FileInfo): boolean {
  return a.ino === b.ino && a.dev === b.dev;
}

function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Removes the folders `paths`, as far as they are empty: another file may have come into one meanwhile. */
function removeEmpty(paths: readonly string[]): void {
  try {
    for (const path of paths) Deno.removeSync(path);
  } catch {
    // Not empty: it stays, and so do those above it.
  }
}

/** Bytes that are not UTF-8 come as U+FFFD, and then there is no such file. */
function isSayable(folder: string, name: string): boolean {
  return !name.includes("\ufffd") || isThere(folder + "/" + name);
}

/** Names that cannot be said on the wire (too long, not Unicode) are not listed. */
function nameOrNothing(text: string): Name | undefined {
  try {
    return toName(text);
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw new MisuseError("Cannot check a name", { cause: error });
  }
}
