/**
 * A folder of the disk that is shared, and nothing outside it.
 *
 * How a name is kept inside (security.md P6, P7, P10): a path is looked at (`lstat`), opened, and what was opened is
 * compared with what was looked at. If no part of the path is a symbolic link, that is all. If one is, the real path has
 * to lie in the folder, has to obey the rules for hidden names itself, and has to be the file that was opened. Nothing is
 * taken over from one request to the next: of a small file that is held in memory, all of this is asked anew. What cannot
 * be told apart with the calls that Deno has: somebody who may write into the shared folder and swaps links three times
 * within the microseconds of one request.
 *
 * @module
 */

import { MisuseError, Refusal } from "../errors.ts";
import { type Name, toName } from "../names/name.ts";
import type {
  Entry,
  FileInfo,
  FolderEntry,
  IncomingFile,
  OnConflict,
  OpenFile,
  SharedDirectory,
  SmallFile,
} from "./directory.ts";
import { errnoOf, toRefusal } from "./os_faults.ts";
import { RootedFile, toInfo } from "./rooted_files.ts";
import { isSameFile, isThere, RootedPaths } from "./rooted_paths.ts";
import { RootedWriting } from "./rooted_writing.ts";
import { SmallFiles } from "./small_files.ts";

/** How `RootedDirectory` differs from its defaults. */
export interface RootedDirectoryOptions {
  /** List and serve names with a part that begins with a dot. */
  readonly hidden?: boolean;
}

/** Entries of a listing between two turns for others: some 5 ms of `lstat`. */
const BATCH_ENTRIES = 1024;

/** What a name leads to, looked at. */
interface Seen {
  /** Real. */
  readonly path: string;
  readonly info: Deno.FileInfo;
}

export class RootedDirectory implements SharedDirectory {
  /** Real, absolute path. */
  readonly root: string;
  readonly #paths: RootedPaths;
  readonly #smallFiles: SmallFiles;
  readonly #writing: RootedWriting;

  /**
   * @param path of the folder
   * @throws the error of the operating system if it cannot be read or is no folder
   */
  constructor(path: string, options: RootedDirectoryOptions = {}) {
    this.root = Deno.realPathSync(path);
    Deno.readDirSync(this.root);
    this.#paths = new RootedPaths(this.root, options.hidden ?? false);
    this.#smallFiles = new SmallFiles(this.#paths);
    this.#writing = new RootedWriting(this.#paths);
  }

  open(name: Name): OpenFile {
    const path = this.#paths.of(name);
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
        const straight = seen.isFile && isSameFile(seen, info) &&
          !this.#paths.passesLink(name);
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
        const info = infoAt(this.#paths.pathOf(name));
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
      await turnOfOthers();
    }
    yield batch;
  }

  small(name: Name): Promise<SmallFile | undefined> {
    return this.#smallFiles.get(name);
  }

  kindOf(name: Name | ""): "file" | "folder" {
    try {
      const kind = kindIn(this.#seen(name).info);
      if (kind === undefined) throw new Refusal("not-found");
      return kind;
    } catch (error) {
      throw toRefusal(error);
    }
  }

  async folder(place: Name | ""): Promise<readonly FolderEntry[]> {
    try {
      const { path } = this.#seen(place);
      const found = [...Deno.readDirSync(path)];
      const entries: FolderEntry[] = [];
      for (let at = 0; at < found.length; at += BATCH_ENTRIES) {
        for (const { name: base } of found.slice(at, at + BATCH_ENTRIES)) {
          const entry = this.#entryIn(path, place, base);
          if (entry !== undefined) entries.push(entry);
        }
        // What was looked at after it was found to lie in this folder may have been a link (security.md P7).
        if (Deno.realPathSync(path) !== path) throw new Refusal("not-found");
        if (at + BATCH_ENTRIES < found.length) await turnOfOthers();
      }
      return entries;
    } catch (error) {
      throw toRefusal(error);
    }
  }

  mayStore(name: Name, onConflict: OnConflict): void {
    this.#writing.mayStore(name, onConflict);
  }

  receive(name: Name, token: string): IncomingFile {
    return this.#writing.receive(name, token);
  }

  note(place: Name | "", token: string): string | undefined {
    return this.#writing.note(place, token);
  }

  keepNote(place: Name | "", token: string, text: string): void {
    this.#writing.keepNote(place, token, text);
  }

  dropNote(place: Name | "", token: string): void {
    this.#writing.dropNote(place, token);
  }

  remove(name: Name): void {
    this.#writing.remove(name);
  }

  /** What `name` leads to inside this folder, and its path without links. */
  #seen(name: Name | ""): Seen {
    if (name === "") return { path: this.root, info: Deno.statSync(this.root) };
    const path = this.#paths.of(name);
    const info = Deno.lstatSync(path);
    return info.isSymlink || this.#paths.passesLink(name)
      ? this.#seenThrough(path)
      : { path, info };
  }

  #seenThrough(link: string): Seen {
    const path = this.#paths.realPathOf(link);
    return { path, info: Deno.lstatSync(path) };
  }

  /** The entry `base` of the folder at `path`, which is called `place`; `undefined` if it would not be served. */
  #entryIn(
    path: string,
    place: Name | "",
    base: string,
  ): FolderEntry | undefined {
    if (this.#paths.isWithheld(base)) return undefined;
    if (nameOrNothing(place === "" ? base : `${place}/${base}`) === undefined) {
      return undefined;
    }
    try {
      const own = `${path}/${base}`;
      const direct = Deno.lstatSync(own);
      const info = direct.isSymlink ? this.#seenThrough(own).info : direct;
      const kind = kindIn(info);
      if (kind === undefined) return undefined;
      const { size, mtime } = toInfo(info);
      return { base, kind, size: kind === "file" ? size : 0, mtime };
    } catch {
      // It vanished, it leads nowhere or outside, or its name is not what it was called here.
      return undefined;
    }
  }

  /** Refuses what was opened as `opened` unless the real path of `path` is a file of this folder, and that one. */
  #checkRealPath(path: string, opened: Deno.FileInfo): void {
    const real = this.#paths.realPathOf(path);
    if (!opened.isFile || !isSameFile(Deno.lstatSync(real), opened)) {
      throw new Refusal("not-found");
    }
  }

  /** Whether `name` is a folder (or else a file); refuses it if it is neither. */
  #isFolder(name: Name): boolean {
    const path = this.#paths.of(name);
    try {
      if (Deno.lstatSync(path).isDirectory && !this.#paths.passesLink(name)) {
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
      if (this.#paths.isWithheld(entry.name)) continue;
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
}

/**
 * Lets everybody else go on who can. It takes a timer: a call that asks the disk is answered so soon that the loop does not
 * come round to the sockets (measured: 10 000 entries, 200 ms on a busy machine, and nobody was heard meanwhile).
 */
function turnOfOthers(): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, 0));
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

function kindIn(info: Deno.FileInfo): "file" | "folder" | undefined {
  if (info.isFile) return "file";
  return info.isDirectory ? "folder" : undefined;
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
