/**
 * One folder that files are received into.
 *
 * @module
 */

import { Refusal } from "../errors.ts";
import { folderOf } from "../names/name.ts";
import { errnoOf, toOwnRefusal } from "./os_faults.ts";

/** A folder below the root: what was in it when the run came to it, and whether it is there. */
export class TargetFolder {
  readonly path: string;
  readonly names: ReadonlySet<string>;
  #isThere = false;
  /** Why nothing can be received into it, if nothing can: other folders still can. */
  readonly #fault: Refusal | undefined;

  constructor(path: string) {
    this.path = path;
    let names: Set<string> | undefined;
    try {
      refuseLinks(path);
      names = namesIn(path);
      this.#isThere = names !== undefined;
    } catch (error) {
      this.#fault = toOwnRefusal(error);
    }
    this.names = names ?? new Set();
  }

  /** @throws {Refusal} if nothing can be received into it */
  make(): void {
    if (this.#fault !== undefined) throw this.#fault;
    if (this.#isThere) return;
    try {
      Deno.mkdirSync(this.path, { recursive: true });
    } catch (error) {
      throw toOwnRefusal(error);
    }
    refuseLinks(this.path);
    this.#isThere = true;
  }
}

/**
 * Looks at what is there of the folders on the way to `path`.
 *
 * @throws {Refusal} if one is a symbolic link: writing through somebody's link would leave the folder that was named
 */
function refuseLinks(path: string): void {
  let there = path;
  while (infoAt(there) === undefined) there = folderOf(there) || "/";
  if (infoAt(there)?.isSymlink || Deno.realPathSync(there) !== there) {
    throw new Refusal("not-allowed", "A folder on the way is a symbolic link");
  }
}

/** What is at `path`, links not followed. */
export function infoAt(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch {
    return undefined;
  }
}

function namesIn(path: string): Set<string> | undefined {
  try {
    const names = new Set<string>();
    for (const entry of Deno.readDirSync(path)) names.add(entry.name);
    return names;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    if (errnoOf(error) === "ENOTDIR") {
      throw new Refusal("exists", "A file is there where a folder is needed");
    }
    throw toOwnRefusal(error);
  }
}
