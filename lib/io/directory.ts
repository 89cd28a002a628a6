/**
 * A folder that is shared, as the drivers see it. `RootedDirectory` is one on the disk, `testing/memory_directory.ts` one
 * in memory; `testing/directory_suite.ts` holds both to the same promises.
 *
 * @module
 */

import type { Name } from "../names/name.ts";

/** What tells one state of a file from another. */
export interface FileInfo {
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly mtime: number;
  /** Another word for every other content: made of inode, size, mtime and ctime. No blanks. */
  readonly version: string;
}

/** A file in a listing. */
export interface Entry extends FileInfo {
  readonly name: Name;
}

/** A file or a folder in a folder. */
export interface FolderEntry {
  /** The last part of its name. */
  readonly base: string;
  readonly kind: "file" | "folder";
  /** Bytes; 0 for a folder. */
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly mtime: number;
}

/**
 * A small file that is held in memory. As long as the file is the same, the same object is given: what is made of it once
 * (a head, a digest) can be kept with it.
 */
export interface SmallFile {
  readonly info: FileInfo;
  /** Nobody writes into them. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A file opened for reading. */
export interface OpenFile {
  /** As it was when it was opened. */
  readonly info: FileInfo;
  /** Its last change is so long ago that another one would show in its version: time stamps tick in some milliseconds. */
  readonly isSettled: boolean;
  /** As it is now. */
  current(): FileInfo;
  /** Goes on reading at `offset`. */
  seek(offset: number): void;
  /**
   * Reads as much as is there, at most the length of `into`. Answers at once where the bytes are likely in memory, and by
   * promise where a disk may make others wait.
   *
   * @returns how many bytes; 0 at the end of the file
   */
  read(into: Uint8Array): number | Promise<number>;
  close(): void;
}

/** What to do when a file of that name is there. */
export type OnConflict = "refuse" | "rename" | "overwrite";

/** A file on its way in, under a name of our own until it is whole. */
export interface IncomingFile {
  /** How many bytes are there. */
  readonly length: number;
  /** Appends `bytes`. A failure leaves `length` true. */
  append(bytes: Uint8Array): void;
  /** Takes back everything behind the first `length` bytes. */
  cutTo(length: number): void;
  /** The XXH64 (16 hexadecimal digits) of all that is there, read back from the disk. */
  xxh64(): Promise<string>;
  /**
   * Puts the file on the disk and gives it its name, atomically.
   *
   * @param mtime milliseconds since 1970, or `undefined` for now
   * @param check called last, when nothing of ours can come in between any more; what it throws keeps the file from its name
   * @returns the name it got
   */
  finish(
    name: Name,
    onConflict: OnConflict,
    mtime?: number,
    check?: () => void,
  ): Promise<Name>;
  /** Keeps what is there, to be resumed. */
  close(): void;
  /** Removes it. */
  discard(): void;
}

/** A folder that is shared. Every method throws `Refusal`, and nothing else that a peer can cause. */
export interface SharedDirectory {
  /** Opens the file `name`. */
  open(name: Name): OpenFile;
  /** The files in and below `place` (`""` for all), folder by folder, sorted by name, in batches. It may be a file, too. */
  entries(place: Name | ""): AsyncIterable<readonly Entry[]>;
  /** Only the names: at a fraction of the price. */
  names(place: Name | ""): AsyncIterable<readonly Name[]>;
  /**
   * The file `name`, if it is small, and certainly what is on the disk now: after this was called, the disk was asked.
   * All who ask for the same name in one turn share one question, which is what makes thousands of requests a second cheap.
   *
   * @returns `undefined` for whatever else it is (large, just written, a folder, a link, not there): `open` tells
   */
  small(name: Name): Promise<SmallFile | undefined>;
  /** What `name` is. Links count as what they lead to, if that would be served. */
  kindOf(name: Name | ""): "file" | "folder";
  /** The files and folders directly in `place` that would be served, in no order. */
  folder(place: Name | ""): Promise<readonly FolderEntry[]>;
  /** Whether `name` could be stored now: throws what `IncomingFile.finish` would. */
  mayStore(name: Name, onConflict: OnConflict): void;
  /**
   * Opens the part in the folder of `name` that `token` tells apart from others, new or where it was left off. Which name
   * it gets is said in the end.
   *
   * @param token 16 to 64 of `0-9a-z-`; anything else is a bug of the caller
   * @throws {Refusal} `busy` when somebody else writes it
   */
  receive(name: Name, token: string): IncomingFile;
  /**
   * What is written down beside the part `token` in the folder `place`, for whoever goes on with it after a restart;
   * `undefined` where there is nothing. It is removed with `dropNote`, and with parts that nobody has gone on with.
   */
  note(place: Name | "", token: string): string | undefined;
  /**
   * Writes `text` down beside the part `token` in the folder `place`, atomically; the folder is made if need be.
   *
   * @throws {Refusal} `too-large` for more than 64 KiB
   */
  keepNote(place: Name | "", token: string, text: string): void;
  /** Removes what is written down there, if anything is. */
  dropNote(place: Name | "", token: string): void;
  /**
   * Removes the file, the link (never what it leads to) or the empty folder `name`.
   *
   * @throws {Refusal} `exists` for a folder that is not empty
   */
  remove(name: Name): void;
}
