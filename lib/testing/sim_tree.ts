/**
 * What a person sees of a simulated disk.
 *
 * @module
 */

import type { Visible, VisibleTree } from "./sim_checks.ts";
import type { SimDisk, SimInode } from "./sim_disk.ts";

/** Arrays of a `SimDisk` are never changed: each is made a text of once. */
const texts = new WeakMap<Uint8Array, string>();

/** The bytes as a text of Latin-1. */
export function textOf(bytes: Uint8Array): string {
  let text = texts.get(bytes);
  if (text === undefined) {
    text = String.fromCharCode(...bytes);
    texts.set(bytes, text);
  }
  return text;
}

/** What was seen last of each disk, and at which of its changes: it is asked for far more often than it changes. */
const seen = new WeakMap<SimDisk, { changes: number; tree: VisibleTree }>();

/** All but what is ours. */
export function treeOf(disk: SimDisk): VisibleTree {
  const { changes } = disk;
  const last = seen.get(disk);
  if (last?.changes === changes) return last.tree;
  const tree = new Map<string, Visible>();
  addBelow(disk.root, "", tree);
  seen.set(disk, { changes, tree });
  return tree;
}

/** The contents of all files that are kept as versions. */
export function keptTexts(disk: SimDisk): Set<string> {
  const kept = new Map<string, Visible>();
  const folder = disk.find(".landline/versions");
  if (folder?.kind === "folder") addBelow(folder, "", kept);
  const found = new Set<string>();
  for (const entry of kept.values()) {
    if (entry.kind === "file") found.add(entry.text);
  }
  return found;
}

function addBelow(
  folder: SimInode,
  above: string,
  tree: Map<string, Visible>,
): void {
  for (const [base, inode] of folder.entries) {
    if (above === "" && base === ".landline") continue;
    const path = above + base;
    if (inode.kind === "folder") {
      tree.set(path, { kind: "folder" });
      addBelow(inode, `${path}/`, tree);
    } else if (inode.kind === "file") {
      const executable = (inode.mode & 0o100) !== 0;
      tree.set(path, { kind: "file", text: textOf(inode.bytes), executable });
    }
  }
}
