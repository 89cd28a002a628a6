/**
 * Versions that were replaced or deleted, in `.landline/versions/`. When it was kept and what path it had stands in the name
 * of the file, so that the loss of everything else does not lose them.
 *
 * A name is `TIME-COUNT~PATH`: milliseconds since 1970 in base 36, a number that makes it unique, and the path with `%2F`
 * for `/` and `%25` for `%`. A path that is too long for that stands in a text file `TIME-COUNT.path` beside it.
 *
 * @module
 */

import { fromBytes, toBytes } from "../../bytes/ascii.ts";
import { Refusal } from "../../errors.ts";
import {
  folderOf,
  type Name,
  PART_BYTES_MAX,
  toName,
} from "../../names/name.ts";
import { errnoOf } from "../os_faults.ts";
import { makeFolders } from "./acting.ts";
import type { FileCalls } from "./file_calls.ts";
import type { KeptVersion } from "./folder.ts";
import { readFull, unlinkIfThere, writeFull } from "./parts.ts";

const FOLDER = toName(".landline/versions");
const NAME = /^(([0-9a-z]+)-([0-9a-z]{1,10}))~([^]*)$/;

/** Of a path that stands in its own file. */
const ELSEWHERE = "%";
const PATH_SUFFIX = ".path";

/** A kept version, and where it lies. */
export interface VersionFile extends KeptVersion {
  readonly at: Name;
}

export class Versions {
  readonly #calls: FileCalls;
  /** Of the last id that was made; `undefined` before this run has made one. */
  #count: number | undefined;
  #unsynced = new Set<Name | "">();

  constructor(calls: FileCalls) {
    this.#calls = calls;
  }

  /** The folders that `syncFolders` has to wait for: where something was put since it last did. */
  takeUnsynced(): ReadonlySet<Name | ""> {
    const folders = this.#unsynced;
    this.#unsynced = new Set();
    return folders;
  }

  /** It failed: they have to be waited for once more. */
  stayUnsynced(folders: Iterable<Name | "">): void {
    for (const folder of folders) this.#unsynced.add(folder);
  }

  /** A free name for what is at `path` now. */
  newPlace(path: Name): Name {
    this.#makeFolder();
    const time = Math.max(0, Math.floor(this.#calls.now())).toString(36);
    this.#count = (this.#count ?? this.#lastCount()) + 1;
    const id = `${time}-${this.#count.toString(36)}`;
    const whole = `${id}~${escaped(path)}`;
    const isShort = toBytes(whole).length <= PART_BYTES_MAX;
    if (!isShort) this.#writePath(id, path);
    this.#unsynced.add(FOLDER);
    return toName(`${FOLDER}/${isShort ? whole : `${id}~${ELSEWHERE}`}`);
  }

  /** Nothing came to lie at `at` after all. */
  giveUp(at: Name): void {
    unlinkIfThere(this.#calls, at);
    if (at.endsWith("~" + ELSEWHERE)) {
      unlinkIfThere(this.#calls, pathFileOf(at));
    }
  }

  /** In no order. */
  *list(): Iterable<VersionFile> {
    if (this.#calls.stat(FOLDER)?.kind !== "folder") return;
    for (const { base, kind } of this.#calls.list(FOLDER)) {
      const [, id, time, , text] = NAME.exec(base) ?? [];
      if (kind !== "file" || id === undefined) continue;
      const at = toName(`${FOLDER}/${base}`);
      const path = text === ELSEWHERE
        ? this.#readPath(pathFileOf(at))
        : toPath(text!);
      const stat = this.#calls.stat(at);
      if (path === undefined || stat === undefined) continue;
      const { size, mtime } = stat;
      const keptAt = parseInt(time!, 36);
      yield { id, path, size, mtime, keptAt, at };
    }
  }

  find(id: string): VersionFile {
    for (const version of this.list()) if (version.id === id) return version;
    throw new Refusal("not-found", "That version is not kept (any more)");
  }

  prune(before: number, bytesMax: number): void {
    let bytes = 0;
    const newestFirst = [...this.list()].sort((a, b) => b.keptAt - a.keptAt);
    for (const { keptAt, size, at } of newestFirst) {
      bytes += size;
      if (keptAt < before || bytes > bytesMax) this.giveUp(at);
    }
  }

  #makeFolder(): void {
    if (this.#calls.stat(FOLDER)?.kind === "folder") return;
    makeFolders(this.#calls, FOLDER, true);
    // A folder that is new has to be on the disk itself.
    this.#unsynced.add("").add(folderOf(FOLDER));
  }

  /** The highest of earlier runs: the clock may go back, and no two versions have one id. */
  #lastCount(): number {
    let last = 0;
    for (const { base } of this.#calls.list(FOLDER)) {
      const count = NAME.exec(base)?.[3];
      if (count !== undefined) last = Math.max(last, parseInt(count, 36));
    }
    return last;
  }

  #writePath(id: string, path: Name): void {
    const file = this.#calls.openToWrite(
      toName(`${FOLDER}/${id}${PATH_SUFFIX}`),
    );
    try {
      const bytes = toBytes(path);
      writeFull(file, 0, bytes);
      file.cutTo(bytes.length);
      file.syncNow();
    } finally {
      file.close();
    }
  }

  #readPath(at: Name): Name | undefined {
    try {
      const file = this.#calls.openToRead(at);
      try {
        // A path has at most 3072 bytes.
        const bytes = new Uint8Array(4096);
        const text = fromBytes(bytes.subarray(0, readFull(file, 0, bytes)));
        return text === undefined ? undefined : toNameIfOne(text);
      } finally {
        file.close();
      }
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      return undefined;
    }
  }
}

function escaped(path: Name): string {
  return path.replaceAll("%", "%25").replaceAll("/", "%2F");
}

/** `undefined` for a name that is none of ours. */
function toPath(text: string): Name | undefined {
  return toNameIfOne(
    text.replaceAll(/%2F|%25/g, (code) => code === "%2F" ? "/" : "%"),
  );
}

function toNameIfOne(text: string): Name | undefined {
  try {
    return toName(text);
  } catch {
    return undefined;
  }
}

function pathFileOf(at: Name): Name {
  return toName(at.slice(0, -1 - ELSEWHERE.length) + PATH_SUFFIX);
}
