/**
 * Somebody on each machine who reads everything there all the time (I4): every file is a whole one that somebody wrote, is
 * never away while it is replaced, and none has a name that nobody gave it.
 *
 * @module
 */

import { type VisibleTree, withoutCopyMark } from "./sim_checks.ts";
import type { SimMachine } from "./sim_machine.ts";
import type { SimOracle } from "./sim_oracle.ts";

export class ShadowReaders {
  readonly faults: string[] = [];
  readonly #oracle: SimOracle;
  readonly #seen: { readonly machine: SimMachine; tree: VisibleTree }[];

  constructor(world: {
    readonly machines: readonly SimMachine[];
    readonly oracle: SimOracle;
  }) {
    this.#oracle = world.oracle;
    this.#seen = world.machines.map((machine) => ({
      machine,
      tree: machine.tree,
    }));
  }

  /** Reads what has changed. */
  look(): void {
    for (const seen of this.#seen) {
      if (!seen.machine.hasChanged) continue;
      seen.machine.hasChanged = false;
      const { tree, name } = seen.machine;
      for (const [path, entry] of tree) {
        if (entry.kind === "file") this.#read(name, path, entry.text, seen);
      }
      for (const [path, { kind }] of seen.tree) {
        if (kind === "file" && !tree.has(path)) this.#missed(name, path);
      }
      seen.tree = tree;
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
      this.#fault(`${name} shows ${this.#oracle.idOf(text)} at ${path}`);
    }
    if (
      !this.#oracle.madePaths.has(path) &&
      !this.#oracle.madePaths.has(withoutCopyMark(path))
    ) this.#fault(`${name} shows a file that nobody made: ${path}`);
  }

  #missed(name: string, path: string): void {
    const { removedPaths, madeFolders } = this.#oracle;
    if (removedPaths.has(path) || madeFolders.has(path)) return;
    this.#fault(`${path} is away at ${name}, and nobody removed it`);
  }

  #fault(text: string): void {
    const fault = `I4 ${text}`;
    if (!this.faults.includes(fault)) this.faults.push(fault);
  }
}
