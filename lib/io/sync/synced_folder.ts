/**
 * A folder that is synced, on any `FileCalls`. See `folder.ts` for what it promises; how that is kept stands in its parts:
 * `placing.ts` (names), `parts.ts` (files on their way), `versions.ts` (what was replaced), `digest.ts` (reading),
 * `hints.ts` (changes) and `marker.ts`.
 *
 * @module
 */

import { folderOf, type Name, toName } from "../../names/name.ts";
import { isOwnName } from "../../names/own_names.ts";
import type { RootHash } from "../../sync/record.ts";
import type { Seen } from "../../sync/seen.ts";
import { errnoOf } from "../os_faults.ts";
import {
  acting,
  checkMayChange,
  makeFolders,
  moveToFree,
  passesLink,
  toDiskRefusal,
} from "./acting.ts";
import { digestFile, openAsSeen, openFile } from "./digest.ts";
import type { FileCalls, FileStat } from "./file_calls.ts";
import type {
  Child,
  Digested,
  Done,
  FolderWatch,
  KeptVersion,
  PartHandle,
  ReadHandle,
  SyncFolder,
} from "./folder.ts";
import { FolderHints, watchFaultOf } from "./hints.ts";
import { readMarker, writeMarker } from "./marker.ts";
import { Parts, readFull } from "./parts.ts";
import { Placing } from "./placing.ts";
import { toSeen } from "./seeing.ts";
import { Versions } from "./versions.ts";

/** A name that is no text on the disk comes with this in the place of what is none. */
const NO_TEXT = "\ufffd";

export class SyncedFolder implements SyncFolder {
  readonly #calls: FileCalls;
  readonly #parts: Parts;
  readonly #versions: Versions;
  readonly #placing: Placing;
  /** A folder that was found to be behind no link in this turn. */
  #linkless: string | undefined;

  constructor(calls: FileCalls) {
    this.#calls = calls;
    this.#parts = new Parts(calls);
    this.#versions = new Versions(calls);
    this.#placing = new Placing(calls, this.#parts, this.#versions);
  }

  /** Removes what a killed run has left half done. Only who has the folder alone may: it could be another's work under way. */
  sweep(): void {
    this.#parts.sweepOwn();
  }

  look(path: Name): Seen | undefined {
    if (isOwnName(path)) return undefined;
    return acting(() => {
      const stat = this.#calls.stat(path);
      return stat === undefined || this.#passesLink(path)
        ? undefined
        : this.#seen(stat);
    });
  }

  children(
    folder: Name | "",
    unusable: (base: string) => void = () => {},
  ): readonly Child[] {
    if (folder !== "" && this.look(folder)?.kind !== "folder") return [];
    let found: readonly Child[];
    try {
      found = this.#calls.list(folder);
    } catch (error) {
      // Vanished meanwhile.
      const errno = errnoOf(error) ?? "";
      if (["ENOENT", "ENOTDIR"].includes(errno)) return [];
      throw toDiskRefusal(error);
    }
    return found.filter(({ base }) => {
      if (isOwnName(base)) return false;
      const isUsable = this.#isUsable(folder, base);
      if (!isUsable) unusable(base);
      return isUsable;
    });
  }

