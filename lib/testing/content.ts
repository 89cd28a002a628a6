/**
 * Content of test files: bytes that tell their place, and a comparison that tells where two differ.
 *
 * @module
 */

import { fail } from "@std/assert";

/** `count` bytes in which no piece looks like its neighbours; `seed` makes others. */
export function patterned(count: number, seed = 1): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(count);
  // Marsaglia's xorshift, a byte at a time: fast enough for some MB.
  let x = seed * 2654435761 | 1;
  for (let i = 0; i < count; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    bytes[i] = x;
  }
  return bytes;
}

/** Fails at the first byte in which `actual` and `expected` differ; `assertEquals` takes seconds for a megabyte. */
export function assertSameBytes(
  actual: Uint8Array | undefined,
  expected: Uint8Array,
): void {
  if (actual === undefined) fail("There are no bytes");
  // A loop: a function called for each byte takes half a second for some MB.
  for (let at = 0; at < expected.length && at < actual.length; at++) {
    if (actual[at] !== expected[at]) {
      fail(`Byte ${at} is ${actual[at]} instead of ${expected[at]}`);
    }
  }
  if (actual.length !== expected.length) {
    fail(`There are ${actual.length} bytes instead of ${expected.length}`);
  }
}
