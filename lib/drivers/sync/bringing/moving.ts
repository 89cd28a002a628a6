/**
 * Follows moves: what is on this disk under its old name gets the new one in one step, a folder with all that is in it.
 * Nothing is fetched, and nobody sees both, or half.
 *
 * @module
 */

import type { Name } from "../../../names/name.ts";
import type { GlobalEntry } from "../../../sync/index_store.ts";
import { isAncestor } from "../../../sync/versions.ts";
import { compareRecords, isSameVersion } from "../../../sync/order.ts";
import { folderMove } from "../../../sync/moves.ts";
import type { Seen } from "../../../sync/seen.ts";
import { entriesBelow, isBehind, type PeerParts } from "../peer_parts.ts";
import type { KeptWatch } from "./kept_watch.ts";
import { changeOf } from "./placing.ts";

/** A look at what is to be moved is over by then. */
const BUSY_MS = 5;
/** Of a move the new name is told first, where the old one has to be looked for among many. */
const UNTOLD_MS = 500;

export class Moving {
  readonly #parts: PeerParts;
  readonly #kept: KeptWatch;
  readonly #touch: (path: Name) => void;
  /** Files whose old name is still theirs, by what is told so far: until when that is waited for. */
  readonly #waiting = new Map<Name, number>();

  constructor(
    parts: PeerParts,
    kept: KeptWatch,
    touch: (path: Name) => void,
  ) {
    this.#parts = parts;
    this.#kept = kept;
    this.#touch = touch;
  }

  /** Whether what is at `path`, and is to go, is to be under another name: that is decided first. */
  isToMove(path: Name): boolean {
    const { register, tree, retries, ignoring } = this.#parts;
    const target = register.movedTo(path);
    const winner = target && register.get(target)?.record;
    const mine = tree.get(path)?.record;
    if (target === undefined || winner?.root !== mine?.root) return false;
    const there = tree.get(target)?.record;
    return (there === undefined || compareRecords(there, winner!) < 0) &&
      !retries.troubles.has(target) &&
      !ignoring.ignores(target, winner!.kind === "folder");
  }

  /**
   * Moves the file that `winner` says it was. `no`: it is not here any more, and is to be fetched. `later`: it is here, and
   * that it is to go was not told yet, as it comes with the next message; it is tried again.
   */
  moveFile(winner: GlobalEntry): "moved" | "later" | "no" {
    const moved = this.#moveFile(winner);
    const { path } = winner.record;
    if (moved !== "later") this.#waiting.delete(path);
    else {
      const { world, retries } = this.#parts;
      const now = world.clock.now();
      const until = this.#waiting.get(path) ?? now + UNTOLD_MS;
      if (now >= until) {
        this.#waiting.delete(path);
        return "no";
      }
      this.#waiting.set(path, until);
      retries.later(path, BUSY_MS);
    }
    return moved;
  }

  #moveFile(winner: GlobalEntry): "moved" | "later" | "no" {
    const { folder, tree, register, locks, changed, nameOf } = this.#parts;
    const { record } = winner;
    const from = record.movedFrom;
    if (from === undefined) return "no";
    const mine = tree.get(from);
    const gone = register.get(from)?.record;
    if (
      mine?.seen === undefined || mine.record.root !== record.root ||
      gone === undefined
    ) return "no";
    if (isSameVersion(mine.record, gone) || locks.isBusy(from)) return "later";
    if (
      gone.root !== null || compareRecords(mine.record, gone) >= 0 ||
      !isAncestor(mine.record, gone)
    ) return "no";
    const seen = folder.look(from);
    if (!isAsBefore(seen, mine.seen)) return "no";
    const moved = folder.move(from, record.path, seen);
    if (moved === "changed" || moved === "exists") return "no";
    tree.setDone({ record: gone, seen: undefined, found: false });
    tree.setDone({ record, seen: moved, found: false });
    if (
      Math.round(moved.mtime) !== record.mtime ||
      moved.executable !== record.executable
    ) {
      const described = folder.describe(record.path, moved, record);
      // If somebody was quick, what he made of it is his version.
      if (described !== "changed") {
        tree.setDone({ record, seen: described, found: false });
      }
    }
    this.#kept.renamed(record.path);
    changed(changeOf(record, undefined, nameOf(record.stamp.by), from));
    this.#touch(from);
    return "moved";
  }

  /**
   * Moves the folder that `winner` says it was, if all of it is to be at the new place. `later`: something is being looked at
   * there just now, and it is tried again; who made the folder instead would move file by file, and everybody saw both.
   */
  moveFolder(winner: GlobalEntry): "moved" | "later" | "no" {
    const { folder, tree, register, locks, observer, changed, nameOf } =
      this.#parts;
    const to = winner.record.path;
    const move = folderMove(to, {
      at: (path) => ({ local: tree.get(path), global: register.get(path) }),
      below: (path) => entriesBelow(this.#parts, path),
    });
    if (move === undefined) return "no";
    for (const [old, fresh] of move.paths) {
      if (locks.isBusy(old) || fresh !== to && locks.isBusy(fresh)) {
        this.#parts.retries.later(to, BUSY_MS);
        return "later";
      }
      const mine = tree.get(old)!;
      const seen = folder.look(old);
      if (mine.record.kind === "folder") {
        if (seen?.kind !== "folder" || observer.hasForeign(old)) return "no";
        const known = new Set<string>(tree.liveIn(old));
        for (const { base } of folder.children(old)) {
          if (!known.has(`${old}/${base}`)) return "no";
        }
      } else if (!isAsBefore(seen, mine.seen)) return "no";
    }
    const seen = folder.look(move.from)!;
    const moved = folder.move(move.from, to, seen);
    if (moved === "changed" || moved === "exists") return "no";
    for (const [old, fresh] of move.paths) {
      const record = register.get(fresh)!.record;
      const gone = register.get(old)!.record;
      tree.setDone({ record: gone, seen: undefined, found: false });
      tree.setDone({ record, seen: folder.look(fresh), found: false });
      this.#touch(old);
      this.#touch(fresh);
    }
    // What is new in it waited for the folders that are here now.
    for (const below of register.liveBelow(to)) {
      if (isBehind(this.#parts, below)) this.#touch(below);
    }
    const { record } = winner;
    changed(changeOf(record, undefined, nameOf(record.stamp.by), move.from));
    return "moved";
  }
}

function isAsBefore(
  now: Seen | undefined,
  before: Seen | undefined,
): now is Seen {
  return now !== undefined && before !== undefined &&
    now.kind === "file" && now.version === before.version && !before.isRacy;
}
