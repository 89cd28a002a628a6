/**
 * A user of one machine in the simulator: does what the plan says to the files there, and tells the oracle.
 *
 * @module
 */

import { SimChance } from "./sim_chance.ts";
import { isCopyName, textsOf, type VisibleTree } from "./sim_checks.ts";
import type { SimOracle } from "./sim_oracle.ts";
import type { UserStep } from "./sim_plan.ts";
import type { SimTime } from "./sim_time.ts";

/** The disk, as programs of the user see it. Each call is one system call, or as good as one. */
export interface UserDisk {
  /** All but what is ours. */
  tree(): VisibleTree;
  /** Writes a file, new or over what is there. */
  write(path: string, text: string, mtimeMs: number): void;
  /** Replaces a file at `to`, if there is one. */
  rename(from: string, to: string): void;
  /** A file, or a folder with all that is in it. */
  remove(path: string): void;
  makeFolder(path: string): void;
  toggleExecutable(path: string): void;
  /** Waits until all of it is on the disk. */
  sync(): void;
}

/** Between the two halves of a write, and from the writing of a new file to its renaming. */
const PAUSE_MS_MAX = 60;

export class SimUser {
  readonly #disk: UserDisk;
  readonly #oracle: SimOracle;
  readonly #time: SimTime;
  readonly #wallTime: () => number;
  readonly #chance: SimChance;
  /** Files that no peer may touch, by path (I15). */
  readonly litter = new Map<string, string>();

  constructor(
    disk: UserDisk,
    oracle: SimOracle,
    time: SimTime,
    wallTime: () => number,
    seed: number,
  ) {
    this.#disk = disk;
    this.#oracle = oracle;
    this.#time = time;
    this.#wallTime = wallTime;
    this.#chance = new SimChance(seed);
  }

  /** Does it, if it can be done. The rest of what takes longer happens by itself. */
  act(step: UserStep): void {
    this.#do(step, this.#disk.tree());
    // Some programs see to it that a power cut does not take their work.
    if (this.#chance.happens(0.3)) this.#disk.sync();
  }

  #do(step: UserStep, tree: VisibleTree): void {
    switch (step.do) {
      case "write":
        return this.#write(tree, step);
      case "remove":
        return this.#remove(tree, step.path);
      case "move":
        return this.#move(tree, step.path, step.to);
      case "make-folder":
        if (this.#makeParents(tree, step.path) && !tree.has(step.path)) {
          this.#makeFolder(step.path);
        }
        return;
      case "chmod":
        return this.#chmod(tree, step.path);
      case "litter":
        return this.#scatter(tree, step.path);
      case "tidy":
        return this.#tidy(tree, step);
      case "ignore": {
        const mark = this.#oracle.newText(this.#chance, 8, undefined);
        const text = [...step.lines, `# ${mark}`, ""].join("\n");
        return this.#put(tree, ".landlineignore", text, this.#wallTime());
      }
    }
  }

