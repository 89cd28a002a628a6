/**
 * What a peer of the model does with its folder: the loop of `lib/sync/plan.ts` over a disk that is a map.
 *
 * @module
 */

import { folderOf, type Name } from "../names/name.ts";
import { belowOf, type Entry } from "../sync/below.ts";
import type { GlobalEntry, LocalEntry } from "../sync/index_store.ts";
import type { Plan } from "../sync/plan.ts";
import { type FileRecord, FOLDER_ROOT, type RootHash } from "../sync/record.ts";
import { FOLDER_CONTENT, type Maker } from "../sync/versions.ts";
import { localOf, replicaId } from "./records.ts";
import { contentOf, ModelDisk } from "./sync_model_disk.ts";
import type { ModelWorld } from "./sync_model_world.ts";

/** Plans in a row for one peer after which they are said never to end. */
const PLANS_MAX = 2000;

export abstract class ModelFolder {
  readonly disk: ModelDisk;
  isUp = true;
  /** Changes of its disk and its records so far. */
  changes = 0;
  /** The next change of the disk is the last thing it does. */
  dies = false;
  protected readonly globals = new Map<Name, GlobalEntry>();
  /** Contents that were fetched. */
  protected readonly parts = new Set<RootHash>();
  protected isScanned = false;
  readonly #locals = new Map<Name, LocalEntry>();
  readonly #dirty = new Set<Name>();
  #replica: string;
  #replicas = 0;
  #counter = 0;
  /** The index has been there before the first scan. */
  #hasHistory = false;

  constructor(
    readonly world: ModelWorld,
    readonly name: string,
    /** Ticks by which its clock is wrong. */
    readonly skew: number,
  ) {
    this.disk = new ModelDisk(world.paths);
    this.#replica = replicaId(`peer${name}0`);
  }

  abstract kill(): void;

  /** Tells the tracker a version. */
  protected abstract tell(path: Name, record: FileRecord): void;

  /** Gets the content of `path` into `parts`, and settles it then. Nothing happens if nobody is there who has it. */
  protected abstract fetch(path: Name, root: RootHash): void;

  get clock(): number {
    return this.world.now + this.skew;
  }

  holds(root: RootHash): boolean {
    if (root === FOLDER_ROOT) return true;
    for (const node of this.disk.values()) if (node.root === root) return true;
    return false;
  }

  /** Its live version of a file, just looked at. */
  liveFile(path: Name): FileRecord | undefined {
    this.#observe(path);
    const mine = this.#locals.get(path)?.record;
    return mine?.kind === "file" && mine.root !== null ? mine : undefined;
  }

  record(path: Name): FileRecord | undefined {
    return this.#locals.get(path)?.record;
  }

  /** Looks at everything: what went first, the deepest first. */
  scan(): void {
    const paths = this.world.paths.all;
    for (const path of paths.toReversed()) {
      if (!this.disk.has(path)) this.#observe(path);
    }
    for (const path of paths) if (this.disk.has(path)) this.#observe(path);
    this.isScanned = true;
    this.#hasHistory = true;
    this.touchAll();
    this.settle();
  }

  /** A hint that something changed at the path, or below. */
  hint(path: Name): void {
    if (!this.isUp || !this.isScanned) return;
    for (const below of this.world.paths.related(path).toReversed()) {
      this.#observe(below);
      this.touch(below);
    }
    this.settle();
  }

  /** Tries again what had to wait. */
  retry(): void {
    this.touchAll();
    this.settle();
  }

  /** Its version of a path, against a newer one that nobody has the content of. */
  assertAgain(winner: FileRecord): void {
    const mine = this.#locals.get(winner.path)!;
    this.#set(
      winner.path,
      this.world.rules.reassert(mine.record, winner, this.#maker(), true),
    );
    this.settle();
  }

  // The loop of a path.

