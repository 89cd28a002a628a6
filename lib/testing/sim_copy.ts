/**
 * A copy of all that is on a simulated disk: who restores a backup elsewhere, or clones a machine, has that.
 *
 * @module
 */

import type { SimDisk, SimInode } from "./sim_disk.ts";

/** Puts all that is on `from` in place of what is on `to`, for good. Files have other inodes there, and the same dates. */
export function copyDisk(from: SimDisk, to: SimDisk): void {
  for (const base of [...to.root.entries.keys()]) removeAll(to, base);
  copyBelow(from.root, "", to);
  to.flush();
}

function removeAll(disk: SimDisk, path: string): void {
  const inode = disk.get(path);
  if (inode.kind !== "folder") return disk.unlink(path);
  for (const base of [...inode.entries.keys()]) {
    removeAll(disk, `${path}/${base}`);
  }
  disk.removeFolder(path);
}

function copyBelow(folder: SimInode, above: string, to: SimDisk): void {
  for (const [base, inode] of folder.entries) {
    const { kind, mode, mtime, bytes } = inode;
    const path = above + base;
    const made = to.newInode(kind, mode);
    to.make(path, made);
    if (kind === "folder") copyBelow(inode, `${path}/`, to);
    else {
      to.write(made, 0, bytes);
      to.describe(made, undefined, mtime);
    }
  }
}
