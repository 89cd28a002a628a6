/**
 * A `SharedDirectory` in memory, which keeps the promises of one on a disk (`directory_suite.ts` holds both to them).
 *
 * Properties: folders are there as long as a file is in them; an open file keeps its content when its name is given to
 * another one, and shows that in its version, as the ctime of a real file does; no links, no special files.
 *
 * Knobs: `onRead` (change, shrink, grow, replace a file while it is read), `readsAreAsync` (a cold disk),
 * `readBytesMax` (short reads), `capacityBytes` (a disk that is full), `hidden`, `batchEntries`, `isSettled`.
 *
 * @module
 */

import { Refusal } from "../errors.ts";
import { xxh64 } from "../io/checks.ts";
import type {
  Entry,
  FileInfo,
  IncomingFile,
  OnConflict,
  OpenFile,
  SharedDirectory,
} from "../io/directory.ts";
import { isHidden, isReserved, type Name, toName } from "../names/name.ts";
import { withMark } from "../names/name.ts";

/** A file, whatever it is called. */
class Inode {
  readonly number: number;
  bytes: Uint8Array;
  mtime: number;
  changes = 0;

  constructor(number: number, bytes: Uint8Array, mtime: number) {
    this.number = number;
    this.bytes = bytes;
    this.mtime = mtime;
  }

  get info(): FileInfo {
    const { number, bytes: { length: size }, mtime, changes } = this;
    return { size, mtime, version: `${number}-${size}-${mtime}-${changes}` };
  }
}

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
  readonly #files = new Map<string, Inode>();
  readonly #parts = new Map<string, Inode>();
  readonly #held = new Set<string>();
  #inodes = 0;
  #time = 1_700_000_000_000;

  /** Stores a new file as `name`; a file that had the name loses it. */
  put(name: string, content: string | Uint8Array, mtime = ++this.#time): void {
    this.remove(name);
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

  /** Takes the name `name` away. */
  remove(name: string): void {
    const inode = this.#files.get(name);
    if (inode !== undefined) inode.changes++;
    this.#files.delete(name);
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
    if (all.length === 0 && place !== "") throw new Refusal("not-found");
    for (let at = 0; at < all.length; at += this.batchEntries) {
      await Promise.resolve();
      yield all.slice(at, at + this.batchEntries);
    }
  }

  mayStore(name: Name, onConflict: OnConflict): void {
    this.#checkShown(name);
    for (let at = name.indexOf("/"); at >= 0; at = name.indexOf("/", at + 1)) {
      if (this.#files.has(name.slice(0, at))) throw new Refusal("exists");
    }
    for (const file of this.#files.keys()) {
      if (file.startsWith(name + "/")) throw new Refusal("exists");
    }
    if (onConflict === "refuse" && this.#files.has(name)) {
      throw new Refusal("exists");
    }
  }

  receive(name: Name, token: string): IncomingFile {
    this.mayStore(name, "overwrite");
    const key = `${name.slice(0, name.lastIndexOf("/") + 1)} ${token}`;
    if (this.#held.has(key)) throw new Refusal("busy");
    this.#held.add(key);
    const inode = this.#parts.get(key) ??
      new Inode(++this.#inodes, new Uint8Array(), ++this.#time);
    this.#parts.set(key, inode);
    return {
      get length() {
        return inode.bytes.length;
      },
      append: (bytes) => this.#append(inode, bytes),
      xxh64: () => Promise.resolve(xxh64(inode.bytes)),
      finish: async (name, onConflict, mtime) => {
        // A disk takes its time.
        await Promise.resolve();
        this.#held.delete(key);
        const final = this.#freeName(name, onConflict);
        this.#parts.delete(key);
        inode.mtime = mtime ?? ++this.#time;
        this.remove(final);
        this.#files.set(final, inode);
        return final;
      },
      close: () => void this.#held.delete(key),
      discard: () => {
        this.#held.delete(key);
        this.#parts.delete(key);
      },
    };
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

class MemoryFile implements OpenFile {
  readonly info: FileInfo;
  readonly isSettled: boolean;
  readonly #directory: MemoryDirectory;
  readonly #name: Name;
  readonly #inode: Inode;
  #position = 0;
  #closed = false;

  constructor(directory: MemoryDirectory, name: Name, inode: Inode) {
    this.#directory = directory;
    this.#name = name;
    this.#inode = inode;
    this.info = inode.info;
    this.isSettled = directory.isSettled;
  }

  current(): FileInfo {
    return this.#inode.info;
  }

  seek(offset: number): void {
    this.#position = offset;
  }

  read(into: Uint8Array): number | Promise<number> {
    if (!this.#directory.readsAreAsync) return this.#read(into);
    return Promise.resolve().then(() => this.#read(into));
  }

  close(): void {
    // The real one fails when it is closed twice.
    if (this.#closed) throw new Error("Closed twice");
    this.#closed = true;
    this.#directory.openFiles--;
  }

  #read(into: Uint8Array): number {
    if (this.#closed) throw new Error("Read after close");
    this.#directory.onRead(this.#name, this.#position);
    const piece = this.#inode.bytes.subarray(
      this.#position,
      this.#position + Math.min(into.length, this.#directory.readBytesMax),
    );
    into.set(piece);
    this.#position += piece.length;
    return piece.length;
  }
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
