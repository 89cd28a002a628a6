import { assert, assertEquals, assertMatch } from "@std/assert";
import fc from "fast-check";
import { toBytes } from "../bytes/ascii.ts";
import {
  baseOf,
  folderOf,
  type Name,
  NAME_BYTES_MAX,
  PART_BYTES_MAX,
  toName,
} from "../names/name.ts";
import { isOwnName } from "../names/own_names.ts";
import { anyPath } from "../testing/any_record.ts";
import { recordOf } from "../testing/records.ts";
import { conflictCopy, isCopyMaker, type NameUse } from "./conflict_name.ts";
import type { FileRecord } from "./record.ts";
import { recordFromJson, recordToJson } from "./record_json.ts";
import { newVersion, tombstone } from "./versions.ts";

const FREE: NameUse = { record: undefined, onDisk: false };

function copyOf(loser: FileRecord, uses: Record<string, NameUse> = {}) {
  return conflictCopy(loser, (name) => uses[name] ?? FREE);
}

const MAKER = { replica: "meeeeeeeee", counter: 9, now: 9000, witnessed: true };

Deno.test("conflictCopy() is named by path and content, before the extension", () => {
  const { record, isKept } = copyOf(recordOf({ path: "a/bio.tar.gz" }));
  assertEquals(isKept, false);
  assertMatch(record.path, /^a\/bio\.tar \(conflict [0-9a-f]{8}\)\.gz$/);
  assertEquals(record.copyOf, toName("a/bio.tar.gz"));
});

Deno.test("conflictCopy() is the same version whoever lost the content, and another for another content", () => {
  const a = recordOf({ stamp: [1000, 3, "a"], earlier: ["X"], movedFrom: "o" });
  const b = recordOf({ stamp: [2000, 0, "b"], vector: { b: 7, c: 2 } });
  assertEquals(copyOf(a), copyOf(b));
  const { stamp, vector, root, size, mtime } = copyOf(a).record;
  assertEquals([root, size, mtime], [a.root, a.size, a.mtime]);
  assertEquals([stamp.phys, stamp.logical], [0, 0]);
  assertEquals(vector, { [stamp.by]: 1 });
  assert(isCopyMaker(stamp.by) && !isCopyMaker(a.stamp.by));
  const other = copyOf(recordOf({ root: "B" })).record;
  assert(other.path !== copyOf(a).record.path && other.stamp.by !== stamp.by);
});

Deno.test("conflictCopy() makes a record that others take", () => {
  const { record } = copyOf(recordOf());
  assertEquals(recordFromJson(recordToJson(record)), record);
});

Deno.test("conflictCopy() is not made again where it is, was changed, or was deleted", () => {
  const loser = recordOf();
  const { record } = copyOf(loser);
  const content = { ...record, root: "z".repeat(43) };
  const uses = [
    record,
    newVersion(record.path, record, content, MAKER),
    tombstone(record, MAKER),
  ];
  for (const use of uses) {
    const onDisk = use.root !== null;
    const again = copyOf(loser, { [record.path]: { record: use, onDisk } });
    assertEquals(again, { record, isKept: true });
  }
});

Deno.test("conflictCopy() takes no name that something else has", () => {
  const loser = recordOf({ path: "f.txt" });
  const { path } = copyOf(loser).record;
  const first = path.replace(").txt", ".1).txt");
  const second = path.replace(").txt", ".2).txt");
  const other = recordOf({ path, root: "B" });
  const gone = recordOf({ path, root: null });
  for (
    const use of [
      { record: undefined, onDisk: true },
      { record: other, onDisk: true },
      { record: gone, onDisk: false },
    ]
  ) {
    const copy = copyOf(loser, { [path]: use });
    assertEquals([copy.record.path, copy.isKept], [toName(first), false]);
    const next = copyOf(loser, { [path]: use, [first]: use });
    assertEquals(next.record.path, toName(second));
  }
});

Deno.test("conflictCopy() of a copy is another copy of the same file, and never the copy itself", () => {
  const copy = copyOf(recordOf({ path: "f.txt" })).record;
  const edited = newVersion(
    copy.path,
    copy,
    { ...copy, root: "z".repeat(43) },
    MAKER,
  );
  const again = copyOf(edited).record;
  assertMatch(again.path, /^f \(conflict [0-9a-f]{8}\)\.txt$/);
  assert(again.path !== copy.path);
  assertEquals(again.copyOf, toName("f.txt"));
  // Lost against something else of its name.
  const lost = copyOf(copy, { [copy.path]: { record: copy, onDisk: true } });
  assertMatch(lost.record.path, /\.1\)\.txt$/);
  assertEquals(lost.isKept, false);
});

Deno.test("conflictCopy() has a name for every path, however long", () => {
  const long = "ü".repeat(127);
  const paths = [
    long,
    `x.${"y".repeat(253)}`,
    ".hidden",
    `${Array(12).fill(long).join("/")}/f.txt`,
    Array(12).fill(long).join("/"),
  ].map(toName);
  const check = (path: Name) => {
    const copy = copyOf(recordOf({ path })).record.path;
    assert(toBytes(copy).length <= NAME_BYTES_MAX);
    assert(toBytes(baseOf(copy)).length <= PART_BYTES_MAX);
    assert(!isOwnName(copy));
    const folder = folderOf(copy);
    assert(folder === "" || `${folderOf(path)}/`.startsWith(`${folder}/`));
  };
  for (const path of paths) check(path);
  fc.assert(fc.property(anyPath(), check));
});
