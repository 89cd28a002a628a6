/**
 * A disk in memory, with what makes disks hard: inodes with several names, time stamps that tick every 4 ms, and a page cache
 * of which a power cut leaves some. Programs get to it through `SimCalls`, people through `SimPerson`; what a power cut does
 * is in `sim_journal.ts`.
 *
 * @module
 */

import { SimJournal } from "./sim_journal.ts";

/** Of whatever is new: nobody can change it. */
const NO_BYTES = new Uint8Array(0);

/** Linux' time stamps, mostly. */
const TICK_MS = 4;

/** What a call on this disk fails with: as an error of Deno, it has the errno as its `code`. */
export class SimError extends Error {
  override name = "SimError";
  readonly code: string;

  constructor(code: string, text: string) {
    super(`${code}: ${text}`);
    this.code = code;
  }
}

/** A file, folder or link, whatever its names. */
export interface SimInode {
  readonly inode: number;
  readonly kind: "file" | "folder" | "other";
  readonly isLink: boolean;
  /** Of a link: what it leads to, if that is there. */
  readonly target: SimInode | undefined;
  bytes: Uint8Array<ArrayBuffer>;
  mode: number;
  mtime: number;
  ctime: number;
  links: number;
  /** Of a folder, as programs see it. */
  readonly entries: Map<string, SimInode>;
  /** Of a folder, as it is after a power cut: without what waits in the journal. */
  readonly stored: Map<string, SimInode>;
  /** Of a file: what is on the disk. `undefined`: nothing yet. */
  storedData: SimData | undefined;
  /** Since when there is more than that; `undefined`: there is not. */
  dirtySince: number | undefined;
}

export interface SimData {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly mtime: number;
  readonly mode: number;
}

/** One name that comes, changes or goes. */
export interface NameChange {
  readonly folder: SimInode;
  readonly base: string;
  /** `undefined`: the name goes. */
  readonly inode: SimInode | undefined;
}

/** Told of every change: the paths it happened at. */
export type ChangeListener = (paths: readonly string[]) => void;

export interface SimDiskOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Bytes that files may have in all. */
  readonly capacity?: number;
  /**
   * Whether names come to the disk in the order of their making, as on file systems with a journal (ext4, xfs, btrfs, APFS,
   * NTFS); otherwise in any order.
   */
  readonly isOrdered?: boolean;
}

export class SimDisk {
  readonly now: () => number;
  readonly root: SimInode;
  readonly journal: SimJournal;
  readonly listeners = new Set<ChangeListener>();
  capacity: number;
  /** Counts the power cuts: what was open before one is gone. */
  power = 0;
  /** Counts whatever can be seen: as long as it is the same, the disk is. */
  changes = 0;
  #inodes = 0;

  constructor({ now, capacity = Infinity, isOrdered = true }: SimDiskOptions) {
    this.now = now;
    this.capacity = capacity;
    this.root = this.newInode("folder", 0o755);
    this.root.links = 1;
    this.journal = new SimJournal(this.root, now, isOrdered);
  }

  /**
   * The power goes and comes back: of what was not on the disk, some is lost. Everything that was open is dead.
   *
   * @param random 0 <= x < 1
   */
  crash(random: () => number): void {
    this.power++;
    this.changes++;
    this.listeners.clear();
    this.journal.crash(random);
  }

  /** Everything is on the disk, as after half a minute. */
  flush(): void {
    this.journal.flush();
  }

  newInode(
    kind: SimInode["kind"],
    mode: number,
    link?: { readonly target: SimInode | undefined },
  ): SimInode {
    const now = this.tick();
    return {
      inode: ++this.#inodes,
      kind,
      isLink: link !== undefined,
      target: link?.target,
      bytes: NO_BYTES,
      mode,
      mtime: now,
      ctime: now,
      links: 0,
      entries: new Map(),
      stored: new Map(),
      storedData: undefined,
      dirtySince: kind === "file" ? this.now() : undefined,
    };
  }

  /** The time, as files get it. */
  tick(): number {
    return Math.floor(this.now() / TICK_MS) * TICK_MS;
  }

  /** What is at `path`, which may be a link; links above it are followed. `""` is the root. */
  find(path: string): SimInode | undefined {
    let at: SimInode | undefined = this.root;
    if (path === "") return at;
    for (let from = 0;;) {
      at = at?.target ?? at;
      if (at?.kind !== "folder") return undefined;
      const slash = path.indexOf("/", from);
      if (slash < 0) return at.entries.get(path.slice(from));
      at = at.entries.get(path.slice(from, slash));
      from = slash + 1;
    }
  }

  /** @throws `ENOENT` */
  get(path: string): SimInode {
    const found = this.find(path);
    if (found === undefined) throw new SimError("ENOENT", path);
    return found;
  }

