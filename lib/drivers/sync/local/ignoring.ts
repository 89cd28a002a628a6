/**
 * The rules of what is not synced, kept as the files they are in.
 *
 * @module
 */

import { fromBytes } from "../../../bytes/ascii.ts";
import type { SyncFolder } from "../../../io/sync/folder.ts";
import { baseOf, folderOf, type Name } from "../../../names/name.ts";
import { IGNORE_FILE } from "../../../names/own_names.ts";
import { IgnoreRules, RULES_CHARACTERS_MAX } from "../../../sync/ignore.ts";
import type { LocalTree } from "./local_tree.ts";

export class Ignoring {
  readonly #folder: SyncFolder;
  readonly #texts = new Map<string, string>();
  readonly #local: string;
  readonly #note: (text: string) => void;
  #rules: IgnoreRules;

  /**
   * @param local rules of this machine
   * @param note told of rules that are not obeyed
   */
  constructor(
    folder: SyncFolder,
    local: string,
    note: (text: string) => void,
  ) {
    this.#folder = folder;
    this.#local = local;
    this.#note = note;
    this.#rules = new IgnoreRules(this.#texts, local);
  }

  /** Reads the files of rules that are known; the scan finds the others. */
  load(tree: LocalTree): void {
    for (const { record } of tree.entries()) {
      if (isRules(record.path) && record.root !== null) this.#read(record.path);
    }
    this.#read(IGNORE_FILE as Name);
    this.#renew();
  }

  readonly ignores = (path: Name, isFolder: boolean): boolean =>
    this.#rules.ignores(path, isFolder);

  /** `path` may have changed. Gives whether the rules are others now: what lies in its folder is to be looked at anew. */
  look(path: Name): boolean {
    if (!isRules(path) || !this.#read(path)) return false;
    this.#renew();
    return true;
  }

  /** Gives whether it is another text than before. */
  #read(path: Name): boolean {
    const folder = folderOf(path);
    const before = this.#texts.get(folder);
    const text = this.#textOf(path);
    if (text === before) return false;
    if (text === undefined) this.#texts.delete(folder);
    else this.#texts.set(folder, text);
    return true;
  }

  #textOf(path: Name): string | undefined {
    let handle;
    try {
      handle = this.#folder.open(path);
      if (handle === undefined) return undefined;
      const bytes = new Uint8Array(
        Math.min(handle.look().size, RULES_CHARACTERS_MAX * 4),
      );
      return fromBytes(bytes.subarray(0, handle.readAt(0, bytes)));
    } catch {
      // What cannot be read rules nothing; that it cannot be read is told where it is to be synced.
      return undefined;
    } finally {
      handle?.close();
    }
  }

  #renew(): void {
    this.#rules = new IgnoreRules(this.#texts, this.#local);
    for (const fault of this.#rules.faults) this.#note(fault);
  }
}

function isRules(path: Name): boolean {
  return baseOf(path) === IGNORE_FILE;
}
