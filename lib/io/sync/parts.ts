/**
 * Files on their way, in `.landline/parts/`, under the root hash of what they will be. They outlive a crash.
 *
 * @module
 */

import { MisuseError, Refusal } from "../../errors.ts";
import { type Name, toName } from "../../names/name.ts";
import type { RootHash } from "../../sync/record.ts";
import { errnoOf } from "../os_faults.ts";
import { acting, makeFolders, toDiskRefusal } from "./acting.ts";
import type { FileCalls, FileStat, OpenPart } from "./file_calls.ts";
import type { PartHandle } from "./folder.ts";
import { withExecutable } from "./seeing.ts";

const FOLDER = toName(".landline/parts");

/** A root becomes the name of a file: base64url, and nothing that could lead elsewhere. */
const ROOT = /^[A-Za-z0-9_-]{1,64}$/;

/** Files that are no contents of others' (copies, the marker) begin like this; no root does. */
const OWN_MARK = "+";

/** The files of one folder that are on their way. */
export class Parts {
  readonly #calls: FileCalls;
  readonly #open = new Map<RootHash, Part>();
  /** What earlier runs have left and this one did not look at yet. Only this run makes others. */
  #left: Set<string> | undefined;
  #made = 0;

  constructor(calls: FileCalls) {
    this.#calls = calls;
  }

  /** The part of `root`, new or as it was left. */
  open(root: RootHash, size: number): PartHandle {
    if (this.#open.has(root)) {
      throw new Refusal("busy", "The file is on its way already");
    }
    const path = pathOfPart(root);
    return acting(() => {
      this.#left ??= new Set(this.#bases());
      if (this.#left.delete(root)) this.#clear(path, this.#calls.stat(path));
      let file = this.#openToWrite(path);
      let stat = file.stat();
      if (!isUsableAsPart(stat)) {
        file.close();
        this.#clear(path, stat);
        file = this.#openToWrite(path);
        stat = file.stat();
      }
      const isNew = stat.size === 0;
      const closed = () => void this.#open.delete(root);
      const part = new Part(
        { root, size, isNew, path },
        file,
        this.#calls,
        closed,
      );
      this.#open.set(root, part);
      return part;
    });
  }

  /** The open, finished part behind `handle`. */
  finished(handle: PartHandle): Part {
    const part = this.#open.get(handle.root);
    if (part !== handle || !part.isFinished) {
      throw new MisuseError("The part is not finished, or closed");
    }
    return part;
  }

  list(): RootHash[] {
    return this.#bases().filter((base) => ROOT.test(base));
  }

  drop(root: RootHash): void {
    const part = this.#open.get(root);
    if (part !== undefined) return part.drop();
    acting(() => unlinkIfThere(this.#calls, pathOfPart(root)));
  }

  /** A name for a file of our own that will get another one soon. */
  newOwn(): Name {
    makeFolders(this.#calls, FOLDER, true);
    return toName(`${FOLDER}/${OWN_MARK}${++this.#made}`);
  }

  /** Removes what a killed run has left of our own. */
  sweepOwn(): void {
    acting(() => {
      for (const base of this.#bases()) {
        if (base.startsWith(OWN_MARK)) {
          unlinkIfThere(this.#calls, toName(`${FOLDER}/${base}`));
        }
      }
    });
  }

  /** Takes away what must not be written into. */
  #clear(path: Name, stat: FileStat | undefined): void {
    if (stat !== undefined && !isUsableAsPart(stat)) this.#calls.unlink(path);
  }

  #bases(): string[] {
    return acting(() => {
      if (this.#calls.stat(FOLDER)?.kind !== "folder") return [];
      return this.#calls.list(FOLDER).map(({ base }) => base);
    });
  }

  #openToWrite(path: Name): OpenPart {
    try {
      return this.#calls.openToWrite(path);
    } catch (error) {
      if (errnoOf(error) !== "ENOENT") throw error;
      makeFolders(this.#calls, FOLDER, true);
      return this.#calls.openToWrite(path);
    }
  }
}

interface PartFacts {
  readonly root: RootHash;
  readonly size: number;
  readonly isNew: boolean;
  readonly path: Name;
}

/** A file on its way that is open. */
export class Part implements PartHandle {
  readonly root: RootHash;
  readonly size: number;
  readonly isNew: boolean;
  readonly path: Name;
  /** Of the system; `SyncedFolder` dates it once more when it knows whose place it takes. */
  readonly file: OpenPart;
  readonly #calls: FileCalls;
  readonly #closed: () => void;
  #isOpen = true;
  #isFinished = false;

  constructor(
    { root, size, isNew, path }: PartFacts,
    file: OpenPart,
    calls: FileCalls,
    closed: () => void,
  ) {
    this.root = root;
    this.size = size;
    this.isNew = isNew;
    this.path = path;
    this.file = file;
    this.#calls = calls;
    this.#closed = closed;
  }

  get isFinished(): boolean {
    return this.#isFinished;
  }

  readAt(offset: number, into: Uint8Array): number {
    return acting(() => readFull(this.file, offset, into));
  }

  writeAt(offset: number, bytes: Uint8Array): void {
    if (offset + bytes.length > this.size) {
      throw new MisuseError("Bytes behind the end of the part");
    }
    this.#isFinished = false;
    acting(() => writeFull(this.file, offset, bytes));
  }

  async finish(
    { mtime, executable }: {
      readonly mtime: number;
      readonly executable: boolean;
    },
  ): Promise<void> {
    try {
      const stat = this.file.stat();
      if (stat.size > this.size) this.file.cutTo(this.size);
      if (stat.size < this.size) {
        throw new MisuseError("The part is not whole");
      }
      const mode = withExecutable(stat.mode, executable);
      this.file.describe(mode === stat.mode ? undefined : mode, mtime);
      await this.file.sync();
      this.#isFinished = true;
    } catch (error) {
      throw toDiskRefusal(error);
    }
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#isFinished = false;
    this.#closed();
    this.file.close();
  }

  drop(): void {
    // Removed while it is held: closed first, it could be opened anew and then removed.
    try {
      if (this.#isOpen) {
        acting(() => unlinkIfThere(this.#calls, this.path));
      }
    } finally {
      this.close();
    }
  }
}

/**
 * Killed between the two names of a new file, a part is somebody's file by now, and must not be written into. It may also
 * have the permissions of a file that cannot be written to, which it was to replace.
 */
function isUsableAsPart({ kind, links, mode }: FileStat): boolean {
  return kind === "file" && links <= 1 && (mode === 0 || (mode & 0o200) !== 0);
}

function pathOfPart(root: RootHash): Name {
  if (!ROOT.test(root)) {
    throw new Refusal("bad-name", "That is no hash of a content");
  }
  // That is a name.
  return `${FOLDER}/${root}` as Name;
}

/** Reads until `into` is full or the file ends. */
export function readFull(
  file: { read(offset: number, into: Uint8Array): number },
  offset: number,
  into: Uint8Array,
): number {
  let done = 0;
  while (done < into.length) {
    const count = file.read(
      offset + done,
      done === 0 ? into : into.subarray(done),
    );
    if (count === 0) break;
    done += count;
  }
  return done;
}

/** Writes all of `bytes`. */
export function writeFull(
  file: { write(offset: number, bytes: Uint8Array): number },
  offset: number,
  bytes: Uint8Array,
): void {
  for (let done = 0; done < bytes.length;) {
    done += file.write(offset + done, bytes.subarray(done));
  }
}

export function unlinkIfThere(calls: FileCalls, path: Name): void {
  try {
    calls.unlink(path);
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
  }
}
