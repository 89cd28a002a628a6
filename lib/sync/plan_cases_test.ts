import { assert, assertEquals } from "@std/assert";
import { globalOf, localOf, recordOf, replicaId } from "../testing/records.ts";
import { covers } from "./order.ts";
import { type Plan, plan } from "./plan.ts";
import type { FileRecord } from "./record.ts";
import { reassert } from "./versions.ts";

Deno.test("plan() tells a folder in which something lives from an empty one", () => {
  const folder = localOf(recordOf({ kind: "folder" }));
  const knowing = { stamp: [2000, 0, "b"], vector: { a: 1, b: 1 } } as const;
  const gone = globalOf(recordOf({ kind: "folder", root: null, ...knowing }));
  const file = globalOf(recordOf({ ...knowing }));
  const input = {
    disk: "folder",
    local: folder,
    hasForeign: false,
    policy: "copy",
  } as const;
  const plans = (global: typeof gone) =>
    (["nothing", "going", "live"] as const).map((below) =>
      plan({ ...input, global, below })
    );
  assertEquals<Plan[]>(plans(gone), [
    { do: "removeFolder", then: "adopt" },
    { do: "wait" },
    { do: "reassert", knowing: true },
  ]);
  assertEquals<Plan[]>(plans(file), [
    { do: "removeFolder", then: "forget" },
    { do: "wait" },
    { do: "reassert", knowing: false },
  ]);
});

Deno.test("plan() lets holders of a file know nothing of the folder that stays in its place", () => {
  const folder = recordOf({ kind: "folder", stamp: [1000, 0, "a"] });
  const file = recordOf({
    stamp: [2000, 0, "b"],
    vector: { a: 1, b: 1 },
    earlier: ["folder"],
  });
  const maker = {
    replica: replicaId("a"),
    counter: 2,
    now: 3000,
    witnessed: true,
  };
  const again = reassert(folder, file, maker, false);
  assert(!covers(again.vector, file.vector));
  assertEquals<Plan>(
    plan({
      disk: "file",
      local: localOf(file),
      global: globalOf(again),
      below: "nothing",
      hasForeign: false,
      policy: "copy",
    }),
    { do: "makeFolder", loser: "copy" },
  );
});

Deno.test("plan() lets what was merely found go with a delete, and re-asserts what was edited", () => {
  const edit = recordOf({ stamp: [1000, 0, "a"] });
  const gone = globalOf(
    recordOf({ root: null, stamp: [2000, 0, "b"], earlier: ["B"] }),
  );
  const of = (found: boolean) =>
    plan({
      disk: "file",
      local: localOf(edit, found),
      global: gone,
      below: "nothing",
      hasForeign: false,
      policy: "copy",
    });
  assertEquals<Plan>(of(true), { do: "remove" });
  assertEquals<Plan>(of(false), { do: "reassert", knowing: true });
});

Deno.test("plan() gives a file of the same content the winner's date and mode, if they differ", () => {
  const mine = recordOf({ stamp: [1000, 0, "a"] });
  const against = (fields: { mtime?: number; executable?: boolean }) =>
    plan({
      disk: "file",
      local: localOf(mine),
      global: globalOf(recordOf({ ...fields, stamp: [2000, 0, "b"] })),
      below: "nothing",
      hasForeign: false,
      policy: "copy",
    });
  assertEquals<Plan>(against({}), { do: "adopt" });
  assertEquals<Plan>(against({ mtime: 1001 }), { do: "describe" });
  assertEquals<Plan>(against({ executable: true }), { do: "describe" });
});

Deno.test("plan() revives a folder that is gone where something lives in it, and leaves a file that took its place", () => {
  const gone = { kind: "folder", root: null } as const;
  const older = recordOf({ ...gone, stamp: [1000, 0, "a"] });
  const newer = recordOf({ ...gone, stamp: [3000, 0, "a"] });
  const folder = recordOf({ kind: "folder", stamp: [2000, 0, "b"] });
  const file = recordOf({ stamp: [2000, 0, "b"] });
  const of = (mine?: FileRecord, winner?: FileRecord) =>
    plan({
      disk: "absent",
      local: localOf(mine),
      global: globalOf(winner),
      below: "live",
      hasForeign: false,
      policy: "copy",
    }).do;
  assertEquals(of(), "revive");
  assertEquals(of(older), "revive");
  assertEquals(of(older, older), "revive");
  assertEquals(of(undefined, newer), "revive");
  assertEquals(of(newer, folder), "revive");
  assertEquals(of(newer, file), "revive");
  assertEquals(of(older, folder), "makeFolder");
  assertEquals(of(older, file), "place");
});
