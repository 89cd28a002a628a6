/**
 * A person at one machine of the simulator: does what the plan says to the files there, and tells the oracle.
 *
 * @module
 */

import { toBytes } from "../bytes/ascii.ts";
import { baseOf } from "../names/name.ts";
import { SimChance } from "./sim_chance.ts";
import { copyDisk } from "./sim_copy.ts";
import { isCopyName, textsOf, type VisibleTree } from "./sim_checks.ts";
import { type SimDisk, SimError, type SimInode } from "./sim_disk.ts";
import type { SimOracle } from "./sim_oracle.ts";
import type { Step, UserStep } from "./sim_plan.ts";
import type { SimTime } from "./sim_time.ts";
import { SimPerson } from "./sim_people.ts";
import { textOf, treeOf } from "./sim_tree.ts";

/** Between the two halves of a write, and from the writing of a new file to its renaming. */
const PAUSE_MS_MAX = 60;

export class SimUser {
  readonly #name: string;
  readonly #disk: SimDisk;
  readonly #programs: SimPerson;
  readonly #oracle: SimOracle;
  readonly #time: SimTime;
  readonly #wallTime: () => number;
  /** Of the step that is done. */
  #chance = new SimChance(0);
  /** How often it did something. */
  acts = 0;
  /** Files that no peer may touch, by path (I15). */
  readonly litter = new Map<string, string>();

  constructor(
    name: string,
    disk: SimDisk,
    oracle: SimOracle,
    time: SimTime,
    wallTime: () => number,
  ) {
    this.#name = name;
    this.#disk = disk;
    this.#programs = new SimPerson(disk);
    this.#oracle = oracle;
    this.#time = time;
    this.#wallTime = wallTime;
  }

  /** Does it, if it can be done. The rest of what takes longer happens by itself. */
  act(step: UserStep & Pick<Step, "seed">): void {
    this.#chance = new SimChance(step.seed);
    this.#begin();
    this.#do(step, treeOf(this.#disk));
    // Some programs see to it that a power cut does not take their work.
    if (this.#chance.happens(0.3)) this.#disk.flush();
  }

  /** Puts a copy of all that `other` has in place of what is here. */
  replaceAll(other: SimUser): void {
    this.#begin();
    const tree = treeOf(this.#disk);
    for (const path of tree.keys()) this.#oracle.removedPaths.add(path);
    for (const [path, text] of textsOf(tree)) this.#oracle.took(path, text);
    copyDisk(other.#disk, this.#disk);
    this.litter.clear();
    for (const [path, text] of other.litter) this.litter.set(path, text);
    for (const [path, text] of textsOf(treeOf(this.#disk))) {
      if (!this.litter.has(path)) this.#oracle.put(path, text);
    }
  }

  /** Whether the file at `path` is such a file, also if the folder it was in has another name now. */
  isLitter(path: string, text: string): boolean {
    if (this.litter.get(path) === text) return true;
    for (const [at, known] of this.litter) {
      if (known !== text || baseOf(at) !== baseOf(path)) continue;
      if (this.#disk.find(at) !== undefined) continue;
      this.litter.delete(at);
      this.litter.set(path, text);
      this.#oracle.removedPaths.add(path);
      return true;
    }
    return false;
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
      let finish = () => {};
      const begin = () =>
        finish = this.#programs.beginWrite(path, toBytes(text));
      if (!fits(begin)) return this.#oracle.wrote(path, "", old?.text);
      this.#programs.describe(path, { mtime });
      this.#oracle.wrote(path, half, old?.text);
      const file = this.#disk.get(path);
      const { power } = this.#disk;
      this.#later(pause, () => {
        if (this.#disk.power === power) this.#goOn(path, file, finish);
      });
    } else {
      const draft = `${path}.new`;
      if (tree.has(draft)) return;
      this.#put(tree, draft, text, mtime);
      this.#later(pause, () => {
        const now = treeOf(this.#disk);
        const drafted = now.get(draft);
        if (drafted?.kind === "file" && drafted.text === text) {
          this.#move(now, draft, path);
        }
      });
    }
  }

  /** The second half of a write, into the file that was opened, whatever its name is now. */
  #goOn(path: string, file: SimInode, finish: () => void): void {
    const half = textOf(file.bytes);
    if (!fits(finish)) return;
    // Not what was meant, if somebody else wrote into the file as well.
    const text = textOf(file.bytes);
    this.#oracle.wrote(path, text, half);
    if (this.#disk.find(path) === file) return;
    // It was replaced or moved in the meantime, and perhaps removed.
    if (file.links > 0) this.#oracle.mayBeKept(text);
    else this.#oracle.took(path, text);
  }

  #put(tree: VisibleTree, path: string, text: string, mtime: number): void {
    const old = tree.get(path);
    if (old?.kind === "folder") return;
    const isWhole = fits(() =>
      this.#programs.write(path, toBytes(text), mtime)
    );
    this.#oracle.wrote(path, isWhole ? text : "", old?.text);
  }

  #remove(tree: VisibleTree, path: string): void {
    if (!tree.has(path)) return;
    this.#programs.removeAll(path);
    for (const at of tree.keys()) if (isWithin(at, path)) this.#oracle.acts(at);
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
    this.#programs.rename(from, to);
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
    for (const [at, { kind }] of tree) {
      if (!isWithin(at, from)) continue;
      const goal = to + at.slice(from.length);
      this.#oracle.acts(at);
      this.#oracle.removedPaths.add(at);
      this.#oracle.madePaths.add(goal);
      if (kind !== "folder") continue;
      this.#oracle.acts(goal);
      this.#oracle.madeFolders.add(goal);
    }
  }

  #chmod(tree: VisibleTree, path: string): void {
    const entry = tree.get(path);
    if (entry?.kind !== "file") return;
    const mode = entry.executable ? 0o644 : 0o755;
    this.#programs.describe(path, { mode });
    this.#oracle.touched(path, entry.text);
  }

  #scatter(tree: VisibleTree, path: string): void {
    const folder = path.slice(0, Math.max(0, path.lastIndexOf("/")));
    if (folder !== "" && tree.get(folder)?.kind !== "folder") return;
    const text = `litter ${this.#chance.letters(8)}`;
    const isWhole = fits(() => this.#programs.write(path, toBytes(text)));
    this.litter.set(path, isWhole ? text : "");
    // What becomes of it is looked at in the end.
    this.#oracle.removedPaths.add(path);
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
    this.#programs.makeFolders(path);
    this.#oracle.acts(path);
    this.#oracle.madePaths.add(path);
    this.#oracle.madeFolders.add(path);
  }

  #later(ms: number, act: () => void): void {
    if (ms === 0) return act();
    this.#time.after(ms, () => {
      this.#begin();
      act();
    });
  }

  #begin(): void {
    this.acts++;
    this.#oracle.actor = this.#name;
  }
}

/** Whether `path` is `folder` or below it. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder + "/");
}

/** Whether the disk has room for what `act` writes. Where it has not, an emptied file is left. */
function fits(act: () => void): boolean {
  try {
    act();
    return true;
  } catch (error) {
    if (!(error instanceof SimError) || error.code !== "ENOSPC") throw error;
    return false;
  }
}
