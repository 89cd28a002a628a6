/**
 * Blocks of a content, and the hash that names the whole of it: SHA-256 over its size, its block size and the hashes of its
 * blocks. Bytes and block lists may come from anybody, for both are checked against it.
 *
 * @module
 */

import { hash } from "node:crypto";
import { toBytes } from "../bytes/ascii.ts";
import type { RootHash } from "./record.ts";

/** 128 KiB: below that, asking for blocks costs more than having them. */
export const BLOCK_LOG_MIN = 17;
/** 16 MiB: what may have to be fetched twice. */
export const BLOCK_LOG_MAX = 24;
/** Blocks of a content, but for those larger than 32 GiB. */
export const BLOCKS_MAX = 2048;
/** Bytes of a block's hash. */
export const HASH_BYTES = 32;
/** 16 TiB: more than ext4 holds; its block list takes 32 MiB. */
export const SIZE_MAX = 2 ** 44;

/**
 * log2 of the block size: the smallest that gives at most `BLOCKS_MAX` blocks. It depends on the size alone, so that the same
 * bytes have the same root at every peer.
 *
 * @param size bytes of the content
 * @param min of the smallest blocks; less than `BLOCK_LOG_MIN` in tests only
 */
export function blockLogFor(size: number, min = BLOCK_LOG_MIN): number {
  let log = min;
  while (log < BLOCK_LOG_MAX && size > BLOCKS_MAX * 2 ** log) log++;
  return log;
}

/** How many blocks a content has: none if it is empty. */
export function blockCount(size: number, blockLog: number): number {
  return Math.ceil(size / 2 ** blockLog);
}

/** Bytes of the `at`-th block. */
export function blockLength(
  size: number,
  blockLog: number,
  at: number,
): number {
  return Math.max(0, Math.min(2 ** blockLog, size - at * 2 ** blockLog));
}

/** SHA-256 of a block. */
export function hashBlock(block: Uint8Array): Uint8Array {
  return hash("sha256", block, "buffer");
}

/** Whether `block` is the `at`-th of those with these `hashes`. */
export function isBlock(
  block: Uint8Array,
  hashes: Uint8Array,
  at: number,
): boolean {
  return isHashAt(hashBlock(block), hashes, at);
}

/** Whether `found` is the `at`-th of these `hashes`. */
export function isHashAt(
  found: Uint8Array,
  hashes: Uint8Array,
  at: number,
): boolean {
  const from = at * HASH_BYTES;
  for (let i = 0; i < HASH_BYTES; i++) {
    if (found[i] !== hashes[from + i]) return false;
  }
  return true;
}

const HEAD = toBytes("lls1");

/**
 * The root of a content.
 *
 * @param hashes of its blocks, one after the other
 */
export function rootOf(
  size: number,
  blockLog: number,
  hashes: Uint8Array,
): RootHash {
  const bytes = new Uint8Array(HEAD.length + 9 + hashes.length);
  bytes.set(HEAD);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(HEAD.length, BigInt(size));
  view.setUint8(HEAD.length + 8, blockLog);
  bytes.set(hashes, HEAD.length + 9);
  return hash("sha256", bytes, "base64url");
}

/** Whether this is the block list of `root`. */
export function isListOf(
  root: RootHash,
  size: number,
  blockLog: number,
  hashes: Uint8Array,
): boolean {
  return hashes.length === blockCount(size, blockLog) * HASH_BYTES &&
    rootOf(size, blockLog, hashes) === root;
}