  #write(tree: VisibleTree, step: UserStep & { do: "write" }): void {
    const { path, how, size, isEdit, mtimeMs } = step;
    const old = tree.get(path);
    if (old?.kind === "folder" || !this.#makeParents(tree, path)) return;
    const text = this.#oracle.newText(
      this.#chance,
      size,
      isEdit ? old?.text : undefined,
    );
    const mtime = this.#wallTime() + mtimeMs;
    if (how === "whole" || size === 0) {
      return this.#put(tree, path, text, mtime);
    }
    const pause = this.#chance.happens(0.4)
      ? 0
      : this.#chance.between(0, PAUSE_MS_MAX);
    if (how === "in-place") {
      const half = text.slice(0, text.length >> 1);
      this.#put(tree, path, half, mtime);
      this.#later(pause, () => this.#goOn(path, half, text, mtime));
    } else {
      const draft = `${path}.new`;
      if (tree.has(draft)) return;
      this.#put(tree, draft, text, mtime);
      this.#later(pause, () => {
        const now = this.#disk.tree();
        const drafted = now.get(draft);
        if (drafted?.kind === "file" && drafted.text === text) {
          this.#move(now, draft, path);
        }
      });
    }
  }

  /** The second half of a write, if the file is still the one that was opened. */
  #goOn(path: string, half: string, text: string, mtime: number): void {
    const tree = this.#disk.tree();
    const now = tree.get(path);
    if (now?.kind === "file" && now.text === half) {
      this.#put(tree, path, text, mtime);
    }
  }

  #put(tree: VisibleTree, path: string, text: string, mtime: number): void {
    const old = tree.get(path);
    if (old?.kind === "folder") return;
    this.#disk.write(path, text, mtime);
    this.#oracle.wrote(path, text, old?.text);
  }

  #remove(tree: VisibleTree, path: string): void {
    if (!tree.has(path)) return;
    this.#disk.remove(path);
    this.#oracle.removedPaths.add(path);
    for (const [at, text] of textsOf(tree)) {
      if (!isWithin(at, path)) continue;
      if (!this.litter.delete(at)) this.#oracle.took(at, text);
    }
  }

  #move(tree: VisibleTree, from: string, to: string): void {
    const moved = tree.get(from);
    const there = tree.get(to);
    if (
      moved === undefined || isWithin(to, from) || there?.kind === "folder" ||
      there !== undefined && moved.kind === "folder"
    ) return;
    if (!this.#makeParents(tree, to)) return;
    this.#disk.rename(from, to);
    this.#oracle.removedPaths.add(from);
    this.#oracle.madePaths.add(to);
    if (there !== undefined) this.#oracle.took(to, there.text);
    for (const [at, text] of textsOf(tree)) {
      if (!isWithin(at, from)) continue;
      const goal = to + at.slice(from.length);
      if (this.litter.delete(at)) this.litter.set(goal, text);
      else {
        this.#oracle.left(at, text);
        this.#oracle.put(goal, text);
      }
    }
    for (const at of tree.keys()) {
      if (isWithin(at, from)) {
        this.#oracle.removedPaths.add(at);
        this.#oracle.madePaths.add(to + at.slice(from.length));
      }
    }
  }

  #chmod(tree: VisibleTree, path: string): void {
    const entry = tree.get(path);
    if (entry?.kind !== "file") return;
    this.#disk.toggleExecutable(path);
    this.#oracle.touched(path, entry.text);
  }

  #scatter(tree: VisibleTree, path: string): void {
    const folder = path.slice(0, Math.max(0, path.lastIndexOf("/")));
    if (folder !== "" && tree.get(folder)?.kind !== "folder") return;
    const text = `litter ${this.#chance.letters(8)}`;
    this.#disk.write(path, text, this.#wallTime());
    this.litter.set(path, text);
  }

  #tidy(tree: VisibleTree, step: UserStep & { do: "tidy" }): void {
    const copies = [...textsOf(tree).keys()].filter(isCopyName).sort();
    const path = copies[step.which % Math.max(1, copies.length)];
    if (path === undefined) return;
    if (!step.isEdit) return this.#remove(tree, path);
    const text = this.#oracle.newText(this.#chance, 30, undefined);
    this.#put(tree, path, text, this.#wallTime());
  }

  /** Makes the folders above `path`; false if a file is in the way. */
  #makeParents(tree: VisibleTree, path: string): boolean {
    const parts = path.split("/");
    for (let count = 1; count < parts.length; count++) {
      const above = parts.slice(0, count).join("/");
      const kind = tree.get(above)?.kind;
      if (kind === "file") return false;
      if (kind === undefined) this.#makeFolder(above);
    }
    return true;
  }

  #makeFolder(path: string): void {
    this.#disk.makeFolder(path);
    this.#oracle.madePaths.add(path);
    this.#oracle.madeFolders.add(path);
  }

  #later(ms: number, act: () => void): void {
    if (ms === 0) act();
    else this.#time.after(ms, act);
  }
}

/** Whether `path` is `folder` or below it. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder + "/");
}
