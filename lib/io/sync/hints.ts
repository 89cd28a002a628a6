/**
 * Where something may have changed, as it is told by the system: without what is ours, and never more than a bounded number
 * of paths, however slowly they are taken.
 *
 * @module
 */

import { messageOf } from "../../errors.ts";
import type { Name } from "../../names/name.ts";
import { isOwnName } from "../../names/own_names.ts";
import { errnoOf } from "../os_faults.ts";
import type { WatchCall } from "./file_calls.ts";
import type { FolderWatch, Hint } from "./folder.ts";

/** More paths than these are looked at faster by a scan of everything, which takes 5 us a file. */
export const HINT_PATHS_MAX = 10_000;

/** What is told between two calls of `next` comes as one hint, each path once. */
export class FolderHints implements FolderWatch {
  readonly #watch: WatchCall;
  readonly #onFault: (text: string) => void;
  #paths = new Set<Name>();
  #isAnywhere = false;
  #isOver = false;
  #wake: (() => void) | undefined;

  /** @param onFault is told why, if the system ends the watch */
  constructor(watch: WatchCall, onFault: (text: string) => void) {
    this.#watch = watch;
    this.#onFault = onFault;
    void this.#gather();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Hint, void> {
    for (;;) {
      const hint = this.#take();
      if (hint !== undefined) yield hint;
      else if (this.#isOver) return;
      else await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  close(): void {
    this.#paths.clear();
    this.#isAnywhere = false;
    this.#isOver = true;
    this.#watch.close();
    this.#wake?.();
  }

  async #gather(): Promise<void> {
    try {
      for (;;) {
        const change = await this.#watch.next();
        if (change === undefined) break;
        if (this.#isOver) return;
        if (change.isLossy) this.#isAnywhere = true;
        for (const path of change.paths) this.#add(path);
        if (this.#isAnywhere || this.#paths.size > 0) this.#wake?.();
      }
    } catch (error) {
      if (this.#isOver) return;
      this.#isAnywhere = true;
      this.#watch.close();
      this.#onFault(watchFaultOf(error));
    }
    this.#isOver = true;
    this.#wake?.();
  }

  #add(path: Name | ""): void {
    // Of the folder itself: it was moved away, or another one was mounted over it.
    if (path === "") this.#isAnywhere = true;
    else if (!isOwnName(path)) this.#paths.add(path);
    if (this.#paths.size > HINT_PATHS_MAX) this.#isAnywhere = true;
    if (this.#isAnywhere) this.#paths.clear();
  }

  #take(): Hint | undefined {
    if (this.#isAnywhere) {
      this.#isAnywhere = false;
      this.#paths.clear();
      return "anywhere";
    }
    if (this.#paths.size === 0) return undefined;
    const paths = [...this.#paths];
    this.#paths = new Set();
    return { paths };
  }
}

/** Why the system cannot watch, and what can be done about it. */
export function watchFaultOf(error: unknown): string {
  const text = messageOf(error);
  // inotify says ENOSPC where there is no room for another watch, EMFILE for another watcher.
  if (errnoOf(error) === "ENOSPC" || /watch limit|No space left/i.test(text)) {
    return "The system cannot watch so many folders: raise the limit with " +
      "sysctl fs.inotify.max_user_watches=1048576";
  }
  if (errnoOf(error) === "EMFILE" || /too many open files/i.test(text)) {
    return "The system cannot watch another folder: raise the limit with " +
      "sysctl fs.inotify.max_user_instances=1024";
  }
  return `The system cannot watch the folder: ${text}`;
}
