import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { BlockSet } from "./block_set.ts";

const SIZE_AND_BLOCKS = fc.integer({ min: 1, max: 70 }).chain((size) =>
  fc.tuple(
    fc.constant(size),
    fc.uniqueArray(fc.nat(size - 1)),
    fc.uniqueArray(fc.nat(size - 1)),
  )
);

function setOf(size: number, blocks: readonly number[]): BlockSet {
  const set = new BlockSet(size);
  for (const at of blocks) set.add(at);
  return set;
}

Deno.test("BlockSet holds what was added, counts it once, and is full with all", () => {
  fc.assert(fc.property(SIZE_AND_BLOCKS, ([size, blocks]) => {
    const set = setOf(size, blocks);
    assertEquals(set.count, blocks.length);
    assertEquals(set.isFull, blocks.length === size);
    for (let at = 0; at < size; at++) {
      assertEquals(set.has(at), blocks.includes(at));
      assertEquals(set.add(at), !blocks.includes(at));
    }
    assert(set.isFull);
  }));
});

Deno.test("BlockSet.fromBytes() reads what toBytes() writes", () => {
  fc.assert(fc.property(SIZE_AND_BLOCKS, ([size, blocks]) => {
    const set = setOf(size, blocks);
    const bytes = set.toBytes();
    assertEquals(BlockSet.fromBytes(bytes, size)?.toBytes(), bytes);
    assertEquals(BlockSet.fromBytes(bytes, size)?.count, blocks.length);
  }));
});

Deno.test("BlockSet.fromBytes() refuses another length, and blocks that there are not", () => {
  assertEquals(BlockSet.fromBytes(new Uint8Array([0xff]), 9), undefined);
  assertEquals(BlockSet.fromBytes(new Uint8Array([0xff, 0]), 8), undefined);
  assertEquals(BlockSet.fromBytes(new Uint8Array([0x0f]), 4)?.isFull, true);
  assertEquals(BlockSet.fromBytes(new Uint8Array([0x1f]), 4), undefined);
});

Deno.test("BlockSet.runsBeyond() tells what another set lacks, in runs", () => {
  fc.assert(fc.property(SIZE_AND_BLOCKS, ([size, blocks, known]) => {
    const other = setOf(size, known);
    const runs = setOf(size, blocks).runsBeyond(other, size);
    for (const { at, count } of runs) {
      for (let i = at; i < at + count; i++) assert(other.add(i));
      // Runs are as long as they can be.
      assert(!blocks.includes(at + count) || known.includes(at + count));
    }
    assertEquals(other.count, new Set([...blocks, ...known]).size);
  }));
});

Deno.test("BlockSet.runsBeyond() tells no more runs than it is asked for", () => {
  const runs = setOf(9, [0, 2, 4, 6]).runsBeyond(new BlockSet(9), 2);
  assertEquals(runs, [{ at: 0, count: 1 }, { at: 2, count: 1 }]);
});
