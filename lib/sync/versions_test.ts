import { assert, assertEquals } from "@std/assert";
import { recordOf, replicaId, rootNamed } from "../testing/records.ts";
import { toName } from "../names/name.ts";
import { compareRecords } from "./order.ts";
import {
  EARLIER_MAX,
  FOLDER_CONTENT,
  isAncestor,
  knowsRoot,
  type Maker,
  newVersion,
  reassert,
  remade,
  TIME_MAX,
  tombstone,
} from "./versions.ts";

const PATH = toName("f");
const ME: Maker = {
  replica: replicaId("me"),
  counter: 7,
  now: 5000,
  witnessed: true,
};

function contentOf(root: string, mtime = 1000) {
  const { kind, size, executable, blockLog } = recordOf({ root });
  return { kind, size, mtime, executable, root: rootNamed(root), blockLog };
}

Deno.test("newVersion() is as new as the file's date, but not newer than now", () => {
  const made = newVersion(PATH, undefined, contentOf("A", 1234.5), ME);
  assertEquals(made.stamp, { phys: 1234, logical: 0, by: ME.replica });
  assertEquals(made.vector, { [ME.replica]: 7 });
  assertEquals([made.mtime, made.earlier], [1235, []]);
  const late = newVersion(PATH, undefined, contentOf("A", 9000), ME);
  assertEquals([late.stamp.phys, late.mtime], [5000, 9000]);
  const early = newVersion(PATH, undefined, contentOf("A", -5), ME);
  assertEquals([early.stamp.phys, early.mtime], [0, -5]);
  const odd = newVersion(PATH, undefined, contentOf("A", 1e18), ME);
  assertEquals(odd.mtime, TIME_MAX);
});

Deno.test("newVersion() is a tick after what it was made from where its date is older", () => {
  const base = recordOf({ stamp: [3000, 4, "a"], vector: { a: 3, b: 1 } });
  const made = newVersion(PATH, base, contentOf("B", 2000), ME);
  assertEquals(made.stamp, { phys: 3000, logical: 5, by: ME.replica });
  assertEquals(made.vector, { ...base.vector, [ME.replica]: 7 });
});

Deno.test("newVersion() gives a folder no date but that of its making, if that was seen", () => {
  const seen = newVersion(PATH, undefined, FOLDER_CONTENT, ME);
  assertEquals([seen.stamp.phys, seen.mtime, seen.root], [5000, 0, "folder"]);
  const found = { ...ME, witnessed: false };
  const loses = newVersion(PATH, undefined, FOLDER_CONTENT, found);
  assertEquals(loses.stamp.phys, 0);
});

Deno.test("newVersion() remembers earlier roots, the newest first, each once, its own only if that is there again", () => {
  let record = newVersion(PATH, undefined, contentOf("r0"), ME);
  for (let number = 1; number <= 12; number++) {
    record = newVersion(PATH, record, contentOf(`r${number}`), ME);
  }
  assertEquals(record.earlier.length, EARLIER_MAX);
  assertEquals(record.earlier[0], rootNamed("r11").slice(0, 11));
  assert(!knowsRoot(record, record.root));
  const touched = newVersion(PATH, record, contentOf("r12", 7000), ME);
  assertEquals(touched.earlier, record.earlier);
  const again = newVersion(PATH, record, contentOf("r11"), ME);
  assertEquals(
    again.earlier.slice(0, 3),
    ["r11", "r12", "r10"].map((root) => rootNamed(root).slice(0, 11)),
  );
  assertEquals(again.earlier.length, EARLIER_MAX);
  const still = newVersion(PATH, again, contentOf("r11", 7000), ME);
  assertEquals(still.earlier, again.earlier);
});

Deno.test("newVersion() goes on being a conflict copy, and says once what it was moved from", () => {
  const base = recordOf({ copyOf: "g" });
  const moved = newVersion(PATH, base, contentOf("B"), ME, toName("old"));
  assertEquals([moved.copyOf, moved.movedFrom], [toName("g"), toName("old")]);
  assertEquals(
    newVersion(PATH, moved, contentOf("C"), ME).movedFrom,
    undefined,
  );
  assertEquals(tombstone(moved, ME).movedFrom, undefined);
});

