/**
 * The system's watch of a folder and all that is below it.
 *
 * @module
 */

import { type Name, toName } from "../../names/name.ts";
import { OWN_FOLDER } from "../../names/own_names.ts";
import type { ChangeCall, WatchCall } from "./file_calls.ts";

export class DiskWatch implements WatchCall {
  readonly #root: string;
  readonly #watcher: Deno.FsWatcher;
  readonly #events: AsyncIterator<Deno.FsEvent>;
  #isClosed = false;

  /** @throws where the system cannot */
  constructor(root: string) {
    this.#root = root;
    this.#watcher = Deno.watchFs(root, { recursive: true });
    leaveOut(`${root}/${OWN_FOLDER}`);
    this.#events = this.#watcher[Symbol.asyncIterator]();
  }

  async next(): Promise<ChangeCall | undefined> {
    while (!this.#isClosed) {
      let event: IteratorResult<Deno.FsEvent>;
      try {
        event = await this.#events.next();
      } catch (error) {
        // A name that is no text, which nobody could sync: Deno 2.9 says so by an error, and goes on.
        if (error instanceof TypeError && /UTF-8/.test(error.message)) continue;
        throw error;
      }
      if (event.done) break;
      const { kind, paths, flag } = event.value;
      // Reading changes nothing.
      if (kind === "access") continue;
      return {
        paths: paths.flatMap((path) => this.#nameOf(path)),
        isLossy: flag === "rescan",
      };
    }
    return undefined;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    try {
      this.#watcher.close();
    } catch (error) {
      // The system had ended it.
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }

  /** None for what is no name, or lies elsewhere (where a file was moved to). */
  #nameOf(path: string): readonly (Name | "")[] {
    if (path === this.#root) return [""];
    const prefix = this.#root === "/" ? "/" : this.#root + "/";
    const slashes = Deno.build.os === "windows"
      ? path.replaceAll("\\", "/")
      : path;
    if (!slashes.startsWith(prefix.replaceAll("\\", "/"))) return [];
    try {
      return [toName(slashes.slice(prefix.length))];
    } catch {
      return [];
    }
  }
}

/**
 * Ends the watch of a folder below one that is watched. What we do among our own files is of no interest, and each event
 * costs twenty calls of the system (Deno asks of each path which watcher it belongs to) and a wakeup: for a file that comes,
 * more than all else that is done with it. inotify has one watch for each folder, and Deno 2.9 ends it with the last watcher
 * that names it or a folder in which it is. Where that is not so the events come, and are left out as names of ours.
 */
function leaveOut(folder: string): void {
  if (Deno.build.os !== "linux") return;
  try {
    Deno.watchFs(folder, { recursive: true }).close();
  } catch {
    // It is not there.
  }
}
