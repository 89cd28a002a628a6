/**
 * Steps at a path of this machine's disk where nothing may be.
 *
 * @module
 */

import { errnoOf } from "./os_faults.ts";

/** The inode of what is at `path`, `null` where the system has none; `undefined` if nothing is there. */
export function inodeAt(path: string): number | null | undefined {
  try {
    return Deno.lstatSync(path).ino;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** Removes the file at `path`. */
export function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
  }
}
