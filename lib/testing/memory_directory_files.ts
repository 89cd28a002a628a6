/**
 * Files of a directory in memory: what one is under whatever names, and one that is open.
 *
 * @module
 */

import type { FileInfo, OpenFile } from "../io/directory.ts";
import type { Name } from "../names/name.ts";
import type { MemoryDirectory } from "./memory_directory.ts";

/** A file, whatever it is called. */
export class Inode {
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

/** A file of a `MemoryDirectory` that is open. */
export class MemoryFile implements OpenFile {
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
