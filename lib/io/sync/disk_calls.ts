/**
 * The calls of this machine's system, as a synced folder makes them.
 *
 * @module
 */

import {
  closeSync,
  constants,
  fchmodSync,
  fdatasyncSync,
  fstatSync,
  futimesSync,
  openSync,
  readSync,
  rmdirSync,
  statfsSync,
} from "node:fs";
import { setImmediate } from "node:timers";
import { type Name, type NameRules, pathOf } from "../../names/name.ts";
import { errnoOf } from "../os_faults.ts";
import type {
  FileCalls,
  FileStat,
  OpenCall,
  OpenPart,
  WatchCall,
} from "./file_calls.ts";
import { DiskWatch } from "./disk_watch.ts";
import type { Child } from "./folder.ts";

/** So long may hashing go on before sockets and timers have their turn. */
const TURN_MS = 2;

/** A FIFO in the place of the file does not stop everybody, a link is not followed. Windows has neither. */
const CAREFULLY = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) |
  (constants.O_NONBLOCK ?? 0);

/** Seconds, for `futimes` of node: it cuts to whole milliseconds, and half of them are a little less as a fraction. */
const QUARTER_MS = 0.25;

/** A disk that is done with a small file in less is not worth another thread. */
const QUICK_SYNC_MS = 0.1;
/** More is never waited for at once. */
const QUICK_SYNC_BYTES_MAX = 1024 * 1024;
/** A disk that was slow once is tried again after so many files; twice as many each time, if it still is. */
const ASK_FOR_FIRST = 8;
const ASK_FOR_MAX = 512;
/** How much room there is does not change from file to file. */
const FREE_MS = 50;

export class DiskCalls implements FileCalls {
  readonly #root: string;
  readonly #rules: NameRules = Deno.build.os === "windows"
    ? "windows"
    : "posix";
  readonly #syncing = new Syncing();
  #turnAt = performance.now();
  #free: number | undefined;
  #freeAt = -Infinity;

  /** @param root real, absolute path of the folder */
  constructor(root: string) {
    this.#root = root;
  }

