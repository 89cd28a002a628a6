/**
 * Somebody who works in a simulated folder, with programs that know nothing of us: no call of theirs is counted or refused,
 * and nothing waits until it is on the disk.
 *
 * @module
 */

import { type SimDisk, SimError, type SimInode } from "./sim_disk.ts";

/** What is at a path, for whoever checks a run. Takes no notice of links, counts nothing. */
export interface SimVisit {
  readonly kind: SimInode["kind"];
  readonly inode: number;
  /** Of a file. Never changed later: a write makes another array. */
  readonly bytes: Uint8Array;
  readonly mtime: number;
  readonly executable: boolean;
}

/** A name that a file was opened by: what is written then is told of under it, also if the file has others by now. */
interface OpenName {
  folder: SimInode;
  base: string;
}

export class SimPerson {
  readonly #disk: SimDisk;
  readonly #open = new Set<OpenName>();
  #made = 0;

  constructor(disk: SimDisk) {
    this.#disk = disk;
  }

  /** Writes into the file at `path`, which is made with the folders above it if it is not there. */
  write(path: string, bytes: Uint8Array, mtime?: number): void {
    this.makeFolders(parentOf(path));
    const inode = this.#fileAt(path);
    this.#disk.resize(inode, 0);
    try {
      this.#disk.write(inode, 0, bytes);
      if (mtime !== undefined) this.#disk.describe(inode, undefined, mtime);
    } finally {
      // On a full disk it is empty now.
      this.#disk.tell(path);
    }
  }

  /** The same in two steps: empties it and writes the first half now, the rest when what it returns is called. */
  beginWrite(path: string, bytes: Uint8Array): () => void {
    const half = bytes.length >> 1;
    this.write(path, bytes.subarray(0, half));
    const inode = this.#disk.get(path);
    const name: OpenName = this.#disk.placeOf(path);
    this.#open.add(name);
    return () => {
      this.#open.delete(name);
      // Whatever its name is by now, and also if it has none.
      this.#disk.write(inode, half, bytes.subarray(half));
      const folder = pathOf(name.folder, this.#disk.root, "");
      if (folder !== undefined) this.#disk.tell(folder + name.base);
    };
  }

  /** As editors do: writes another file and gives it the name. */
  replace(path: string, bytes: Uint8Array, mtime?: number): void {
    const other = `${path}.sim~${++this.#made}`;
    this.write(other, bytes, mtime);
    this.#disk.rename(other, path);
  }

  rename(from: string, to: string): void {
    this.makeFolders(parentOf(to));
    const { folder, base } = this.#disk.placeOf(from);
    this.#disk.rename(from, to);
    for (const name of this.#open) {
      if (name.folder !== folder || name.base !== base) continue;
      Object.assign(name, this.#disk.placeOf(to));
    }
  }

  remove(path: string): void {
    this.#disk.unlink(path);
  }

  /** `mkdir -p`. */
  makeFolders(path: string): void {
    if (path === "" || this.#disk.find(path) !== undefined) return;
    this.makeFolders(parentOf(path));
    this.#disk.make(path, this.#disk.newInode("folder", 0o755));
  }

  /** `rm -r`. */
  removeAll(path: string): void {
    const inode = this.#disk.get(path);
    if (inode.kind !== "folder") return this.#disk.unlink(path);
    for (const base of [...inode.entries.keys()]) {
      this.removeAll(`${path}/${base}`);
    }
    this.#disk.removeFolder(path);
  }

  /** Changes date and executable bit; what is not given stays. */
  describe(
    path: string,
    { mtime, mode }: { readonly mtime?: number; readonly mode?: number },
  ): void {
    this.#disk.describe(this.#disk.get(path), mode, mtime);
    this.#disk.tell(path);
  }

  /** A symbolic link at `path` to what is at `to` now, if anything. */
  symlink(to: string, path: string): void {
    const target = this.#disk.find(to);
    this.#disk.make(path, this.#disk.newInode("other", 0o777, { target }));
  }

  fifo(path: string): void {
    this.#disk.make(path, this.#disk.newInode("other", 0o644));
  }

  visit(path: string): SimVisit | undefined {
    const inode = this.#disk.find(path);
    if (inode === undefined) return undefined;
    const { kind, bytes, mtime, mode } = inode;
    const executable = kind === "file" && (mode & 0o100) !== 0;
    return { kind, inode: inode.inode, bytes, mtime, executable };
  }

  /** Everything in the folder, parents first, in the order of names; `.landline` and what is in it only if asked for. */
  *walk(withOwn = false, folder = ""): Iterable<[string, SimVisit]> {
    for (const base of [...this.#disk.get(folder).entries.keys()].sort()) {
      if (base === ".landline" && !withOwn) continue;
      const path = folder === "" ? base : `${folder}/${base}`;
      const visit = this.visit(path)!;
      yield [path, visit];
      if (visit.kind === "folder") yield* this.walk(withOwn, path);
    }
  }

  #fileAt(path: string): SimInode {
    const there = this.#disk.find(path);
    if (there === undefined) {
      this.#disk.make(path, this.#disk.newInode("file", 0o644));
      return this.#disk.get(path);
    }
    if (there.kind !== "file") throw new SimError("EISDIR", path);
    return there;
  }
}

/** What comes before the names in `folder`, from `above` on, where `from` is; `undefined` if it is nowhere there. */
function pathOf(
  folder: SimInode,
  from: SimInode,
  above: string,
): string | undefined {
  if (from === folder) return above;
  for (const [base, inode] of from.entries) {
    const found = pathOf(folder, inode, `${above}${base}/`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}
