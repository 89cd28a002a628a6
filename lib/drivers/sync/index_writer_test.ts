import { assertEquals } from "@std/assert";
import { toName } from "../../names/name.ts";
import type { LocalEntry } from "../../sync/index_store.ts";
import { FakeClock, turn } from "../../testing/fake_clock.ts";
import { MemoryIndexStorage } from "../../testing/memory_index.ts";
import { recordOf } from "../../testing/records.ts";
import { IndexWriter } from "./index_writer.ts";

const PATH = toName("f");

function entryOf(root: string): LocalEntry {
  return { record: recordOf({ root }), seen: undefined, found: false };
}

/** A writer, whose syncs of folders end when they are told to. */
function newWriter() {
  const clock = new FakeClock();
  const storage = new MemoryIndexStorage();
  const syncs: (() => void)[] = [];
  const syncFolders = () =>
    new Promise<void>((resolve) => void syncs.push(resolve));
  const writer = new IndexWriter(
    // deno-lint-ignore no-explicit-any -- of the world and of the folder no more is used
    { clock } as any,
    // deno-lint-ignore no-explicit-any
    { syncFolders } as any,
    storage.open(() => "0123456789"),
    new AbortController().signal,
    () => {},
  );
  const kept = () => storage.state.locals.get(PATH)?.record.root;
  return { clock, writer, syncs, kept };
}

Deno.test("IndexWriter writes what was done on the disk behind the sync of its folder", async () => {
  const { clock, writer, syncs, kept } = newWriter();
  const entry = entryOf("A");
  writer.localDone(PATH, entry);
  await clock.advance(100);
  assertEquals([syncs.length, kept()], [1, undefined]);
  syncs[0]!();
  await turn();
  assertEquals(kept(), entry.record.root);
});

Deno.test("IndexWriter does not write what was done over what came after it", async () => {
  const { clock, writer, syncs, kept } = newWriter();
  writer.localDone(PATH, entryOf("A"));
  await clock.advance(100);
  const later = entryOf("B");
  writer.local(PATH, later);
  writer.flush();
  assertEquals(kept(), later.record.root);
  syncs[0]!();
  await clock.advance(100);
  assertEquals(kept(), later.record.root);
});

Deno.test("IndexWriter.finish writes what was done and is not synced, whether that is under way or not", async () => {
  for (const isUnderWay of [false, true]) {
    const { clock, writer, syncs, kept } = newWriter();
    const entry = entryOf("A");
    writer.localDone(PATH, entry);
    if (isUnderWay) await clock.advance(100);
    const finishing = writer.finish();
    await turn();
    assertEquals(kept(), undefined);
    for (const sync of syncs) sync();
    await finishing;
    assertEquals(kept(), entry.record.root);
  }
});