  stat(path: Name | ""): FileStat | undefined {
    try {
      return toStat(Deno.lstatSync(this.#pathOf(path)));
    } catch (error) {
      if (isNothing(error)) return undefined;
      throw error;
    }
  }

  list(folder: Name | ""): readonly Child[] {
    const children: Child[] = [];
    for (const entry of Deno.readDirSync(this.#pathOf(folder))) {
      children.push({ base: entry.name, kind: kindOf(entry) });
    }
    return children;
  }

  openToRead(path: Name): OpenCall {
    return new OpenFile(openSync(this.#pathOf(path), CAREFULLY));
  }

  openToWrite(path: Name): OpenPart {
    const at = this.#pathOf(path);
    const options = { read: true, write: true, create: true };
    return new OpenPartFile(at, Deno.openSync(at, options), this.#syncing);
  }

  link(from: Name, to: Name): void {
    Deno.linkSync(this.#pathOf(from), this.#pathOf(to));
  }

  rename(from: Name, to: Name): void {
    Deno.renameSync(this.#pathOf(from), this.#pathOf(to));
  }

  copy(from: Name, to: Name): void {
    Deno.copyFileSync(this.#pathOf(from), this.#pathOf(to));
  }

  unlink(path: Name): void {
    Deno.removeSync(this.#pathOf(path));
  }

  makeFolder(path: Name, isOurs: boolean): void {
    Deno.mkdirSync(this.#pathOf(path), isOurs ? { mode: 0o700 } : {});
  }

  removeFolder(path: Name): void {
    // Not Deno.removeSync: it would remove a file, too.
    rmdirSync(this.#pathOf(path));
  }

  async syncFolder(folder: Name | ""): Promise<void> {
    // Windows has no such thing, and needs none.
    if (this.#rules === "windows") return;
    using opened = Deno.openSync(this.#pathOf(folder));
    await opened.sync();
  }

  watch(): WatchCall {
    return new DiskWatch(this.#root);
  }

  free(): number | undefined {
    const now = performance.now();
    if (now - this.#freeAt < FREE_MS) return this.#free;
    this.#freeAt = now;
    try {
      const { bavail, bsize } = statfsSync(this.#root);
      this.#free = bavail * bsize;
    } catch {
      this.#free = undefined;
    }
    return this.#free;
  }

  now(): number {
    return Date.now();
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, Math.ceil(ms)));
  }

  turn(): Promise<void> | undefined {
    const now = performance.now();
    if (now - this.#turnAt < TURN_MS) return undefined;
    return new Promise((resolve) =>
      void setImmediate(() => {
        this.#turnAt = performance.now();
        resolve();
      })
    );
  }

  #pathOf(path: Name | ""): string {
    return path === "" ? this.#root : pathOf(this.#root, path, this.#rules);
  }
}

/** A file that is read. Node's calls read at an offset in one step, and open without following. */
class OpenFile implements OpenCall {
  readonly #fd: number;

  constructor(fd: number) {
    this.#fd = fd;
  }

  stat(): FileStat {
    const stat = fstatSync(this.#fd);
    return {
      kind: kindOf({
        isFile: stat.isFile(),
        isDirectory: stat.isDirectory(),
      }),
      isLink: false,
      size: stat.size,
      mtime: Math.floor(stat.mtimeMs),
      ctime: Math.floor(stat.ctimeMs),
      inode: stat.ino,
      device: stat.dev,
      mode: stat.mode & 0o7777,
      links: stat.nlink,
    };
  }

  read(offset: number, into: Uint8Array): number {
    return readSync(this.#fd, into, 0, into.length, offset);
  }

  describe(mode: number | undefined, mtime: number): void {
    if (mode !== undefined && Deno.build.os !== "windows") {
      fchmodSync(this.#fd, mode);
    }
    const seconds = (Math.max(0, mtime) + QUARTER_MS) / 1000;
    futimesSync(this.#fd, seconds, seconds);
  }

  syncNow(): void {
    fdatasyncSync(this.#fd);
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** A file of ours. Deno's calls wait for the disk in another thread, so that several can. */
class OpenPartFile implements OpenPart {
  readonly #path: string;
  readonly #file: Deno.FsFile;
  readonly #syncing: Syncing;
  #position = 0;

  constructor(path: string, file: Deno.FsFile, syncing: Syncing) {
    this.#path = path;
    this.#file = file;
    this.#syncing = syncing;
  }

  stat(): FileStat {
    return toStat(this.#file.statSync());
  }

  read(offset: number, into: Uint8Array): number {
    this.#seek(offset);
    const count = this.#file.readSync(into) ?? 0;
    this.#position += count;
    return count;
  }

  write(offset: number, bytes: Uint8Array): number {
    this.#seek(offset);
    const count = this.#file.writeSync(bytes);
    this.#position += count;
    return count;
  }

  cutTo(size: number): void {
    this.#file.truncateSync(size);
  }

  describe(mode: number | undefined, mtime: number): void {
    // By its path, which is in our own folder: Deno cannot by the open file.
    if (mode !== undefined && Deno.build.os !== "windows") {
      Deno.chmodSync(this.#path, mode);
    }
    const seconds = Math.max(0, mtime) / 1000;
    this.#file.utimeSync(seconds, seconds);
  }

  sync(): Promise<void> {
    return this.#syncing.sync(this.#file);
  }

  syncNow(): void {
    this.#file.syncDataSync();
  }

  close(): void {
    this.#file.close();
  }

  #seek(offset: number): void {
    if (this.#position === offset) return;
    this.#file.seekSync(offset, Deno.SeekMode.Start);
    this.#position = offset;
  }
}

/**
 * Waits for the disk: in another thread, so that nobody else waits and several files go to the disk together; but at once
 * where that takes no time (a tmpfs, a disk with a cache of its own), because to tell another thread and to hear of it
 * takes 20 to 200 us.
 */
class Syncing {
  /** Files for which the other thread is asked before the disk is tried again. */
  #asked = 0;
  #askFor = ASK_FOR_FIRST;

  async sync(file: Deno.FsFile): Promise<void> {
    if (this.#asked > 0 || file.statSync().size > QUICK_SYNC_BYTES_MAX) {
      if (this.#asked > 0) this.#asked--;
      return await file.syncData();
    }
    const begunMs = performance.now();
    file.syncDataSync();
    if (performance.now() - begunMs <= QUICK_SYNC_MS) {
      this.#askFor = ASK_FOR_FIRST;
      return;
    }
    this.#asked = this.#askFor;
    this.#askFor = Math.min(2 * this.#askFor, ASK_FOR_MAX);
  }
}

function kindOf(
  { isFile, isDirectory }: {
    readonly isFile: boolean;
    readonly isDirectory: boolean;
  },
): Child["kind"] {
  return isFile ? "file" : isDirectory ? "folder" : "other";
}

function toStat(info: Deno.FileInfo): FileStat {
  return {
    kind: info.isSymlink ? "other" : kindOf(info),
    isLink: info.isSymlink,
    size: info.size,
    mtime: info.mtime?.getTime() ?? 0,
    ctime: info.ctime?.getTime() ?? 0,
    inode: info.ino ?? 0,
    device: info.dev,
    mode: (info.mode ?? 0) & 0o7777,
    links: info.nlink ?? 1,
  };
}

/** Also behind a file, and behind links that lead in a circle. */
function isNothing(error: unknown): boolean {
  const errno = errnoOf(error) ?? "";
  return errno === "ENOENT" || errno === "ENOTDIR" || errno === "ELOOP";
}
