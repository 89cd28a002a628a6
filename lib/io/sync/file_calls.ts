/**
 * The calls of an operating system that a synced folder is made of. `disk_calls.ts` has those of this machine,
 * `testing/sim_disk.ts` plays them in memory, where a test can crash between any two of them. All that is careful is in
 * `SyncedFolder` and its parts, which both have in common.
 *
 * Paths are names in the folder, checked, and may be ours (`.landline/...`); `""` is the folder itself. Errors carry the
 * errno as `code`, as those of Deno do.
 *
 * @module
 */

import type { Name } from "../../names/name.ts";
import type { Seen } from "../../sync/seen.ts";
import type { Child } from "./folder.ts";

/** What `lstat` and `fstat` tell. */
export interface FileStat {
  readonly kind: Seen["kind"];
  readonly isLink: boolean;
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly mtime: number;
  /** Milliseconds since 1970, as far as the system tells: Deno gives whole seconds. */
  readonly ctime: number;
  readonly inode: number;
  readonly device: number;
  /** Permissions; 0 where there are none. */
  readonly mode: number;
  /** Names that the file has. */
  readonly links: number;
}

/** An open file. */
export interface OpenCall {
  stat(): FileStat;
  /** One `pread`: may give less than there is. 0 at the end. */
  read(offset: number, into: Uint8Array): number;
  /** Permissions and date; `undefined`: they stay. Only the owner may. */
  describe(mode: number | undefined, mtime: number): void;
  /** `fdatasync`, while everybody waits: for small files of ours. */
  syncNow(): void;
  close(): void;
}

/** A file of ours, open for writing as well. */
export interface OpenPart extends OpenCall {
  /** One `pwrite`: may take less than it is given. */
  write(offset: number, bytes: Uint8Array): number;
  cutTo(size: number): void;
  /** Waits until the bytes are on the disk (`fdatasync`). */
  sync(): Promise<void>;
}

/** What the system tells of changes. */
export interface ChangeCall {
  /** Names in the folder that something happened at; `""`: the folder itself. What is no `Name` is left out. */
  readonly paths: readonly (Name | "")[];
  /** Others were lost. */
  readonly isLossy: boolean;
}

export interface WatchCall {
  /** The next change; `undefined` after `close`. @throws if the system can watch no longer */
  next(): Promise<ChangeCall | undefined>;
  close(): void;
}

export interface FileCalls {
  /** `lstat`. `undefined`: there is nothing. */
  stat(path: Name | ""): FileStat | undefined;
  /** Bases that are no text are given as far as they are one. */
  list(folder: Name | ""): readonly Child[];
  /** Never waits for the other end of a FIFO; fails where the last part is a link (`ELOOP`). */
  openToRead(path: Name): OpenCall;
  /** Makes the file unless it is there. */
  openToWrite(path: Name): OpenPart;
  /** The second name of a file; `EEXIST` if it is taken. */
  link(from: Name, to: Name): void;
  /** Replaces a file at `to`. */
  rename(from: Name, to: Name): void;
  /** Copies the bytes and the permissions; replaces a file at `to`. */
  copy(from: Name, to: Name): void;
  unlink(path: Name): void;
  /** @param isOurs nobody else may look into it */
  makeFolder(path: Name, isOurs: boolean): void;
  removeFolder(path: Name): void;
  /** Waits until the names in the folder are on the disk. */
  syncFolder(folder: Name | ""): Promise<void>;
  /** @throws where the system cannot */
  watch(): WatchCall;
  /** Bytes that can still be written; `undefined` if the system does not say. */
  free(): number | undefined;
  /** Milliseconds since 1970. */
  now(): number;
  sleep(ms: number): Promise<void>;
  /** A pause, if others have waited long for their turn. */
  turn(): Promise<void> | undefined;
}
