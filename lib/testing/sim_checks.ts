/**
 * What has to be true of the folders in the end, as functions of what can be seen in them (sync.md 2.15).
 *
 * @module
 */

import type { SimOracle } from "./sim_oracle.ts";

/** What is at a path, as a user sees it. */
export type Visible =
  | {
    readonly kind: "file";
    readonly text: string;
    readonly executable: boolean;
  }
  | { readonly kind: "folder" };

/** All that a user sees of a folder, by path. */
export type VisibleTree = ReadonlyMap<string, Visible>;

/** The files of a tree: their texts by path. */
export function textsOf(tree: VisibleTree): Map<string, string> {
  const texts = new Map<string, string>();
  for (const [path, entry] of tree) {
    if (entry.kind === "file") texts.set(path, entry.text);
  }
  return texts;
}

const COPY = / \((?:conflict|written late) [^()]*\)/;

const COPY_OF_COPY = /\(conflict .*\(conflict /;

/** Whether `path` is called as a conflict copy is, or as what was written into a file that had been replaced. */
export function isCopyName(path: string): boolean {
  return COPY.test(path);
}

/** What `path` would be a conflict copy of; itself if it is none. */
export function withoutCopyMark(path: string): string {
  for (;;) {
    // A copy of the rules has no dot, so that it may have a name.
    const shorter = path.replace(/^landline(ignore \(conflict )/, ".landline$1")
      .replace(COPY, "");
    if (shorter === path) return path;
    path = shorter;
  }
}

/** Whether both show the same. */
export function isSameTree(a: VisibleTree, b: VisibleTree): boolean {
  if (a.size !== b.size) return false;
  for (const [path, one] of a) {
    const other = b.get(path);
    if (other?.kind !== one.kind) return false;
    if (
      one.kind === "file" && other.kind === "file" &&
      (one.text !== other.text || one.executable !== other.executable)
    ) return false;
  }
  return true;
}

/** A line for each entry, for people. */
export function treeText(tree: VisibleTree, oracle: SimOracle): string {
  return [...tree].sort(([a], [b]) => a < b ? -1 : 1).map(([path, entry]) =>
    entry.kind === "folder"
      ? `${path}/`
      : `${path}=${oracle.idOf(entry.text)}${entry.executable ? "*" : ""}`
  ).join(" ");
}

/** I1: all see the same. */
export function faultsOfConvergence(
  trees: ReadonlyMap<string, VisibleTree>,
  oracle: SimOracle,
): string[] {
  const texts = new Map<string, string[]>();
  for (const [who, tree] of trees) {
    const text = treeText(tree, oracle);
    texts.set(text, [...texts.get(text) ?? [], who]);
  }
  if (texts.size <= 1) return [];
  return [
    "I1 not the same everywhere:\n" +
    [...texts].map(([text, who]) => `    ${who.join(" ")}: ${text}`).join("\n"),
  ];
}

/**
 * I2: what nobody who had it gave up is there.
 *
 * @param visible contents that are seen somewhere
 * @param kept contents that the versions of some peer have
 */
export function faultsOfLoss(
  oracle: SimOracle,
  visible: ReadonlySet<string>,
  kept: ReadonlySet<string>,
): string[] {
  const faults: string[] = [];
  for (const { id, text, path, isGone, mayBeKept } of oracle.contents()) {
    if (isGone || visible.has(text)) continue;
    const isKept = kept.has(text);
    if (isKept && mayBeKept) continue;
    faults.push(
      `I2 ${id}, written at ${path}, is lost${isKept ? " (but kept)" : ""}`,
    );
  }
  return faults;
}

/** I5: what somebody took away does not come back by itself. */
export function faultsOfReturn(oracle: SimOracle, tree: VisibleTree): string[] {
  const faults: string[] = [];
  for (const [path, text] of textsOf(tree)) {
    if (oracle.isResurrected(path, text)) {
      faults.push(`I5 ${oracle.idOf(text)} is back at ${path}`);
    }
  }
  return faults;
}

/** I12: one copy of a loser, none of what is the same as the winner, none of a copy. */
export function faultsOfCopies(oracle: SimOracle, tree: VisibleTree): string[] {
  const faults: string[] = [];
  // What a power cut made of files are other contents, under the same names.
  if (oracle.hasTorn) return faults;
  const seen = new Set<string>();
  const texts = textsOf(tree);
  for (const [path, text] of texts) {
    if (!isCopyName(path) || oracle.madePaths.has(path)) continue;
    const origin = withoutCopyMark(path);
    const what = `${oracle.idOf(text)} at ${path}`;
    if (seen.has(`${origin}\0${text}`)) faults.push(`I12 twice: ${what}`);
    seen.add(`${origin}\0${text}`);
    // Where the winner was deleted, who has the loser still, under its own name, asserts it again.
    if (
      texts.get(origin) === text && text !== "" &&
      !oracle.removedPaths.has(origin)
    ) faults.push(`I12 equal: ${what}`);
    if (COPY_OF_COPY.test(path)) faults.push(`I12 copy of a copy: ${what}`);
  }
  return faults;
}
