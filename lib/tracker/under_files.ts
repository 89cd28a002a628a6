/**
 * What lies below a file, and has nothing below it: the tree cannot have it. Whoever has it on a disk asserts the folder
 * above again, against the file. Where nobody does, it was left behind by a peer that moved the folder away and lost its index
 * before it could say so (the model of the sync found that).
 *
 * @module
 */

import { foldersAbove, type Name } from "../names/name.ts";
import type { Entry, Register } from "./register.ts";

export class UnderFiles {
  readonly #register: Register;
  #found: readonly Entry[] = [];
  #seq = -1;

  constructor(register: Register) {
    this.#register = register;
  }

  /** Such entries. All paths are walked if something has changed since, so it is not to be asked all the time. */
  find(): readonly Entry[] {
    if (this.#seq !== this.#register.seq) {
      this.#seq = this.#register.seq;
      this.#found = this.#search();
    }
    return this.#found;
  }

  #search(): Entry[] {
    const under = new Map<Name, Entry>();
    for (const entry of this.#register.entries()) {
      const { path, root } = entry.record;
      if (root !== null && this.#isUnderFile(path)) under.set(path, entry);
    }
    // What has something below it has its turn when that is gone.
    for (const path of [...under.keys()]) {
      for (const above of foldersAbove(path)) under.delete(above);
    }
    return [...under.values()];
  }

  #isUnderFile(path: Name): boolean {
    return foldersAbove(path).some((folder) => {
      const above = this.#register.get(folder)?.record;
      return above?.kind === "file" && above.root !== null;
    });
  }
}
