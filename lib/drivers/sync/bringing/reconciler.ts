/**
 * Brings every path up to its winner: looks, asks the rules (sync/plan.ts), acts, and looks again, until there is nothing
 * more to do. One at a time per path, many paths at once. Which paths are due is no more than a hint: what is to be done
 * follows from the disk, my version and the winner alone.
 *
 * @module
 */

import { Refusal } from "../../../errors.ts";
import { folderOf, foldersAbove, type Name } from "../../../names/name.ts";
import { type Below, belowOf } from "../../../sync/below.ts";
import type { GlobalEntry, LocalEntry } from "../../../sync/index_store.ts";
import { compareRecords, newerOf } from "../../../sync/order.ts";
import { type Plan, plan } from "../../../sync/plan.ts";
import { FOLDER_ROOT } from "../../../sync/record.ts";
import type { Seen } from "../../../sync/seen.ts";
import {
  FOLDER_CONTENT,
  newVersion,
  reassert,
} from "../../../sync/versions.ts";
import { account } from "../tracking/accounting.ts";
import { type Bring, Bringing } from "./bringing.ts";
import { DuePaths } from "./due_paths.ts";
import { ABSENT, type Observed } from "../local/observer.ts";
import type { Moving } from "./moving.ts";
import { entriesBelow, isBehind, type PeerParts } from "../peer_parts.ts";
import type { Placing } from "./placing.ts";

/** Paths that are worked at at once. */
const AT_ONCE = 64;
/** A path that is never as it was seen a moment before is left alone for a while. */
const TURNS_MAX = 8;
const UNSTEADY_MS = 100;
/** A file that was moved with its folder waits so long for the folder to be told, too. */
const MOVED_FOLDER_MS = 1000;

export class Reconciler {
  readonly #parts: PeerParts;
  readonly #placing: Placing;
  readonly #moving: Moving;
  readonly #due: DuePaths;
  readonly #bringing: Bringing;

