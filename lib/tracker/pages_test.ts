import { assert, assertEquals } from "@std/assert";
import { parseTrackerLine, trackerLine } from "../sync/tracker_line.ts";
import { LINE_BYTES_MAX } from "../sync/tracker_messages.ts";
import { fileOf, idOf, PureTracker } from "../testing/pure_tracker.ts";

Deno.test("Pages: a peer that missed much is told in lines of at most 500 records and 1 MiB, by number", () => {
  const v = Object.fromEntries(
    Array.from({ length: 300 }, (_, at) => [`${at}r`.padEnd(10, "0"), 1]),
  );
  const kept = Array.from({ length: 1700 }, (_, at) => ({
    // Names of control characters take six times their length.
    record: fileOf(
      at < 700 ? `${at}\x01`.repeat(at % 9 + 1) : `${at}`,
      "alice",
      1,
      at < 1300 && at % 2 === 0 ? { v: { ...v, [idOf("alice")]: 1 } } : {},
    ),
    seq: at + 1,
  }));
  const world = new PureTracker({}, { kept, seq: 2000 });
  const alice = world.join("alice");
  const pages = alice.take("snap");
  for (const page of pages) {
    const line = trackerLine(page);
    assert(new TextEncoder().encode(line).length <= LINE_BYTES_MAX);
    assert(page.records.length <= 500);
    assertEquals(parseTrackerLine(line), page);
  }
  assertEquals(pages.map(({ more }) => more), [
    ...pages.slice(1).map(() => true),
    false,
  ]);
  assertEquals(pages.at(-1)!.seq, 2000);
  const seqs = pages.flatMap(({ records }) => records.map(({ seq }) => seq));
  assertEquals(seqs, kept.map(({ seq }) => seq));
});

Deno.test("Pages: what is replaced while a peer reads slowly is told once, as it is then", () => {
  const world = new PureTracker();
  const alice = world.join("alice");
  const bob = world.join("bob");
  bob.heard = [];
  bob.isDeaf = true;
  for (let phys = 1; phys <= 50; phys++) {
    alice.put(phys, fileOf("a", "alice", phys));
  }
  bob.isDeaf = false;
  world.turn();
  const pages = bob.take("upd");
  assertEquals(pages.length, 1);
  assertEquals(pages[0]!.records.map(({ seq }) => seq), [50]);
});

Deno.test("Pages: all who are equally far are told the same object, who put something another one", () => {
  const world = new PureTracker();
  const [alice, bob, carol] = ["alice", "bob", "carol"].map((name) =>
    world.join(name)
  );
  alice!.mention({ m: "put", id: 1, records: [fileOf("a", "alice")] });
  bob!.mention({ m: "put", id: 1, records: [fileOf("b", "bob")] });
  world.turn();
  const paths = [alice, bob, carol].map((peer) =>
    peer!.heard.filter((message) => message.m === "upd")
      .flatMap(({ records }) =>
        records.map(({ record }) => record.path as string)
      )
  );
  assertEquals(paths, [["b"], ["a"], ["a", "b"]]);
  alice!.put(2, fileOf("c", "alice"));
  const [ofBob] = bob!.take("upd").slice(-1);
  const [ofCarol] = carol!.take("upd").slice(-1);
  assert(ofBob === ofCarol);
});

Deno.test("Pages: what was made for all is not told to who put some of it", () => {
  const world = new PureTracker();
  const carol = world.join("carol");
  const alice = world.join("alice");
  alice.heard = [];
  alice.put(1, fileOf("a", "alice"));
  assertEquals(carol.take("upd").length, 1);
  assertEquals(alice.heard.map(({ m }) => m), ["ok"]);
});

Deno.test("Register throws out numbers that mean nothing any more", () => {
  const world = new PureTracker();
  const alice = world.join("alice");
  for (let phys = 1; phys <= 3000; phys++) {
    alice.put(phys, fileOf("a", "alice", phys));
  }
  alice.put(1, fileOf("b", "alice"));
  const bob = world.join("bob", { epoch: "epoch1", seq: 17 });
  assertEquals(
    bob.take("snap").flatMap(({ records }) => records.map(({ seq }) => seq)),
    [3000, 3001],
  );
  assertEquals(world.tracker.register.size, 2);
});

Deno.test("Pages: who put more than fits a page is answered without one", () => {
  const world = new PureTracker();
  const alice = world.join("alice");
  const bob = world.join("bob");
  alice.heard = [];
  for (let id = 0; id < 20; id++) {
    const records = Array.from(
      { length: 400 },
      (_, at) => fileOf(`${id} ${at} ${"x".repeat(100)}`, "alice"),
    );
    alice.mention({ m: "put", id, records });
  }
  world.turn();
  assertEquals(alice.heard.map(({ m }) => m), Array(20).fill("ok"));
  assertEquals(alice.take("ok").at(-1)!.seq, 8000);
  assert(bob.take("upd").length > 10);
});