  protected settle(): void {
    if (!this.isUp || !this.isScanned) return;
    for (let count = 0; this.#dirty.size > 0; count++) {
      if (count > PLANS_MAX) throw new Error("plans do not end");
      const path = this.#dirty.values().next().value!;
      this.#dirty.delete(path);
      this.#step(path);
      if (!this.isUp) return;
    }
  }

  #step(path: Name): void {
    if (this.world.rules.observesFirst) this.#observe(path);
    const step = this.#plan(path);
    this.#act(path, step);
  }

  #plan(path: Name): Plan {
    const node = this.disk.get(path);
    const isFolder = node?.root === FOLDER_ROOT;
    return this.world.rules.plan({
      disk: node === undefined ? "absent" : isFolder ? "folder" : "file",
      local: this.#locals.get(path),
      global: this.globals.get(path),
      below: belowOf(this.#below(path), isFolder),
      hasForeign: false,
      policy: "copy",
    });
  }

  #below(path: Name): Entry[] {
    return this.world.paths.below(path).map((below) => ({
      local: this.#locals.get(below),
      global: this.globals.get(below),
    }));
  }

  #act(path: Name, step: Plan): void {
    const mine = this.#locals.get(path)?.record;
    const winner = this.globals.get(path)?.record;
    switch (step.do) {
      case "nothing":
        this.#reconciled(path);
        return;
      case "wait":
        return;
      case "observe":
        if (!this.world.rules.observesFirst) this.#observe(path);
        return;
      case "blocked":
        this.world.faults.push(`blocked ${path}: ${step.text}`);
        return;
      case "publish":
        return this.#publish(path, mine!, winner);
      case "adopt":
        return this.#set(path, winner!);
      case "describe":
        this.#write(path, winner!);
        return;
      case "place":
        if (!this.#hasParent(path) || !this.#hasContent(path, winner!.root!)) {
          return;
        }
        if (!this.#keep(mine, step.loser)) return;
        this.parts.delete(winner!.root!);
        this.#write(path, winner!);
        return;
      case "makeFolder":
        if (!this.#hasParent(path)) return;
        if (!this.#keep(mine, step.loser)) return;
        this.#write(path, winner!);
        return;
      case "remove":
        // What was merely found may be gone: the versions have it.
        if (this.#locals.get(path)?.found) {
          this.world.contents.take(this.disk.get(path)!.root);
        }
        return this.#remove(path, winner);
      case "removeFolder":
        if (!this.#isEmpty(path)) return;
        return this.#remove(path, step.then === "adopt" ? winner : undefined);
      case "reassert":
        return this.#set(
          path,
          this.world.rules.reassert(
            mine!,
            winner!,
            this.#maker(),
            step.knowing,
          ),
        );
      case "revive": {
        if (!this.#hasParent(path)) return;
        const { newVersion, compare } = this.world.rules;
        const isMineNewer = mine !== undefined &&
          (winner === undefined || compare(mine, winner) > 0);
        this.#write(
          path,
          newVersion(path, isMineNewer ? mine : winner, FOLDER_CONTENT, {
            ...this.#maker(),
            witnessed: false,
          }),
        );
      }
    }
  }

  /** Compares the disk with the record: a change is a new version. */
  #observe(path: Name): void {
    if (this.disk.observed.has(path)) return;
    this.disk.observed.add(path);
    const { rules } = this.world;
    const node = this.disk.get(path);
    const mine = this.#locals.get(path)?.record;
    const winner = this.globals.get(path)?.record;
    const wasHere = mine !== undefined && mine.root !== null;
    if (node === undefined && !wasHere) return;
    if (
      node !== undefined && node.root === mine?.root &&
      (node.root === FOLDER_ROOT ||
        (node.mtime === mine.mtime && node.executable === mine.executable))
    ) return;
    const content = node === undefined ? undefined : contentOf(node);
    if (rules.isAdopted(content, mine, winner)) {
      if (content === undefined) return this.#set(path, winner!);
      return this.#write(path, winner!);
    }
    const found = !this.#hasHistory;
    const made = content === undefined
      ? rules.tombstone(mine!, this.#maker())
      : rules.newVersion(path, mine, content, this.#maker());
    this.#set(path, made, found);
  }

  /** Sees to it that the loser's bytes are kept. @returns false if it died over that */
  #keep(
    mine: FileRecord | undefined,
    loser: "none" | "version" | "copy",
  ): boolean {
    if (loser !== "copy") return true;
    const copy = this.world.rules.conflictCopy(mine!, (name) => {
      if (this.world.rules.observesFirst) this.#observe(name);
      return {
        record: this.#locals.get(name)?.record,
        onDisk: this.disk.has(name),
      };
    });
    if (!copy.isKept) this.#write(copy.record.path, copy.record);
    return this.isUp;
  }

  /** Puts what the record says on the disk, and notes it. */
  #write(path: Name, record: FileRecord): void {
    this.disk.set(path, {
      root: record.root!,
      mtime: record.mtime,
      executable: record.executable,
    });
    if (this.dies) return this.kill();
    this.#set(path, record);
  }

  #remove(path: Name, then: FileRecord | undefined): void {
    this.changes++;
    this.disk.delete(path);
    if (this.dies) return this.kill();
    if (then !== undefined) return this.#set(path, then);
    this.#locals.delete(path);
    this.disk.observed.delete(path);
    this.touch(path);
  }

  #set(path: Name, record: FileRecord, found = false): void {
    this.changes++;
    this.disk.observed.delete(path);
    this.#locals.set(path, localOf(record, found)!);
    this.touch(path);
  }

  #reconciled(path: Name): void {
    const entry = this.#locals.get(path);
    if (entry?.found) this.#locals.set(path, { ...entry, found: false });
  }

  #maker(): Maker {
    return {
      replica: this.#replica,
      counter: ++this.#counter,
      now: this.clock,
      witnessed: this.isScanned,
    };
  }

  #hasParent(path: Name): boolean {
    const folder = folderOf(path);
    return folder === "" ||
      this.disk.get(folder as Name)?.root === FOLDER_ROOT;
  }

  /** If not, what is in it has not been seen yet. */
  #isEmpty(path: Name): boolean {
    const left = this.world.paths.below(path).filter((at) => this.disk.has(at));
    for (const below of left) this.#observe(below);
    return left.length === 0;
  }

  /** The path, what is below it and the folders above it. */
  protected touch(path: Name): void {
    for (const related of this.world.paths.related(path)) {
      this.#dirty.add(related);
    }
  }

  /** All that is not the same here and everywhere. */
  protected touchAll(): void {
    for (const path of this.world.paths.all) {
      const mine = this.#locals.get(path)?.record;
      const winner = this.globals.get(path)?.record;
      const isAtRest = mine === winner && this.disk.observed.has(path);
      if (!isAtRest) this.#dirty.add(path);
    }
  }

  /** The index is gone: it is another replica from now on. */
  protected forgetAll(): void {
    this.#locals.clear();
    this.globals.clear();
    this.parts.clear();
    this.disk.observed.clear();
    this.#replica = replicaId(`peer${this.name}${++this.#replicas}`);
    this.#counter = 0;
    this.#hasHistory = false;
  }

  /** Nothing is due any more. */
  protected drop(): void {
    this.#dirty.clear();
  }

  /** Whether the content is here; if not, it is on its way, or somebody has to come who has it. */
  #hasContent(path: Name, root: RootHash): boolean {
    if (this.parts.has(root) || this.holds(root)) return true;
    this.fetch(path, root);
    return false;
  }

  #publish(path: Name, mine: FileRecord, winner: FileRecord | undefined): void {
    const told = winner === undefined
      ? mine
      : this.world.rules.overLoser(mine, winner);
    if (told !== mine) this.#set(path, told);
    else this.tell(path, mine);
  }
}
