/**
 * What everything that acts on a synced folder has in common: which names may be acted on, and what an error becomes.
 *
 * @module
 */

import { Refusal } from "../../errors.ts";
import { folderOf, foldersAbove, type Name } from "../../names/name.ts";
import { isOwnName } from "../../names/own_names.ts";
import { errnoOf, isWithoutHardLinks, toOwnRefusal } from "../os_faults.ts";
import type { FileCalls } from "./file_calls.ts";

/**
 * What `act` gives. What the system refuses becomes a `Refusal` with its own sentence, for it is the person's own disk;
 * what is no error of the system (a bug, the end of a simulated machine) is thrown as it is.
 */
export function acting<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw toDiskRefusal(error);
  }
}

export function toDiskRefusal(error: unknown): unknown {
  const errno = errnoOf(error);
  if (errno === "EXDEV") {
    return new Refusal(
      "not-allowed",
      "It lies on another file system than the synced folder",
      { cause: error },
    );
  }
  return errno === undefined && !isWithoutPermission(error)
    ? error
    : toOwnRefusal(error);
}

/** Deno's own sandbox said no. */
function isWithoutPermission(error: unknown): boolean {
  return error instanceof Deno.errors.NotCapable;
}

/**
 * Makes sure that `path` may be changed: it is not ours, and every folder above it is there and no link (security.md P6).
 *
 * What these calls cannot rule out: somebody who may write into the folder and puts a link in the place of a folder between
 * this look and the act.
 *
 * @throws {Refusal} `bad-name`, `not-found`, `not-allowed`
 */
export function checkMayChange(calls: FileCalls, path: Name): void {
  if (isOwnName(path)) {
    throw new Refusal("bad-name", "Names with .landline are our own");
  }
  for (const folder of foldersAbove(path)) {
    const above = calls.stat(folder);
    if (above?.isLink) {
      throw new Refusal("not-allowed", "A folder above it is a link");
    }
    if (above?.kind !== "folder") {
      throw new Refusal("not-found", "The folder above it is not there");
    }
  }
}

/** Whether a folder above `path` is a link: what lies behind is not ours to look at. Absent ones are none. */
export function passesLink(calls: FileCalls, path: Name): boolean {
  return foldersAbove(path).some((above) => calls.stat(above)?.isLink);
}

/** Makes the folder `path` and those above it, as far as they are not there. */
export function makeFolders(
  calls: FileCalls,
  path: Name,
  isOurs: boolean,
): void {
  if (calls.stat(path)?.kind === "folder") return;
  const above = folderOf(path);
  if (above !== "") makeFolders(calls, above, isOurs);
  try {
    calls.makeFolder(path, isOurs);
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw error;
    if (calls.stat(path)?.kind === "folder") return;
    throw new Refusal("exists", `"${path}" is no folder`);
  }
}

/**
 * Moves the file `from` to `to` if nothing is there; false if something is. By a hard link: no moment between a look and a
 * rename in which somebody else's file is lost. Where there are none it is a look and a rename.
 */
export function moveToFree(calls: FileCalls, from: Name, to: Name): boolean {
  try {
    calls.link(from, to);
  } catch (error) {
    if (errnoOf(error) === "EEXIST") return false;
    if (!isWithoutHardLinks(error)) throw error;
    if (calls.stat(to) !== undefined) return false;
    calls.rename(from, to);
    return true;
  }
  calls.unlink(from);
  return true;
}