  constructor(parts: PeerParts, placing: Placing, moving: Moving) {
    this.#parts = parts;
    this.#placing = placing;
    this.#moving = moving;
    this.#bringing = new Bringing(parts, placing);
    this.#due = new DuePaths(
      AT_ONCE,
      parts.over,
      (path) => this.#reconcile(path),
    );
  }

  /** Whether nothing is under way. */
  get isIdle(): boolean {
    return this.#due.isIdle;
  }

  /** Something is to be decided anew at `path`. */
  touch(path: Name): void {
    this.#due.add(path);
  }

  /** Everything that is not as it is everywhere. */
  touchAll(): void {
    const { register, holding } = this.#parts;
    for (const { record: { path } } of register.entries()) {
      this.account(path);
      if (isBehind(this.#parts, path)) this.touch(path);
    }
    // What only a tracker knew that has lost its memory is not waited for.
    for (const path of [...holding.paths()]) {
      if (register.get(path) !== undefined) continue;
      this.#leave(path);
      this.account(path);
    }
  }

  /** A scan looked at `path`. */
  looked(path: Name, observed: Observed): void {
    const { register, tree, retries, departures } = this.#parts;
    if (observed.kind === "unsteady") {
      retries.later(path, UNSTEADY_MS);
      return;
    }
    if (observed.kind !== "known") return;
    if (observed.seen !== undefined) departures.release(path);
    const mine = tree.get(path)?.record;
    const winner = register.get(path)?.record;
    if (
      observed.torn || observed.seen?.kind === "other" ||
      mine !== undefined &&
        (winner === undefined || compareRecords(mine, winner) !== 0) ||
      mine === undefined && winner !== undefined && winner.root !== null
    ) this.touch(path);
    else {
      retries.clear(path);
      this.account(path);
    }
  }

  /** Brings up to date what is told of `path`: held, or lacking. */
  account(path: Name): void {
    account(this.#parts, path);
  }

  async #reconcile(path: Name): Promise<void> {
    const { locks, over, fail, rescan } = this.#parts;
    try {
      await locks.run(path, () => this.#settle(path));
    } catch (error) {
      if (over.aborted) return;
      if (error instanceof Refusal && error.code === "not-found") {
        rescan(foldersAbove(path));
      }
      fail(path, error);
    } finally {
      if (!over.aborted) {
        this.account(path);
        this.#touchMoved(path);
      }
    }
  }

  /** Looks and acts, until there is nothing more to do now. */
  async #settle(path: Name): Promise<void> {
    const { over, retries, departures, observer, isSuspect } = this.#parts;
    for (let turn = 0; turn < TURNS_MAX; turn++) {
      if (over.aborted || isSuspect()) return;
      const observed = turn === 0 && this.#bringing.isToBeFree(path)
        ? ABSENT
        : await observer.observe(path);
      if (over.aborted) return;
      if (observed.kind === "ignored") {
        this.#leave(path);
        return;
      }
      if (observed.kind === "unsteady") break;
      if (observed.kind === "missing" && !departures.isHeld(path)) {
        return departures.report(path);
      }
      if (!await this.#act(path, observed)) return;
    }
    retries.later(path, UNSTEADY_MS);
  }

  /** One act. Gives whether to look again at once. */
  async #act(path: Name, observed: Observed): Promise<boolean> {
    const parts = this.#parts;
    const { tree, register, policy, observer } = parts;
    const seen = observed.kind === "known" ? observed.seen : undefined;
    const isTorn = observed.kind === "known" && observed.torn;
    const local = tree.get(path);
    const global = register.get(path);
    // A delete that is not held back was reported.
    const isHeld = observed.kind === "missing";
    if (isTorn || isHeld) {
      return await this.#restore(path, seen, local!, global, isTorn);
    }
    const decided = plan({
      disk: seen?.kind ?? "absent",
      local,
      global,
      policy,
      get below(): Below {
        return belowOf(
          entriesOf(parts, path),
          seen?.kind === "folder",
        );
      },
      get hasForeign(): boolean {
        return seen?.kind === "folder" && observer.hasForeign(path);
      },
    });
    return await this.#follow(decided, path, seen, local, global);
  }

  async #follow(
    decided: Plan,
    path: Name,
    seen: Seen | undefined,
    local: LocalEntry | undefined,
    global: GlobalEntry | undefined,
  ): Promise<boolean> {
    const { tree, publisher, maker, fetcher, fail } = this.#parts;
    const placing = this.#placing;
    if (decided.do !== "place") fetcher.forget(path);
    switch (decided.do) {
      case "nothing":
        this.touchAbove(path);
        return this.#leave(path);
      case "wait":
        return this.#leave(path);
      case "publish":
        publisher.offer(path);
        this.#touchIn(path);
        this.touchAbove(path);
        // All is well when the tracker has taken it.
        return false;
      case "observe":
        return true;
      case "adopt": {
        const { record } = global!;
        const now = record.root === null ? undefined : seen;
        tree.set({ record, seen: now, found: false });
        return this.done(path);
      }
      case "describe":
        return placing.describe(global!, local!, seen!)
          ? this.done(path)
          : true;
      case "place":
        return await this.#place(path, seen, local, global!, decided.loser);
      case "makeFolder":
        if (!this.#hasParent(path)) return false;
        if (decided.loser === "none") {
          const move = this.#moving.moveFolder(global!);
          if (move !== "no") return move === "moved" && this.done(path);
        }
        return placing.makeFolder(global!.record, local, seen, decided.loser)
          ? this.done(path)
          : true;
      case "remove":
        if (this.#moving.isToMove(path)) return false;
        return placing.remove(global!, local!, seen!) ? this.done(path) : true;
      case "removeFolder":
        return this.#removeFolder(path, global!, local!, decided.then);
      case "reassert": {
        const record = reassert(
          local!.record,
          global!.record,
          maker.next(true),
          decided.knowing,
        );
        tree.set({ record, seen: local!.seen, found: false });
        return true;
      }
      case "revive": {
        if (!this.#hasParent(path)) return false;
        const base = newerOf(local?.record, global?.record);
        const record = newVersion(
          path,
          base,
          FOLDER_CONTENT,
          maker.next(false),
        );
        if (!placing.makeFolder(record, local, seen, "none")) return true;
        publisher.offer(path);
        return this.done(path);
      }
      case "blocked":
        fail(path, decided.text);
        return false;
    }
  }

  async #place(
    path: Name,
    seen: Seen | undefined,
    local: LocalEntry | undefined,
    global: GlobalEntry,
    loser: "none" | "version" | "copy",
  ): Promise<boolean> {
    if (!this.#hasParent(path)) return false;
    const move = seen === undefined ? this.#moving.moveFile(global) : "no";
    if (move !== "no") return move === "moved" && this.done(path);
    return await this.#bring({ wanted: global, local, seen, loser });
  }

  /** What a crash left less of, or what is gone and held to be an accident, is brought back, or the newer winner. */
  async #restore(
    path: Name,
    seen: Seen | undefined,
    local: LocalEntry,
    global: GlobalEntry | undefined,
    isTorn: boolean,
  ): Promise<boolean> {
    const isNewer = global !== undefined &&
      compareRecords(local.record, global.record) < 0;
    if (!isTorn && !isNewer) return false;
    const wanted = global !== undefined && isNewer
      ? global
      : { record: local.record, seq: 0 };
    const { record } = wanted;
    if (record.root === null || record.kind === "folder") {
      if (!isTorn || seen === undefined) return false;
      return this.#follow(
        record.root === null ? { do: "remove" } : {
          do: "makeFolder",
          loser: "version",
        },
        path,
        seen,
        local,
        wanted,
      );
    }
    return await this.#bring({ wanted, local, seen, loser: "version" });
  }

  async #bring(bring: Bring): Promise<boolean> {
    const { path } = bring.wanted.record;
    const came = await this.#bringing.bring(bring);
    if (came === "waiting") this.account(path);
    if (came === "placed") return this.done(path);
    return came === "again";
  }

  #removeFolder(
    path: Name,
    global: GlobalEntry,
    local: LocalEntry,
    then: "adopt" | "forget",
  ): boolean {
    const { rescan, retries } = this.#parts;
    const removed = this.#placing.removeFolder(global, local, then);
    if (removed === "not-empty") {
      // Something was put there that nobody has seen yet.
      rescan([path]);
      retries.later(path, UNSTEADY_MS);
      return false;
    }
    if (removed && then === "adopt") return this.done(path);
    return true;
  }

  /** Whether the folder that `path` is to be in is there. If not, that is to be seen to first. */
  #hasParent(path: Name): boolean {
    const { tree, register, retries } = this.#parts;
    const parent = folderOf(path);
    if (parent === "") return true;
    const mine = tree.get(parent)?.record;
    if (mine?.root === FOLDER_ROOT) return true;
    const isMoved = register.get(path)?.record.movedFrom !== undefined;
    const isTold = register.get(parent) !== undefined;
    if (isMoved && !isTold) retries.later(parent, MOVED_FOLDER_MS);
    else this.touch(parent);
    return false;
  }

  /** My version is the winner now: what waits for that is looked at. */
  done(path: Name): boolean {
    const { tree, ignoring, rescan } = this.#parts;
    // What was moved here, or found to be the winner, needs no content that is on its way.
    this.#leave(path);
    if (ignoring.look(path)) {
      const folder = folderOf(path);
      rescan(folder === "" ? [] : [folder]);
      this.touchAll();
    }
    this.#touchIn(path);
    const from = tree.get(path)?.record.movedFrom;
    if (from !== undefined) this.touch(from);
    this.touchAbove(path);
    return false;
  }

  /** What waits for the folder that is at `path` now. */
  #touchIn(path: Name): void {
    const { register, tree } = this.#parts;
    if (tree.get(path)?.record.root !== FOLDER_ROOT) return;
    for (const child of register.liveIn(path)) {
      if (isBehind(this.#parts, child)) this.touch(child);
    }
  }

  /** What the winner at `path` was elsewhere may wait there to be moved: it goes now if it is not to be. */
  #touchMoved(path: Name): void {
    const { register, tree } = this.#parts;
    const from = register.get(path)?.record.movedFrom;
    const mine = from && tree.get(from)?.record;
    const winner = from && register.get(from)?.record;
    if (
      from && mine && winner && mine.root !== null &&
      compareRecords(mine, winner) < 0 && !this.#moving.isToMove(from)
    ) this.touch(from);
  }

  /** Folders above that wait for what is in them. */
  touchAbove(path: Name): void {
    for (const above of foldersAbove(path)) {
      if (isBehind(this.#parts, above)) this.touch(above);
    }
  }

  #leave(path: Name): false {
    this.#parts.retries.clear(path);
    this.#parts.fetcher.forget(path);
    return false;
  }
}

function* entriesOf(parts: PeerParts, path: Name) {
  for (const [, entry] of entriesBelow(parts, path)) yield entry;
}
