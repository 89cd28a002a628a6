/**
 * Looks at a path and brings my version of it up to what is on the disk. Everything that is decided is decided after this:
 * what a user did is a version before anything else is done there.
 *
 * @module
 */

import { Refusal } from "../../../errors.ts";
import type { Child, SyncFolder } from "../../../io/sync/folder.ts";
import type { Name } from "../../../names/name.ts";
import { isOwnName } from "../../../names/own_names.ts";
import { isAdopted } from "../../../sync/adopt.ts";
import { BLOCK_LOG_MIN, blockLogFor, rootOf } from "../../../sync/blocks.ts";
import type { LocalEntry } from "../../../sync/index_store.ts";
import {
  type FileRecord,
  FOLDER_ROOT,
  type RootHash,
} from "../../../sync/record.ts";
import { faultOfPath } from "../../../sync/record_json.ts";
import type { Seen } from "../../../sync/seen.ts";
import {
  type Content,
  FOLDER_CONTENT,
  knowsRoot,
  newVersion,
  undated,
} from "../../../sync/versions.ts";
import type { IndexWriter } from "./index_writer.ts";
import type { LocalTree } from "./local_tree.ts";
import type { VersionMaker } from "./maker.ts";
import type { Register } from "../tracking/register.ts";

/** What came of a look. */
export type Observed =
  /** My version is what is on the disk (or both are nothing). `torn`: it is not, a crash left something shorter there. */
  | {
    readonly kind: "known";
    readonly seen: Seen | undefined;
    readonly torn: boolean;
  }
  /** My version is live, and nothing is there. Whether that is a delete is not decided here. */
  | { readonly kind: "missing" }
  /** It changes while it is read: look again later. */
  | { readonly kind: "unsteady" }
  /** Not ours to look at. */
  | { readonly kind: "ignored" };

/** A look at a path that was made just now. */
export interface Looked {
  /** `undefined`: nothing is there. */
  readonly seen: Seen | undefined;
}

/** What a file holds, and how it looks. */
interface FileContent {
  readonly seen: Seen;
  readonly root: RootHash;
  readonly blockLog: number;
}

export interface ObserverOptions {
  readonly folder: SyncFolder;
  readonly tree: LocalTree;
  readonly register: Register;
  readonly writer: IndexWriter;
  readonly maker: VersionMaker;
  readonly ignores: (path: Name, isFolder: boolean) => boolean;
  readonly blockLogMin: number | undefined;
  readonly over: AbortSignal;
  /** This replica has no history: what is here may be old. */
  readonly isNewcomer: boolean;
  /** When this run began. What is written while the first look goes on is not old. */
  readonly startedAt: number;
  /**
   * What has a date from then on was perhaps not all on the disk when the last run ended: where that was a power cut, the
   * dates may be there and the bytes not.
   */
  readonly unsureSince: number;
  /** Whether what was at `path` was found elsewhere already. */
  readonly isMoved: (path: Name) => boolean;
  /** What is there is just the winner: my version is that now. */
  readonly onAdopted: (path: Name) => void;
  /** A version was made of what a user did; `gone` is where its content was before. */
  readonly onVersion: (
    record: FileRecord,
    before: FileRecord | undefined,
    gone: Name | undefined,
  ) => void;
}

export class Observer {
  readonly #options: ObserverOptions;
  /** The first look at everything since the start is not over. */
  isFirst = true;
  /** Files of which a crash left less, and how they look: as long as nobody touches them, they are no versions. */
  readonly #torn = new Map<Name, string>();

  constructor(options: ObserverOptions) {
    this.#options = options;
  }

