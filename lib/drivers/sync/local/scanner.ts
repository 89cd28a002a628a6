/**
 * Looks through the folder, or a part of it: the truth, of which hints from the system are only the shadow.
 *
 * @module
 */

import { messageOf } from "../../../errors.ts";
import type { Clock } from "../../../io/clock.ts";
import type { Child, SyncFolder } from "../../../io/sync/folder.ts";
import { folderOf, foldersAbove, type Name } from "../../../names/name.ts";
import { IGNORE_FILE, isOwnName } from "../../../names/own_names.ts";
import { FOLDER_ROOT } from "../../../sync/record.ts";
import { faultOfPath } from "../../../sync/record_json.ts";
import type { Departures } from "./departures.ts";
import type { Ignoring } from "./ignoring.ts";
import type { LocalTree } from "./local_tree.ts";
import type { Looked, Observed, Observer } from "./observer.ts";
import type { PathLocks } from "../bringing/path_locks.ts";

/** Files that are looked at at once: some have to be read again after a tick of the clock. */
const AT_ONCE = 16;
/** Others have their turn after so many entries. */
const ENTRIES_IN_A_ROW = 500;

export interface ScannerOptions {
  readonly clock: Clock;
  readonly folder: Pick<SyncFolder, "look" | "children">;
  readonly tree: Pick<
    LocalTree,
    "get" | "liveBelow" | "liveIn" | "pathOfInode"
  >;
  readonly observer: Pick<Observer, "observe">;
  readonly departures: Pick<Departures, "settle">;
  readonly locks: PathLocks;
  readonly over: AbortSignal;
  readonly ignoring: Pick<Ignoring, "ignores" | "look">;
  /** My version of `path` was brought up to date, or has to be looked at again. */
  readonly onLooked: (path: Name, observed: Observed) => void;
  /** Rules of what is not synced were found changed; what lies in their folders was looked at again. */
  readonly onRules: () => void;
  /** It cannot be looked at now. */
  readonly onFault: (path: Name, error: unknown) => void;
  /** It cannot be synced: a sentence. */
  readonly onTrouble: (path: string, text: string) => void;
}

