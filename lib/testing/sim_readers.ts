/**
 * Somebody on each machine who reads everything there all the time (I4): every file is a whole one that somebody wrote, is
 * never away while it is replaced, and none has a name that nobody gave it.
 *
 * @module
 */

import {
  isCopyName,
  textsOf,
  type VisibleTree,
  withoutCopyMark,
} from "./sim_checks.ts";
import type { SimMachine } from "./sim_machine.ts";
import type { SimOracle } from "./sim_oracle.ts";
import { keptTexts } from "./sim_tree.ts";

/** What was seen last on a machine, and what had happened there until then that is not the peer's doing. */
interface Sight {
  readonly machine: SimMachine;
  tree: VisibleTree;
  acts: number;
  power: number;
}

export class ShadowReaders {
  readonly faults: string[] = [];
  readonly #oracle: SimOracle;
  readonly #seen: Sight[];

  constructor(world: {
    readonly machines: readonly SimMachine[];
    readonly oracle: SimOracle;
  }) {
    this.#oracle = world.oracle;
    this.#seen = world.machines.map((machine) => ({
      machine,
      tree: machine.tree,
      acts: machine.user.acts,
      power: machine.disk.power,
    }));
  }

  /** Reads what has changed. */
  look(): void {
    for (const seen of this.#seen) {
      if (!seen.machine.hasChanged) continue;
      seen.machine.hasChanged = false;
      const { tree, name, user, disk } = seen.machine;
      if (seen.acts === user.acts && seen.power === disk.power) {
        this.#compare(seen, tree);
      }
      seen.acts = user.acts;
      seen.power = disk.power;
      for (const [path, entry] of tree) {
        if (entry.kind !== "file" || isSeen(seen.tree, path, entry)) continue;
        this.#read(name, path, entry.text, seen);
      }
      for (const [path, { kind }] of seen.tree) {
        if (kind === "file" && !tree.has(path)) this.#missed(name, path);
      }
      seen.tree = tree;
    }
  }

  /** What the peer took from the person, or put something else in its place, it keeps. */
  #compare({ machine, tree: before }: Sight, tree: VisibleTree): void {
    const gone: [path: string, text: string][] = [];
    for (const [path, entry] of before) {
      if (entry.kind !== "file" || isSeen(tree, path, entry)) continue;
      if (entry.text !== "") gone.push([path, entry.text]);
    }
    if (gone.length === 0) return;
    const left = new Set(textsOf(tree).values());
    const kept = keptTexts(machine.disk);
    for (const [path, text] of gone) {
      if (left.has(text) || kept.has(text)) continue;
      const what = this.#oracle.idOf(text);
      this.#fault(`I2 ${machine.name} took ${what} from ${path} unkept`);
    }
  }

  #read(
    name: string,
    path: string,
    text: string,
    { machine }: { readonly machine: SimMachine },
  ): void {
    if (machine.user.isLitter(path, text)) return;
    if (this.#oracle.content(text) === undefined) {
      this.#fault(`I4 ${name} shows ${this.#oracle.idOf(text)} at ${path}`);
    }
    if (this.#isMade(path)) return;
    this.#fault(`I4 ${name} shows a file that nobody made: ${path}`);
  }

  /** Whether a user made it, or what it is a copy of: which may itself be a copy that was moved. */
  #isMade(path: string): boolean {
    const { madePaths } = this.#oracle;
    if (madePaths.has(path)) return true;
    if (!isCopyName(path)) return false;
    const origin = withoutCopyMark(path);
    return [...madePaths].some((made) => withoutCopyMark(made) === origin);
  }

  #missed(name: string, path: string): void {
    const { removedPaths, madeFolders } = this.#oracle;
    if (removedPaths.has(path) || madeFolders.has(path)) return;
    this.#fault(`I4 ${path} is away at ${name}, and nobody removed it`);
  }

  #fault(text: string): void {
    if (!this.faults.includes(text)) this.faults.push(text);
  }
}

/** Whether `tree` shows the same content at `path`. */
function isSeen(
  tree: VisibleTree,
  path: string,
  { text }: { readonly text: string },
): boolean {
  const entry = tree.get(path);
  return entry?.kind === "file" && entry.text === text;
}
