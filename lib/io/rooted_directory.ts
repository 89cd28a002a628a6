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
import { PartFile, placePart } from "./part_file.ts";

/** How `RootedDirectory` differs from its defaults. */
export interface RootedDirectoryOptions {
  /** List and serve names with a part that begins with a dot. */
  readonly hidden?: boolean;
}

/** Entries of a listing between two turns for others: some 5 ms of `lstat`. */
const BATCH_ENTRIES = 1024;

/** A read that took longer than this came from a disk, not from memory (256 KiB from memory: 0.05 ms). */
const SLOW_READ_MS = 5;

export class RootedDirectory implements SharedDirectory {
  /** Real, absolute path. */
  readonly root: string;
  readonly #hidden: boolean;
  readonly #rules: NameRules = Deno.build.os === "windows"
    ? "windows"
    : "posix";
  readonly #pace = new ReadingPace();

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
        return new RootedFile(file, info, this.#pace);
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
    const folder = this.#makeFolders(name);
    try {
      const part = PartFile.resume(
        `${folder}/${RESERVED_PREFIX}-${token}.part`,
      );
      return new RootedIncomingFile(part, this.root, this.#rules);
    } catch (error) {
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
      if (name === undefined) continue;
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

/** Time stamps of two changes that are so far apart differ on every file system (FAT counts in 2 s). */
const SETTLED_MS = 2500;

class RootedFile implements OpenFile {
  readonly info: FileInfo;
  readonly isSettled: boolean;
  readonly #file: Deno.FsFile;
  readonly #pace: ReadingPace;

  constructor(file: Deno.FsFile, info: Deno.FileInfo, pace: ReadingPace) {
    this.#file = file;
    this.info = toInfo(info);
    this.isSettled =
      Date.now() - (info.ctime ?? info.mtime ?? new Date()).getTime() >
        SETTLED_MS;
    this.#pace = pace;
  }

  current(): FileInfo {
    const now = this.#file.statSync();
    const info = toInfo(now);
    // Removed or replaced: the ctime tells too, but Deno gives it in whole seconds.
    return now.nlink === 0
      ? { ...info, version: info.version + "-removed" }
      : info;
  }

  seek(offset: number): void {
    this.#file.seekSync(offset, Deno.SeekMode.Start);
  }

  read(into: Uint8Array): number | Promise<number> {
    return this.#pace.read(this.#file, into);
  }

  close(): void {
    this.#file.close();
  }
}

/**
 * Reads at once while the disk's pages are in memory, which is the fastest way there is. After a read that took long,
 * reads go through the thread pool, so that a cold disk stops one client only, until one of them is quick again.
 */
class ReadingPace {
  #isCold = false;

  read(file: Deno.FsFile, into: Uint8Array): number | Promise<number> {
    if (this.#isCold) return this.#readCold(file, into);
    const before = performance.now();
    const count = file.readSync(into) ?? 0;
    this.#isCold = performance.now() - before > SLOW_READ_MS;
    return count;
  }

  async #readCold(file: Deno.FsFile, into: Uint8Array): Promise<number> {
    const before = performance.now();
    const count = await file.read(into) ?? 0;
    this.#isCold = performance.now() - before > SLOW_READ_MS;
    return count;
  }
}

class RootedIncomingFile implements IncomingFile {
  readonly #part: PartFile;
  readonly #root: string;
  readonly #rules: NameRules;

  constructor(part: PartFile, root: string, rules: NameRules) {
    this.#part = part;
    this.#root = root;
    this.#rules = rules;
  }

  get length(): number {
    return this.#part.length;
  }

  append(bytes: Uint8Array): void {
    const before = this.#part.length;
    try {
      this.#part.writeAt(before, bytes);
    } catch (error) {
      this.#part.truncate(before);
      throw toRefusal(error);
    }
  }

  async xxh64(): Promise<string> {
    return await this.#part.xxh64();
  }

  async finish(
    name: Name,
    onConflict: OnConflict,
    mtime?: number,
  ): Promise<Name> {
    try {
      // Acknowledged means stored: also when the power goes now.
      await this.#part.sync();
      this.#part.close(mtime);
      return placePart(this.#part, this.#root, name, onConflict, this.#rules);
    } catch (error) {
      throw toRefusal(error);
    }
  }

  close(): void {
    this.#part.close();
  }

  discard(): void {
    this.#part.discard();
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

function toInfo(info: Deno.FileInfo): FileInfo {
  const mtime = Math.max(0, info.mtime?.getTime() ?? 0);
  const ctime = info.ctime?.getTime() ?? 0;
  const version = `${(info.ino ?? 0).toString(36)}-${info.size.toString(36)}-${
    mtime.toString(36)
  }-${ctime.toString(36)}`;
  return { size: info.size, mtime, version };
}

function sameFile(a: Deno.FileInfo, b: Deno.FileInfo): boolean {
  return a.ino === b.ino && a.dev === b.dev;
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
