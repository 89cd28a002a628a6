/**
 * Paths that could not be brought up to date: why, and when to try again. One timer for all of them.
 *
 * @module
 */

import type { Name } from "../../../names/name.ts";
import { Alarm } from "../alarm.ts";
import type { World } from "../world.ts";

const FIRST_MS = 500;
const LONGEST_MS = 60_000;

export class Retries {
  readonly #world: World;
  readonly #alarm: Alarm;
  readonly #again: (path: Name) => void;
  readonly #troubles = new Map<string, string>();
  /** How often in a row it failed. */
  readonly #failures = new Map<Name, number>();
  readonly #due = new Map<Name, number>();

  /** @param again called when it is time to try `path` again */
  constructor(world: World, over: AbortSignal, again: (path: Name) => void) {
    this.#world = world;
    this.#alarm = new Alarm(world.clock, over, () => this.#go());
    this.#again = again;
  }

  /** Path -> sentence. */
  get troubles(): ReadonlyMap<string, string> {
    return this.#troubles;
  }

  /** Failed: it is tried again, ever later. Gives whether people have not been told that yet. */
  fail(path: Name, text: string): boolean {
    const failures = this.#failures.get(path) ?? 0;
    this.#failures.set(path, failures + 1);
    this.later(path, Math.min(FIRST_MS * 2 ** failures, LONGEST_MS));
    return this.tell(path, text);
  }

  /** Cannot be done, and is not tried again by itself. Gives whether people have not been told that yet. */
  tell(path: string, text: string): boolean {
    if (this.#troubles.get(path) === text) return false;
    this.#troubles.set(path, text);
    return true;
  }

  /** All is well with `path`. */
  clear(path: Name): void {
    if (this.#troubles.size > 0) this.#troubles.delete(path);
    if (this.#failures.size > 0) this.#failures.delete(path);
  }

  /** Tries `path` again in `ms`, or earlier if that was said before. */
  later(path: Name, ms: number): void {
    const at = this.#world.clock.now() + ms;
    this.#due.set(path, Math.min(this.#due.get(path) ?? Infinity, at));
    this.#alarm.set(at);
  }

  #go(): void {
    const now = this.#world.clock.now();
    let next = Infinity;
    for (const [path, at] of this.#due) {
      if (at > now) next = Math.min(next, at);
      else {
        this.#due.delete(path);
        this.#again(path);
      }
    }
    this.#alarm.set(next);
  }
}
