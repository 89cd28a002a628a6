import { assertEquals } from "@std/assert";
import { fileOf } from "./pure_tracker.ts";
import { SimStore } from "./sim_store.ts";
import { testTrackerStore } from "./tracker_store_suite.ts";

let epochs = 0;

testTrackerStore("SimStore", () =>
  Promise.resolve({
    outlives: false,
    open: () => new SimStore(`epoch${++epochs}`),
    clean: () => Promise.resolve(),
  }));

Deno.test("SimStore copies all it has, and what comes later goes into one of them only", async () => {
  const store = new SimStore("e");
  await store.setFolder("set");
  await store.put([{ record: fileOf("a", "alice"), over: 0 }]);
  const copy = store.copy();
  assertEquals(await copy.load(), await store.load());
  await store.put([{ record: fileOf("b", "alice"), over: 0 }]);
  const { seq, kept } = await copy.load();
  assertEquals([seq, [...kept].length], [1, 1]);
});
