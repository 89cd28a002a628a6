/**
 * The watch of a `SimDisk`, as unreliable as that of a system: late, in one heap, with events lost and told of, and with
 * events lost and not told of (Deno 2.9: of a folder that was just made, or moved in).
 *
 * @module
 */

import type { ChangeCall, WatchCall } from "../io/sync/file_calls.ts";
import { type Name, toName } from "../names/name.ts";
import type { SimDisk } from "./sim_disk.ts";

export interface SimWatchOptions {
  /** Each event comes up to so much later; 1 by default. */
  readonly delayMsMax?: number;
  /** How likely an event is lost, and nobody told. */
  readonly drop?: number;
  /** How likely all that wait are lost, and that is told. */
  readonly overflow?: number;
}

export class SimWatch implements WatchCall {
  readonly #disk: SimDisk;
  readonly #later: (ms: number) => Promise<void>;
  readonly #random: () => number;
  readonly #options: SimWatchOptions;
  readonly #power: number;
  #waiting: ChangeCall[] = [];
  #isClosed = false;
  #wake: (() => void) | undefined;

  constructor(
    disk: SimDisk,
    later: (ms: number) => Promise<void>,
    random: () => number,
    options: SimWatchOptions,
  ) {
    this.#disk = disk;
    this.#later = later;
    this.#random = random;
    this.#options = options;
    this.#power = disk.power;
    disk.listeners.add(this.#told);
  }

  async next(): Promise<ChangeCall | undefined> {
    for (;;) {
      if (this.#disk.power !== this.#power) await new Promise<never>(() => {});
      if (this.#isClosed) return undefined;
      const change = this.#waiting.shift();
      if (change !== undefined) return change;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#disk.listeners.delete(this.#told);
    this.#wake?.();
  }

  readonly #told = (paths: readonly string[]): void => {
    const { delayMsMax = 1, drop = 0, overflow = 0 } = this.#options;
    if (this.#random() < drop) return;
    const isLossy = this.#random() < overflow;
    const change = { paths: isLossy ? [] : paths.map(toPath), isLossy };
    void this.#later(this.#random() * delayMsMax).then(() => {
      if (this.#isClosed) return;
      if (isLossy) this.#waiting = [];
      this.#waiting.push(change);
      this.#wake?.();
    });
  };
}

function toPath(path: string): Name | "" {
  return path === "" ? "" : toName(path);
}
