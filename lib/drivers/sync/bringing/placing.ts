/**
 * What is done on the disk to bring a path up to the winner: each act in one go, between a look and a record. All of them
 * give false where the path is not as it was seen: it is looked at again then.
 *
 * @module
 */

import type { PartHandle } from "../../../io/sync/folder.ts";
import type { Name } from "../../../names/name.ts";
import { conflictCopy } from "../../../sync/conflict_name.ts";
import type { GlobalEntry, LocalEntry } from "../../../sync/index_store.ts";
import type { Loser } from "../../../sync/plan.ts";
import type { FileRecord } from "../../../sync/record.ts";
import type { Seen } from "../../../sync/seen.ts";
import type { KeptWatch } from "./kept_watch.ts";
import type { PeerChange } from "../../../sync/peer_change.ts";
import type { PeerParts } from "../peer_parts.ts";

export class Placing {
  readonly #parts: PeerParts;
  readonly #kept: KeptWatch;
  readonly #touch: (path: Name) => void;

  /** @param touch something is to be decided anew at that path */
  constructor(
    parts: PeerParts,
    kept: KeptWatch,
    touch: (path: Name) => void,
  ) {
    this.#parts = parts;
    this.#kept = kept;
    this.#touch = touch;
  }

  /** Gives the finished part the name of its path. */
  place(
    part: PartHandle,
    winner: GlobalEntry,
    mine: LocalEntry | undefined,
    seen: Seen | undefined,
    loser: Loser,
  ): boolean {
    const { folder, tree, observer } = this.#parts;
    const { path } = winner.record;
    let expected = seen;
    if (loser === "copy") {
      expected = this.#copy(mine!.record, seen!);
      if (expected === undefined) return false;
    }
    // The copy is the same file under another name: what is still written into it is looked for there.
    const old = seen === undefined || loser === "copy"
      ? undefined
      : folder.open(path);
    // Where the loser was kept before, its copy may be gone since.
    const keep = loser !== "copy" || expected === seen;
    const placed = folder.place(part, path, expected, keep);
    if (placed === "changed") {
      old?.close();
      return false;
    }
    tree.setDone({ record: winner.record, seen: placed, found: false });
    observer.mended(path);
    if (old !== undefined && seen !== undefined) {
      this.#kept.watch(path, old, seen);
    }
    this.#tell(winner.record, mine?.record);
    return true;
  }

  remove(winner: GlobalEntry, mine: LocalEntry, seen: Seen): boolean {
    const { folder } = this.#parts;
    const { path } = winner.record;
    const old = folder.open(path);
    if (folder.remove(path, seen) === "changed") {
      old?.close();
      return false;
    }
    this.#setGone(winner.record);
    if (old !== undefined) this.#kept.watch(path, old, seen);
    this.#tell(winner.record, mine.record);
    return true;
  }

  describe(winner: GlobalEntry, mine: LocalEntry, seen: Seen): boolean {
    const { folder, tree } = this.#parts;
    const { record } = winner;
    const described = folder.describe(record.path, seen, record);
    if (described === "changed") return false;
    tree.setDone({ record, seen: described, found: false });
    this.#tell(record, mine.record);
    return true;
  }

  makeFolder(
    record: FileRecord,
    mine: LocalEntry | undefined,
    seen: Seen | undefined,
    loser: Loser,
  ): boolean {
    const { folder, tree } = this.#parts;
    const { path } = record;
    if (loser === "version" && folder.remove(path, seen!) === "changed") {
      return false;
    }
    if (loser === "copy") {
      const copied = this.#copy(mine!.record, seen!);
      if (copied === undefined || folder.remove(path, copied) === "changed") {
        return false;
      }
    }
    if (folder.makeFolder(path) === "exists") return false;
    tree.setDone({ record, seen: folder.look(path), found: false });
    if (seen?.kind !== "folder") this.#tell(record, mine?.record);
    return true;
  }

  /** @returns "not-empty" if something is in it that is not known yet */
  removeFolder(
    winner: GlobalEntry,
    mine: LocalEntry,
    then: "adopt" | "forget",
  ): boolean | "not-empty" {
    const { folder, tree } = this.#parts;
    const { path } = winner.record;
    const done = folder.removeFolder(path);
    if (done === "not-empty") return done;
    if (done === "changed") return false;
    if (then === "adopt") this.#setGone(winner.record);
    else tree.forgetDone(path);
    this.#tell(
      { ...mine.record, root: null, stamp: winner.record.stamp },
      mine.record,
    );
    return true;
  }

  /** The loser gets a second name. Gives how it looks with it, `undefined` if it is not as it was seen. */
  #copy(loser: FileRecord, seen: Seen): Seen | undefined {
    const { folder, tree, publisher, locks, changed } = this.#parts;
    let isBusy = false;
    const copy = conflictCopy(loser, (name) => {
      isBusy ||= locks.isBusy(name);
      return {
        record: tree.get(name)?.record,
        onDisk: locks.isBusy(name) || folder.look(name) !== undefined,
      };
    });
    // Somebody else's copy of the same content may be coming to that name just now.
    if (isBusy) return undefined;
    if (copy.isKept) return seen;
    const { path } = copy.record;
    const made = folder.duplicate(loser.path, path, seen);
    if (made === "changed" || made === "exists") return undefined;
    tree.setDone({ record: copy.record, seen: made, found: false });
    publisher.offer(path);
    this.#touch(path);
    this.#kept.renamed(path);
    changed({
      what: "conflict-copy",
      kind: "file",
      path,
      from: loser.path,
      by: undefined,
      size: loser.size,
    });
    return made;
  }

  #setGone(record: FileRecord): void {
    this.#parts.tree.setDone({ record, seen: undefined, found: false });
  }

  #tell(record: FileRecord, before: FileRecord | undefined): void {
    const { changed, nameOf } = this.#parts;
    changed(changeOf(record, before, nameOf(record.stamp.by)));
  }
}

/** What became of a path, for the log. */
export function changeOf(
  record: FileRecord,
  before: FileRecord | undefined,
  by: string | undefined,
  from?: Name,
): PeerChange {
  const was = before !== undefined && before.root !== null;
  const isGone = record.root === null;
  return {
    what: isGone
      ? "deleted"
      : from !== undefined
      ? "moved"
      : was
      ? "changed"
      : "added",
    kind: isGone && before !== undefined ? before.kind : record.kind,
    path: record.path,
    from,
    by,
    size: record.size,
  };
}