Deno.test("tombstone() is dated now if the delete was seen, and else only a tick later than what it deletes", () => {
  const base = recordOf({ executable: true, earlier: ["Z"] });
  const seen = tombstone(base, ME);
  assertEquals(seen.stamp, { phys: 5000, logical: 0, by: ME.replica });
  assertEquals(
    [seen.root, seen.size, seen.mtime, seen.executable, seen.blockLog],
    [null, 0, 0, false, 0],
  );
  assertEquals(seen.earlier, ["A----------", "Z----------"]);
  const found = tombstone(base, { ...ME, witnessed: false });
  assertEquals(found.stamp, { phys: 1000, logical: 1, by: ME.replica });
});

Deno.test("reassert() is my content, newer than both; whether it knows the other is said", () => {
  const mine = recordOf({ root: "A", earlier: ["M"], executable: true });
  const over = recordOf({
    root: "B",
    stamp: [3000, 2, "b"],
    earlier: ["A", "O"],
  });
  const knowing = reassert(mine, over, ME, true);
  assertEquals(knowing.stamp, { phys: 3000, logical: 3, by: ME.replica });
  assertEquals([knowing.root, knowing.executable], [mine.root, true]);
  // `over` knew my content to be replaced: it is there again.
  assertEquals(
    knowing.earlier,
    ["A----------", "B----------", "O----------", "M----------"],
  );
  assert(isAncestor(over, knowing) && isAncestor(mine, knowing));
  const against = reassert(mine, over, ME, false);
  assertEquals(against.stamp, knowing.stamp);
  assertEquals(against.vector, { ...mine.vector, [ME.replica]: 7 });
  assert(!isAncestor(over, against));
});

Deno.test("isAncestor() is by vector, by the same content, or by a content that was replaced", () => {
  const old = recordOf({ root: "A", vector: { a: 2 } });
  const by = { stamp: [2000, 0, "b"] } as const;
  assert(
    isAncestor(old, recordOf({ ...by, root: "B", vector: { a: 2, b: 1 } })),
  );
  assert(isAncestor(old, recordOf({ ...by, root: "A", vector: { b: 1 } })));
  assert(isAncestor(old, recordOf({ ...by, root: "B", earlier: ["C", "A"] })));
  assert(
    !isAncestor(old, recordOf({ ...by, root: "B", vector: { a: 1, b: 1 } })),
  );
  // What is deleted is not a content that somebody knows.
  const gone = recordOf({ root: null, vector: { a: 1 } });
  assert(!isAncestor(gone, recordOf({ ...by, root: "B" })));
});

Deno.test("remade() counts for the new replica alone, is newer than what it was made from, and older than what was made of it", () => {
  const base = recordOf({ root: "B", vector: { a: 1 } });
  const low: Maker = { ...ME, replica: replicaId("a"), witnessed: false };
  const mine = newVersion(PATH, base, contentOf("A"), ME);
  const other = { replica: replicaId("new"), counter: 9 };
  const again = remade(mine, ME.replica, other);
  assertEquals(again.vector, { [replicaId("a")]: 1, [other.replica]: 9 });
  assertEquals(again.stamp.by, other.replica);
  assertEquals([again.root, again.path], [mine.root, mine.path]);
  assert(compareRecords(again, base) > 0);
  assert(compareRecords(again, tombstone(mine, low)) < 0);
  assert(
    compareRecords(again, newVersion(PATH, mine, contentOf("C"), low)) < 0,
  );
});

Deno.test("isAncestor() is no content that was put back, for who only knew that it had been replaced", () => {
  const first = newVersion(PATH, undefined, contentOf("A"), ME);
  const gone = tombstone(first, { ...ME, counter: 8 });
  const other = { ...ME, replica: replicaId("other"), counter: 1 };
  const anew = newVersion(PATH, gone, contentOf("B"), other);
  const back = newVersion(PATH, gone, contentOf("A"), { ...ME, counter: 9 });
  assert(!isAncestor(back, anew));
  assert(isAncestor(first, anew));
  // An old copy of it, found by somebody without history, is still known to be replaced.
  const found = { ...first, vector: { [replicaId("lost")]: 1 } };
  assert(isAncestor(found, anew) && isAncestor(found, back));
  const over = newVersion(PATH, back, contentOf("C"), other);
  assert(isAncestor(back, over) && isAncestor(found, over));
});
