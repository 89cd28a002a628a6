import { assertEquals } from "@std/assert";
import { fileOf } from "../../testing/pure_tracker.ts";
import { testTrackerStore } from "../../testing/tracker_store_suite.ts";
import { MemoryStore } from "./memory_store.ts";

let epochs = 0;

testTrackerStore("MemoryStore", () =>
  Promise.resolve({
    outlives: false,
    open: () => new MemoryStore(`epoch${++epochs}`),
    clean: () => Promise.resolve(),
  }));

Deno.test("MemoryStore tells the others who share it what one of them puts", async () => {
  const one = new MemoryStore("e");
  const two = new MemoryStore(one);
  const seen: string[] = [];
  one.watch(({ seq }) => void seen.push(`one ${seq}`));
  two.watch(({ seq }) => void seen.push(`two ${seq}`));
  await one.put([{ record: fileOf("a", "alice"), over: 0 }]);
  await two.put([{ record: fileOf("b", "alice"), over: 0 }]);
  assertEquals(seen, ["two 1", "one 2"]);
  assertEquals((await one.load()).seq, 2);
});
