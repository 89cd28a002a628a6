/**
 * Keeps right, path by path, what is told to others of what is here: held, or lacking.
 *
 * @module
 */

import type { Name } from "../../../names/name.ts";
import { compareRecords, isSameVersion } from "../../../sync/order.ts";
import { FOLDER_ROOT } from "../../../sync/record.ts";
import type { PeerParts } from "../peer_parts.ts";

type Parts = Pick<
  PeerParts,
  "tree" | "register" | "holding" | "ignoring" | "retries" | "observer"
>;

/** My version of `path` has changed, or the winner. */
export function account(parts: Parts, path: Name): void {
  const { holding, register, tree, ignoring, retries, observer } = parts;
  const entry = register.get(path);
  if (entry === undefined) return holding.settle(path);
  const { record: winner, seq } = entry;
  if (ignoring.ignores(path, winner.kind === "folder")) {
    return holding.settle(path);
  }
  const local = tree.get(path);
  const mine = local?.record;
  if (local?.found && isSameVersion(local.record, winner)) {
    tree.set({ ...local, found: false });
  }
  if (winner.root === null || winner.root === FOLDER_ROOT) {
    const isDone = mine !== undefined && compareRecords(mine, winner) >= 0;
    const isNone = mine === undefined && winner.root === null;
    // What cannot be done is told as a trouble; it must not hide from others what is held.
    if (isDone || isNone || retries.troubles.has(path)) holding.settle(path);
    else holding.lack(winner, seq);
  } else if (mine?.root === winner.root && !observer.isTorn(path)) {
    holding.settle(path);
  } else holding.lack(winner, seq);
}
