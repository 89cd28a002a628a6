/**
 * What a peer does from time to time: looks at everything, clears out old versions and what was left of transfers.
 *
 * @module
 */

import { messageOf } from "../../errors.ts";
import type { RootHash } from "../../sync/record.ts";
import type { SyncPeerOptions } from "./peer_options.ts";

/** A full scan: the watch is a hint, the scan is the truth. Spread, so that peers do not all do it at once. */
const SCAN_MS = 10 * 60_000;
/** Where nothing gives hints. */
const POLL_MS = 10_000;
const TIDY_MS = 250;
const VERSIONS_MS = 30 * 24 * 3600_000;

/** What is known of a content. */
export interface Needs {
  /** It is to come, or to be placed; `undefined` while that is not known. */
  isToCome(root: RootHash): boolean | undefined;
  /** A file has it. */
  isHere(root: RootHash): boolean;
}

export class Rounds {
  readonly #options: SyncPeerOptions;
  readonly #over: AbortSignal;
  readonly #scan: () => Promise<void>;
  readonly #needs: Needs;
  /** Why clearing out did not work the last time. */
  #told: string | undefined;

  /** @param scan looks at everything */
  constructor(
    options: SyncPeerOptions,
    over: AbortSignal,
    scan: () => Promise<void>,
    needs: Needs,
  ) {
    this.#options = options;
    this.#over = over;
    this.#scan = scan;
    this.#needs = needs;
  }

  /** Until the peer is over. */
  async run(isWatching: boolean): Promise<void> {
    const { clock, chance } = this.#options.world;
    // What a killed run has left goes as soon as it is known what is needed.
    let pauseMs = TIDY_MS;
    while (!this.#tidy() && pauseMs < SCAN_MS) {
      await clock.sleep(pauseMs, this.#over);
      if (this.#over.aborted) return;
      pauseMs *= 2;
    }
    while (!this.#over.aborted) {
      this.#tidy();
      const ms = isWatching ? SCAN_MS * (0.75 + chance.number() / 2) : POLL_MS;
      await clock.sleep(ms, this.#over);
      if (this.#over.aborted) return;
      await this.#scan();
    }
  }

  /** Gives false if it is not known yet what is needed, and something is there. */
  #tidy(): boolean {
    let isTidy = true;
    const { folder, index, versionsMs, versionsBytesMax, world, events } =
      this.#options;
    try {
      folder.pruneVersions(
        world.clock.wallTime() - (versionsMs ?? VERSIONS_MS),
        versionsBytesMax ?? Infinity,
      );
      // What was left of a content that has been replaced before all of it came, or had its name when the peer was killed.
      for (const root of folder.parts()) {
        const isToCome = this.#needs.isToCome(root);
        if (isToCome === undefined) isTidy = false;
        if (isToCome === false) folder.dropPart(root);
      }
      index.prune((root) =>
        this.#needs.isToCome(root) !== false || this.#needs.isHere(root)
      );
      this.#told = undefined;
    } catch (error) {
      // Tried again in the next round.
      const text = messageOf(error);
      if (text !== this.#told) {
        events.note(`Old versions and leftovers stay: ${text}`);
      }
      this.#told = text;
    }
    return isTidy;
  }
}
