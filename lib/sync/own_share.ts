/**
 * Who of several receivers of a content begins where, without a word between them: each knows the others, and all put them
 * in the same order (rendezvous hashing). So each gets another piece from the first holder, and they pass these on.
 *
 * @module
 */

import type { Run } from "./block_set.ts";
import type { ReplicaId, RootHash } from "./record.ts";

/**
 * The share of `me` among `receivers` (`me` counts whether it is among them or not) in the `blocks` of `root`.
 */
export function ownShare(
  root: RootHash,
  blocks: number,
  me: ReplicaId,
  receivers: Iterable<ReplicaId>,
): Run {
  const mine = rankOf(root, me);
  let before = 0;
  let all = 1;
  for (const id of receivers) {
    if (id === me) continue;
    all++;
    const rank = rankOf(root, id);
    if (rank < mine || (rank === mine && id < me)) before++;
  }
  const at = Math.floor(blocks * before / all);
  return { at, count: Math.floor(blocks * (before + 1) / all) - at };
}

/** A number that is another one for each content and replica, the same at everybody: FNV-1a, its bits mixed at the end. */
export function rankOf(root: RootHash, id: ReplicaId): number {
  let hash = 0x811c9dc5;
  for (const text of [root, id]) {
    for (let i = 0; i < text.length; i++) {
      hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    }
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