export class Scanner {
  readonly #options: ScannerOptions;
  #entries = 0;
  readonly #running = new Set<Promise<void>>();
  /** Settles when one of them is over; there while somebody waits for that. */
  #freed: PromiseWithResolvers<void> | undefined;
  /** Of everything, and of some paths: one of each kind at a time. */
  readonly #last: [Promise<void>, Promise<void>] = [
    Promise.resolve(),
    Promise.resolve(),
  ];
  #nextOfAll: Promise<void> | undefined;
  #waiting = 0;

  constructor(options: ScannerOptions) {
    this.#options = options;
  }

  get isBusy(): boolean {
    return this.#waiting > 0;
  }

  /**
   * Looks at these paths and what is below them, or at everything. What is gone is judged at the end of it all together.
   * A look at some paths does not wait for one at everything, which may take hours; and one at everything that has not
   * begun yet does for all who want one meanwhile.
   */
  scan(paths: readonly (Name | "")[] = [""]): Promise<void> {
    if (!paths.includes("")) return this.#inTurn(1, paths);
    return this.#nextOfAll ??= this.#inTurn(0, paths);
  }

  async #inTurn(kind: 0 | 1, paths: readonly (Name | "")[]): Promise<void> {
    const before = this.#last[kind];
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last[kind] = promise;
    this.#waiting++;
    try {
      await before;
      if (kind === 0) this.#nextOfAll = undefined;
      if (!this.#isOver) await this.#scan(paths);
    } finally {
      this.#waiting--;
      resolve();
    }
  }

  async #scan(paths: readonly (Name | "")[]): Promise<void> {
    const { departures, ignoring, onRules } = this.#options;
    const gone = new Set<Name>();
    // Rules come first: what they say holds for all that is seen with them.
    const changed = paths
      .filter((path): path is Name => path !== "" && ignoring.look(path))
      .map((path) => folderOf(path));
    for (const path of [...changed, ...paths]) {
      if (this.#isOver) return;
      if (path === "") await this.#scanFolder("", gone);
      else await this.#scanPath(path, gone);
    }
    if (changed.length > 0) onRules();
    await this.#drain();
    if (this.#isOver) return;
    await departures.settle(gone);
  }

  async #scanPath(path: Name, gone: Set<Name>): Promise<void> {
    const { tree, ignoring } = this.#options;
    if (faultOfPath(path) !== undefined) {
      // The scan of its folder says so.
      return;
    }
    for (const above of foldersAbove(path)) {
      if (ignoring.ignores(above, true)) return;
      const mine = tree.get(above);
      if (mine?.record.root === FOLDER_ROOT && mine.record.kind === "folder") {
        continue;
      }
      // It is new itself: all of it is.
      return await this.#scanEntry(above, gone);
    }
    await this.#scanEntry(path, gone);
  }

  /** Looks at `path`, and at what is in it. */
  async #scanEntry(path: Name, gone: Set<Name>): Promise<void> {
    const { folder, tree, departures } = this.#options;
    const looked = this.#look(path);
    if (looked === undefined) return;
    const { seen } = looked;
    if (seen?.kind !== "folder") {
      this.#reportBelow(path, gone);
      return await this.#start(path, gone, looked);
    }
    const mine = tree.get(path);
    const isNew = mine === undefined || mine.record.root === null;
    const from = isNew ? tree.pathOfInode(seen.inode) : undefined;
    if (
      from !== undefined && from !== path && folder.look(from) === undefined
    ) {
      // Moved: who hears of the folder at the end can move all of it in one step.
      await this.#scanFolder(path, gone);
      await this.#drain();
      await departures.settle([]);
      return await this.#observe(path, gone);
    }
    await this.#observe(path, gone, looked);
    await this.#scanFolder(path, gone);
  }

  async #scanFolder(path: Name | "", gone: Set<Name>): Promise<void> {
    const { folder, tree, ignoring, onTrouble, onRules } = this.#options;
    if (path !== "" && ignoring.ignores(path, true)) return;
    let children: readonly Child[];
    const prefix = path === "" ? "" : path + "/";
    try {
      children = folder.children(path, (base) => {
        onTrouble(prefix + base, "The name is not valid Unicode");
      });
    } catch (error) {
      return onTrouble(path, messageOf(error));
    }
    if (ignoring.look((prefix + IGNORE_FILE) as Name)) onRules();
    const there = new Set<string>();
    for (const { base, kind } of children) {
      if (this.#isOver) return;
      const child = (prefix + base) as Name;
      there.add(child);
      if (isOwnName(child)) continue;
      const fault = faultOfPath(child);
      if (fault !== undefined) {
        onTrouble(child, fault);
        continue;
      }
      if (++this.#entries % ENTRIES_IN_A_ROW === 0) {
        await this.#options.clock.sleep(0);
      }
      if (kind === "folder") await this.#scanEntry(child, gone);
      else await this.#start(child, gone);
    }
    for (const child of [...tree.liveIn(path)]) {
      if (!there.has(child)) this.#gone(child, gone);
    }
  }

  #gone(path: Name, gone: Set<Name>): void {
    this.#reportBelow(path, gone);
    const mine = this.#options.tree.get(path);
    if (mine !== undefined && mine.record.root !== null) gone.add(path);
  }

  #reportBelow(path: Name, gone: Set<Name>): void {
    const { tree, ignoring } = this.#options;
    for (const below of tree.liveBelow(path)) {
      if (!ignoring.ignores(below, tree.get(below)?.record.kind === "folder")) {
        gone.add(below);
      }
    }
  }

  /** `undefined` where that fails, which is told. */
  #look(path: Name): Looked | undefined {
    try {
      return { seen: this.#options.folder.look(path) };
    } catch (error) {
      this.#options.onFault(path, error);
      return undefined;
    }
  }

  /** Looks at a file, beside others. */
  async #start(path: Name, gone: Set<Name>, looked?: Looked): Promise<void> {
    let fresh = looked;
    while (this.#running.size >= AT_ONCE) {
      fresh = undefined;
      this.#freed ??= Promise.withResolvers();
      await this.#freed.promise;
    }
    const looking = this.#observe(path, gone, fresh);
    this.#running.add(looking);
    void looking.then(() => {
      this.#running.delete(looking);
      this.#freed?.resolve();
      this.#freed = undefined;
    });
  }

  async #drain(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  /** @param looked at in this turn: whoever is at work there may leave something else */
  async #observe(
    path: Name,
    gone: Set<Name>,
    looked?: Looked,
  ): Promise<void> {
    const { locks, observer, onLooked, onFault } = this.#options;
    if (this.#isOver) return;
    const fresh = locks.isBusy(path) ? undefined : looked;
    try {
      const observed = await locks.run(
        path,
        () => observer.observe(path, fresh),
      );
      if (this.#isOver) return;
      if (observed.kind === "missing") gone.add(path);
      else onLooked(path, observed);
    } catch (error) {
      if (!this.#isOver) onFault(path, error);
    }
  }

  get #isOver(): boolean {
    return this.#options.over.aborted;
  }
}
