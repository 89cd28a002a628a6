/**
 * A `SharedDirectory` in memory, which keeps the promises of one on a disk (`directory_suite.ts` holds both to them).
 *
 * Properties: an open file keeps its content when its name is given to another one, and shows that in its version, as the
 * ctime of a real file does; no links, no special files.
 *
 * Knobs: `onRead` (change, shrink, grow, replace a file while it is read), `readsAreAsync` (a cold disk),
 * `readBytesMax` (short reads), `capacityBytes` (a disk that is full), `hidden`, `batchEntries`, `isSettled`; `lookUps`
 * counts how often a small file was looked for.
 *
 * @module
 */

import { toBytes } from "../bytes/ascii.ts";
import { Refusal } from "../errors.ts";
import { xxh64 } from "../io/checks.ts";
import type {
  Entry,
  FolderEntry,
  IncomingFile,
  OnConflict,
  OpenFile,
  SharedDirectory,
  SmallFile,
} from "../io/directory.ts";
import { NOTE_BYTES_MAX } from "../io/rooted_writing.ts";
import { SMALL_FILE_BYTES_MAX } from "../io/small_files.ts";
import { checkToken } from "../io/tokens.ts";
import {
  baseOf,
  folderOf,
  isHidden,
  isReserved,
  type Name,
  toName,
  withMark,
} from "../names/name.ts";
import { Inode, MemoryFile } from "./memory_directory_files.ts";

export class MemoryDirectory implements SharedDirectory {
  /** Called before bytes of `name` at `offset` are read. */
  onRead: (name: Name, offset: number) => void = () => {};
  /** Answer reads by promise. */
  readsAreAsync = false;
  /** A read gives at most so many bytes. */
  readBytesMax = Infinity;
  /** What all files and parts together may hold. */
  capacityBytes = Infinity;
  /** Names that begin with a dot are listed and served. */
  hidden = false;
  /** Entries of a listing in a batch. */
  batchEntries = 1024;
  /** What opened files say of themselves. */
  isSettled = true;
  /** Files that are open now: a test of a leak. */
  openFiles = 0;
  /** How often a small file was looked for on what would be the disk. */
  lookUps = 0;
  readonly #files = new Map<string, Inode>();
  /** When each was made. */
  readonly #folders = new Map<string, number>([["", 1_700_000_000_000]]);
  readonly #parts = new Map<string, Inode>();
  readonly #held = new Set<string>();
  readonly #notes = new Map<string, string>();
  readonly #asked = new Map<Name, Promise<SmallFile | undefined>>();
  readonly #small = new WeakMap<Inode, SmallFile>();
  #inodes = 0;
  #time = 1_700_000_000_000;

  /** Stores a new file as `name`; a file that had the name loses it. */
  put(name: string, content: string | Uint8Array, mtime = ++this.#time): void {
    this.#drop(name);
    this.#makeFolders(name);
    const bytes = toContent(content);
    this.#files.set(toName(name), new Inode(++this.#inodes, bytes, mtime));
  }

  /** Changes the content of the file `name`, in place. */
  rewrite(name: string, content: string | Uint8Array): void {
    const inode = this.#inode(toName(name));
    inode.bytes = toContent(content);
    inode.mtime = ++this.#time;
    inode.changes++;
  }

  /** The content of `name`, if there is such a file. */
  get(name: string): Uint8Array | undefined {
    return this.#files.get(name)?.bytes;
  }

  /** When `name` was changed last. */
  mtimeOf(name: string): number | undefined {
    return this.#files.get(name)?.mtime;
  }

  /** Names of all files, of hidden ones too. */
  get fileNames(): string[] {
    return [...this.#files.keys()].sort();
  }

  /** The parts that are there, as `FOLDER token`. */
  get partKeys(): string[] {
    return [...this.#parts.keys()].sort();
  }

  /** Parts that somebody holds open now. */
  get heldParts(): number {
    return this.#held.size;
  }

  /** What is in the part `key` of `partKeys`. */
  part(key: string): Uint8Array | undefined {
    return this.#parts.get(key)?.bytes;
  }

  open(name: Name): OpenFile {
    this.#checkShown(name);
    const inode = this.#inode(name);
    this.openFiles++;
    return new MemoryFile(this, name, inode);
  }

  async *entries(place: Name | ""): AsyncIterable<readonly Entry[]> {
    for await (const names of this.names(place)) {
      yield names.filter((name) => this.#files.has(name)).map((name) => ({
        name,
        ...this.#inode(name).info,
      }));
    }
  }

