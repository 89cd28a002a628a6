/**
 * Of what machines show, that which has to be the same everywhere.
 *
 * @module
 */

import { IGNORE_FILE } from "../names/own_names.ts";
import type { Name } from "../names/name.ts";
import { IgnoreRules } from "../sync/ignore.ts";
import type { VisibleTree } from "./sim_checks.ts";
import type { SimMachine } from "./sim_machine.ts";
import { isWithin } from "./sim_user.ts";

/** Paths where something stands in the way that is nobody's but its owner's: told to him, and left alone. */
export function blockedPaths({ peer }: SimMachine): string[] {
  const troubles = peer?.status().troubles ?? [];
  return troubles.filter(({ text }) => text.includes("stands in its place"))
    .map(({ path }) => path);
}

/** What is synced, by machine. */
export function syncedTrees(
  machines: readonly SimMachine[],
): Map<string, VisibleTree> {
  const trees = allSynced(machines);
  const blocked = machines.flatMap(blockedPaths);
  if (blocked.length === 0) return trees;
  const isFree = (path: string) => !blocked.some((at) => isWithin(path, at));
  for (const [name, tree] of trees) {
    trees.set(name, new Map([...tree].filter(([path]) => isFree(path))));
  }
  return trees;
}

function allSynced(machines: readonly SimMachine[]): Map<string, VisibleTree> {
  const all = machines.map(({ name, tree }) => ({ name, ...syncedOf(tree) }));
  // A folder that is deleted stays where something lies in it that is not synced.
  const isElsewhere = (path: string) =>
    all.every(({ synced }) => synced.has(path));
  return new Map(all.map(({ name, synced, held }) => {
    const left = [...held].filter((path) => !isElsewhere(path));
    if (left.length === 0) return [name, synced];
    return [
      name,
      new Map([...synced].filter(([path]) => !left.includes(path))),
    ];
  }));
}

/** What of a tree is synced, and the folders that hold nothing of that. */
interface Synced {
  readonly synced: VisibleTree;
  readonly held: ReadonlySet<string>;
}

/** By the tree: none is ever changed. */
const ofTrees = new WeakMap<VisibleTree, Synced>();

function syncedOf(tree: VisibleTree): Synced {
  let found = ofTrees.get(tree);
  if (found === undefined) {
    const synced = withoutIgnored(tree);
    found = { synced, held: heldByIgnored(tree, synced) };
    ofTrees.set(tree, found);
  }
  return found;
}

/** Rules by their text: to make them takes longer than to use them. */
const known = new Map<string, IgnoreRules>();
/** More of them than one run has. */
const KNOWN_MAX = 50;

function rulesOf(text: string): IgnoreRules {
  let rules = known.get(text);
  if (rules !== undefined) return rules;
  rules = new IgnoreRules(new Map([["", text]]), "");
  if (known.size === KNOWN_MAX) known.clear();
  known.set(text, rules);
  return rules;
}

function withoutIgnored(tree: VisibleTree): VisibleTree {
  const own = tree.get(IGNORE_FILE);
  const rules = rulesOf(own?.kind === "file" ? own.text : "");
  return new Map(
    [...tree].filter(([path, { kind }]) =>
      !rules.ignores(path as Name, kind === "folder")
    ),
  );
}

/** Folders that hold nothing but what is not synced. */
function heldByIgnored(tree: VisibleTree, synced: VisibleTree): Set<string> {
  const held = new Set<string>();
  for (const [path, { kind }] of synced) {
    if (kind !== "folder") continue;
    const below = [...tree.keys()].filter((at) => at.startsWith(`${path}/`));
    if (
      below.length > 0 &&
      below.every((at) => !synced.has(at) || tree.get(at)!.kind === "folder") &&
      below.some((at) => !synced.has(at))
    ) held.add(path);
  }
  return held;
}
