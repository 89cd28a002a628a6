/**
 * The root hash of what is on a simulated disk, computed beside the peers: what they say of it has to be that (I8).
 *
 * @module
 */

import {
  blockCount,
  blockLength,
  blockLogFor,
  HASH_BYTES,
  hashBlock,
  rootOf,
} from "../sync/blocks.ts";
import type { RootHash } from "../sync/record.ts";

/** Blocks of 16 bytes: small files have several. */
export const SIM_BLOCK_LOG_MIN = 4;

/** Arrays of a `SimDisk` are never changed: each is hashed once. */
const roots = new WeakMap<Uint8Array, RootHash>();

/** The root of these bytes. */
export function rootOfBytes(bytes: Uint8Array): RootHash {
  const known = roots.get(bytes);
  if (known !== undefined) return known;
  const blockLog = blockLogFor(bytes.length, SIM_BLOCK_LOG_MIN);
  const count = blockCount(bytes.length, blockLog);
  const hashes = new Uint8Array(count * HASH_BYTES);
  for (let at = 0; at < count; at++) {
    const from = at * 2 ** blockLog;
    const to = from + blockLength(bytes.length, blockLog, at);
    hashes.set(hashBlock(bytes.subarray(from, to)), at * HASH_BYTES);
  }
  const root = rootOf(bytes.length, blockLog, hashes);
  roots.set(bytes, root);
  return root;
}
