/**
 * What users wrote and what they have seen: the one who knows, in the simulator, what may be lost and what may not.
 *
 * Every content that a user writes is another one, so that bytes tell what they are. A content may vanish from the world if
 * a user overwrote or deleted it, having it on their disk; or if the disk itself lost it. Nothing else may (invariant I2).
 *
 * @module
 */

import type { SimChance } from "./sim_chance.ts";

/** What became of a content. */
export interface Content {
  /** Tells contents apart for people: `c17`. */
  readonly id: string;
  readonly text: string;
  /** Where it was written first. */
  readonly path: string;
  /** A user who had it overwrote or deleted it, or a disk lost it: it may vanish. */
  isGone: boolean;
  /**
   * It is enough that the versions have it: it lay in a folder whose peer had no history (it may be stale, and a deletion
   * wins over it), or was written into a file that had been replaced.
   */
  mayBeKept: boolean;
}

/** A content at a path. */
type Instance = `${string}\0${string}`;

export class SimOracle {
  readonly #contents = new Map<string, Content>();
  /** What users took away from where it was, and nobody put there again. */
  readonly #taken = new Set<Instance>();
  readonly #put = new Set<Instance>();
  /** On whose disk a user made a content, moved it or changed its date or mode: what he did may not be on the disk yet. */
  readonly #hands = new Map<string, Set<string>>();
  /** Who did something at a path. */
  readonly #actors = new Map<string, Set<string>>();
  /** Who does it now. */
  actor = "";
  /** What was more than once at its path (moved back, its date changed, ...): who it comes back from cannot be told. */
  readonly #unclear = new Set<Instance>();
  /** Paths that a user, or a disk, took away somewhere. */
  readonly removedPaths = new Set<string>();
  /** Paths that users made: no others may be seen, but for conflict copies. */
  readonly madePaths = new Set<string>();
  /**
   * Those of them that were a folder once, made there or moved there. A file elsewhere may be away there for good: it goes
   * before the folder comes, and the power may go in between.
   */
  readonly madeFolders = new Set<string>();
  /** A power cut has changed files. */
  hasTorn = false;
  /** How contents are called, by what they are. */
  readonly #ids = new Map<string, string>();

  /** Makes a content of at least 8 bytes, or the empty one; like `old` in many of its blocks if that is given. */
  newText(chance: SimChance, size: number, old: string | undefined): string {
    if (size === 0) return "";
    const id = `c${this.#ids.size + 1}:`;
    let text = id.repeat(Math.ceil(size / id.length));
    if (old !== undefined && old.length > id.length) {
      const at = chance.below(old.length - id.length + 1);
      text = old.slice(0, at) + id + old.slice(at + id.length);
    }
    this.#ids.set(text, id.slice(0, -1));
    return text;
  }

  /** The content that is `text`, if a user ever wrote it. */
  content(text: string): Content | undefined {
    return this.#contents.get(text);
  }

  contents(): Iterable<Content> {
    return this.#contents.values();
  }

  /** How people call `text`. */
  idOf(text: string): string {
    return this.#contents.get(text)?.id ??
      `?${JSON.stringify(text.slice(0, 24))}`;
  }

