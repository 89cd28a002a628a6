import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { createHash } from "node:crypto";
import fc from "fast-check";
import {
  BLOCK_LOG_MAX,
  blockCount,
  blockLength,
  blockLogFor,
  BLOCKS_MAX,
  HASH_BYTES,
  hashBlock,
  isBlock,
  isListOf,
  rootOf,
} from "./blocks.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

Deno.test("blockLogFor() takes the smallest blocks of which there are not too many", () => {
  const sizes: readonly [size: number, log: number][] = [
    [0, 17],
    [1, 17],
    [256 * MIB, 17],
    [256 * MIB + 1, 18],
    [512 * MIB, 18],
    [GIB, 19],
    [32 * GIB, 24],
    [33 * GIB, 24],
    [2 ** 44, 24],
  ];
  for (const [size, log] of sizes) assertEquals(blockLogFor(size), log);
  assertEquals(blockLogFor(2 ** 4 * BLOCKS_MAX, 4), 4);
  assertEquals(blockLogFor(2 ** 4 * BLOCKS_MAX + 1, 4), 5);
});

Deno.test("blockLength() gives lengths that add up to the size", () => {
  fc.assert(fc.property(
    fc.nat(200),
    fc.integer({ min: 0, max: 5 }),
    (size, log) => {
      const count = blockCount(size, log);
      let sum = 0;
      for (let at = 0; at < count; at++) {
        const length = blockLength(size, log, at);
        assert(length > 0 && length <= 2 ** log);
        if (at < count - 1) assertEquals(length, 2 ** log);
        sum += length;
      }
      assertEquals(sum, size);
      assertEquals(blockLength(size, log, count), 0);
    },
  ));
  assertEquals(blockCount(2 ** 44, BLOCK_LOG_MAX), 2 ** 20);
});

Deno.test("rootOf() is SHA-256 over lls1, size, log2 of the block size and the blocks' hashes", () => {
  const hashes = new Uint8Array(2 * HASH_BYTES);
  hashes.set(hashBlock(new Uint8Array([1, 2, 3, 4])));
  hashes.set(hashBlock(new Uint8Array([5])), HASH_BYTES);
  const head = new Uint8Array([
    0x6c,
    0x6c,
    0x73,
    0x31,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    5,
    2,
  ]);
  const expected = createHash("sha256").update(head).update(hashes)
    .digest("base64url");
  assertEquals(rootOf(5, 2, hashes), expected);
  assertEquals(expected.length, 43);
  assertNotEquals(rootOf(6, 2, hashes), expected);
  assertNotEquals(rootOf(5, 3, hashes), expected);
});

Deno.test("rootOf() of nothing, and of sizes above 4 GiB", () => {
  const none = new Uint8Array();
  assertEquals(
    rootOf(0, 17, none),
    createHash("sha256").update("lls1\0\0\0\0\0\0\0\0\x11").digest("base64url"),
  );
  assertNotEquals(rootOf(2 ** 32, 24, none), rootOf(0, 24, none));
});

Deno.test("isBlock() and isListOf() believe what hashes to what was said, and nothing else", () => {
  const block = new Uint8Array([1, 2, 3]);
  const hashes = new Uint8Array(2 * HASH_BYTES);
  hashes.set(hashBlock(block), HASH_BYTES);
  assert(isBlock(block, hashes, 1));
  assert(!isBlock(block, hashes, 0));
  assert(!isBlock(block, hashes, 2));
  assert(!isBlock(new Uint8Array([1, 2, 4]), hashes, 1));
  const root = rootOf(7, 2, hashes);
  assert(isListOf(root, 7, 2, hashes));
  assert(!isListOf(root, 8, 2, hashes));
  // Blocks that the size leaves no room for.
  assert(!isListOf(rootOf(4, 2, hashes), 4, 2, hashes));
  assert(!isListOf(root, 7, 2, hashes.subarray(0, HASH_BYTES)));
});
