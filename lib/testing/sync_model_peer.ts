/**
 * A peer of the model: the loop of `lib/sync/plan.ts` over a disk that is a map.
 *
 * @module
 */

import { folderOf, type Name } from "../names/name.ts";
import { belowOf, type Entry } from "../sync/below.ts";
import type { GlobalEntry, LocalEntry } from "../sync/index_store.ts";
import type { Plan } from "../sync/plan.ts";
import { type FileRecord, FOLDER_ROOT, type RootHash } from "../sync/record.ts";
import { type Content, FOLDER_CONTENT, type Maker } from "../sync/versions.ts";
import { localOf, replicaId } from "./records.ts";
import type { ModelWorld } from "./sync_model_world.ts";

/** A file or folder on a disk. */
export interface Node {
  /** `FOLDER_ROOT` for a folder. */
  readonly root: RootHash;
  readonly mtime: number;
  readonly executable: boolean;
}

/** Paths that a peer ever heard of, and how they lie to each other. */
class Paths {
  /** Folders before what is in them. */
  all: readonly Name[] = [];
  #known = new Set<Name>();
  readonly #below = new Map<Name, readonly Name[]>();
  readonly #related = new Map<Name, readonly Name[]>();

  add(path: Name): void {
    if (this.#known.has(path)) return;
    this.#known.add(path);
    this.all = [...this.#known].sort();
    this.#below.clear();
    this.#related.clear();
  }

  below(path: Name): readonly Name[] {
    return kept(
      this.#below,
      path,
      () => this.all.filter((other) => other.startsWith(path + "/")),
    );
  }

  /** The path, what is below it, and the folders above it. */
  related(path: Name): readonly Name[] {
    this.add(path);
    return kept(
      this.#related,
      path,
      () =>
        this.all.filter((other) =>
          other === path || other.startsWith(path + "/") ||
          path.startsWith(other + "/")
        ),
    );
  }
}

function kept<V>(cache: Map<Name, V>, path: Name, make: () => V): V {
  let value = cache.get(path);
  if (value === undefined) cache.set(path, value = make());
  return value;
}

/** Plans in a row for one peer after which they are said never to end. */
const PLANS_MAX = 2000;

class Disk extends Map<Name, Node> {
  /** Paths that have not changed since they were looked at. */
  readonly observed = new Set<Name>();

  constructor(readonly paths: Paths) {
    super();
  }

  override set(path: Name, node: Node): this {
    this.observed.delete(path);
    this.paths.add(path);
    return super.set(path, node);
  }

  override delete(path: Name): boolean {
    this.observed.delete(path);
    return super.delete(path);
  }
}

export class ModelPeer {
  readonly #paths = new Paths();
  readonly disk = new Disk(this.#paths);
  isUp = true;
  isOnline = false;
  epoch = -1;
  seq = 0;
  #locals = new Map<Name, LocalEntry>();
  #globals = new Map<Name, GlobalEntry>();
  /** Contents that were fetched. */
  readonly #parts = new Set<RootHash>();
  /** Contents that are on their way over this connection. */
  readonly #fetching = new Set<RootHash>();
  /** What was told the tracker over this connection. */
  readonly #told = new Map<Name, FileRecord>();
  readonly #dirty = new Set<Name>();
  #replica: string;
  #replicas = 0;
  #counter = 0;
  /** The index has been there before the first scan. */
  #hasHistory = false;
  #isScanned = false;
  /** Counts connections: what was sent over an old one does not arrive. */
  #link = 0;
  #lastArrival = 0;
  /** The connection over which it was told what it had missed. */
  #greeted = -1;
  /** Changes of its disk and its records so far. */
  changes = 0;
  /** The next change of the disk is the last thing it does. */
  dies = false;

  constructor(
    readonly world: ModelWorld,
    readonly name: string,
    /** Ticks by which its clock is wrong. */
    readonly skew: number,
  ) {
    this.#replica = replicaId(`peer${name}0`);
  }

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

  // What happens to it.

  connect(): void {
    this.isOnline = true;
    this.#told.clear();
    this.#fetching.clear();
    const link = ++this.#link;
    this.world.later(1, () => {
      if (this.#link !== link || !this.isUp) return;
      this.scan();
      this.world.tracker.greet(this);
    });
  }

  disconnect(): void {
    this.isOnline = false;
    this.#link++;
  }

  kill(): void {
    this.isUp = false;
    this.dies = false;
    this.disconnect();
    this.#dirty.clear();
  }

  restart(): void {
    this.isUp = true;
    this.#isScanned = false;
    this.connect();
  }

  /** The index is gone: it is another replica from now on. */
  wipe(): void {
    this.kill();
    this.#locals = new Map();
    this.disk.observed.clear();
    this.#globals = new Map();
    this.#parts.clear();
    this.epoch = -1;
    this.seq = 0;
    this.#replica = replicaId(`peer${this.name}${++this.#replicas}`);
    this.#counter = 0;
    this.#hasHistory = false;
  }

  /** A message of the tracker, which takes a while, after those before it. Now and then an old one comes again. */
  send(news: readonly GlobalEntry[], seq: number, epoch?: number): void {
    const { chance, now } = this.world;
    if (!this.isUp || !this.isOnline) return;
    const link = this.#link;
    // Changes are told after what was missed, or a number would be seen before those below it.
    if (epoch !== undefined) this.#greeted = link;
    if (this.#greeted !== link) return;
    const arrive = () => {
      if (this.#link === link && this.isUp) this.#receive(news, seq, epoch);
    };
    this.#lastArrival = Math.max(this.#lastArrival, now + 1 + chance.below(20));
    this.world.at(this.#lastArrival, arrive);
    if (epoch === undefined && chance.happens(0.05)) {
      this.world.at(this.#lastArrival + chance.below(60), arrive);
    }
  }

  #receive(
    news: readonly GlobalEntry[],
    seq: number,
    epoch: number | undefined,
  ): void {
    if (epoch !== undefined && epoch !== this.epoch) {
      this.#globals.clear();
      this.epoch = epoch;
      this.seq = 0;
    }
    this.seq = Math.max(this.seq, seq);
    for (const entry of news) {
      const { path } = entry.record;
      const known = this.#globals.get(path);
      if (
        known === undefined ||
        this.world.rules.compare(entry.record, known.record) > 0
      ) this.#globals.set(path, entry);
      this.#touch(path);
    }
    if (epoch !== undefined) this.#touchAll();
    this.#settle();
  }

  /** Looks at everything: what went first, the deepest first. */
  scan(): void {
    const paths = this.#paths.all;
    for (const path of paths.toReversed()) {
      if (!this.disk.has(path)) this.#observe(path);
    }
    for (const path of paths) if (this.disk.has(path)) this.#observe(path);
    this.#isScanned = true;
    this.#hasHistory = true;
    this.#touchAll();
    this.#settle();
  }

  /** A hint that something changed at the path, or below. */
  hint(path: Name): void {
    if (!this.isUp || !this.#isScanned) return;
    for (const below of this.#paths.related(path).toReversed()) {
      this.#observe(below);
      this.#touch(below);
    }
    this.#settle();
  }

  /** Tries again what had to wait. */
  retry(): void {
    this.#touchAll();
    this.#settle();
  }

  /** Its version of a path, against a newer one that nobody has the content of. */
  assertAgain(winner: FileRecord): void {
    const mine = this.#locals.get(winner.path)!;
    this.#set(
      winner.path,
      this.world.rules.reassert(mine.record, winner, this.#maker(), true),
    );
    this.#settle();
  }

  // The loop of a path.

  #settle(): void {
    if (!this.isUp || !this.#isScanned) return;
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
      global: this.#globals.get(path),
      below: belowOf(this.#below(path), isFolder),
      hasForeign: false,
      policy: "copy",
    });
  }

  #below(path: Name): Entry[] {
    return this.#paths.below(path).map((below) => ({
      local: this.#locals.get(below),
      global: this.#globals.get(below),
    }));
  }

  #act(path: Name, step: Plan): void {
    const mine = this.#locals.get(path)?.record;
    const winner = this.#globals.get(path)?.record;
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
        if (!this.#hasParent(path) || !this.#hasContent(path, winner!)) return;
        if (!this.#keep(mine, step.loser)) return;
        this.#parts.delete(winner!.root!);
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
    const winner = this.#globals.get(path)?.record;
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

  #publish(path: Name, mine: FileRecord, winner: FileRecord | undefined): void {
    const { world } = this;
    const told = winner === undefined
      ? mine
      : world.rules.overLoser(mine, winner);
    if (told !== mine) return this.#set(path, told);
    if (!this.isOnline || this.#told.get(path) === mine) return;
    this.#told.set(path, mine);
    const link = this.#link;
    world.later(1 + world.chance.below(20), () => {
      if (this.#link === link && this.isUp) world.tracker.put(this, mine);
    });
  }

  /** Whether the content is here; if not, it is on its way, or somebody has to come who has it. */
  #hasContent(path: Name, winner: FileRecord): boolean {
    const root = winner.root!;
    if (this.#parts.has(root) || this.holds(root)) return true;
    const { world } = this;
    if (!this.isOnline || this.#fetching.has(root)) return false;
    if (!world.hasHolder(root, this)) return false;
    this.#fetching.add(root);
    const link = this.#link;
    world.later(1 + world.chance.below(30), () => {
      if (this.#link !== link || !this.isUp) return;
      this.#fetching.delete(root);
      if (!world.hasHolder(root, this)) return;
      this.#parts.add(root);
      this.#touch(path);
      this.#settle();
    });
    return false;
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
    this.#touch(path);
  }

  #set(path: Name, record: FileRecord, found = false): void {
    this.changes++;
    this.disk.observed.delete(path);
    this.#locals.set(path, localOf(record, found)!);
    this.#touch(path);
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
      witnessed: this.#isScanned,
    };
  }

  #hasParent(path: Name): boolean {
    const folder = folderOf(path);
    return folder === "" ||
      this.disk.get(folder as Name)?.root === FOLDER_ROOT;
  }

  /** If not, what is in it has not been seen yet. */
  #isEmpty(path: Name): boolean {
    const left = this.#paths.below(path).filter((at) => this.disk.has(at));
    for (const below of left) this.#observe(below);
    return left.length === 0;
  }

  /** The path, what is below it and the folders above it. */
  #touch(path: Name): void {
    for (const related of this.#paths.related(path)) this.#dirty.add(related);
  }

  #touchAll(): void {
    for (const path of this.#paths.all) this.#dirty.add(path);
  }
}

function contentOf(node: Node): Content {
  return node.root === FOLDER_ROOT ? FOLDER_CONTENT : {
    kind: "file",
    size: 1,
    blockLog: 17,
    ...node,
  };
}
