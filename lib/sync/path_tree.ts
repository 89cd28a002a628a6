/**
 * A set of paths that knows what lies below a folder.
 *
 * @module
 */

import { folderOf, type Name } from "../names/name.ts";

export class PathTree {
  readonly #paths = new Set<string>();
  /** Folder -> what is in it: paths of the set, and folders on the way to them. */
  readonly #children = new Map<string, Set<Name>>();

  get size(): number {
    return this.#paths.size;
  }

  add(path: Name): void {
    if (this.#paths.has(path)) return;
    this.#paths.add(path);
    for (let at = path;;) {
      const folder = folderOf(at);
      const siblings = this.#children.get(folder);
      if (siblings !== undefined) {
        siblings.add(at);
        if (siblings.size > 1) return;
      } else this.#children.set(folder, new Set([at]));
      if (folder === "") return;
      at = folder;
    }
  }

  delete(path: Name): void {
    if (!this.#paths.delete(path)) return;
    for (let at = path;;) {
      if (this.#paths.has(at) || this.#children.has(at)) return;
      const folder = folderOf(at);
      const siblings = this.#children.get(folder);
      siblings?.delete(at);
      if (siblings === undefined || siblings.size > 0) return;
      this.#children.delete(folder);
      if (folder === "") return;
      at = folder;
    }
  }

  clear(): void {
    this.#paths.clear();
    this.#children.clear();
  }

  /** What is directly in `folder`: paths of the set, and folders on the way to others. */
  children(folder: Name | ""): Iterable<Name> {
    return this.#children.get(folder) ?? [];
  }

  /** The paths of the set below `folder`, a folder before what is in it. */
  *below(folder: Name | ""): Generator<Name> {
    // A copy: who asks may change the set meanwhile.
    for (const child of [...this.#children.get(folder) ?? []]) {
      if (this.#paths.has(child)) yield child;
      yield* this.below(child);
    }
  }
}
