/**
 * A sum over all records that two who have the same records have, whatever the order they came in: sum modulo 2^128 of the
 * beginnings of SHA-256 over stamp, root, date, mode and path, in 256 buckets, so that who differs need not send everything again.
 *
 * @module
 */

import { hash } from "node:crypto";
import type { FileRecord } from "./record.ts";

export const BUCKETS = 256;
/** Words of 32 bits in a sum. */
const WORDS = 4;

/** Which bucket the records of `path` are in: 32-bit FNV-1a over its UTF-16 units, the highest byte. */
export function bucketOf(path: string): number {
  let fnv = 0x811c9dc5;
  for (let at = 0; at < path.length; at++) {
    fnv = Math.imul(fnv ^ path.charCodeAt(at), 0x01000193);
  }
  return fnv >>> 24;
}

export class RecordDigest {
  /** Little-endian: the lowest word of each sum first. */
  readonly #sums = new Uint32Array(BUCKETS * WORDS);

  /** Counts `record` in; each path once. */
  add(record: FileRecord): void {
    const bytes = bytesOf(record);
    const at = bucketOf(record.path) * WORDS;
    let carry = 0;
    for (let word = 0; word < WORDS; word++) {
      const sum = this.#sums[at + word]! + wordAt(bytes, word) + carry;
      this.#sums[at + word] = sum;
      carry = sum > 0xffffffff ? 1 : 0;
    }
  }

  /** Takes back an `add` of the same record. */
  remove(record: FileRecord): void {
    const bytes = bytesOf(record);
    const at = bucketOf(record.path) * WORDS;
    let borrow = 0;
    for (let word = 0; word < WORDS; word++) {
      const rest = this.#sums[at + word]! - wordAt(bytes, word) - borrow;
      this.#sums[at + word] = rest;
      borrow = rest < 0 ? 1 : 0;
    }
  }

  clear(): void {
    this.#sums.fill(0);
  }

  /** The sum over everything: 32 hexadecimal digits. */
  total(): string {
    const total = new Float64Array(WORDS);
    for (let at = 0; at < this.#sums.length; at++) {
      total[at % WORDS]! += this.#sums[at]!;
    }
    let carry = 0;
    const words = new Uint32Array(WORDS);
    for (let word = 0; word < WORDS; word++) {
      const sum = total[word]! + carry;
      words[word] = sum % 2 ** 32;
      carry = Math.floor(sum / 2 ** 32);
    }
    return toHex(words);
  }

  /** The sum over a bucket: 32 hexadecimal digits. */
  bucket(at: number): string {
    return toHex(this.#sums.subarray(at * WORDS, (at + 1) * WORDS));
  }

  /** All buckets, in their order. */
  buckets(): string[] {
    return Array.from({ length: BUCKETS }, (_, at) => this.bucket(at));
  }
}

function bytesOf(record: FileRecord): Uint8Array {
  const { path, root, mtime, executable } = record;
  const { phys, logical, by } = record.stamp;
  const meta = `${mtime} ${Number(executable)}`;
  // Nothing before the path has a blank in it: no two versions give the same text.
  const text = `${phys} ${logical} ${by} ${root ?? ""} ${meta} ${path}`;
  return hash("sha256", text, "buffer");
}

function wordAt(bytes: Uint8Array, word: number): number {
  const at = word * 4;
  return (bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16 |
    bytes[at + 3]! << 24) >>> 0;
}

function toHex(words: Uint32Array): string {
  return [...words].reverse()
    .map((word) => word.toString(16).padStart(8, "0")).join("");
}
