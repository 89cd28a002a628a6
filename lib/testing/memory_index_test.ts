import { assertEquals, assertThrows } from "@std/assert";
import { local, testSyncIndex } from "./index_suite.ts";
import { MemoryIndexStorage } from "./memory_index.ts";

testSyncIndex("MemoryIndex", () => {
  const storage = new MemoryIndexStorage();
  return { open: (newReplica) => storage.open(newReplica), clean: () => {} };
});

Deno.test("MemoryIndexStorage loses no durable batch when the power fails, and of the others only the last", () => {
  const storage = new MemoryIndexStorage();
  const index = storage.open(() => "aaaaaaaaaa");
  index.commit({ locals: [local("a")] });
  index.commit({ meta: { counterMax: 1000 }, durable: true });
  index.commit({ locals: [local("b")] });
  index.commit({ locals: [local("c")] });
  assertEquals(storage.unsettled, 2);
  storage.cutPower(1);
  const { meta, locals } = storage.open(() => "bbbbbbbbbb").load();
  assertEquals(meta.counterMax, 1000);
  assertEquals([...locals].map(({ record }) => record.path as string), [
    "a",
    "b",
  ]);
});

Deno.test("MemoryIndexStorage goes back to a snapshot, and can be wiped", () => {
  const storage = new MemoryIndexStorage();
  storage.open(() => "aaaaaaaaaa").commit({ locals: [local("a")] });
  const snapshot = storage.snapshot();
  storage.open(() => "bbbbbbbbbb").commit({ locals: [local("b")] });
  storage.rollback(snapshot);
  assertEquals([...storage.open(() => "cccccccccc").load().locals].length, 1);
  storage.rollback(snapshot);
  storage.wipe();
  const { meta, locals } = storage.open(() => "dddddddddd").load();
  assertEquals([meta.replica, [...locals].length], ["dddddddddd", 0]);
});

Deno.test("MemoryIndexStorage refuses the index of a program that died", () => {
  const storage = new MemoryIndexStorage();
  const dead = storage.open(() => "aaaaaaaaaa");
  storage.open(() => "bbbbbbbbbb");
  assertThrows(() => dead.commit({ locals: [local("a")] }));
});

Deno.test("MemoryIndexStorage keeps nothing of a batch that failed", () => {
  const storage = new MemoryIndexStorage();
  const index = storage.open(() => "aaaaaaaaaa");
  storage.fault = new Error("disk full");
  assertThrows(() => index.commit({ locals: [local("a")] }), Error, "full");
  storage.fault = undefined;
  assertEquals([...index.load().locals], []);
});
