/**
 * Versions of what is here already that have to be made anew, because of what the tracker says of them.
 *
 * @module
 */

import type { Name } from "../../../names/name.ts";
import { compareRecords } from "../../../sync/order.ts";
import type { FileRecord, RootHash } from "../../../sync/record.ts";
import {
  knowsRoot,
  reassert,
  restamped,
  undated,
} from "../../../sync/versions.ts";
import type { PeerParts } from "../peer_parts.ts";

type Parts = Pick<
  PeerParts,
  | "world"
  | "tree"
  | "register"
  | "maker"
  | "publisher"
  | "locks"
  | "holding"
  | "observer"
  | "over"
>;

const RESTAMP_MS = 500;

export class Remaking {
  readonly #parts: Parts;

  readonly #touch: (path: Name) => void;

  /** @param touch something is to be decided anew at that path */
  constructor(parts: Parts, touch: (path: Name) => void) {
    this.#parts = parts;
    this.#touch = touch;
  }

  /** The winners are known: what was found here, and was replaced elsewhere long ago, is no newer for a younger date. */
  undateFound(): void {
    const { tree, register } = this.#parts;
    for (const entry of [...tree.entries()]) {
      const { record, found } = entry;
      if (!found || record.root === null) continue;
      const winner = register.get(record.path)?.record;
      if (
        winner === undefined || compareRecords(record, winner) <= 0 ||
        !knowsRoot(winner, record.root)
      ) continue;
      tree.set({ ...entry, record: undated(record) });
      this.#touch(record.path);
    }
  }

  /** Nobody has the content `root` of the winner any more: what is here is better than nothing. */
  lost(path: Name, root: RootHash): void {
    const { tree, register, maker, publisher, locks, holding, observer, over } =
      this.#parts;
    void locks.run(path, () => {
      if (over.aborted) return;
      const mine = tree.get(path);
      const winner = register.get(path)?.record;
      if (mine === undefined || winner?.root !== root) return;
      if (mine.record.root === root) {
        if (!observer.isTorn(path)) return holding.again(root);
        observer.acceptTorn(path);
        return this.#touch(path);
      }
      if (
        mine.record.root === null || compareRecords(mine.record, winner) >= 0
      ) return;
      const record = reassert(mine.record, winner, maker.next(true), true);
      tree.set({ record, seen: mine.seen, found: false });
      publisher.offer(path);
    });
  }

  /**
   * By the tracker's clock a version of ours is of the future. Nobody has heard of it: it is made again, when the tracker
   * had time to say what the time is.
   */
  restampSoon(refused: FileRecord): void {
    const { world, over } = this.#parts;
    void world.clock.sleep(RESTAMP_MS, over).then(() => {
      if (!over.aborted) this.#restamp(refused);
    });
  }

  #restamp(refused: FileRecord): void {
    const { tree, register, maker, publisher, locks, over } = this.#parts;
    const { path } = refused;
    void locks.run(path, () => {
      const mine = tree.get(path);
      if (over.aborted || mine?.record !== refused) return;
      const winner = register.get(path)?.record;
      const record = restamped(refused, winner, maker.next(true));
      tree.set({ ...mine, record });
      publisher.offer(path);
      // It was newer than the winner perhaps only by the wrong clock.
      this.#touch(path);
    });
  }
}
