/**
 * Turns hints of changes into looks at the paths: joined, so that a burst is one look; and ever rarer for a path that
 * keeps changing, such as a log file.
 *
 * @module
 */

import type { FolderWatch } from "../../../io/sync/folder.ts";
import type { Name } from "../../../names/name.ts";
import type { World } from "../world.ts";

/** Nothing more came for so long: the burst is over. */
const QUIET_MS = 20;
const BURST_MS = 100;
const LONGEST_MS = 2000;
/** A path that was left alone for so long is like any other. */
const COOL_MS = 2 * LONGEST_MS;

interface Heat {
  readonly lookedAt: number;
  /** It is not looked at again for so long. */
  readonly pauseMs: number;
}

export class Watching {
  readonly #world: World;
  readonly #over: AbortSignal;
  readonly #look: (paths: readonly Name[] | "anywhere") => void;
  /** In the order in which they were looked at. */
  readonly #heat = new Map<Name, Heat>();
  #hinted = new Set<Name>();
  /** Hinted too early: when to look. */
  readonly #later = new Map<Name, number>();
  #isAnywhere = false;
  #burstAt = 0;
  #quietAt = 0;
  #isWaiting = false;
  #isWaitingLater = false;

  /** @param look is to look at these paths, or at everything */
  constructor(
    world: World,
    over: AbortSignal,
    look: (paths: readonly Name[] | "anywhere") => void,
  ) {
    this.#world = world;
    this.#over = over;
    this.#look = look;
  }

  /** Takes hints until the watch ends. */
  async follow(watch: FolderWatch): Promise<void> {
    for await (const hint of watch) {
      if (this.#over.aborted) return;
      if (hint === "anywhere") this.#isAnywhere = true;
      else for (const path of hint.paths) this.#hinted.add(path);
      this.#hint();
    }
  }

  #hint(): void {
    const now = this.#world.clock.now();
    this.#quietAt = now + QUIET_MS;
    if (this.#isWaiting) return;
    this.#burstAt = now + BURST_MS;
    this.#isWaiting = true;
    void this.#wait();
  }

  async #wait(): Promise<void> {
    const { clock } = this.#world;
    for (;;) {
      const ms = Math.min(this.#quietAt, this.#burstAt) - clock.now();
      if (ms > 0) await clock.sleep(ms, this.#over);
      if (this.#over.aborted) return;
      if (clock.now() >= Math.min(this.#quietAt, this.#burstAt)) break;
    }
    this.#isWaiting = false;
    this.#burst(clock.now());
  }

  #burst(now: number): void {
    if (this.#isAnywhere) {
      this.#isAnywhere = false;
      this.#hinted.clear();
      return this.#look("anywhere");
    }
    const paths: Name[] = [];
    for (const path of this.#hinted) {
      const heat = this.#heat.get(path);
      const coolAt = heat === undefined ? 0 : heat.lookedAt + heat.pauseMs;
      if (coolAt > now) {
        this.#later.set(path, coolAt);
        continue;
      }
      // Changed again as soon as it could be looked at: it keeps changing.
      const isHot = heat !== undefined &&
        now - coolAt <= Math.max(BURST_MS, heat.pauseMs);
      const pauseMs = isHot ? Math.min(heat.pauseMs * 2, LONGEST_MS) : QUIET_MS;
      this.#heat.delete(path);
      this.#heat.set(path, { lookedAt: now, pauseMs });
      paths.push(path);
    }
    this.#hinted.clear();
    for (const [path, { lookedAt }] of this.#heat) {
      if (now - lookedAt <= COOL_MS) break;
      this.#heat.delete(path);
    }
    if (this.#later.size > 0 && !this.#isWaitingLater) void this.#waitLater();
    if (paths.length > 0) this.#look(paths);
  }

  async #waitLater(): Promise<void> {
    this.#isWaitingLater = true;
    const { clock } = this.#world;
    while (this.#later.size > 0) {
      let next = Infinity;
      for (const at of this.#later.values()) next = Math.min(next, at);
      await clock.sleep(next - clock.now(), this.#over);
      if (this.#over.aborted) return;
      for (const [path, at] of this.#later) {
        if (at > clock.now()) continue;
        this.#later.delete(path);
        this.#hinted.add(path);
      }
      this.#hint();
    }
    this.#isWaitingLater = false;
  }
}
