/**
 * What changes a shared folder: files that come in, notes about those that are not whole yet, and removal.
 *
 * Writing never passes through a symbolic link, also not one that leads back into the folder. What Deno's calls cannot
 * rule out: somebody who may write into the shared folder and puts a link in the place of a folder between the look at it
 * and the step that follows.
 *
 * @module
 */

import { fromBytes, toBytes } from "../bytes/ascii.ts";
import { Refusal } from "../errors.ts";
import {
  folderOf,
  foldersAbove,
  type Name,
  RESERVED_PREFIX,
  toName,
} from "../names/name.ts";
import type { IncomingFile, OnConflict } from "./directory.ts";
import { errnoOf, toRefusal } from "./os_faults.ts";
import { PartFile } from "./part_file.ts";
import { readWhole, RootedIncomingFile } from "./rooted_files.ts";
import { isSameFile, isThere, type RootedPaths } from "./rooted_paths.ts";
import { checkToken, newToken } from "./tokens.ts";

/** The largest note: several times what the head of a request may be. */
export const NOTE_BYTES_MAX = 64 * 1024;

/** How often a note is looked for that others replace all the time. */
const NOTE_TRIES = 5;

export class RootedWriting {
  readonly #paths: RootedPaths;

  constructor(paths: RootedPaths) {
    this.#paths = paths;
  }

  mayStore(name: Name, onConflict: OnConflict): void {
    const path = this.#paths.of(name);
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
    const base = partOf(token);
    this.#paths.of(name);
    const made = this.#missingFolders(name);
    const removeMade = () => removeEmpty(made);
    try {
      const part = PartFile.resume(`${this.#makeFolders(name)}/${base}`);
      const { root, rules } = this.#paths;
      return new RootedIncomingFile(part, root, rules, removeMade);
    } catch (error) {
      removeMade();
      throw toRefusal(error);
    }
  }

  note(place: Name | "", token: string): string | undefined {
    const name = noteIn(place, token);
    return orNothing(() => {
      const path = this.#noteAt(place, name);
      // One more time when another note took its place between the look and the step.
      for (let tries = 0; path !== undefined && tries < NOTE_TRIES; tries++) {
        const seen = Deno.lstatSync(path);
        if (!seen.isFile || seen.size > NOTE_BYTES_MAX) return undefined;
        using file = Deno.openSync(path);
        if (!isSameFile(file.statSync(), seen)) continue;
        const bytes = readWhole(file, seen.size);
        return bytes && fromBytes(bytes);
      }
      return undefined;
    });
  }

  keepNote(place: Name | "", token: string, text: string): void {
    const name = noteIn(place, token);
    const bytes = toBytes(text);
    if (bytes.length > NOTE_BYTES_MAX) {
      throw new Refusal("too-large", "There is too much to write down");
    }
    if (place !== "") this.#paths.of(place);
    const made = this.#missingFolders(name);
    try {
      const folder = this.#makeFolders(name);
      // Written under another name of ours: whatever is killed when, the old note or the new one is there, whole.
      const part = PartFile.create(`${folder}/${partOf(newToken())}`);
      try {
        part.writeAt(0, bytes);
        part.rename(this.#paths.pathOf(name));
        part.close();
      } catch (error) {
        part.discard();
        throw error;
      }
    } catch (error) {
      removeEmpty(made);
      throw toRefusal(error);
    }
  }

  dropNote(place: Name | "", token: string): void {
    const name = noteIn(place, token);
    orNothing(() => {
      const path = this.#noteAt(place, name);
      if (path !== undefined) Deno.removeSync(path);
    });
  }

  remove(name: Name): void {
    const path = this.#paths.of(name);
    try {
      if (this.#paths.passesLink(name)) {
        throw new Refusal("not-allowed", "A folder of that name is a link");
      }
      const there = Deno.lstatSync(path);
      // What is never listed nor served is not there: FIFOs, sockets, devices.
      if (!there.isFile && !there.isDirectory && !there.isSymlink) {
        throw new Refusal("not-found");
      }
      Deno.removeSync(path);
    } catch (error) {
      if (errnoOf(error) === "ENOTEMPTY" || errnoOf(error) === "EEXIST") {
        throw new Refusal("exists", "The folder is not empty");
      }
      throw toRefusal(error);
    }
  }

  /** The path of the note `name`, unless its folder may not be seen or lies behind a link: there are no notes, then. */
  #noteAt(place: Name | "", name: Name): string | undefined {
    return this.#paths.isWithheld(place) || this.#paths.passesLink(name)
      ? undefined
      : this.#paths.pathOf(name);
  }

  #checkFoldersAbove(name: Name): void {
    for (const folder of foldersAbove(name)) {
      let above: Deno.FileInfo;
      try {
        above = Deno.lstatSync(this.#paths.root + "/" + folder);
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
    return foldersAbove(name)
      .map((above) => this.#paths.root + "/" + above)
      .filter((path) => !isThere(path)).reverse();
  }

  /** Makes the folders above `name`; gives the path of the last one. */
  #makeFolders(name: Name): string {
    this.#checkFoldersAbove(name);
    const folder = folderOf(name);
    const path = folder === "" ? this.#paths.root : this.#paths.pathOf(folder);
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

function partOf(token: string): string {
  checkToken(token);
  return `${RESERVED_PREFIX}-${token}.part`;
}

function noteIn(place: Name | "", token: string): Name {
  checkToken(token);
  const base = `${RESERVED_PREFIX}-${token}.note`;
  return toName(place === "" ? base : `${place}/${base}`);
}

/** What `call` gives; `undefined` if what it needs is not there. */
function orNothing<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch (error) {
    const refusal = toRefusal(error);
    if (refusal.code === "not-found") return undefined;
    throw refusal;
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