  /**
   * Called by one at a time per path.
   *
   * @param looked by who calls, if he had to: a look is a call of the system
   * @throws {Refusal} what the operating system refuses
   */
  async observe(path: Name, looked?: Looked): Promise<Observed> {
    const { folder, tree, ignores } = this.#options;
    if (isOwnName(path)) return { kind: "ignored" };
    const { seen } = looked ?? { seen: folder.look(path) };
    const mine = tree.get(path);
    const isLive = mine !== undefined && mine.record.root !== null;
    const isFolder = (seen?.kind ?? mine?.record.kind) === "folder";
    if (ignores(path, isFolder)) return { kind: "ignored" };
    if (seen === undefined) {
      return isLive ? { kind: "missing" } : known(undefined);
    }
    if (seen.kind === "other") return known(seen);
    if (seen.kind === "folder") return this.#observeFolder(path, seen, mine);
    if (isLive && mine.seen !== undefined) {
      const last = mine.seen;
      if (this.#torn.get(path) === seen.version) return torn(seen);
      if (last.version === seen.version && !last.isRacy) {
        const mayBeTorn = this.isFirst && last.kind === "file" &&
          seen.mtime >= this.#options.unsureSince;
        return mayBeTorn ? await this.#verify(path, mine) : known(seen);
      }
      if (
        this.isFirst && last.kind === "file" &&
        seen.inode === last.inode && seen.mtime === last.mtime &&
        seen.size < last.size
      ) {
        this.#torn.set(path, seen.version);
        return torn(seen);
      }
    }
    this.#torn.delete(path);
    return await this.#observeFile(path, seen);
  }

  /** It looks as it did; whether its bytes do, too. */
  async #verify(path: Name, { record }: LocalEntry): Promise<Observed> {
    const { folder, over } = this.#options;
    const digested = await folder.digest(path, () => record.blockLog);
    if (over.aborted || digested === undefined) return { kind: "unsteady" };
    const { seen, hashes, blockLog } = digested;
    const root = rootOf(seen.size, blockLog, hashes);
    if (root === record.root) return known(seen);
    this.#torn.set(path, seen.version);
    return torn(seen);
  }

