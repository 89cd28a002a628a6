import { assertEquals } from "@std/assert";
import { fileOf } from "../../testing/pure_tracker.ts";
import { testTrackerStore } from "../../testing/tracker_store_suite.ts";
import type { Kept } from "../../tracker/puts.ts";
import { MemoryStore } from "./memory_store.ts";

let epochs = 0;

testTrackerStore("MemoryStore", () =>
  Promise.resolve({
    outlives: false,
    open: () => new MemoryStore(`epoch${++epochs}`),
    clean: () => Promise.resolve(),
  }));

Deno.test("MemoryStore tells all who share it what one of them puts", async () => {
  const store = new MemoryStore("e");
  const seen: Kept[] = [];
  store.watch((kept) => void seen.push(kept));
  const record = fileOf("a", "alice");
  await store.put([{ record, over: 0 }]);
  assertEquals(seen, [{ record, seq: 1 }]);
});
