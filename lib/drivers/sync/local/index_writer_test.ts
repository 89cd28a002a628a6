import { assertEquals, assertStringIncludes } from "@std/assert";
import { FakeClock } from "../../../testing/fake_clock.ts";
import { MemoryIndexStorage } from "../../../testing/memory_index.ts";
import { localOf, recordOf } from "../../../testing/records.ts";
import { SimChance } from "../../../testing/sim_chance.ts";
import { SimDisk } from "../../../testing/sim_disk.ts";
import { SimFolder } from "../../../testing/sim_folder.ts";
import type { Name } from "../../../names/name.ts";
import { IndexWriter } from "./index_writer.ts";

function newWriter() {
  const clock = new FakeClock();
  const over = new AbortController();
  const chance = new SimChance(1);
  const calls: string[] = [];
  const folder = new SimFolder({
    disk: new SimDisk({ now: () => clock.wallTime() }),
    later: (ms) => clock.sleep(ms),
    random: () => chance.number(),
    before: ({ call, path }) => void calls.push(`${call} ${path}`),
    syncMs: 10,
  });
  const storage = new MemoryIndexStorage();
  const notes: string[] = [];
  const writer = new IndexWriter(
    {
      clock,
      chance,
      network: { connect: () => Promise.reject(new Error("no network")) },
    },
    folder,
    storage.open(() => chance.letters(10)),
    over.signal,
    (text) => void notes.push(text),
  );
  const local = (path: string, root = "A") =>
    localOf(recordOf({ path, root }))!;
  const kept = (path: string) => storage.state.locals.get(path as Name);
  return { clock, over, calls, storage, notes, writer, local, kept };
}

Deno.test("IndexWriter joins what changed within 50 ms", async () => {
  const { clock, storage, writer, local, kept } = newWriter();
  const before = storage.unsettled;
  writer.local("f" as Name, local("f"));
  writer.local("g" as Name, local("g"));
  writer.meta({ seq: 3 });
  writer.local("g" as Name, undefined);
  await clock.advance(49);
  assertEquals(kept("f"), undefined);
  await clock.advance(1);
  assertEquals(kept("f"), local("f"));
  assertEquals(kept("g"), undefined);
  assertEquals(storage.state.meta?.seq, 3);
  assertEquals(storage.unsettled, before + 1);
  await clock.advance(1000);
  assertEquals(clock.timers, 0);
});

Deno.test("IndexWriter writes down what was done to the disk when it is there for good", async () => {
  const { clock, calls, writer, local, kept } = newWriter();
  writer.localDone("f" as Name, local("f"));
  writer.local("g" as Name, local("g"));
  writer.flush();
  assertEquals([kept("f"), kept("g")], [undefined, local("g")]);
  await clock.advance(55);
  assertEquals(kept("f"), undefined);
  await clock.advance(10);
  assertEquals(kept("f"), local("f"));
  assertEquals(calls.filter((call) => call.startsWith("sync")).length, 1);
});

Deno.test("IndexWriter does not take back by an old sync what changed since", async () => {
  const { clock, writer, local, kept } = newWriter();
  writer.localDone("f" as Name, local("f", "A"));
  await clock.advance(55);
  // Its folder is being synced now.
  writer.local("f" as Name, local("f", "B"));
  writer.flush();
  await clock.advance(200);
  assertEquals(kept("f"), local("f", "B"));
});

Deno.test("IndexWriter waits for the disk with what was done there, also if it was looked at again since", async () => {
  for (const ms of [0, 55]) {
    const { clock, writer, local, kept } = newWriter();
    writer.localDone("f" as Name, local("f"));
    await clock.advance(ms);
    const again = { ...local("f"), found: true };
    writer.local("f" as Name, again);
    writer.flush();
    assertEquals(kept("f"), undefined);
    await clock.advance(200);
    assertEquals(kept("f"), again);
  }
});

Deno.test("IndexWriter tries again when the disk is full, and says so once", async () => {
  const { clock, storage, notes, writer, local, kept } = newWriter();
  storage.fault = new Error("disk full");
  writer.local("f" as Name, local("f"));
  await clock.advance(5000);
  assertEquals(notes.length, 1);
  assertStringIncludes(notes[0]!, "disk full");
  storage.fault = undefined;
  await clock.advance(1000);
  assertEquals(kept("f"), local("f"));
  assertEquals(clock.timers, 0);
});

Deno.test("IndexWriter writes nothing when it is over", async () => {
  const { clock, over, writer, local, kept } = newWriter();
  writer.local("f" as Name, local("f"));
  over.abort();
  await clock.advance(1000);
  assertEquals(kept("f"), undefined);
});
