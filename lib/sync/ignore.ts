/**
 * What is not synced: `.landlineignore` files in gitignore syntax, in any folder of the set, for that folder and what is
 * below; the rules of this machine alone (`.landline/ignore`), which have the last word; and a few names that no program
 * wants to see on another machine. What is ignored is neither published nor fetched, nor touched, nor counted.
 *
 * As with git, what lies in an ignored folder is ignored, whatever later rules say, and a deeper file overrules one above
 * it. Other than with git, a `.landlineignore` cannot be ignored by a rule that means the file itself: peers that do not
 * share their rules would disagree about what they share.
 *
 * @module
 */

import ignore, { type Ignore } from "ignore";
import { baseOf, folderOf } from "../names/name.ts";
import { IGNORE_FILE, isOwnName } from "../names/own_names.ts";

/** Locks, swap files and thumbnails of editors and desktops. Rules may take them back with `!`. */
const BUILT_IN = [".~lock.*", "~$*", "*.swp", ".DS_Store", "Thumbs.db"];

/** UTF-16 units of one file of rules that are read; the rest of a longer one is not. */
export const RULES_CHARACTERS_MAX = 256 * 1024;
/** Rules in force at one path, at most. */
export const RULES_MAX = 5000;

/** UTF-16 units of one rule: a longer one could name no path. */
const RULE_CHARACTERS_MAX = 4096;
/** Sentences that are told; who has more wrong rules has one mistake. */
const FAULTS_MAX = 20;

/** The package remembers what it was asked about; after so many paths it forgets, so that memory stays bounded. */
const REMEMBERED_MAX = 20_000;

/** The rules in force below one folder that has a file of them. */
interface Scope {
  readonly patterns: readonly string[];
  matcher: Ignore;
  asked: number;
}

/** Rules of a whole tree, as they were when it was made: make another when a file of rules has changed. */
export class IgnoreRules {
  /** Sentences about rules that are not obeyed, and why. */
  readonly faults: readonly string[];
  /** By the folder of the file. The root always has one. */
  readonly #scopes = new Map<string, Scope>();
  /** The folder whose rules were used last: paths come folder by folder. */
  #lastFolder = "";
  #lastScope: Scope;

  /**
   * @param files text of each `.landlineignore`, by the folder it is in (`""` for the root)
   * @param local text of the rules of this machine
   */
  constructor(files: ReadonlyMap<string, string>, local = "") {
    const faults: string[] = [];
    const texts = new Map([["", ""], ...files]);
    const own = patternsOf(local, "", ".landline/ignore", faults);
    const shared = new Map<string, readonly string[]>();
    // Parents come first: a deeper file adds to what is in force above it.
    for (const folder of [...texts.keys()].sort()) {
      const above = folder === ""
        ? BUILT_IN
        : shared.get(nearest(shared, folderOf(folder)))!;
      const added = patternsOf(
        texts.get(folder)!,
        folder,
        folder === "" ? IGNORE_FILE : `${folder}/${IGNORE_FILE}`,
        faults,
      );
      const room = Math.max(0, RULES_MAX - above.length);
      if (added.length > room) {
        faults.push(
          `Too many rules for "${folder}": ${
            added.length - room
          } are not obeyed`,
        );
      }
      const patterns = [...above, ...added.slice(0, room)];
      shared.set(folder, patterns);
      this.#scopes.set(folder, scopeOf([...patterns, ...own]));
    }
    this.faults = faults.slice(0, FAULTS_MAX);
    this.#lastScope = this.#scopes.get("")!;
  }

  /** Whether `path`, a folder or anything else, is ignored. Never throws. */
  ignores(path: string, isFolder: boolean): boolean {
    if (isOwnName(path)) return true;
    const folder = folderOf(path);
    if (!isFolder && baseOf(path) === IGNORE_FILE) {
      return folder !== "" && this.ignores(folder, true);
    }
    const scope = this.#scopeFor(folder);
    if (++scope.asked > REMEMBERED_MAX) renew(scope);
    return scope.matcher.ignores(isFolder ? path + "/" : path);
  }

  #scopeFor(folder: string): Scope {
    if (folder !== this.#lastFolder) {
      this.#lastFolder = folder;
      this.#lastScope = this.#scopes.get(nearest(this.#scopes, folder))!;
    }
    return this.#lastScope;
  }
}

/** The folder itself or the nearest one above it that `all` knows; it knows the root. */
function nearest(all: ReadonlyMap<string, unknown>, folder: string): string {
  let at = folder;
  while (!all.has(at)) at = folderOf(at);
  return at;
}

function scopeOf(patterns: readonly string[]): Scope {
  return { patterns, matcher: matcherOf(patterns), asked: 0 };
}

function renew(scope: Scope): void {
  scope.matcher = matcherOf(scope.patterns);
  scope.asked = 0;
}

function matcherOf(patterns: readonly string[]): Ignore {
  // All of our paths are relative and clean; a file called "..." is one of them. Case matters, as on most of the disks.
  return ignore({ allowRelativePaths: true, ignorecase: false }).add(patterns);
}

/** The rules of one file, each as it would stand in the root. */
function patternsOf(
  text: string,
  folder: string,
  name: string,
  faults: string[],
): string[] {
  if (text.length > RULES_CHARACTERS_MAX) {
    faults.push(
      `${name} is longer than ${RULES_CHARACTERS_MAX} characters: the rest is not obeyed`,
    );
  }
  const patterns: string[] = [];
  const lines = text.slice(0, RULES_CHARACTERS_MAX).replace(/^\ufeff/, "")
    .split("\n");
  for (const line of lines) {
    const rule = line.replace(/\r$/, "");
    if (rule.trim() === "" || rule.startsWith("#")) continue;
    const fault = faultOf(rule);
    if (fault !== undefined) {
      faults.push(
        `${name}: the rule "${rule.slice(0, 80)}" is not obeyed: ${fault}`,
      );
    } else patterns.push(folder === "" ? rule : inFolder(rule, folder));
  }
  return patterns;
}

/** Why a rule is not obeyed. */
function faultOf(rule: string): string | undefined {
  if (rule.length > RULE_CHARACTERS_MAX) return "it is too long";
  if (isSlow(rule)) return '"**/" may stand in a rule once';
  try {
    matcherOf([rule]).ignores("a");
    return undefined;
  } catch {
    // The package makes regular expressions of rules; one that cannot be made must not stop a peer.
    return "it is not understood";
  }
}

/**
 * Whether matching could take time that grows with more than the square of a path's length: rules come from other peers
 * (security.md D5). One "**" is tried at each slash of a path; two, at each pair of them; a last one costs nothing.
 */
function isSlow(rule: string): boolean {
  const inner = rule.replace(/\/\*\*+\/? *$/, "").match(/\*\*+/g) ?? [];
  return inner.length > 1;
}

/** A rule of `folder`'s file as it would stand in the root: it has no say about what is elsewhere. */
function inFolder(rule: string, folder: string): string {
  const isTakenBack = rule.startsWith("!");
  const body = isTakenBack ? rule.slice(1) : rule;
  // A slash that is not the last character ties a rule to its own folder; else it holds at any depth.
  const isTied = /\/(?! *$)/.test(body);
  const tied = isTied ? body.replace(/^\//, "") : `**/${body}`;
  const literal = folder.replace(/[\\*?[\]!# ]/g, "\\$&");
  return `${isTakenBack ? "!" : ""}/${literal}/${tied}`;
}
