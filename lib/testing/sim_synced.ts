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
  const trees = new Map<string, VisibleTree>();
  const held = new Map<string, Set<string>>();
  for (const { name, tree } of machines) {
    const synced = withoutIgnored(tree);
    held.set(name, heldByIgnored(tree, synced));
    trees.set(name, synced);
  }
  // A folder that is deleted stays where something lies in it that is not synced.
  for (const [name, tree] of trees) {
    const isElsewhere = (path: string) =>
      [...trees.values()].every((other) => other.has(path));
    const left = [...held.get(name)!].filter((path) => !isElsewhere(path));
    for (const path of left) (tree as Map<string, unknown>).delete(path);
  }
  return trees;
}

/** Rules by their text: to make them takes longer than to use them. */
const known = new Map<string, IgnoreRules>();

function rulesOf(text: string): IgnoreRules {
  const rules = known.get(text) ?? new IgnoreRules(new Map([["", text]]), "");
  known.clear();
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
