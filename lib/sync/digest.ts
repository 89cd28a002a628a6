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
  /** Of each bucket, then of all. Little-endian: the lowest word of each sum first. */
  readonly #sums = new Uint32Array((BUCKETS + 1) * WORDS);

  /** Counts `record` in; each path once. */
  add(record: FileRecord): void {
    const words = wordsOf(record);
    for (const at of [bucketOf(record.path), BUCKETS]) {
      let carry = 0;
      for (let word = 0; word < WORDS; word++) {
        const sum = this.#sums[at * WORDS + word]! + words[word]! + carry;
        this.#sums[at * WORDS + word] = sum;
        carry = sum > 0xffffffff ? 1 : 0;
      }
    }
  }

  /** Takes back an `add` of the same record. */
  remove(record: FileRecord): void {
    const words = wordsOf(record);
    for (const at of [bucketOf(record.path), BUCKETS]) {
      let borrow = 0;
      for (let word = 0; word < WORDS; word++) {
        const rest = this.#sums[at * WORDS + word]! - words[word]! - borrow;
        this.#sums[at * WORDS + word] = rest;
        borrow = rest < 0 ? 1 : 0;
      }
    }
  }

  clear(): void {
    this.#sums.fill(0);
  }

  /** The sum over everything: 32 hexadecimal digits. */
  total(): string {
    return this.#sum(BUCKETS);
  }

  /** The sum over a bucket: 32 hexadecimal digits. */
  bucket(at: number): string {
    return this.#sum(at);
  }

  /** All buckets, in their order. */
  buckets(): string[] {
    return Array.from({ length: BUCKETS }, (_, at) => this.bucket(at));
  }

  #sum(at: number): string {
    return toHex(this.#sums.subarray(at * WORDS, (at + 1) * WORDS));
  }
}

/** What a sum is of, its lowest word first. */
function wordsOf(record: FileRecord): number[] {
  const { path, root, mtime, executable } = record;
  const { phys, logical, by } = record.stamp;
  const meta = `${mtime} ${Number(executable)}`;
  // Nothing before the path has a blank in it: no two versions give the same text.
  const text = `${phys} ${logical} ${by} ${root ?? ""} ${meta} ${path}`;
  // Digits come three times as fast as a Buffer.
  const digits = hash("sha256", text, "hex");
  const words: number[] = [];
  for (let word = 0; word < WORDS; word++) {
    words.push(swapped(parseInt(digits.slice(word * 8, word * 8 + 8), 16)));
  }
  return words;
}

/** The four bytes of `word` the other way round. */
function swapped(word: number): number {
  return ((word & 0xff) << 24 | (word & 0xff00) << 8 |
    word >>> 8 & 0xff00 | word >>> 24) >>> 0;
}

function toHex(words: Uint32Array): string {
  return [...words].reverse()
    .map((word) => word.toString(16).padStart(8, "0")).join("");
}
