/**
 * What every `SyncIndex` promises, as tests that run on the real one and on the one in memory.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { toName } from "../names/name.ts";
import type {
  BlockList,
  GlobalEntry,
  LocalEntry,
  SyncIndex,
} from "../sync/index_store.ts";
import type { FileRecord, ReplicaId } from "../sync/record.ts";

/** An index that can be opened again and again, on what was left. */
export interface IndexBed {
  open(newReplica: () => ReplicaId): SyncIndex;
  clean(): void;
}

/** Registers the tests, called after `name`. */
export function testSyncIndex(name: string, newBed: () => IndexBed): void {
  const test = (what: string, run: (bed: IndexBed) => void) =>
    Deno.test(`${name} ${what}`, () => {
      const bed = newBed();
      try {
        run(bed);
      } finally {
        bed.clean();
      }
    });

  test("begins as a new replica without history", (bed) => {
    const index = bed.open(() => "aaaaaaaaaa");
    const { meta, locals, globals } = index.load();
    assertEquals(meta, {
      replica: "aaaaaaaaaa",
      counterMax: 0,
      folder: undefined,
      epoch: undefined,
      seq: 0,
    });
    assertEquals([[...locals], [...globals]], [[], []]);
    index.close();
  });

  test("keeps what was committed, also if it was not closed", (bed) => {
    const index = bed.open(() => "aaaaaaaaaa");
    const locals = [
      local("a/b c ü\n.txt"),
      { ...local("gone", TOMBSTONE), seen: undefined },
      { ...local("old"), found: true },
    ];
    const globals: GlobalEntry[] = [
      // As this peer has it, newer, and only there.
      { record: locals[0]!.record, seq: 7 },
      {
        record: local("old", {
          stamp: { phys: 9, logical: 1, by: "bbbbbbbbbb" },
          vector: { aaaaaaaaaa: 1, bbbbbbbbbb: 7 },
        }).record,
        seq: 8,
      },
      { record: local("theirs").record, seq: Number.MAX_SAFE_INTEGER },
    ];
    index.commit({
      locals,
      globals,
      meta: { counterMax: 1000, folder: "f", epoch: "e", seq: 8 },
    });
    const again = bed.open(() => "cccccccccc");
    const loaded = again.load();
    assertEquals(byPath(loaded.locals), byPath(locals));
    assertEquals(byPath(loaded.globals), byPath(globals));
    assertEquals(loaded.meta, {
      replica: "aaaaaaaaaa",
      counterMax: 1000,
      folder: "f",
      epoch: "e",
      seq: 8,
    });
    again.close();
  });

  test("keeps the later entry of a path, and forgets those that go", (bed) => {
    const index = bed.open(() => "aaaaaaaaaa");
    index.commit({ locals: [local("a"), local("b")] });
    index.commit({
      localsGone: [toName("b"), toName("never")],
      locals: [local("a", { size: 5 })],
    });
    // The new one of a path that goes in the same batch stays.
    index.commit({ localsGone: [toName("c")], locals: [local("c")] });
    index.close();
    const again = bed.open(() => "bbbbbbbbbb");
    assertEquals(byPath(again.load().locals), [
      local("a", { size: 5 }),
      local("c"),
    ]);
    again.close();
  });

  test("clears the globals of an epoch before it takes those of another", (bed) => {
    const index = bed.open(() => "aaaaaaaaaa");
    index.commit({
      globals: [{ record: local("a").record, seq: 5 }],
      meta: { epoch: "e1", seq: 5 },
    });
    index.commit({
      clearGlobals: true,
      globals: [{ record: local("b").record, seq: 1 }],
      meta: { epoch: undefined, seq: 1 },
    });
    index.close();
    const again = bed.open(() => "bbbbbbbbbb");
    const { meta, globals } = again.load();
    assertEquals([...globals], [{ record: local("b").record, seq: 1 }]);
    assertEquals([meta.epoch, meta.seq], [undefined, 1]);
    again.close();
  });

  test("knows block lists, and where a block may be found", (bed) => {
    const index = bed.open(() => "aaaaaaaaaa");
    const first = list("r1", [1, 2, 3]);
    const second = list("r2", [3, 4, 3]);
    index.commit({ lists: [first, second] });
    index.commit({ lists: [list("r1", [9])] });
    assertEquals(index.list("r1"), first);
    assertEquals(index.list("r3"), undefined);
    assertEquals(index.placesOf(hashOf(4)), [{
      root: "r2",
      at: 1,
      blockLog: 17,
    }]);
    assertEquals(places(index, 3), ["r1 2", "r2 0"]);
    assertEquals(index.placesOf(hashOf(5)), []);
    // The same first bytes are not the same block.
    const alike = hashOf(4);
    alike[31] = 0;
    assertEquals(index.placesOf(alike), []);
    index.close();
    const again = bed.open(() => "bbbbbbbbbb");
    assertEquals(again.list("r2"), second);
    assertEquals(places(again, 3), ["r1 2", "r2 0"]);
    again.close();
  });

  test("tells at most four places of a block", (bed) => {
    const index = bed.open(() => "aaaaaaaaaa");
    index.commit({
      lists: Array.from({ length: 9 }, (_, i) => list(`r${i}`, [1, 1])),
    });
    assertEquals(index.placesOf(hashOf(1)).length, 4);
    index.close();
  });

  test("holds a list that has no blocks, and one whose buffer is used again", (bed) => {
    const index = bed.open(() => "aaaaaaaaaa");
    const view = new Uint8Array(40).subarray(8);
    view.set(hashOf(1));
    index.commit({
      lists: [list("empty", []), { ...list("view", [1]), hashes: view }],
    });
    view.fill(0);
    assertEquals(index.list("empty")?.hashes.length, 0);
    assertEquals(index.list("view"), list("view", [1]));
    assertEquals(index.placesOf(hashOf(1)).length, 1);
    index.close();
  });

  test("forgets the block lists of contents that nobody holds", (bed) => {
    const index = bed.open(() => "aaaaaaaaaa");
    index.commit({ lists: [list("r1", [1, 2]), list("r2", [2])] });
    index.prune((root) => root === "r2");
    assertEquals(index.list("r1"), undefined);
    assertEquals(index.placesOf(hashOf(1)), []);
    assertEquals(places(index, 2), ["r2 0"]);
    index.prune(() => true);
    assertEquals(places(index, 2), ["r2 0"]);
    // Nothing of what is forgotten, or was told twice, stands in the way of what comes.
    index.commit({ lists: [list("r3", [3])] });
    index.commit({ lists: [list("r2", [9])] });
    index.prune(() => false);
    index.commit({
      lists: [list("r4", [5, 7, 2]), list("r5", [6, 3]), list("r6", [6, 9])],
    });
    assertEquals(
      [places(index, 2), places(index, 3), places(index, 9)],
      [["r4 2"], ["r5 1"], ["r6 1"]],
    );
    index.close();
  });

  test("remembers a negative key as well: the first bit of a hash is a sign to some", (bed) => {
    const index = bed.open(() => "aaaaaaaaaa");
    index.commit({ lists: [list("r", [255, 128, 127])] });
    for (const byte of [255, 128, 127]) {
      assertEquals(index.placesOf(hashOf(byte)).length, 1);
    }
    index.close();
  });

  test("makes what is durable durable, and goes on", (bed) => {
    const index = bed.open(() => "aaaaaaaaaa");
    index.commit({ meta: { counterMax: 1000 }, durable: true });
    index.commit({ locals: [local("a")] });
    index.close();
    const again = bed.open(() => "bbbbbbbbbb");
    const { meta, locals } = again.load();
    assertEquals(meta.counterMax, 1000);
    assertEquals([...locals].length, 1);
    again.close();
  });

  test("takes nothing after it was closed", (bed) => {
    const index = bed.open(() => "aaaaaaaaaa");
    index.close();
    assertThrows(() => index.commit({ locals: [local("a")] }));
    const again = bed.open(() => "bbbbbbbbbb");
    assertEquals([...again.load().locals], []);
    again.close();
  });

  test("takes a new replica in the place of its own", (bed) => {
    const index = bed.open(() => "aaaaaaaaaa");
    index.commit({
      meta: { replica: "bbbbbbbbbb", counterMax: 0 },
      durable: true,
    });
    index.close();
    const again = bed.open(() => "cccccccccc");
    assertEquals(again.load().meta.replica, "bbbbbbbbbb");
    again.close();
  });
}

