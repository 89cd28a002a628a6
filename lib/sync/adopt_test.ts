import { assert } from "@std/assert";
import { recordOf } from "../testing/records.ts";
import { isAdopted } from "./adopt.ts";
import { FOLDER_CONTENT } from "./versions.ts";

const OLD = recordOf({ root: "A", stamp: [1000, 0, "a"], vector: { a: 1 } });
const NEW = recordOf({ root: "B", stamp: [2000, 0, "b"], vector: { b: 1 } });
const [A, B] = [OLD, NEW].map((record) => ({ ...record, root: record.root! }));

Deno.test("isAdopted() takes the winner's content for the winner, known before or not", () => {
  assert(isAdopted(B, undefined, NEW));
  assert(isAdopted(B, OLD, NEW));
  assert(isAdopted({ ...B!, mtime: 5 }, OLD, NEW));
  const folder = recordOf({ kind: "folder", stamp: [2000, 0, "b"] });
  assert(isAdopted(FOLDER_CONTENT, undefined, folder));
  assert(isAdopted(FOLDER_CONTENT, recordOf({ root: null }), folder));
});

Deno.test("isAdopted() takes nothing else for the winner", () => {
  assert(!isAdopted(A, undefined, undefined));
  assert(!isAdopted(A, undefined, NEW));
  assert(!isAdopted(FOLDER_CONTENT, undefined, NEW));
  // Mine is newer: that is an edit back to an old content.
  const newest = recordOf({ root: "C", stamp: [3000, 0, "a"] });
  assert(!isAdopted(B, newest, NEW));
  // My content is still there: its date or mode were changed.
  assert(!isAdopted(B, { ...OLD, root: NEW.root }, NEW));
});

Deno.test("isAdopted() takes a delete for that of others only if they knew what was deleted", () => {
  const gone = { root: null, stamp: [2000, 0, "b"] } as const;
  assert(
    isAdopted(undefined, OLD, recordOf({ ...gone, vector: { a: 1, b: 1 } })),
  );
  assert(!isAdopted(undefined, OLD, recordOf({ ...gone, vector: { b: 1 } })));
  assert(!isAdopted(undefined, OLD, NEW));
  assert(!isAdopted(undefined, OLD, undefined));
});
