/**
 * The calls of a program on a `SimDisk`: each of them can be counted, refused, made the last one of the program, or be
 * preceded by what somebody else does.
 *
 * @module
 */

import type {
  FileCalls,
  FileStat,
  OpenPart,
  WatchCall,
} from "../io/sync/file_calls.ts";
import type { Child } from "../io/sync/folder.ts";
import type { Name } from "../names/name.ts";
import { type SimDisk, SimError, type SimInode } from "./sim_disk.ts";
import { SimWatch, type SimWatchOptions } from "./sim_watch.ts";

/** A program that was killed, or whose machine lost its power, acts no more: whatever it calls throws this. */
export class SimCrash extends Error {
  override name = "SimCrash";
}

/** A call that is about to be made. */
export interface SimCall {
  /** As in `FileCalls`; those of an open file too: `read`, `write`, `cutTo`, `describe`, `sync`. */
  readonly call: string;
  readonly path: string;
  /** How many calls that change something this program has made before. */
  readonly changes: number;
  /** Whether it changes something on the disk, or what of it survives a power cut. */
  readonly isChange: boolean;
}

export interface SimCallsOptions {
  readonly disk: SimDisk;
  /** Resolves when `ms` of the simulated time are over; with 0, when it is this program's turn again. */
  readonly later: (ms: number) => Promise<void>;
  /** 0 <= x < 1, always the same with the same seed. */
  readonly random: () => number;
  /**
   * Called before each call. What it returns is the errno that the call fails with. It may change the disk, and end this
   * program by `kill` or `disk.crash`: the call is not made then.
   */
  readonly before?: (call: SimCall) => string | undefined | void;
  readonly watch?: SimWatchOptions;
  /** How long `fdatasync` and `fsync` take; 1 ms by default. */
  readonly syncMs?: number;
  readonly hasLinks?: boolean;
}

export class SimCalls implements FileCalls {
  /** How many of its calls have changed something. */
  changes = 0;
  /** How many files it has open. */
  openFiles = 0;
  readonly #options: SimCallsOptions;
  readonly #disk: SimDisk;
  readonly #power: number;
  readonly #watches = new Set<SimWatch>();
  #isKilled = false;

  constructor(options: SimCallsOptions) {
    this.#options = options;
    this.#disk = options.disk;
    this.#power = options.disk.power;
  }

