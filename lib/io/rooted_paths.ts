/**
 * Where the names of a shared folder lie on the disk, and which of them may be seen at all. For the parts of
 * `RootedDirectory`: it says there how a name is kept inside.
 *
 * @module
 */

import { Refusal } from "../errors.ts";
import {
  foldersAbove,
  isHidden,
  isReserved,
  type Name,
  type NameRules,
  pathOf,
} from "../names/name.ts";

export class RootedPaths {
  /** Real, absolute path of the folder. */
  readonly root: string;
  readonly rules: NameRules = Deno.build.os === "windows" ? "windows" : "posix";
  readonly #hidden: boolean;

  /**
   * @param root real, absolute path of the folder
   * @param hidden whether names with a part that begins with a dot may be seen
   */
  constructor(root: string, hidden: boolean) {
    this.root = root;
    this.#hidden = hidden;
  }

  /** The path of `name`, if the rules for names that begin with a dot allow it. Hidden is said as absent. */
  of(name: Name): string {
    if (this.isWithheld(name)) throw new Refusal("not-found");
    return this.pathOf(name);
  }

  /** The path of `name`, which may be one of ours. */
  pathOf(name: Name): string {
    return pathOf(this.root, name, this.rules);
  }

  isWithheld(name: string): boolean {
    return isHidden(name) && (!this.#hidden || isReserved(name));
  }

  /** Whether a folder above `name` is a symbolic link. */
  passesLink(name: Name): boolean {
    return foldersAbove(name).some((above) =>
      Deno.lstatSync(this.root + "/" + above).isSymlink
    );
  }

  /** The real path of what `path` leads to; refused unless it lies in this folder and may be seen there. */
  realPathOf(path: string): string {
    const real = Deno.realPathSync(path);
    if (real === this.root) return real;
    const prefix = this.root === "/" ? "/" : this.root + "/";
    if (
      !real.startsWith(prefix) ||
      this.isWithheld(real.slice(prefix.length).replaceAll("\\", "/"))
    ) {
      throw new Refusal("not-found");
    }
    return real;
  }
}

/** Whether they are of one file, under whatever names. */
export function isSameFile(a: Deno.FileInfo, b: Deno.FileInfo): boolean {
  return a.ino === b.ino && a.dev === b.dev;
}

export function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}
