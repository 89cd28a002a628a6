/**
 * My version of every path, in memory, written through to the index.
 *
 * @module
 */

import type { Name } from "../../../names/name.ts";
import type { LocalEntry } from "../../../sync/index_store.ts";
import { PathTree } from "../../../sync/path_tree.ts";
import type { RootHash } from "../../../sync/record.ts";
import type { IndexWriter } from "./index_writer.ts";

export class LocalTree {
  readonly #writer: IndexWriter;
  readonly #entries = new Map<Name, LocalEntry>();
  readonly #live = new PathTree();
  /** Nearly every root and inode has one path only. */
  readonly #ofRoot = new Map<RootHash, Name | Set<Name>>();
  readonly #ofInode = new Map<number, Name>();
  #files = 0;
  #bytes = 0;

  constructor(writer: IndexWriter) {
    this.#writer = writer;
  }

  /** What was kept. */
  load(entries: Iterable<LocalEntry>): void {
    for (const entry of entries) this.#put(entry);
  }

  get(path: Name): LocalEntry | undefined {
    return this.#entries.get(path);
  }

  entries(): IterableIterator<LocalEntry> {
    return this.#entries.values();
  }

  /** The date of the newest file, of those that are not newer than `now`; `-Infinity` if there is none. */
  newestDate(now: number): number {
    let newest = -Infinity;
    for (const { seen } of this.#entries.values()) {
      if (seen?.kind !== "file" || seen.mtime > now) continue;
      newest = Math.max(newest, seen.mtime);
    }
    return newest;
  }

  /** Live files. */
  get files(): number {
    return this.#files;
  }

  /** Live folders. */
  get folders(): number {
    return this.#live.size - this.#files;
  }

  /** Bytes of the live files. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Live paths below `folder`, a folder before what is in it. */
  liveBelow(folder: Name | ""): Iterable<Name> {
    return this.#live.below(folder);
  }

  /** Live paths in `folder`, and those below which there are some. */
  liveIn(folder: Name | ""): Iterable<Name> {
    return this.#live.children(folder);
  }

  /** Live files that have the content `root`, as far as is known. */
  pathsOf(root: RootHash): readonly Name[] {
    const paths = this.#ofRoot.get(root);
    return paths === undefined
      ? []
      : typeof paths === "string"
      ? [paths]
      : [...paths];
  }

  /** The live path that was seen with this inode last. */
  pathOfInode(inode: number): Name | undefined {
    return this.#ofInode.get(inode);
  }

  /** A version that was seen on the disk, or agreed on without touching the disk. */
  set(entry: LocalEntry): void {
    this.#put(entry);
    this.#writer.local(entry.record.path, entry);
  }

  /** A version that this peer has just put on the disk, or taken from it. */
  setDone(entry: LocalEntry): void {
    this.#put(entry);
    this.#writer.localDone(entry.record.path, entry);
  }

  /** Nothing is at `path` any more, by this peer's doing, and something else is to stand there. */
  forgetDone(path: Name): void {
    const before = this.#entries.get(path);
    if (before === undefined) return;
    this.#leave(before);
    this.#live.delete(path);
    this.#entries.delete(path);
    this.#writer.localDone(path, undefined);
  }

  #put(entry: LocalEntry): void {
    const { record, seen } = entry;
    const { path, root } = record;
    const before = this.#entries.get(path);
    if (before !== undefined) this.#leave(before);
    this.#entries.set(path, entry);
    if (root === null) return this.#live.delete(path);
    this.#live.add(path);
    if (seen !== undefined) this.#ofInode.set(seen.inode, path);
    if (record.kind === "folder") return;
    this.#files++;
    this.#bytes += record.size;
    const others = this.#ofRoot.get(root);
    if (others === undefined) this.#ofRoot.set(root, path);
    else if (typeof others !== "string") others.add(path);
    else this.#ofRoot.set(root, new Set([others, path]));
  }

  /** Leaves it in the set of live paths: it is most often put there again. */
  #leave({ record, seen }: LocalEntry): void {
    const { path, root } = record;
    if (root === null) return;
    if (seen !== undefined && this.#ofInode.get(seen.inode) === path) {
      this.#ofInode.delete(seen.inode);
    }
    if (record.kind === "folder") return;
    this.#files--;
    this.#bytes -= record.size;
    const paths = this.#ofRoot.get(root);
    if (paths === path) this.#ofRoot.delete(root);
    else if (paths !== undefined && typeof paths !== "string") {
      paths.delete(path);
      if (paths.size === 0) this.#ofRoot.delete(root);
    }
  }
}
