/**
 * Files and folders that are gone from the disk, and were not taken by us: deletes by a user, unless the guard says that
 * it may have been an accident. Those are held back, and not told to others until somebody confirms them.
 *
 * @module
 */

import type { Clock } from "../../../io/clock.ts";
import type { SyncFolder } from "../../../io/sync/folder.ts";
import type { Name } from "../../../names/name.ts";
import { isAdopted } from "../../../sync/adopt.ts";
import type { FileRecord } from "../../../sync/record.ts";
import { tombstone } from "../../../sync/versions.ts";
import type { LocalTree } from "./local_tree.ts";
import type { VersionMaker } from "./maker.ts";
import type { PathLocks } from "../bringing/path_locks.ts";
import type { Register } from "../tracking/register.ts";

/** Deletes that are seen one by one are judged together. */
const GATHER_MS = 20;

export interface DeparturesOptions {
  readonly folder: SyncFolder;
  readonly tree: LocalTree;
  readonly register: Register;
  readonly maker: VersionMaker;
  readonly locks: PathLocks;
  readonly over: AbortSignal;
  readonly clock: Clock;
  /** Whether what goes goes while this peer is running: not what the first look since the start finds. */
  readonly isWitnessed: () => boolean;
  /** Whether deletes of so many files at once are to be held back, and why; the sentence ends with what to do. */
  readonly judge: (gone: number) => string | undefined;
  /** A tombstone was made, by a user's delete. */
  readonly onDelete: (record: FileRecord, before: FileRecord) => void;
  /** The disk refuses it: it is to be tried again. */
  readonly onFault: (path: Name, error: unknown) => void;
  /** Held back: the sentence. */
  readonly onHold: (why: string) => void;
  /** Something is to be decided anew at `path`. */
  readonly touch: (path: Name) => void;
}

export class Departures {
  readonly #options: DeparturesOptions;
  /** Content that came up under another name: no delete that could be an accident. */
  readonly #moved = new Set<Name>();
  readonly #held = new Set<Name>();
  /** Seen one by one, not judged yet. */
  #reported = new Set<Name>();
  #why: string | undefined;

  constructor(options: DeparturesOptions) {
    this.#options = options;
  }

  /** Nothing is at `path`, where my version is live: that is judged soon, with others. */
  report(path: Name): void {
    this.#reported.add(path);
    if (this.#reported.size > 1) return;
    const { clock, over } = this.#options;
    void clock.sleep(GATHER_MS, over).then(async () => {
      const reported = this.#reported;
      this.#reported = new Set();
      if (!over.aborted) await this.settle(reported);
    });
  }

  /** The content of `path` is under another name now. */
  reportMoved(path: Name): void {
    this.#moved.add(path);
  }

  /** Whether that was said of `path`, and is not a delete yet. */
  isMoved(path: Name): boolean {
    return this.#moved.has(path);
  }

  /** Whether a delete at `path` is held back: my version is still told to be live. */
  isHeld(path: Name): boolean {
    return this.#held.has(path);
  }

  /** It is there again. */
  release(path: Name): void {
    if (this.#held.delete(path) && this.#held.size === 0) this.#why = undefined;
  }

  /** What is held back. */
  get held(): { readonly deletes: number; readonly why: string } | undefined {
    if (this.#why === undefined) return undefined;
    return { deletes: this.#held.size, why: this.#why };
  }

  /**
   * Judges all that one look found to be gone, and makes deletes of it and of what was moved, deepest first.
   *
   * @param found paths where nothing is, and where my version may be live
   */
  async settle(found: Iterable<Name>): Promise<void> {
    const witnessed = this.#options.isWitnessed();
    const moved = [...this.#moved];
    const gone = [...found].filter((path) =>
      !this.#moved.has(path) && !this.#held.has(path) && this.#isGone(path)
    );
    this.#moved.clear();
    const why = this.#judge(gone);
    if (why === undefined) {
      return await this.#delete([...moved, ...gone], witnessed);
    }
    for (const path of gone) this.#held.add(path);
    if (why !== this.#why) this.#options.onHold(why);
    this.#why = why;
    await this.#delete(moved, witnessed);
    for (const path of gone) this.#options.touch(path);
  }

  /** They were meant. Gives how many. */
  async confirm(): Promise<number> {
    const held = [...this.#held];
    this.#held.clear();
    this.#why = undefined;
    await this.#delete(held, true);
    return held.length;
  }

  #judge(gone: readonly Name[]): string | undefined {
    if (gone.length === 0) return undefined;
    const { tree, judge } = this.#options;
    const isFile = (path: Name) => tree.get(path)?.record.kind === "file";
    return judge([...gone, ...this.#held].filter(isFile).length);
  }

  #isGone(path: Name): boolean {
    const { folder, tree } = this.#options;
    const mine = tree.get(path);
    return mine !== undefined && mine.record.root !== null &&
      folder.look(path) === undefined;
  }

  async #delete(paths: readonly Name[], witnessed: boolean): Promise<void> {
    const { locks, over, touch, onFault } = this.#options;
    for (const path of paths.toSorted(deepestFirst)) {
      try {
        await locks.run(path, () => this.#deleteOne(path, witnessed));
      } catch (error) {
        // No counter can be reserved on a full disk: it is tried again.
        if (!over.aborted) onFault(path, error);
        continue;
      }
      if (over.aborted) return;
      touch(path);
    }
  }

  #deleteOne(path: Name, witnessed: boolean): void {
    const { tree, register, maker, over, onDelete } = this.#options;
    const mine = tree.get(path);
    if (over.aborted || mine === undefined || !this.#isGone(path)) return;
    const winner = register.get(path)?.record;
    if (isAdopted(undefined, mine.record, winner)) {
      return tree.set({ record: winner!, seen: undefined, found: false });
    }
    const record = tombstone(mine.record, maker.next(witnessed));
    tree.set({ record, seen: undefined, found: false });
    onDelete(record, mine.record);
  }
}

/** What is in a folder before the folder. */
export function deepestFirst(a: Name, b: Name): number {
  return depthOf(b) - depthOf(a);
}

function depthOf(path: Name): number {
  return path.split("/").length;
}
