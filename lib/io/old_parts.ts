/**
 * Parts of uploads that nobody has gone on with, and the notes about them: what a killed server or a client that never
 * came back has left. They are kept for a day, to be resumed, and then removed, so that they cannot fill the disk.
 *
 * @module
 */

import { RESERVED_PREFIX } from "../names/name.ts";
import type { Clock } from "./clock.ts";
import { errnoOf } from "./os_faults.ts";

/** How long a part is kept after it, or the note about it, was last written. */
export const PARTS_KEPT_MS = 24 * 3600 * 1000;

/** How often they are looked for, which is a walk through the whole folder. */
const SWEEP_EVERY_MS = 3600 * 1000;

const PREFIX = RESERVED_PREFIX + "-";
const SUFFIXES = [".part", ".note"];

/**
 * Removes the parts in and below `folder` that nobody has gone on with for `PARTS_KEPT_MS`, now and every hour, until the
 * returned function is called.
 *
 * @param tell called with how many were removed, if any were
 */
export function sweepOldParts(
  folder: string,
  clock: Clock,
  tell: (parts: number) => void,
): () => void {
  let isSweeping = false;
  const sweep = async () => {
    if (isSweeping) return;
    isSweeping = true;
    const before = clock.wallTime() - PARTS_KEPT_MS;
    const parts = await removeOldParts(folder, before);
    isSweeping = false;
    if (parts > 0) tell(parts);
  };
  void sweep();
  return clock.every(SWEEP_EVERY_MS, () => void sweep());
}

/**
 * Removes the parts in and below `folder` that nobody holds, with their notes, where both were last written before
 * `before`.
 *
 * @param before milliseconds since 1970
 * @returns how many were removed; a part and its note are one
 */
export async function removeOldParts(
  folder: string,
  before: number,
): Promise<number> {
  let removed = 0;
  const stems = new Set<string>();
  try {
    // By promises: a large tree takes its time, and others have theirs meanwhile.
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      const path = `${folder}/${name}`;
      if (isDirectory) removed += await removeOldParts(path, before);
      else if (isOurs(name)) stems.add(path.slice(0, -5));
    }
  } catch {
    // A folder that vanished, or that may not be read: there is nothing of ours to remove.
  }
  for (const stem of stems) if (await removeOld(stem, before)) removed++;
  return removed;
}

function isOurs(name: string): boolean {
  return name.startsWith(PREFIX) && SUFFIXES.some((end) => name.endsWith(end));
}

async function removeOld(stem: string, before: number): Promise<boolean> {
  const [part, note] = [stem + ".part", stem + ".note"];
  try {
    const newest = Math.max(await writtenAt(part), await writtenAt(note));
    if (newest >= before) return false;
    using lock = await partLock(part);
    // Somebody may have gone on with it, and left it, since we looked.
    if (!lock.isOurs || await writtenAt(part) >= before) return false;
    // The note first: a part without one is found the next time, a note without a part would promise what is gone.
    await removeIfThere(note);
    await removeIfThere(part);
    return true;
  } catch {
    return false;
  }
}

/** When the file at `path` was written, in milliseconds since 1970; 0 if nothing is there. */
async function writtenAt(path: string): Promise<number> {
  try {
    const { isFile, mtime } = await Deno.lstat(path);
    // What is no file is not ours, and what has no date is not old.
    return isFile && mtime !== null ? mtime.getTime() : Infinity;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return 0;
    throw error;
  }
}

/** Takes the lock that whoever writes a part holds (part_file.ts); a part that is not there is nobody's. */
async function partLock(
  path: string,
): Promise<Disposable & { isOurs: boolean }> {
  let file: Deno.FsFile;
  try {
    file = await Deno.open(path, { write: true });
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
    return { isOurs: true, [Symbol.dispose]: () => {} };
  }
  const isOurs = file.tryLockSync(true);
  return {
    isOurs,
    [Symbol.dispose]() {
      if (isOurs) file.unlockSync();
      file.close();
    },
  };
}

async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
  }
}
