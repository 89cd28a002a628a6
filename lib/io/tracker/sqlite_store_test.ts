import {
  assert,
  assertEquals,
  assertNotEquals,
  assertThrows,
} from "@std/assert";
import type { FileRecord } from "../../sync/record.ts";
import { fileOf } from "../../testing/pure_tracker.ts";
import {
  testTrackerStore,
  type TrackerStoreBed,
} from "../../testing/tracker_store_suite.ts";
import { openTrackerStore } from "./sqlite_store.ts";
import type { TrackerStore } from "./store.ts";

async function newBed(): Promise<TrackerStoreBed & { folder: string }> {
  const folder = await Deno.makeTempDir({ prefix: "landline-tracker-" });
  const opened = new Set<TrackerStore>();
  return {
    folder,
    outlives: true,
    open: () => {
      const store = openTrackerStore(folder, () => {});
      // The suite closes what it opened, some twice.
      const { close } = store;
      store.close = () =>
        opened.delete(store) ? close.call(store) : Promise.resolve();
      opened.add(store);
      return store;
    },
    clean: () => Deno.remove(folder, { recursive: true }),
  };
}

testTrackerStore("openTrackerStore()", newBed);

async function withFolder(
  test: (folder: string) => Promise<void>,
): Promise<void> {
  const { folder, clean } = await newBed();
  try {
    await test(folder);
  } finally {
    await clean();
  }
}

async function epochOf(folder: string): Promise<string> {
  const store = openTrackerStore(folder, () => {});
  const { epoch } = await store.load();
  await store.close();
  return epoch;
}

Deno.test("openTrackerStore() has its database alone", async () => {
  await withFolder(async (folder) => {
    const store = openTrackerStore(folder, () => {});
    const error = assertThrows(() => openTrackerStore(folder, () => {}), Error);
    assertEquals(error.message, "another tracker has it");
    await store.close();
  });
});

Deno.test("openTrackerStore() refuses what is no database of ours", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/tracker.sqlite`, "x".repeat(5000));
    assertThrows(() => openTrackerStore(folder, () => {}), Error, "database");
  });
});

Deno.test("openTrackerStore() begins a new epoch where the mark is missing, and keeps what it has", async () => {
  await withFolder(async (folder) => {
    const before = await epochOf(folder);
    assertEquals(await epochOf(folder), before);
    await Deno.remove(`${folder}/tracker.whole`);
    assertNotEquals(await epochOf(folder), before);
  });
});

/** A record of some kilobytes. */
function largeOf(path: string, phys: number, count: number): FileRecord {
  const vector = Object.fromEntries(
    Array.from({ length: count }, (_, at) => [`${at}r`.padEnd(10, "0"), 1]),
  );
  return fileOf(path, "alice", phys, { v: { ...vector, alice00000: 1 } });
}

Deno.test("openTrackerStore() goes on in memory on a full disk, says so once, and keeps everything when there is room", async () => {
  await withFolder(async (folder) => {
    const notes: string[] = [];
    let now = 0;
    const store = openTrackerStore(folder, (text) => void notes.push(text), {
      pagesMax: 12,
      now: () => now,
    });
    const epoch = (await store.load()).epoch;
    const large = largeOf("a", 1, 1000);
    const larger = Array.from(
      { length: 4 },
      (_, at) => largeOf(`b${at}`, 1, 1000),
    );
    const [seq] = await store.put([{ record: fileOf("x", "alice"), over: 0 }]);
    assertEquals(notes, []);
    const offers = [large, ...larger].map((record) => ({ record, over: 0 }));
    const numbers = await store.put(offers);
    assertEquals(numbers, [2, 3, 4, 5, 6]);
    assertEquals(notes.length, 1);
    assert(
      /^Cannot keep the state \(.*full.*\); it is in memory/.test(notes[0]!),
    );
    assertEquals(await isThere(`${folder}/tracker.whole`), false);
    // What is only in memory is there all the same.
    const [there] = await store.put([{ record: large, over: 0 }]);
    assertEquals(there, { record: large, seq: 2 });
    now = 500;
    const small = [large, ...larger].map(({ path }, at) => ({
      record: fileOf(path, "alice", 5000),
      over: Number(numbers[at]),
    }));
    await store.put(small);
    assertEquals(notes.length, 1);
    now = 1501;
    const last = fileOf("x", "alice", 7000);
    assertEquals(await store.put([{ record: last, over: Number(seq) }]), [12]);
    assertEquals(notes.slice(1), ["The state is kept again"]);
    assertEquals(await isThere(`${folder}/tracker.whole`), true);
    await store.close();
    const again = openTrackerStore(folder, () => {});
    const state = await again.load();
    assertEquals([state.epoch, state.seq], [epoch, 12]);
    assertEquals([...state.kept].map(({ record }) => record), [
      ...small.map(({ record }) => record),
      last,
    ]);
    await again.close();
  });
});

Deno.test("openTrackerStore() begins a new epoch after a disk that was full to the end: its numbers are given again", async () => {
  await withFolder(async (folder) => {
    const store = openTrackerStore(folder, () => {}, { pagesMax: 12 });
    const { epoch } = await store.load();
    await store.put(
      Array.from({ length: 5 }, (_, at) => ({
        record: largeOf(`b${at}`, 1, 1000),
        over: 0,
      })),
    );
    await store.close();
    assertNotEquals(await epochOf(folder), epoch);
  });
});

async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch {
    return false;
  }
}