  async digest(
    path: Name,
    blockLogOf: (size: number) => number,
  ): Promise<Digested | undefined> {
    if (isOwnName(path)) return undefined;
    try {
      return await digestFile(this.#calls, path, blockLogOf);
    } catch (error) {
      throw toDiskRefusal(error);
    }
  }

  open(path: Name, version?: string): ReadHandle | undefined {
    if (isOwnName(path)) return undefined;
    return acting(() => {
      const opened = version === undefined
        ? openFile(this.#calls, path)
        : openAsSeen(this.#calls, path, version);
      if (opened === undefined) return undefined;
      const { file, stat } = opened;
      return {
        seen: this.#seen(stat),
        look: () => acting(() => this.#seen(file.stat())),
        readAt: (offset, into) => acting(() => readFull(file, offset, into)),
        close: () => file.close(),
      };
    });
  }

  part(root: RootHash, size: number): PartHandle {
    return this.#parts.open(root, size);
  }

  parts(): readonly RootHash[] {
    return this.#parts.list();
  }

  dropPart(root: RootHash): void {
    this.#parts.drop(root);
  }

  place(
    part: PartHandle,
    path: Name,
    expected: Seen | undefined,
    keep: boolean,
  ): Seen | "changed" {
    const finished = this.#parts.finished(part);
    return acting(() => this.#placing.place(finished, path, expected, keep));
  }

  duplicate(from: Name, to: Name, expected: Seen): Seen | "changed" | "exists" {
    return acting(() => this.#placing.duplicate(from, to, expected));
  }

  move(from: Name, to: Name, expected: Seen): Seen | "changed" | "exists" {
    return acting(() => this.#placing.move(from, to, expected));
  }

  remove(path: Name, expected: Seen): Done {
    return acting(() => this.#placing.remove(path, expected));
  }

  describe(
    path: Name,
    expected: Seen,
    meta: { readonly mtime: number; readonly executable: boolean },
  ): Seen | "changed" {
    return acting(() => this.#placing.describe(path, expected, meta));
  }

  makeFolder(path: Name): "done" | "exists" {
    return acting(() => {
      checkMayChange(this.#calls, path);
      try {
        this.#calls.makeFolder(path, false);
        return "done";
      } catch (error) {
        if (errnoOf(error) !== "EEXIST") throw error;
        return this.#calls.stat(path)?.kind === "folder" ? "done" : "exists";
      }
    });
  }

  removeFolder(path: Name): Done | "not-empty" {
    return acting(() => {
      checkMayChange(this.#calls, path);
      try {
        this.#calls.removeFolder(path);
        return "done";
      } catch (error) {
        const errno = errnoOf(error) ?? "";
        if (["ENOTEMPTY", "EEXIST"].includes(errno)) return "not-empty";
        if (["ENOENT", "ENOTDIR"].includes(errno)) return "changed";
        throw error;
      }
    });
  }

  async syncFolders(folders: readonly (Name | "")[]): Promise<void> {
    const kept = this.#versions.takeUnsynced();
    const all = new Set([...folders, ...kept]);
    try {
      await Promise.all([...all].map((folder) => this.#syncFolder(folder)));
    } catch (error) {
      this.#versions.stayUnsynced(kept);
      throw toDiskRefusal(error);
    }
  }

  watch(onFault: (text: string) => void): FolderWatch | undefined {
    try {
      return new FolderHints(this.#calls.watch(), onFault);
    } catch (error) {
      onFault(watchFaultOf(error));
      return undefined;
    }
  }

  marker(): string | undefined {
    return acting(() => readMarker(this.#calls));
  }

  setMarker(text: string): void {
    acting(() => writeMarker(this.#calls, this.#parts.newOwn(), text));
  }

  device(): string {
    return acting(() => String(this.#calls.stat("")?.device));
  }

  freeBytes(): number | undefined {
    return this.#calls.free();
  }

  versions(): readonly KeptVersion[] {
    return acting(() =>
      [...this.#versions.list()].map(({ id, path, size, mtime, keptAt }) => (
        { id, path, size, mtime, keptAt }
      ))
    );
  }

  restore(id: string, to: Name): "done" | "exists" {
    return acting(() => {
      const { at, mtime } = this.#versions.find(id);
      const folder = folderOf(to);
      if (folder !== "") this.#makeFoldersFor(folder);
      checkMayChange(this.#calls, to);
      const copy = this.#placing.copy(at, mtime);
      if (moveToFree(this.#calls, copy, to)) return "done";
      this.#calls.unlink(copy);
      return "exists";
    });
  }

  pruneVersions(before: number, bytesMax: number): void {
    acting(() => this.#versions.prune(before, bytesMax));
  }

  async #syncFolder(folder: Name | ""): Promise<void> {
    try {
      await this.#calls.syncFolder(folder);
    } catch (error) {
      // Removed meanwhile: nothing in it is left to wait for.
      const errno = errnoOf(error) ?? "";
      if (!["ENOENT", "ENOTDIR"].includes(errno)) throw error;
    }
  }

  /**
   * A scan looks at all that is in a folder in one turn: what is above it is looked at once. Only for looks; what changes or
   * reads something asks each time.
   */
  #passesLink(path: Name): boolean {
    const folder = folderOf(path);
    if (folder === "" || folder === this.#linkless) return false;
    if (passesLink(this.#calls, path)) return true;
    if (this.#linkless === undefined) {
      queueMicrotask(() => this.#linkless = undefined);
    }
    this.#linkless = folder;
    return false;
  }

  /** Checks each folder before the next one is made in it: none is made behind a link. */
  #makeFoldersFor(folder: Name): void {
    const above = folderOf(folder);
    if (above !== "") this.#makeFoldersFor(above);
    checkMayChange(this.#calls, folder);
    makeFolders(this.#calls, folder, false);
  }

  #seen(stat: FileStat): Seen {
    return toSeen(stat, this.#calls.now());
  }

  #isUsable(folder: Name | "", base: string): boolean {
    try {
      const path = toName(folder === "" ? base : `${folder}/${base}`);
      // The name may really have that character in it.
      return !base.includes(NO_TEXT) || this.#calls.stat(path) !== undefined;
    } catch {
      return false;
    }
  }
}