  #observeFolder(
    path: Name,
    seen: Seen,
    mine: LocalEntry | undefined,
  ): Observed {
    const { tree } = this.#options;
    if (mine !== undefined && mine.record.root === FOLDER_ROOT) {
      if (mine.seen?.inode !== seen.inode) tree.set({ ...mine, seen });
      return known(seen);
    }
    // It was deleted, and could not go because of what is in it that is not ours to remove.
    if (
      mine?.record.kind === "folder" && mine.record.root === null &&
      this.hasOnlyForeign(path)
    ) return known(seen);
    const gone = this.#goneBy(path, seen, FOLDER_ROOT);
    return this.#become(path, seen, FOLDER_CONTENT, gone);
  }

  async #observeFile(path: Name, before: Seen): Promise<Observed> {
    const { tree, over } = this.#options;
    const digested = this.#movedHere(path, before) ?? await this.#digest(path);
    if (over.aborted || digested === undefined) return { kind: "unsteady" };
    const { seen, root, blockLog } = digested;
    const { size, mtime, executable } = seen;
    const mine = tree.get(path);
    if (mine !== undefined && mine.record.root === root) {
      const { record, seen: last } = mine;
      const isSameDate = Math.round(mtime) === record.mtime ||
        mtime === last?.mtime;
      if (isSameDate && executable === record.executable) {
        tree.set({ ...mine, seen });
        return known(seen);
      }
    }
    const content: Content = {
      kind: "file",
      size,
      mtime,
      executable,
      root,
      blockLog,
    };
    const isLive = mine !== undefined && mine.record.root !== null;
    const gone = isLive ? undefined : this.#goneBy(path, seen, root);
    return this.#become(path, seen, content, gone);
  }

  /** Reads the file. `undefined` if it changes meanwhile. */
  async #digest(path: Name): Promise<FileContent | undefined> {
    const { folder, writer, over, blockLogMin } = this.#options;
    const digested = await folder.digest(
      path,
      (size) => blockLogFor(size, blockLogMin ?? BLOCK_LOG_MIN),
    );
    if (over.aborted || digested === undefined) return undefined;
    const { seen, hashes, blockLog } = digested;
    const { size } = seen;
    const root = rootOf(size, blockLog, hashes);
    if (size > 0) writer.list({ root, size, blockLog, hashes });
    return { seen, root, blockLog };
  }

  /** A file that came here with its folder is, to the last stamp, what it was where it was: it needs no reading. */
  #movedHere(path: Name, seen: Seen): FileContent | undefined {
    const { tree, folder } = this.#options;
    const from = tree.pathOfInode(seen.inode);
    const entry = from === undefined ? undefined : tree.get(from);
    if (
      from === undefined || from === path || this.isFirst ||
      entry?.seen === undefined || entry.seen.isRacy ||
      entry.seen.version !== seen.version ||
      entry.record.kind !== "file" || entry.record.root === null ||
      this.#torn.has(from) || folder.look(from) !== undefined
    ) return undefined;
    const { root, blockLog } = entry.record;
    return { seen, root, blockLog };
  }

  /** My version of `path` becomes what is there: the winner if it is that, else a new one. */
  #become(
    path: Name,
    seen: Seen,
    content: Content,
    gone: Name | undefined,
  ): Observed {
    const { tree, register, maker, onVersion, isNewcomer, startedAt } =
      this.#options;
    const mine = tree.get(path);
    const winner = register.get(path)?.record;
    if (winner !== undefined && isAdopted(content, mine?.record, winner)) {
      const now = this.#described(path, seen, winner);
      tree.set({ record: winner, seen: now, found: false });
      this.#options.onAdopted(path);
      return known(now);
    }
    const found = this.isFirst && isNewcomer && mine === undefined &&
      (seen.kind === "folder" || seen.mtime < startedAt);
    const made = newVersion(
      path,
      mine?.record,
      content,
      maker.next(!this.isFirst),
      gone,
    );
    const isStale = found && winner !== undefined &&
      knowsRoot(winner, made.root);
    const record = isStale ? undated(made) : made;
    tree.set({ record, seen, found });
    onVersion(record, mine?.record, gone);
    return { kind: "known", seen, torn: false };
  }

  /** Date and mode are those of the winner from now on; where that cannot be, they stay. */
  #described(path: Name, seen: Seen, winner: FileRecord): Seen {
    if (
      seen.kind === "folder" ||
      Math.round(seen.mtime) === winner.mtime &&
        seen.executable === winner.executable
    ) return seen;
    try {
      const described = this.#options.folder.describe(path, seen, winner);
      return described === "changed" ? seen : described;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return seen;
    }
  }

  /** The path that this content had, and has not any more. */
  #goneBy(path: Name, seen: Seen, root: string): Name | undefined {
    const { tree, folder, isMoved } = this.#options;
    const candidates: Name[] = [];
    const byInode = tree.pathOfInode(seen.inode);
    if (byInode !== undefined) candidates.push(byInode);
    if (root !== FOLDER_ROOT && seen.size > 0) {
      candidates.push(...tree.pathsOf(root).slice(0, 8));
    }
    return candidates.find((candidate) =>
      candidate !== path && !isMoved(candidate) &&
      tree.get(candidate)?.record.root === root &&
      folder.look(candidate) === undefined
    );
  }

  /** What a crash left at `path` is all there is: it is a version like any other. */
  acceptTorn(path: Name): void {
    const { tree } = this.#options;
    const mine = tree.get(path);
    if (!this.#torn.delete(path) || mine === undefined) return;
    // Without a memory of how it looked it is read.
    tree.set({ ...mine, seen: undefined });
  }

  /** Whether a crash left other bytes at `path` than my version has, as far as was seen. */
  isTorn(path: Name): boolean {
    return this.#torn.has(path);
  }

  /** What was torn at `path` is whole again. */
  mended(path: Name): void {
    this.#torn.delete(path);
  }

  /** Whether in the folder at `path` is something that is not ours to remove. */
  hasForeign(path: Name): boolean {
    let isUnusable = false;
    const children = this.#options.folder.children(path, () => {
      isUnusable = true;
    });
    return isUnusable ||
      children.some((child) => this.#isForeign(path, child));
  }

  /** Whether in the folder at `path` is something, and nothing that is ours to remove. */
  hasOnlyForeign(path: Name): boolean {
    let count = 0;
    const children = this.#options.folder.children(path, () => void count++);
    count += children.length;
    return count > 0 && children.every((child) => this.#isForeign(path, child));
  }

  #isForeign(folder: Name, { base, kind }: Child): boolean {
    const child = `${folder}/${base}` as Name;
    return kind === "other" || faultOfPath(child) !== undefined ||
      this.#options.ignores(child, kind === "folder") ||
      kind === "folder" && this.#isLeft(child);
  }

  /** A folder that was deleted and stays only because of what is in it. */
  #isLeft(path: Name): boolean {
    const mine = this.#options.tree.get(path);
    return mine?.record.kind === "folder" && mine.record.root === null &&
      this.hasOnlyForeign(path);
  }
}

function torn(seen: Seen): Observed {
  return { kind: "known", seen, torn: true };
}

function known(seen: Seen | undefined): Observed {
  return { kind: "known", seen, torn: false };
}

/** Nothing is there, and my version says so. */
export const ABSENT = known(undefined);
