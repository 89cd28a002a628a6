/**
 * What a peer does from time to time: looks at everything, clears out old versions and what was left of transfers.
 *
 * @module
 */

import type { SyncPeerOptions } from "./peer_options.ts";

/** A full scan: the watch is a hint, the scan is the truth. Spread, so that peers do not all do it at once. */
const SCAN_MS = 10 * 60_000;
/** Where nothing gives hints. */
const POLL_MS = 10_000;
const VERSIONS_MS = 30 * 24 * 3600_000;

export class Rounds {
  readonly #options: SyncPeerOptions;
  readonly #over: AbortSignal;
  readonly #scan: () => Promise<void>;

  constructor(
    options: SyncPeerOptions,
    over: AbortSignal,
    scan: () => Promise<void>,
  ) {
    this.#options = options;
    this.#over = over;
    this.#scan = scan;
  }

  /** Until the peer is over. */
  async run(isWatching: boolean): Promise<void> {
    const { clock, chance } = this.#options.world;
    while (!this.#over.aborted) {
      this.#prune();
      const ms = isWatching ? SCAN_MS * (0.75 + chance.number() / 2) : POLL_MS;
      await clock.sleep(ms, this.#over);
      if (this.#over.aborted) return;
      await this.#scan();
    }
  }

  #prune(): void {
    const { folder, versionsMs, versionsBytesMax, world } = this.#options;
    try {
      folder.pruneVersions(
        world.clock.wallTime() - (versionsMs ?? VERSIONS_MS),
        versionsBytesMax ?? Infinity,
      );
    } catch {
      // Tried again in the next round.
    }
  }
}