  /** A user wrote `text` at `path`, over `old` if there was a file. */
  wrote(path: string, text: string, old: string | undefined): void {
    if (old !== undefined) this.took(path, old);
    this.madePaths.add(path);
    const known = this.#contents.get(text);
    if (known === undefined) {
      const id = text === "" ? "empty" : this.#ids.get(text) ?? text;
      this.#contents.set(text, {
        id,
        text,
        path,
        // There is but one empty content: nobody can say whose it was.
        isGone: text === "",
        mayBeKept: false,
      });
    }
    this.put(path, text);
  }

  /** A user overwrote or deleted `text` at `path`: it has been seen, and may vanish. */
  took(path: string, text: string): void {
    const content = this.#contents.get(text);
    if (content !== undefined) content.isGone = true;
    this.left(path, text);
  }

  /** `text` is no longer at `path` by the will of a user; it may be elsewhere. */
  left(path: string, text: string): void {
    this.acts(path);
    this.#taken.add(`${path}\0${text}`);
    this.removedPaths.add(path);
  }

  /** `text` is at `path` by the will of a user, or by that of a disk. */
  put(path: string, text: string): void {
    this.acts(path);
    this.#handles(text);
    this.madePaths.add(path);
    const instance: Instance = `${path}\0${text}`;
    this.#taken.delete(instance);
    if (this.#put.has(instance)) this.#unclear.add(instance);
    this.#put.add(instance);
  }

  /** A user changed its date or mode there: that is a newer version than the one somebody else may have deleted. */
  touched(path: string, text: string): void {
    this.#handles(text);
    this.#isUnclear(path, text);
  }

  #isUnclear(path: string, text: string): void {
    this.#unclear.add(`${path}\0${text}`);
  }

  #handles(text: string): void {
    const hands = this.#hands.get(text) ?? new Set();
    this.#hands.set(text, hands.add(this.actor));
  }

  /**
   * A disk lost its power, and shows another tree than before. What its own user had to do with may be lost by that; what
   * came from others has to come again.
   */
  diskForgot(
    who: string,
    before: ReadonlyMap<string, string>,
    after: ReadonlyMap<string, string>,
  ): void {
    this.actor = who;
    for (const [path, text] of before) {
      if (after.get(path) === text) continue;
      if (this.#hands.get(text)?.has(who)) this.#diskLost(text);
      this.hasTorn = true;
      this.removedPaths.add(path);
    }
    for (const [path, text] of after) {
      if (before.get(path) === text) continue;
      // A beginning of a file, or zeros: nobody wrote that, and nobody has to keep it.
      if (!this.#contents.has(text)) this.wrote(path, text, undefined);
      this.#contents.get(text)!.isGone ||= !this.#ids.has(text);
      this.#isUnclear(path, text);
      this.#taken.delete(`${path}\0${text}`);
    }
  }

  /** With its power a disk lost a version that was kept, and was enough. */
  diskLostKept(text: string): void {
    if (this.#contents.get(text)?.mayBeKept) this.#diskLost(text);
  }

  #diskLost(text: string): void {
    const content = this.#contents.get(text);
    if (content !== undefined) content.isGone = true;
  }

  /**
   * A peer has forgotten what it knew of its folder, where this is now: what was deleted there it cannot tell from what it
   * never had.
   */
  peerForgot(tree: ReadonlyMap<string, string>): void {
    for (const instance of this.#taken) this.#unclear.add(instance);
    for (const [path, text] of tree) this.#isUnclear(path, text);
  }

  /** It is enough that the versions have `text`. */
  mayBeKept(text: string): void {
    const content = this.#contents.get(text);
    if (content !== undefined) content.mayBeKept = true;
  }

  /**
   * Whether `text` at `path` was taken away by a user who had it, and put there by nobody since. Where others did something
   * there as well, it may be an answer to that.
   */
  isResurrected(path: string, text: string): boolean {
    const instance: Instance = `${path}\0${text}`;
    const isOnes = this.#actors.get(path)?.size === 1;
    return isOnes && text !== "" && this.#taken.has(instance) &&
      !this.#unclear.has(instance);
  }

  /** Whether `who` did something at `path`, or with a folder above it. */
  hasActedAbove(who: string, path: string): boolean {
    for (let at = path.length; at > 0; at = path.lastIndexOf("/", at - 1)) {
      if (this.#actors.get(path.slice(0, at))?.has(who)) return true;
    }
    return false;
  }

  /** Whether `who` made a content that `isIt` says yes to, moved it or changed its date or mode. */
  hasHandled(who: string, isIt: (text: string) => boolean): boolean {
    for (const [text, hands] of this.#hands) {
      if (hands.has(who) && isIt(text)) return true;
    }
    return false;
  }

  /** Somebody does something at `path`, or with the folder there. */
  acts(path: string): void {
    const actors = this.#actors.get(path) ?? new Set();
    this.#actors.set(path, actors.add(this.actor));
  }
}
