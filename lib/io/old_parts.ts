/**
 * Parts of uploads that nobody has gone on with: what a killed server or a client that never came back has left. They are
 * kept for a day, to be resumed, and then removed, so that they cannot fill the disk.
 *
 * @module
 */

import { RESERVED_PREFIX } from "../names/name.ts";

/** How long a part is kept after it was last written. */
export const PARTS_KEPT_MS = 24 * 3600 * 1000;

/**
 * Removes the parts in and below `folder` that were last written before `before` and that nobody holds.
 *
 * @param before milliseconds since 1970
 * @returns how many were removed
 */
export async function removeOldParts(
  folder: string,
  before: number,
): Promise<number> {
  let removed = 0;
  try {
    // By promises: a large tree takes its time, and others have theirs meanwhile.
    for await (const { name, isDirectory, isFile } of Deno.readDir(folder)) {
      const path = `${folder}/${name}`;
      if (isDirectory) removed += await removeOldParts(path, before);
      else if (isFile && isPart(name) && await removeOld(path, before)) {
        removed++;
      }
    }
  } catch {
    // A folder that vanished, or that may not be read: there is nothing of ours to remove.
  }
  return removed;
}

function isPart(name: string): boolean {
  return name.startsWith(RESERVED_PREFIX + "-") && name.endsWith(".part");
}

async function removeOld(path: string, before: number): Promise<boolean> {
  try {
    const { mtime } = await Deno.lstat(path);
    if (mtime === null || mtime.getTime() >= before) return false;
    using file = await Deno.open(path, { write: true });
    // Whoever writes a part holds its lock (part_file.ts).
    if (!file.tryLockSync(true)) return false;
    await Deno.remove(path);
    return true;
  } catch {
    return false;
  }
}
