import { assertEquals } from "@std/assert";
import { MemoryTracker } from "../../testing/memory_tracker.ts";
import { record } from "../../testing/tracker_peer.ts";

Deno.test("TrackerHub tells everybody else what one peer puts", async () => {
  await using tracker = await MemoryTracker.start();
  const alice = tracker.connect();
  const bob = tracker.connect({ peerOfB: "10.0.0.2:40000" });
  assertEquals(await alice.join("alice"), []);
  assertEquals(await bob.join("bob"), []);
  const file = record("a/b.txt", "alice");
  await alice.say({ m: "put", id: 1, records: [file] });
  assertEquals(await alice.until("ok"), { m: "ok", id: 1, seqs: [1], seq: 1 });
  assertEquals(await bob.until("upd"), {
    m: "upd",
    records: [{ seq: 1, sources: ["alice00000"], record: file }],
    seq: 1,
  });
});
