/**
 * Small files of a shared folder, held in memory, and never given away unless the disk was asked whether they are still
 * the same.
 *
 * Asking (`lstat`) costs a third of all that a request for a small file costs. So all who want the same file in one turn
 * of the event loop share one question: it is put in a microtask, after everybody in this turn had his say, and it is
 * taken from the list of open questions before the disk is asked. Whoever gets the answer had asked before the disk was
 * asked; nobody can be told of a state that was over when he asked.
 *
 * A file is held only if its last change was long enough ago that another one cannot have the same time stamps.
 *
 * @module
 */

import type { Name } from "../names/name.ts";
import type { SmallFile } from "./directory.ts";
import { isSameState, isSettled, readWhole, toInfo } from "./rooted_files.ts";
import type { RootedPaths } from "./rooted_paths.ts";

/** The largest file that is held. */
export const SMALL_FILE_BYTES_MAX = 64 * 1024;

/** How much is held at most. Each thread of a server holds as much. */
export interface SmallFilesLimits {
  /** Bytes of all files together. */
  readonly bytesMax: number;
  /** Files: what is kept beside the bytes of each is about a kilobyte. */
  readonly filesMax: number;
}

const LIMITS: SmallFilesLimits = {
  bytesMax: 16 * 1024 * 1024,
  filesMax: 16384,
};

interface Held {
  readonly file: SmallFile;
  readonly path: string;
  /** As it was before and after it was read. */
  readonly seen: Deno.FileInfo;
}

export class SmallFiles {
  readonly #paths: RootedPaths;
  readonly #limits: SmallFilesLimits;
  /** In the order in which they were read. */
  readonly #held = new Map<Name, Held>();
  readonly #asked = new Map<Name, Promise<SmallFile | undefined>>();
  #heldBytes = 0;

  constructor(paths: RootedPaths, limits = LIMITS) {
    this.#paths = paths;
    this.#limits = limits;
  }

  /** The file `name` as it is on the disk now, if it is one that is held or can be; never throws. */
  get(name: Name): Promise<SmallFile | undefined> {
    let asked = this.#asked.get(name);
    if (asked === undefined) {
      asked = Promise.resolve().then(() => {
        this.#asked.delete(name);
        return this.#ask(name);
      });
      this.#asked.set(name, asked);
    }
    return asked;
  }

  #ask(name: Name): SmallFile | undefined {
    const held = this.#held.get(name);
    try {
      const path = held?.path ?? this.#paths.of(name);
      const seen = Deno.lstatSync(path);
      if (held !== undefined) {
        if (isSameState(seen, held.seen) && !this.#paths.passesLink(name)) {
          return held.file;
        }
        this.#drop(name, held);
      }
      return this.#read(name, path, seen);
    } catch {
      // Not there, not to be read, not a name for this system: `open` finds the words for it.
      if (held !== undefined) this.#drop(name, held);
      return undefined;
    }
  }

  #read(name: Name, path: string, seen: Deno.FileInfo): SmallFile | undefined {
    if (
      !seen.isFile || seen.size > SMALL_FILE_BYTES_MAX || !isSettled(seen)
    ) return undefined;
    using file = Deno.openSync(path);
    const bytes = readWhole(file, seen.size);
    if (
      bytes === undefined || !isSameState(file.statSync(), seen) ||
      this.#paths.passesLink(name)
    ) return undefined;
    const held = { file: { info: toInfo(seen), bytes }, path, seen };
    this.#held.set(name, held);
    this.#heldBytes += bytes.length;
    this.#makeRoom();
    return held.file;
  }

  #makeRoom(): void {
    const { bytesMax, filesMax } = this.#limits;
    for (const [name, held] of this.#held) {
      if (this.#heldBytes <= bytesMax && this.#held.size <= filesMax) return;
      this.#drop(name, held);
    }
  }

  #drop(name: Name, held: Held): void {
    if (this.#held.delete(name)) this.#heldBytes -= held.file.bytes.length;
  }
}