  /** The folder that `path` lies in, and its name there. @throws `ENOENT`, `ENOTDIR` */
  placeOf(path: string): { folder: SimInode; base: string } {
    const slash = path.lastIndexOf("/");
    const found = this.get(slash < 0 ? "" : path.slice(0, slash));
    const folder = found.target ?? found;
    if (folder.kind !== "folder") throw new SimError("ENOTDIR", path);
    return { folder, base: path.slice(slash + 1) };
  }

  /** Makes something at `path`. @throws `EEXIST` */
  make(path: string, inode: SimInode): void {
    const { folder, base } = this.placeOf(path);
    if (folder.entries.has(base)) throw new SimError("EEXIST", path);
    this.#change([{ folder, base, inode }], [path]);
  }

  link(from: string, to: string): void {
    const inode = this.get(from);
    if (inode.kind === "folder") throw new SimError("EPERM", from);
    this.make(to, inode);
  }

  rename(from: string, to: string): void {
    const inode = this.get(from);
    const old = this.placeOf(from);
    const { folder, base } = this.placeOf(to);
    const there = folder.entries.get(base);
    // Two names of one file: POSIX does nothing.
    if (there === inode) return;
    if (there !== undefined) checkReplaces(inode, there, to);
    if (`${to}/`.startsWith(`${from}/`)) throw new SimError("EINVAL", to);
    this.#change([
      { folder: old.folder, base: old.base, inode: undefined },
      { folder, base, inode },
    ], [from, to]);
  }

  unlink(path: string): void {
    if (this.get(path).kind === "folder") throw new SimError("EISDIR", path);
    this.#change([{ ...this.placeOf(path), inode: undefined }], [path]);
  }

  removeFolder(path: string): void {
    const inode = this.get(path);
    if (inode.kind !== "folder") throw new SimError("ENOTDIR", path);
    if (inode.entries.size > 0) throw new SimError("ENOTEMPTY", path);
    this.#change([{ ...this.placeOf(path), inode: undefined }], [path]);
  }

  /** Puts `bytes` at `offset` of a file. @throws `ENOSPC` */
  write(inode: SimInode, offset: number, bytes: Uint8Array): void {
    const size = Math.max(inode.bytes.length, offset + bytes.length);
    this.resize(inode, size);
    inode.bytes.set(bytes, offset);
  }

  resize(inode: SimInode, size: number): void {
    const grows = size - inode.bytes.length;
    if (grows > 0 && this.used() + grows > this.capacity) {
      throw new SimError("ENOSPC", "the disk is full");
    }
    // Always another array: what is on the disk, and what a reader saw, stays as it is.
    const bytes = new Uint8Array(size);
    if (grows >= 0) bytes.set(inode.bytes);
    else bytes.set(inode.bytes.subarray(0, size));
    inode.bytes = bytes;
    inode.mtime = inode.ctime = this.tick();
    inode.dirtySince ??= this.now();
    this.changes++;
  }

  describe(inode: SimInode, mode: number | undefined, mtime?: number): void {
    if (mode !== undefined) inode.mode = mode;
    if (mtime !== undefined) inode.mtime = mtime;
    inode.ctime = this.tick();
    if (inode.kind === "file") inode.dirtySince ??= this.now();
    this.changes++;
  }

  /** Tells who watches. */
  tell(...paths: string[]): void {
    for (const listener of [...this.listeners]) listener(paths);
  }

  /** Bytes of all files. */
  used(): number {
    let bytes = 0;
    const counted = new Set<SimInode>();
    const count = (folder: SimInode) => {
      for (const inode of folder.entries.values()) {
        if (inode.kind === "folder") count(inode);
        else if (!counted.has(inode)) {
          counted.add(inode);
          bytes += inode.bytes.length;
        }
      }
    };
    count(this.root);
    return bytes;
  }

  #change(names: readonly NameChange[], paths: readonly string[]): void {
    const now = this.tick();
    for (const { folder, base, inode } of names) {
      const old = folder.entries.get(base);
      if (old !== undefined) {
        old.links--;
        old.ctime = now;
      }
      if (inode === undefined) folder.entries.delete(base);
      else {
        folder.entries.set(base, inode);
        inode.links++;
        inode.ctime = now;
      }
      folder.mtime = folder.ctime = now;
    }
    this.journal.add(names);
    this.changes++;
    this.tell(...paths);
  }
}

function checkReplaces(inode: SimInode, there: SimInode, to: string): void {
  if (inode.kind === "folder") {
    if (there.kind !== "folder") throw new SimError("ENOTDIR", to);
    if (there.entries.size > 0) throw new SimError("ENOTEMPTY", to);
  } else if (there.kind === "folder") throw new SimError("EISDIR", to);
}
