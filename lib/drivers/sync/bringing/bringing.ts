/**
 * Brings a content to its path: has it fetched, waits until it is on the disk, and places it if nothing has changed
 * meanwhile.
 *
 * @module
 */

import type { Name } from "../../../names/name.ts";
import type { GlobalEntry, LocalEntry } from "../../../sync/index_store.ts";
import type { Loser } from "../../../sync/plan.ts";
import type { Seen } from "../../../sync/seen.ts";
import { isBehind, type PeerParts } from "../peer_parts.ts";
import type { Placing } from "./placing.ts";
import { Slots } from "./slots.ts";

/** Files that the disk is waited for at once. */
const FINISHES_AT_ONCE = 8;

/** What is to come to a path, and what was seen there just before. */
export interface Bring {
  /** The version to place: most often the winner. */
  readonly wanted: GlobalEntry;
  readonly local: LocalEntry | undefined;
  readonly seen: Seen | undefined;
  readonly loser: Loser;
}

type Parts = Pick<
  PeerParts,
  "over" | "fetcher" | "register" | "tree" | "observer" | "ignoring"
>;

export class Bringing {
  readonly #parts: Parts;
  readonly #placing: Placing;
  readonly #finishing = new Slots(FINISHES_AT_ONCE);

  constructor(parts: Parts, placing: Placing) {
    this.#parts = parts;
    this.#placing = placing;
  }

  /**
   * Whether a new file comes to a path that should be free. Then the look is spared, which costs more than all else where
   * there is nothing (an error is made and thrown): the file is placed only if the name is free, and else it is looked at.
   */
  isToBeFree(path: Name): boolean {
    const { tree, register, observer, ignoring } = this.#parts;
    const mine = tree.get(path)?.record;
    const winner = register.get(path)?.record;
    return !observer.isFirst && (mine?.root ?? null) === null &&
      winner?.kind === "file" && winner.root !== null &&
      isBehind(this.#parts, path) &&
      !ignoring.ignores(path, false);
  }

  /** @returns `waiting`: it is not here yet, the path is touched when it is. `again`: something has changed */
  async bring(bring: Bring): Promise<"placed" | "waiting" | "again"> {
    const { over, fetcher, register, tree } = this.#parts;
    const { wanted, local, seen, loser } = bring;
    const { record } = wanted;
    const part = fetcher.take(record);
    if (part === undefined) return "waiting";
    const winner = register.get(record.path);
    let isPlaced = false;
    try {
      await this.#finishing.run(() => part.finish(record));
      if (over.aborted) return "again";
      const isStill = register.get(record.path) === winner &&
        tree.get(record.path) === local;
      if (isStill) {
        isPlaced = this.#placing.place(part, wanted, local, seen, loser);
      }
    } finally {
      if (isPlaced) fetcher.placed(record);
      else fetcher.giveBack(record, part);
    }
    return isPlaced ? "placed" : "again";
  }
}
