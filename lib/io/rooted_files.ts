/**
 * Files of a shared folder that are open: one that is read, one on its way in. `rooted_directory.ts` opens them, after it
 * has made sure that they lie in the folder.
 *
 * @module
 */

import type { Name, NameRules } from "../names/name.ts";
import type {
  FileInfo,
  IncomingFile,
  OnConflict,
  OpenFile,
} from "./directory.ts";
import { toRefusal } from "./os_faults.ts";
import { type PartFile, placePart } from "./part_file.ts";

/** A read that took longer than this came from a disk, not from memory (256 KiB from memory: 0.05 ms). */
const SLOW_READ_MS = 5;

/** Files up to this size are read with one call, and a cold disk has them after one seek. */
const SMALL_BYTES_MAX = 256 * 1024;

/** Time stamps of two changes that are so far apart differ on every file system (FAT counts in 2 s). */
const SETTLED_MS = 2500;

/** A file that is read. */
export class RootedFile implements OpenFile {
  readonly info: FileInfo;
  readonly isSettled: boolean;
  readonly #file: Deno.FsFile;
  readonly #opened: Deno.FileInfo;
  readonly #pace: ReadingPace;

  constructor(file: Deno.FsFile, opened: Deno.FileInfo) {
    this.#file = file;
    this.#opened = opened;
    this.info = toInfo(opened);
    this.isSettled = isSettled(opened);
    this.#pace = new ReadingPace(file, opened.size);
  }

  current(): FileInfo {
    const now = this.#file.statSync();
    // Nearly always nothing has changed, and no version has to be spelt out to see it.
    if (isSameState(now, this.#opened)) return this.info;
    const info = toInfo(now);
    // Removed or replaced: the ctime tells too, but Deno gives it in whole seconds.
    return now.nlink === 0
      ? { ...info, version: info.version + "-removed" }
      : info;
  }

  seek(offset: number): void {
    this.#file.seekSync(offset, Deno.SeekMode.Start);
  }

  read(into: Uint8Array): number | Promise<number> {
    return this.#pace.read(into);
  }

  close(): void {
    this.#file.close();
  }
}

/**
 * Reads at once, which is the fastest way there is while the pages are in memory. Small files are always read so: there are
 * too many of them for a trip through the thread pool each. In a large file, after a read that took long, the next one goes
 * through the thread pool, so that a cold disk stops one client only, until one was quick.
 */
class ReadingPace {
  readonly #file: Deno.FsFile;
  readonly #isLarge: boolean;
  #isCold = false;

  constructor(file: Deno.FsFile, size: number) {
    this.#file = file;
    this.#isLarge = size > SMALL_BYTES_MAX;
  }

  read(into: Uint8Array): number | Promise<number> {
    if (!this.#isLarge) return this.#file.readSync(into) ?? 0;
    if (this.#isCold) return this.#readCold(into);
    const before = performance.now();
    const count = this.#file.readSync(into) ?? 0;
    this.#isCold = performance.now() - before > SLOW_READ_MS;
    return count;
  }

  async #readCold(into: Uint8Array): Promise<number> {
    const before = performance.now();
    const count = await this.#file.read(into) ?? 0;
    this.#isCold = performance.now() - before > SLOW_READ_MS;
    return count;
  }
}

/** A file on its way in: a part, and where it will go. */
export class RootedIncomingFile implements IncomingFile {
  readonly #part: PartFile;
  readonly #root: string;
  readonly #rules: NameRules;
  readonly #discarded: () => void;

  constructor(
    part: PartFile,
    root: string,
    rules: NameRules,
    discarded: () => void,
  ) {
    this.#part = part;
    this.#root = root;
    this.#rules = rules;
    this.#discarded = discarded;
  }

  get length(): number {
    return this.#part.length;
  }

  append(bytes: Uint8Array): void {
    const before = this.#part.length;
    try {
      this.#part.writeAt(before, bytes);
    } catch (error) {
      this.#part.truncate(before);
      throw toRefusal(error);
    }
  }

  cutTo(length: number): void {
    try {
      if (length < this.#part.length) this.#part.truncate(length);
    } catch (error) {
      throw toRefusal(error);
    }
  }

  async xxh64(): Promise<string> {
    return await this.#part.xxh64();
  }

  async finish(
    name: Name,
    onConflict: OnConflict,
    mtime?: number,
    check?: () => void,
  ): Promise<Name> {
    try {
      // Acknowledged means stored: also when the power goes now.
      await this.#part.sync();
      if (mtime !== undefined) this.#part.date(mtime);
    } catch (error) {
      throw toRefusal(error);
    }
    check?.();
    try {
      return placePart(this.#part, this.#root, name, onConflict, this.#rules);
    } catch (error) {
      throw toRefusal(error);
    }
  }

  close(): void {
    this.#part.close();
  }

  discard(): void {
    this.#part.discard();
    this.#discarded();
  }
}

/** What tells the state of a file with that `info`. */
export function toInfo(info: Deno.FileInfo): FileInfo {
  const mtime = Math.max(0, info.mtime?.getTime() ?? 0);
  const ctime = info.ctime?.getTime() ?? 0;
  const version = `${(info.ino ?? 0).toString(36)}-${info.size.toString(36)}-${
    mtime.toString(36)
  }-${ctime.toString(36)}`;
  return { size: info.size, mtime, version };
}

/** Whether nothing has changed between one look at a file and another. */
export function isSameState(a: Deno.FileInfo, b: Deno.FileInfo): boolean {
  return a.size === b.size && a.ino === b.ino && a.dev === b.dev &&
    a.nlink === b.nlink && a.mode === b.mode &&
    a.mtime?.getTime() === b.mtime?.getTime() &&
    a.ctime?.getTime() === b.ctime?.getTime();
}

/** Whether the last change is so long ago that another one would have another time stamp. */
export function isSettled({ mtime, ctime }: Deno.FileInfo): boolean {
  // Where the file system has no ctime to speak of, it is that of the making of the file: the later one tells.
  const changed = Math.max(mtime?.getTime() ?? 0, ctime?.getTime() ?? 0);
  return Date.now() - changed > SETTLED_MS;
}

/** The next `size` bytes of `file`, `undefined` if it has fewer. */
export function readWhole(
  file: Deno.FsFile,
  size: number,
): Uint8Array<ArrayBuffer> | undefined {
  const bytes = new Uint8Array(size);
  for (let done = 0; done < size;) {
    const count = file.readSync(bytes.subarray(done));
    if (count === null || count === 0) return undefined;
    done += count;
  }
  return bytes;
}
