/**
 * Brings what changed into the index, joined: at once where something is told to others that must not be forgotten, and
 * otherwise within `WRITE_MS`. What was done to the disk is written behind the fsync of its folders: the index must never be ahead
 * of the disk, or what a power cut brings back would be taken for somebody's change.
 *
 * @module
 */

import { messageOf } from "../../../errors.ts";
import type { SyncFolder } from "../../../io/sync/folder.ts";
import { folderOf, type Name } from "../../../names/name.ts";
import type {
  BlockList,
  GlobalEntry,
  IndexMeta,
  LocalEntry,
  SyncIndex,
} from "../../../sync/index_store.ts";
import type { World } from "../world.ts";

const WRITE_MS = 50;
/** A disk that is full is asked again so often. */
const AGAIN_MS = 1000;

export class IndexWriter {
  readonly #world: World;
  readonly #folder: SyncFolder;
  readonly #index: SyncIndex;
  readonly #over: AbortSignal;
  readonly #note: (text: string) => void;
  #locals = new Map<Name, LocalEntry | undefined>();
  #globals = new Map<Name, GlobalEntry>();
  #lists = new Map<string, BlockList>();
  #meta: Partial<IndexMeta> = {};
  #clearGlobals = false;
  /** Done on the disk, in folders that were not synced since. */
  #done = new Map<Name, LocalEntry | undefined>();
  /** Those of them whose folders are being synced. */
  #syncing = new Map<Name, LocalEntry | undefined>();
  #isDue = false;
  #isTold = false;

  constructor(
    world: World,
    folder: SyncFolder,
    index: SyncIndex,
    over: AbortSignal,
    note: (text: string) => void,
  ) {
    this.#world = world;
    this.#folder = folder;
    this.#index = index;
    this.#over = over;
    this.#note = note;
  }

  /** The local entry of `path` is this one now; `undefined`: there is none. */
  local(path: Name, entry: LocalEntry | undefined): void {
    const unsynced = this.#done.has(path) ? this.#done : this.#syncing;
    if (entry && unsynced.get(path)?.record.root === entry.record.root) {
      // It was only looked at again, or agreed on: it is not on the disk for that.
      unsynced.set(path, entry);
      return this.#soon();
    }
    this.#done.delete(path);
    this.#syncing.delete(path);
    this.#locals.set(path, entry);
    this.#soon();
  }

  /** ... because of what was just done on the disk. */
  localDone(path: Name, entry: LocalEntry | undefined): void {
    this.#locals.delete(path);
    this.#syncing.delete(path);
    this.#done.set(path, entry);
    this.#soon();
  }

  global(entry: GlobalEntry): void {
    this.#globals.set(entry.record.path, entry);
    this.#soon();
  }

  clearGlobals(): void {
    this.#globals.clear();
    this.#clearGlobals = true;
    this.#soon();
  }

  list(list: BlockList): void {
    this.#lists.set(list.root, list);
    this.#soon();
  }

  /** The block list of `root`, if it is known. */
  listOf(root: string): BlockList | undefined {
    return this.#lists.get(root) ?? this.#index.list(root);
  }

  meta(meta: Partial<IndexMeta>): void {
    this.#meta = { ...this.#meta, ...meta };
    this.#soon();
  }

  /** Writes it so that a power cut does not undo it, now. @throws the error of the disk */
  durably(meta: Partial<IndexMeta>): void {
    this.#index.commit({ meta, durable: true });
  }

  /** Writes everything that does not have to wait for the disk, now. */
  flush(): void {
    if (
      this.#locals.size + this.#globals.size + this.#lists.size === 0 &&
      !this.#clearGlobals && Object.keys(this.#meta).length === 0
    ) return;
    const locals: LocalEntry[] = [];
    const localsGone: Name[] = [];
    for (const [path, entry] of this.#locals) {
      if (entry === undefined) localsGone.push(path);
      else locals.push(entry);
    }
    try {
      this.#index.commit({
        locals,
        localsGone,
        globals: [...this.#globals.values()],
        lists: [...this.#lists.values()],
        meta: this.#meta,
        clearGlobals: this.#clearGlobals,
      });
    } catch (error) {
      // All of it is tried again; to forget it costs no more than hashing again.
      if (!this.#isTold) this.#note(`The index: ${messageOf(error)}`);
      this.#isTold = true;
      return;
    }
    this.#isTold = false;
    this.#locals.clear();
    this.#globals.clear();
    this.#lists.clear();
    this.#meta = {};
    this.#clearGlobals = false;
  }

  /** The end: what was done on the disk is written, too. */
  async finish(): Promise<void> {
    this.flush();
    for (const [path, entry] of this.#syncing) this.#done.set(path, entry);
    await this.#syncDone();
    this.flush();
  }

  #soon(): void {
    if (this.#isDue || this.#over.aborted) return;
    this.#isDue = true;
    void this.#write();
  }

  async #write(): Promise<void> {
    const { clock } = this.#world;
    await clock.sleep(this.#isTold ? AGAIN_MS : WRITE_MS, this.#over);
    if (this.#over.aborted) return;
    await this.#syncDone();
    if (this.#over.aborted) return;
    this.#isDue = false;
    this.flush();
    if (this.#isTold || this.#done.size > 0) this.#soon();
  }

  /** Waits until what was done is on the disk. Then it may be written. */
  async #syncDone(): Promise<void> {
    if (this.#done.size === 0) return;
    const done = this.#syncing = this.#done;
    this.#done = new Map();
    const folders = new Set<Name | "">();
    for (const path of done.keys()) folders.add(folderOf(path));
    try {
      await this.#folder.syncFolders([...folders]);
    } catch {
      // A folder that is gone has nothing to sync; one that cannot be synced is no worse than one on a system that does not.
    }
    for (const [path, entry] of done) this.#locals.set(path, entry);
    done.clear();
  }
}
