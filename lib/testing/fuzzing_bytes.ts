/**
 * Bytes for fuzzing, from a seed: nearly right, and cut into pieces.
 *
 * @module
 */

import { seededRandom } from "../../testdata/random.ts";
import { toBytes } from "../bytes/ascii.ts";

/** Gives a whole number from 0 to below its argument. */
export type Numbers = (below: number) => number;

export function seededNumbers(seed: number): Numbers {
  const random = seededRandom(seed);
  return (below) => Math.floor(random() * below);
}

/** Bytes made of `words`, numbers, noise and, now and then, a line that is too long; then bent in a few places. */
export function nearly(
  random: Numbers,
  words: readonly string[],
): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  for (let left = random(30); left > 0; left--) {
    const kind = random(100);
    if (kind < 80) bytes.push(...toBytes(words[random(words.length)]!));
    else if (kind < 90) bytes.push(...toBytes(String(random(100_000))));
    else if (kind < 98) {
      for (let count = random(12); count > 0; count--) bytes.push(random(256));
    } else {
      const byte = random(2) === 0 ? 0x61 : random(256);
      for (let count = random(20_000); count > 0; count--) bytes.push(byte);
    }
  }
  return bent(random, bytes);
}

/** `bytes`, bent in up to three places. */
export function bent(
  random: Numbers,
  bytes: number[],
): Uint8Array<ArrayBuffer> {
  for (let count = random(4); count > 0 && bytes.length > 0; count--) {
    const at = random(bytes.length);
    if (random(2) === 0) bytes[at] = random(256);
    else bytes.splice(at, random(5));
  }
  return new Uint8Array(bytes);
}

/** `bytes` in pieces: single bytes, or cut at a few places. */
export function cut(random: Numbers, bytes: Uint8Array): Uint8Array[] {
  if (bytes.length < 500 && random(2) === 0) {
    return Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
  }
  const pieces: Uint8Array[] = [];
  for (let rest = bytes; rest.length > 0;) {
    const count = 1 + random(Math.min(rest.length, 5000));
    pieces.push(rest.subarray(0, count));
    rest = rest.subarray(count);
  }
  return pieces;
}