  async *names(place: Name | ""): AsyncIterable<readonly Name[]> {
    if (place !== "") this.#checkShown(place);
    const all = [...this.#files.keys() as Iterable<Name>].filter((name) =>
      this.#isShown(name) &&
      (place === "" || name === place || name.startsWith(place + "/"))
    ).sort(byFolder);
    if (all.length === 0 && !this.#folders.has(place)) {
      throw new Refusal("not-found");
    }
    for (let at = 0; at < all.length; at += this.batchEntries) {
      await Promise.resolve();
      yield all.slice(at, at + this.batchEntries);
    }
  }

  small(name: Name): Promise<SmallFile | undefined> {
    let asked = this.#asked.get(name);
    if (asked === undefined) {
      asked = Promise.resolve().then(() => {
        this.#asked.delete(name);
        return this.#smallFile(name);
      });
      this.#asked.set(name, asked);
    }
    return asked;
  }

  kindOf(name: Name | ""): "file" | "folder" {
    this.#checkShown(name);
    if (this.#files.has(name)) return "file";
    if (this.#folders.has(name)) return "folder";
    throw new Refusal("not-found");
  }

  async folder(place: Name | ""): Promise<readonly FolderEntry[]> {
    if (this.kindOf(place) === "file") throw new Refusal("not-found");
    // A disk takes its time.
    await Promise.resolve();
    const entries: FolderEntry[] = [];
    const add = (name: string, rest: Omit<FolderEntry, "base">) => {
      if (name === "" || folderOf(name) !== place) return;
      if (this.#isShown(name)) entries.push({ base: baseOf(name), ...rest });
    };
    for (const [name, mtime] of this.#folders) {
      add(name, { kind: "folder", size: 0, mtime });
    }
    for (const [name, { bytes, mtime }] of this.#files) {
      add(name, { kind: "file", size: bytes.length, mtime });
    }
    return entries;
  }

  mayStore(name: Name, onConflict: OnConflict): void {
    this.#checkShown(name);
    for (let at = name.indexOf("/"); at >= 0; at = name.indexOf("/", at + 1)) {
      if (this.#files.has(name.slice(0, at))) throw new Refusal("exists");
    }
    if (this.#folders.has(name)) throw new Refusal("exists");
    if (onConflict === "refuse" && this.#files.has(name)) {
      throw new Refusal("exists");
    }
  }

  receive(name: Name, token: string): IncomingFile {
    checkToken(token);
    this.mayStore(name, "overwrite");
    const key = keyOf(folderOf(name), token);
    if (this.#held.has(key)) throw new Refusal("busy");
    this.#held.add(key);
    const made = this.#makeFolders(name);
    const inode = this.#parts.get(key) ??
      new Inode(++this.#inodes, new Uint8Array(), ++this.#time);
    this.#parts.set(key, inode);
    return {
      get length() {
        return inode.bytes.length;
      },
      append: (bytes) => this.#append(inode, bytes),
      cutTo: (length) => void (inode.bytes = inode.bytes.slice(0, length)),
      xxh64: () => Promise.resolve(xxh64(inode.bytes)),
      finish: async (name, onConflict, mtime, check) => {
        // A disk takes its time.
        await Promise.resolve();
        check?.();
        this.#held.delete(key);
        const final = this.#freeName(name, onConflict);
        this.#parts.delete(key);
        inode.mtime = mtime ?? ++this.#time;
        this.#drop(final);
        this.#makeFolders(final);
        this.#files.set(final, inode);
        return final;
      },
      close: () => void this.#held.delete(key),
      discard: () => {
        this.#held.delete(key);
        this.#parts.delete(key);
        for (const folder of made) {
          if (this.#isEmpty(folder)) this.#folders.delete(folder);
        }
      },
    };
  }

  note(place: Name | "", token: string): string | undefined {
    checkToken(token);
    return this.#isShown(place)
      ? this.#notes.get(keyOf(place, token))
      : undefined;
  }

  keepNote(place: Name | "", token: string, text: string): void {
    checkToken(token);
    if (toBytes(text).length > NOTE_BYTES_MAX) throw new Refusal("too-large");
    // A name that nobody else has: a folder called so would be in the way.
    const inside = toName(place === "" ? token : `${place}/${token}`);
    this.mayStore(inside, "overwrite");
    this.#makeFolders(inside);
    this.#notes.set(keyOf(place, token), text);
  }

  dropNote(place: Name | "", token: string): void {
    checkToken(token);
    if (this.#isShown(place)) this.#notes.delete(keyOf(place, token));
  }

  /** Also for tests: takes the name `name` away. */
  remove(name: string): void {
    if (this.kindOf(name as Name) === "file") return this.#drop(name);
    if (!this.#isEmpty(name)) {
      throw new Refusal("exists", "The folder is not empty");
    }
    this.#folders.delete(name);
  }

  #smallFile(name: Name): SmallFile | undefined {
    this.lookUps++;
    const inode = this.#isShown(name) ? this.#files.get(name) : undefined;
    if (inode === undefined) return undefined;
    const { info, bytes } = inode;
    const known = this.#small.get(inode);
    if (known?.info.version === info.version) return known;
    if (!this.isSettled || bytes.length > SMALL_FILE_BYTES_MAX) {
      return undefined;
    }
    const small = { info, bytes: new Uint8Array(bytes) };
    this.#small.set(inode, small);
    return small;
  }

  /** Makes the folders above `name`; gives those that were not there, the deepest first. */
  #makeFolders(name: string): string[] {
    const made: string[] = [];
    for (let at = name.indexOf("/"); at >= 0; at = name.indexOf("/", at + 1)) {
      const folder = name.slice(0, at);
      if (this.#folders.has(folder)) continue;
      this.#folders.set(folder, ++this.#time);
      made.unshift(folder);
    }
    return made;
  }

  #isEmpty(folder: string): boolean {
    const isIn = (name: string) => name.startsWith(folder + "/");
    return ![this.#files, this.#folders, this.#parts, this.#notes].some((all) =>
      [...all.keys()].some(isIn)
    );
  }

  #drop(name: string): void {
    const inode = this.#files.get(name);
    if (inode !== undefined) inode.changes++;
    this.#files.delete(name);
  }

  #append(inode: Inode, bytes: Uint8Array): void {
    if (this.#usedBytes() + bytes.length > this.capacityBytes) {
      throw new Refusal("no-space");
    }
    const longer = new Uint8Array(inode.bytes.length + bytes.length);
    longer.set(inode.bytes);
    longer.set(bytes, inode.bytes.length);
    inode.bytes = longer;
  }

  #usedBytes(): number {
    let sum = 0;
    for (const { bytes } of this.#files.values()) sum += bytes.length;
    for (const { bytes } of this.#parts.values()) sum += bytes.length;
    return sum;
  }

  #freeName(name: Name, onConflict: OnConflict): Name {
    this.mayStore(name, "overwrite");
    if (onConflict === "overwrite" || !this.#files.has(name)) return name;
    if (onConflict === "refuse") throw new Refusal("exists");
    for (let mark = 1;; mark++) {
      const candidate = withMark(name, ` (${mark})`);
      if (!this.#files.has(candidate)) return candidate;
    }
  }

  #inode(name: Name): Inode {
    const inode = this.#files.get(name);
    if (inode === undefined) throw new Refusal("not-found");
    return inode;
  }

  #isShown(name: string): boolean {
    return !isHidden(name) || (this.hidden && !isReserved(name));
  }

  #checkShown(name: string): void {
    if (!this.#isShown(name)) throw new Refusal("not-found");
  }
}

/** What a part or a note is kept under: tokens of one folder are apart from those of another. */
function keyOf(folder: string, token: string): string {
  return `${folder === "" ? "" : folder + "/"} ${token}`;
}

function toContent(content: string | Uint8Array): Uint8Array {
  return typeof content === "string"
    ? new TextEncoder().encode(content)
    : content;
}

/** Part by part, as a walk through sorted folders comes by. */
function byFolder(a: string, b: string): number {
  const left = a.split("/");
  const right = b.split("/");
  for (let i = 0;; i++) {
    const [x, y] = [left[i], right[i]];
    if (x === undefined || y === undefined) return left.length - right.length;
    if (x !== y) return x < y ? -1 : 1;
  }
}
