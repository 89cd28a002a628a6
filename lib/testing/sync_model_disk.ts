/**
 * The disks of the model, and the paths on them.
 *
 * @module
 */

import type { Name } from "../names/name.ts";
import { FOLDER_ROOT, type RootHash } from "../sync/record.ts";
import { type Content, FOLDER_CONTENT } from "../sync/versions.ts";

/** A file or folder on a disk. */
export interface ModelNode {
  /** `FOLDER_ROOT` for a folder. */
  readonly root: RootHash;
  readonly mtime: number;
  readonly executable: boolean;
}

/** What a node is, as versions are made of it. */
export function contentOf(node: ModelNode): Content {
  return node.root === FOLDER_ROOT ? FOLDER_CONTENT : {
    kind: "file",
    size: 1,
    blockLog: 17,
    ...node,
  };
}

/** Path -> what is there. */
export class ModelDisk extends Map<Name, ModelNode> {
  /** Paths that have not changed since they were looked at. */
  readonly observed = new Set<Name>();

  constructor(readonly paths: ModelPaths) {
    super();
  }

  override set(path: Name, node: ModelNode): this {
    this.observed.delete(path);
    this.paths.add(path);
    return super.set(path, node);
  }

  override delete(path: Name): boolean {
    this.observed.delete(path);
    return super.delete(path);
  }
}

/** One for all peers: that some never heard of a path makes no difference. */
export class ModelPaths {
  /** Folders before what is in them. */
  all: readonly Name[] = [];
  #known = new Set<Name>();
  readonly #below = new Map<Name, readonly Name[]>();
  readonly #related = new Map<Name, readonly Name[]>();

  add(path: Name): void {
    if (this.#known.has(path)) return;
    this.#known.add(path);
    this.all = [...this.#known].sort();
    this.#below.clear();
    this.#related.clear();
  }

  below(path: Name): readonly Name[] {
    return kept(
      this.#below,
      path,
      () => this.all.filter((other) => other.startsWith(path + "/")),
    );
  }

  /** The path, what is below it, and the folders above it. */
  related(path: Name): readonly Name[] {
    this.add(path);
    return kept(
      this.#related,
      path,
      () =>
        this.all.filter((other) =>
          other === path || other.startsWith(path + "/") ||
          path.startsWith(other + "/")
        ),
    );
  }
}

function kept<V>(cache: Map<Name, V>, path: Name, make: () => V): V {
  let value = cache.get(path);
  if (value === undefined) cache.set(path, value = make());
  return value;
}
