import { assert, assertEquals, assertLess, assertThrows } from "@std/assert";
import { MisuseError } from "../errors.ts";
import { BufferPool, LINES_BYTES, Outbox } from "./outbox.ts";

Deno.test("BufferPool hands out smaller buffers the more are in use, so that a thousand cost under 100 MB", () => {
  const pool = new BufferPool();
  const buffers = Array.from({ length: 1000 }, () => pool.take());
  const sizes = buffers.map(({ length }) => length);
  assertEquals(sizes[0], 256 * 1024 + LINES_BYTES);
  assertEquals(sizes, sizes.toSorted((a, b) => b - a));
  assertLess(sizes.reduce((sum, size) => sum + size), 100e6);
  // Everybody can still send something.
  assert(sizes.at(-1)! > 8 * LINES_BYTES);
  for (const buffer of buffers) pool.giveBack(buffer);
  assertEquals(pool.take().length, sizes[0]);
});

Deno.test("BufferPool hands out what was given back, and keeps some megabytes of each size at the most", () => {
  const pool = new BufferPool();
  const first = pool.take();
  pool.giveBack(first);
  assert(pool.take() === first);
  const many = new Set(Array.from({ length: 6000 }, () => pool.take()));
  for (const buffer of many) pool.giveBack(buffer);
  const kept = new Map<number, number>();
  for (let i = 0; i < 6000; i++) {
    const buffer = pool.take();
    const size = buffer.length;
    if (many.has(buffer)) kept.set(size, (kept.get(size) ?? 0) + size);
  }
  assertEquals(kept.size, 3);
  for (const bytes of kept.values()) assertLess(bytes, 34e6);
});

Deno.test("BufferPool makes room for a chunk size larger than its own", () => {
  assertEquals(new BufferPool(1e6).take().length, 1e6 + LINES_BYTES);
});

Deno.test("Outbox joins what is put, and takes back what was put since a mark", () => {
  const outbox = new Outbox(new BufferPool());
  outbox.put(new Uint8Array([1, 2]));
  const mark = outbox.length;
  outbox.stage(2).fill(9);
  assertEquals([...outbox.waiting()], [1, 2, 9, 9]);
  outbox.cutTo(mark);
  outbox.put(new Uint8Array([3]));
  assertEquals([...outbox.waiting()], [1, 2, 3]);
  outbox.clear();
  assertEquals(outbox.length, 0);
});

Deno.test("Outbox holds a buffer only while something waits", () => {
  const pool = new BufferPool();
  const outbox = new Outbox(pool);
  outbox.put(new Uint8Array(1));
  const buffer = outbox.waiting().buffer;
  outbox.clear();
  assert(pool.take().buffer === buffer);
});

Deno.test("Outbox refuses to stage more than it has room for", () => {
  const outbox = new Outbox(new BufferPool());
  assertThrows(() => outbox.stage(outbox.room + 1), MisuseError);
  outbox.stage(outbox.room);
  assertThrows(() => outbox.put(new Uint8Array(1)), MisuseError);
});