/** What a record is when its path was deleted. */
const TOMBSTONE = { root: null, size: 0, mtime: 0, blockLog: 0 };

/** A file, with what the disk shows of it. */
export function local(
  path: string,
  changes: Partial<FileRecord> = {},
): LocalEntry {
  const record: FileRecord = {
    path: toName(path),
    kind: "file",
    size: 3,
    mtime: 1_700_000_000_123,
    executable: false,
    root: "A".repeat(43),
    blockLog: 17,
    stamp: { phys: 1_700_000_000_123, logical: 0, by: "aaaaaaaaaa" },
    vector: { aaaaaaaaaa: 1 },
    earlier: [],
    ...changes,
  };
  return {
    record,
    seen: {
      kind: "file",
      size: record.size,
      mtime: record.mtime,
      executable: false,
      inode: 12_345_678_901,
      version: `v${path}`,
      isRacy: false,
    },
    found: false,
  };
}

/** A block list whose blocks have these hashes, one number each. */
function list(root: string, blocks: readonly number[]): BlockList {
  const hashes = new Uint8Array(blocks.length * 32);
  blocks.forEach((block, at) => hashes.set(hashOf(block), at * 32));
  return { root, size: blocks.length * 131_072, blockLog: 17, hashes };
}

function hashOf(block: number): Uint8Array {
  return new Uint8Array(32).fill(block);
}

/** Where a block is, in an order of its own. */
function places(index: SyncIndex, block: number): string[] {
  return index.placesOf(hashOf(block)).map(({ root, at }) => `${root} ${at}`)
    .sort();
}

function byPath<E extends { readonly record: FileRecord }>(
  entries: Iterable<E>,
): E[] {
  return [...entries].sort((a, b) => a.record.path < b.record.path ? -1 : 1);
}
