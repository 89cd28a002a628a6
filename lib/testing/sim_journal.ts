/**
 * What of a `SimDisk` is really on the disk, and what a power cut leaves of the rest.
 *
 * Names change in groups (a rename takes one name and gives another): of a group all comes to the disk or nothing. Bytes
 * come to it on their own, so that a file may have its new name and date, and none or half of its bytes.
 *
 * @module
 */

import type { NameChange, SimInode } from "./sim_disk.ts";

/** What is older than this is on the disk (Linux: dirty_expire_centisecs). */
const FLUSHED_MS = 30_000;

const BACKDATED_MS = 50_000;

interface Group {
  readonly names: readonly NameChange[];
  readonly since: number;
}

export class SimJournal {
  readonly #root: SimInode;
  readonly #now: () => number;
  readonly #isOrdered: boolean;
  #waiting: Group[] = [];

  constructor(root: SimInode, now: () => number, isOrdered: boolean) {
    this.#root = root;
    this.#now = now;
    this.#isOrdered = isOrdered;
  }

  add(names: readonly NameChange[]): void {
    this.#waiting.push({ names, since: this.#now() });
  }

  /** The names in `folder` are on the disk now; where there is an order, all that was before them too. */
  syncFolder(folder: SimInode): void {
    const touches = ({ names }: Group) =>
      names.some((name) => name.folder === folder);
    if (this.#isOrdered) this.#store(this.#waiting.findLastIndex(touches) + 1);
    else {
      const [now, later] = [
        this.#waiting.filter(touches),
        this.#waiting.filter((group) => !touches(group)),
      ];
      now.forEach(storeGroup);
      this.#waiting = later;
    }
  }

  /** The bytes of `inode` are on the disk now. */
  syncFile(inode: SimInode): void {
    const { bytes, mtime, mode } = inode;
    inode.storedData = { bytes, mtime, mode };
    inode.dirtySince = undefined;
    // A journal is written as a whole, for a file as well.
    if (this.#isOrdered) this.#store(this.#waiting.length);
  }

  flush(): void {
    this.#store(this.#waiting.length);
    for (const inode of filesBelow(this.#root)) this.syncFile(inode);
  }

  crash(random: () => number): void {
    const old = this.#now() - FLUSHED_MS;
    const flushed = this.#waiting.findLastIndex(({ since }) => since <= old);
    this.#store(flushed + 1);
    if (this.#isOrdered) {
      this.#store(Math.floor(random() * (this.#waiting.length + 1)));
    } else {
      for (const group of this.#waiting) {
        if (random() < 0.5) this.#storeIfReachable(group);
      }
    }
    this.#waiting = [];
    restore(this.#root);
    countLinks(this.#root);
    for (const inode of filesBelow(this.#root)) tear(inode, old, random);
  }

  #store(count: number): void {
    for (const group of this.#waiting.splice(0, count)) storeGroup(group);
  }

  /** Without order: what would come to lie in a folder that is itself not there stays where it was. */
  #storeIfReachable(group: Group): void {
    const before = group.names.map(({ folder, base }) =>
      [folder, base, folder.stored.get(base)] as const
    );
    storeGroup(group);
    const reachable = foldersBelow(this.#root);
    const isLost = group.names.some(({ folder, inode }) =>
      inode !== undefined && !reachable.has(folder)
    );
    if (!isLost) return;
    for (const [folder, base, inode] of before.reverse()) {
      if (inode === undefined) folder.stored.delete(base);
      else folder.stored.set(base, inode);
    }
  }
}

function storeGroup({ names }: Group): void {
  for (const { folder, base, inode } of names) {
    if (inode === undefined) folder.stored.delete(base);
    else folder.stored.set(base, inode);
  }
}

/** Programs see what is on the disk. */
function restore(folder: SimInode): void {
  folder.entries.clear();
  for (const [base, inode] of folder.stored) {
    folder.entries.set(base, inode);
    inode.links = 0;
    if (inode.kind === "folder") restore(inode);
  }
}

function countLinks(folder: SimInode): void {
  for (const inode of folder.entries.values()) {
    inode.links++;
    if (inode.kind === "folder") countLinks(inode);
  }
}

/** Of bytes that were not on the disk for sure, any part may be. */
function tear(inode: SimInode, old: number, random: () => number): void {
  if (inode.dirtySince !== undefined && inode.dirtySince > old) {
    const { storedData: stored, bytes } = inode;
    const chance = random();
    if (stored?.bytes === bytes) {
      // Only its date or mode is new.
      if (chance < 0.5) restoreMeta(inode);
    } else if (chance < 0.25) {
      // The new date, and none of the new bytes. (Who changes bytes in their place and then dates them back is not helped: that
      // the date is the same, and not a late one, is all that could be seen.)
      if (inode.ctime - inode.mtime > BACKDATED_MS) restoreMeta(inode);
      inode.bytes = stored?.bytes ?? new Uint8Array();
    } else if (chance < 0.5) {
      inode.bytes = bytes.slice(0, Math.floor(random() * bytes.length));
    } else if (chance < 0.75) {
      inode.bytes = stored?.bytes ?? new Uint8Array();
      restoreMeta(inode);
    }
  }
  const { bytes, mtime, mode } = inode;
  inode.storedData = { bytes, mtime, mode };
  inode.dirtySince = undefined;
}

function restoreMeta(inode: SimInode): void {
  inode.mtime = inode.storedData?.mtime ?? inode.mtime;
  inode.mode = inode.storedData?.mode ?? inode.mode;
}

function filesBelow(folder: SimInode, into = new Set<SimInode>()) {
  for (const inode of folder.entries.values()) {
    if (inode.kind === "folder") filesBelow(inode, into);
    else if (inode.kind === "file") into.add(inode);
  }
  return into;
}

function foldersBelow(folder: SimInode, into = new Set<SimInode>()) {
  into.add(folder);
  for (const inode of folder.stored.values()) {
    if (inode.kind === "folder" && !into.has(inode)) foldersBelow(inode, into);
  }
  return into;
}