  /** The program is dead: its calls throw `SimCrash`, what it waits for never comes. What it has written stays. */
  kill(): void {
    this.#isKilled = true;
    for (const watch of this.#watches) watch.close();
  }

  get isDead(): boolean {
    return this.#isKilled || this.#disk.power !== this.#power;
  }

  stat(path: Name | ""): FileStat | undefined {
    this.#enter("stat", path);
    const inode = this.#disk.find(path);
    return inode && statOf(inode);
  }

  list(folder: Name | ""): readonly Child[] {
    this.#enter("list", folder);
    const inode = this.#disk.get(folder);
    if (inode.kind !== "folder") throw new SimError("ENOTDIR", folder);
    return [...inode.entries].map(([base, { kind }]) => ({ base, kind }));
  }

  openToRead(path: Name): OpenPart {
    this.#enter("openToRead", path);
    const inode = this.#disk.get(path);
    if (inode.isLink) throw new SimError("ELOOP", path);
    if (inode.kind === "folder") throw new SimError("EISDIR", path);
    if ((inode.mode & 0o400) === 0) throw new SimError("EACCES", path);
    return this.#open(path, inode);
  }

  openToWrite(path: Name): OpenPart {
    this.#enter("openToWrite", path, true);
    let inode = this.#disk.find(path);
    if (inode === undefined) {
      inode = this.#disk.newInode("file", 0o644);
      this.#disk.make(path, inode);
    }
    if ((inode.mode & 0o200) === 0) throw new SimError("EACCES", path);
    return this.#open(path, inode);
  }

  link(from: Name, to: Name): void {
    this.#enter("link", to, true);
    if (this.#options.hasLinks === false) throw new SimError("EPERM", from);
    this.#disk.link(from, to);
  }

  rename(from: Name, to: Name): void {
    this.#enter("rename", to, true);
    this.#disk.rename(from, to);
  }

  copy(from: Name, to: Name): void {
    this.#enter("copy", to, true);
    const { bytes, mode } = this.#disk.get(from);
    if (this.#disk.find(to) === undefined) {
      this.#disk.make(to, this.#disk.newInode("file", mode));
    }
    const copy = this.#disk.get(to);
    this.#disk.resize(copy, 0);
    this.#disk.write(copy, 0, bytes);
  }

  unlink(path: Name): void {
    this.#enter("unlink", path, true);
    this.#disk.unlink(path);
  }

  makeFolder(path: Name, isOurs: boolean): void {
    this.#enter("makeFolder", path, true);
    const mode = isOurs ? 0o700 : 0o755;
    this.#disk.make(path, this.#disk.newInode("folder", mode));
  }

  removeFolder(path: Name): void {
    this.#enter("removeFolder", path, true);
    this.#disk.removeFolder(path);
  }

  async syncFolder(folder: Name | ""): Promise<void> {
    this.#enter("syncFolder", folder, true);
    const inode = this.#disk.get(folder);
    await this.sleep(this.#options.syncMs ?? 1);
    this.#disk.journal.syncFolder(inode);
  }

  watch(): WatchCall {
    this.#enter("watch", "");
    const { disk, later, random, watch = {} } = this.#options;
    const made = new SimWatch(disk, later, random, watch);
    this.#watches.add(made);
    return made;
  }

  free(): number {
    return Math.max(0, this.#disk.capacity - this.#disk.used());
  }

  now(): number {
    return this.#disk.now();
  }

  async sleep(ms: number): Promise<void> {
    await this.#options.later(ms);
    if (this.isDead) await new Promise<never>(() => {});
  }

  turn(): Promise<void> {
    return this.sleep(0);
  }

  #enter(call: string, path: string, isChange = false): void {
    this.#checkAlive();
    const { changes } = this;
    const errno = this.#options.before?.({ call, path, changes, isChange });
    this.#checkAlive();
    if (typeof errno === "string") throw new SimError(errno, path);
    if (isChange) this.changes++;
  }

  #checkAlive(): void {
    if (this.isDead) throw new SimCrash("The simulated program is dead");
  }

  #open(path: Name, inode: SimInode): OpenPart {
    const disk = this.#disk;
    const change = (call: string) => this.#enter(call, path, true);
    let isOpen = true;
    this.openFiles++;
    return {
      stat: () => {
        this.#enter("stat", path);
        return statOf(inode);
      },
      read: (offset, into) => {
        this.#enter("read", path);
        const bytes = inode.bytes.subarray(offset, offset + into.length);
        into.set(bytes);
        return bytes.length;
      },
      write: (offset, bytes) => {
        change("write");
        disk.write(inode, offset, bytes);
        disk.tell(path);
        return bytes.length;
      },
      cutTo: (size) => {
        change("cutTo");
        disk.resize(inode, size);
      },
      describe: (mode, mtime) => {
        change("describe");
        disk.describe(inode, mode, mtime);
        disk.tell(path);
      },
      sync: async () => {
        change("sync");
        await this.sleep(this.#options.syncMs ?? 1);
        disk.journal.syncFile(inode);
      },
      syncNow: () => {
        change("sync");
        disk.journal.syncFile(inode);
      },
      close: () => {
        if (isOpen) this.openFiles--;
        isOpen = false;
      },
    };
  }
}

/** Deno gives the ctime in whole seconds. */
function statOf(inode: SimInode): FileStat {
  return {
    kind: inode.kind,
    isLink: inode.isLink,
    size: inode.bytes.length,
    mtime: inode.mtime,
    ctime: Math.floor(inode.ctime / 1000) * 1000,
    inode: inode.inode,
    device: 1,
    mode: inode.mode,
    links: inode.links,
  };
}
