/**
 * Looks once more at files that were replaced or removed, a little later: an application that had one open may have gone on
 * writing into it. What it wrote is nowhere else, so it becomes a file of its own again. So it does at files that were given
 * another name by a link: systems tell of what is written into them under the name by which they were opened.
 *
 * @module
 */

import { type Name, withMark } from "../../../names/name.ts";
import type { ReadHandle, SyncFolder } from "../../../io/sync/folder.ts";
import {
  BLOCK_LOG_MIN,
  blockCount,
  blockLength,
  blockLogFor,
  HASH_BYTES,
  hashBlock,
  rootOf,
} from "../../../sync/blocks.ts";
import type { Seen } from "../../../sync/seen.ts";
import type { World } from "../world.ts";

/** An application that has not written for so long is done. */
const AFTER_MS = 2000;
/** Files that are held open for this. */
const WATCHED_MAX = 64;

interface Kept {
  readonly path: Name;
  readonly handle: ReadHandle;
  readonly seen: Seen;
  readonly due: number;
}

export class KeptWatch {
  readonly #world: World;
  readonly #folder: SyncFolder;
  readonly #over: AbortSignal;
  readonly #blockLogMin: number;
  readonly #onFound: (paths: readonly Name[]) => void;
  #kept: Kept[] = [];
  /** When to look at what has another name now, the first one first. */
  readonly #renamed = new Map<Name, number>();
  #isRunning = false;

  /** @param onFound these are to be looked at: in one of them may be what was written */
  constructor(
    world: World,
    folder: SyncFolder,
    over: AbortSignal,
    blockLogMin: number | undefined,
    onFound: (paths: readonly Name[]) => void,
  ) {
    this.#world = world;
    this.#folder = folder;
    this.#over = over;
    this.#blockLogMin = blockLogMin ?? BLOCK_LOG_MIN;
    this.#onFound = onFound;
  }

  /** Takes over `handle`, of the file that was at `path` and looked like `seen`. */
  watch(path: Name, handle: ReadHandle, seen: Seen): void {
    const due = this.#world.clock.now() + AFTER_MS;
    this.#kept.push({ path, handle, seen, due });
    if (this.#kept.length > WATCHED_MAX) this.#look(this.#kept.shift()!);
    if (!this.#isRunning) void this.#run();
  }

  /** The file that is at `path` now had another name before. */
  renamed(path: Name): void {
    this.#renamed.delete(path);
    this.#renamed.set(path, this.#world.clock.now() + AFTER_MS);
    if (!this.#isRunning) void this.#run();
  }

  /** Closes everything. */
  stop(): void {
    for (const { handle } of this.#kept.splice(0)) close(handle);
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    const { clock } = this.#world;
    for (;;) {
      const [renamedDue = Infinity] = this.#renamed.values();
      const due = Math.min(this.#kept[0]?.due ?? Infinity, renamedDue);
      if (due === Infinity) break;
      await clock.sleep(due - clock.now(), this.#over);
      if (this.#over.aborted) break;
      while (this.#kept.length > 0 && this.#kept[0]!.due <= clock.now()) {
        this.#look(this.#kept.shift()!);
      }
      this.#lookAtRenamed(clock.now());
    }
    this.#isRunning = false;
  }

  #lookAtRenamed(now: number): void {
    const paths: Name[] = [];
    for (const [path, due] of this.#renamed) {
      if (due > now) break;
      paths.push(path);
      this.#renamed.delete(path);
    }
    if (paths.length > 0) this.#onFound(paths);
  }

  #look({ path, handle, seen }: Kept): void {
    try {
      const now = handle.look();
      // A second name or none changes the rest of what can be seen.
      if (now.size === seen.size && now.mtime === seen.mtime) {
        return close(handle);
      }
      void this.#save(path, handle, now).catch(() => {
        // The disk refuses it, or it is still being written: it is in the versions as it is.
      }).finally(() => close(handle));
    } catch {
      close(handle);
    }
  }

  /** Makes a file of it, beside the one that took its place. */
  async #save(path: Name, handle: ReadHandle, seen: Seen): Promise<void> {
    const { size, mtime, executable } = seen;
    const blockLog = blockLogFor(size, this.#blockLogMin);
    const count = blockCount(size, blockLog);
    const hashes = new Uint8Array(count * HASH_BYTES);
    const blockAt = (at: number) => {
      const block = new Uint8Array(blockLength(size, blockLog, at));
      handle.readAt(at * 2 ** blockLog, block);
      return block;
    };
    for (let at = 0; at < count; at++) {
      hashes.set(hashBlock(blockAt(at)), at * HASH_BYTES);
      await this.#world.clock.sleep(0);
      if (this.#over.aborted) return;
    }
    const part = this.#folder.part(rootOf(size, blockLog, hashes), size);
    for (let at = 0; at < count; at++) {
      part.writeAt(at * 2 ** blockLog, blockAt(at));
    }
    await part.finish({ mtime, executable });
    if (this.#over.aborted) return part.close();
    for (let number = 1;; number++) {
      const name = withMark(path, ` (written late ${number})`);
      if (this.#folder.look(name) !== undefined) continue;
      if (this.#folder.place(part, name, undefined, false) === "changed") {
        continue;
      }
      return this.#onFound([name]);
    }
  }
}

function close(handle: ReadHandle): void {
  try {
    handle.close();
  } catch {
    // The folder is gone; so is the handle.
  }
}
