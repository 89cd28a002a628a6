/**
 * A folder that is synced, as the drivers see it. `disk_folder.ts` is one on the disk, `testing/sim_folder.ts` one in
 * memory with crashes and full disks; `testing/sync_folder_suite.ts` holds both to the same promises.
 *
 * What is ours lies in `.landline/` inside the folder: parts of files that are on their way, versions that were replaced or
 * deleted, the index, the marker. None of the methods lists or touches it under its own name.
 *
 * Calls without a promise look at the disk and act in one go: nothing of ours happens between the check and the act.
 * What another program can do between two system calls, and what is done about it, stands at each method.
 * All throw `Refusal` for what the operating system refuses (`no-space`, `not-allowed`, `bad-name`, ...).
 *
 * @module
 */

import type { Name } from "../../names/name.ts";
import type { RootHash } from "../../sync/record.ts";
import type { Seen } from "../../sync/seen.ts";

/** An entry of a folder. */
export interface Child {
  readonly base: string;
  readonly kind: Seen["kind"];
}

/** A file that was read from end to end. */
export interface Digested {
  readonly seen: Seen;
  readonly blockLog: number;
  /** 32 bytes of SHA-256 for each block. */
  readonly hashes: Uint8Array<ArrayBuffer>;
}

/** A file open for reading. */
export interface ReadHandle {
  /** As it was when it was opened. */
  readonly seen: Seen;
  /** As it is now, under whatever name. */
  look(): Seen;
  /** Reads up to `into.length` bytes at `offset`; fewer only at the end of the file. */
  readAt(offset: number, into: Uint8Array): number;
  close(): void;
}

/** A file on its way, under a name of ours, on the same file system. It outlives a crash; `blocks` are checked again after one. */
export interface PartHandle {
  readonly root: RootHash;
  readonly size: number;
  /** False if something was left of an earlier run. */
  readonly isNew: boolean;
  readAt(offset: number, into: Uint8Array): number;
  writeAt(offset: number, bytes: Uint8Array): void;
  /** Gives it its date and mode and waits until all of it is on the disk. */
  finish(
    meta: { readonly mtime: number; readonly executable: boolean },
  ): Promise<void>;
  /** Leaves it for a later run. */
  close(): void;
  /** Removes it. */
  drop(): void;
}

/** What an act on the disk came to. `changed`: the path is not as `expected`; nothing was done. */
export type Done = "done" | "changed";

/** A replaced or deleted version that is kept. */
export interface KeptVersion {
  /** Opaque, unique. */
  readonly id: string;
  readonly path: Name;
  readonly size: number;
  readonly mtime: number;
  /** When it was replaced or deleted: milliseconds since 1970. */
  readonly keptAt: number;
}

/** Something may have changed. */
export type Hint =
  /** At these paths (or below, for a folder). */
  | { readonly paths: readonly Name[] }
  /** Anywhere: events were lost. */
  | "anywhere";

export interface SyncFolder {
  /** `undefined`: there is nothing, or a folder above it is none (or a link). */
  look(path: Name): Seen | undefined;
  /** What is in `folder`, in no order; empty if it is no folder. Names that cannot be a `Name` are told to `unusable`. */
  children(
    folder: Name | "",
    unusable?: (base: string) => void,
  ): readonly Child[];
  /**
   * Reads the file and hashes its blocks; lets others have their turn. `undefined` if it changed or vanished meanwhile.
   *
   * @param blockLogOf tells log2 of the block size from the number of bytes
   */
  digest(
    path: Name,
    blockLogOf: (size: number) => number,
  ): Promise<Digested | undefined>;
  /**
   * `undefined` if it is no file (any more). Never waits (FIFO), never follows a link.
   *
   * @param version what `Seen.version` has to be: `undefined` is given, too, if it is another. Half as much work
   */
  open(path: Name, version?: string): ReadHandle | undefined;

  /** The part of `root`, new or as it was left. `busy` if it is open already. */
  part(root: RootHash, size: number): PartHandle;
  /** Parts that are there. */
  parts(): readonly RootHash[];
  dropPart(root: RootHash): void;
  /**
   * Gives the finished part the name `path`, in one step: who looks sees what was there before or all of the new file,
   * never nothing, never a piece. What was there is kept as a version unless `keep` is false. With `expected` undefined
   * the path has to be free. The folder above has to be there (`not-found`).
   *
   * @returns how it looks now
   */
  place(
    part: PartHandle,
    path: Name,
    expected: Seen | undefined,
    keep: boolean,
  ): Seen | "changed";
  /** Gives the file at `from` the second name `to`, which has to be free (`exists`). `from` stays; nothing is copied where links can be made. */
  duplicate(from: Name, to: Name, expected: Seen): Seen | "changed" | "exists";
  /** Moves a file or a folder with all that is in it to a name that is free (`exists`). */
  move(from: Name, to: Name, expected: Seen): Seen | "changed" | "exists";
  /** Takes the file away, into the versions. */
  remove(path: Name, expected: Seen): Done;
  /** Changes date and executable bit. */
  describe(
    path: Name,
    expected: Seen,
    meta: { readonly mtime: number; readonly executable: boolean },
  ): Seen | "changed";
  /** Makes the folder; done if it is there. `exists` if something else is. */
  makeFolder(path: Name): "done" | "exists";
  /** Removes the folder if it is empty. `changed` if it is no folder. */
  removeFolder(path: Name): Done | "not-empty";
  /**
   * Waits until what was renamed in these folders is on the disk, and what was kept by it. Where the file system keeps no
   * order (no journal), a power cut before that may leave the new file and not the version.
   */
  syncFolders(folders: readonly (Name | "")[]): Promise<void>;

  /** Hints until it is closed. `undefined` where the system cannot (its reason is told): scan often then. */
  watch(onFault: (text: string) => void): FolderWatch | undefined;

  /** What tells this folder from an empty mount point: written at the first join, `undefined` if it is not there. */
  marker(): string | undefined;
  setMarker(text: string): void;
  /** Which file system it lies on. */
  device(): string;
  /** Bytes that can still be written, `undefined` if the system does not say. */
  freeBytes(): number | undefined;

  versions(): readonly KeptVersion[];
  /** Copies a version to a free name in the folder. */
  restore(id: string, to: Name): "done" | "exists";
  /** Removes versions kept before `before`, and the oldest until the rest has at most `bytesMax`. */
  pruneVersions(before: number, bytesMax: number): void;
}

/** Ends by itself only where the system ends it: `onFault` was told why then, and the last hint was `anywhere`. */
export interface FolderWatch extends AsyncIterable<Hint> {
  close(): void;
}
