import { assertEquals } from "@std/assert";
import type { Name } from "../../../names/name.ts";
import type { FileRecord } from "../../../sync/record.ts";
import { localOf, recordOf } from "../../../testing/records.ts";
import { account } from "./accounting.ts";

const OLD = { stamp: [1000, 0, "a"], root: "A" } as const;
const NEW = { stamp: [2000, 0, "b"], root: "B" } as const;

/** What is told of a path with these versions. */
function told(
  mine: FileRecord | undefined,
  winner: FileRecord | undefined,
  { isIgnored = false, isTorn = false, trouble = "" } = {},
): string {
  let said = "";
  const parts = {
    holding: {
      settle: () => said = "held",
      lack: (_: FileRecord, seq: number) => said = `lacking ${seq}`,
    },
    register: { get: () => winner && { record: winner, seq: 7 } },
    tree: { get: () => localOf(mine), set: () => {} },
    ignoring: { ignores: () => isIgnored },
    retries: { troubles: new Map(trouble === "" ? [] : [["f", trouble]]) },
    observer: { isTorn: () => isTorn },
  };
  account(parts as unknown as Parameters<typeof account>[0], "f" as Name);
  return said;
}

Deno.test("account() tells contents that are not here, and those a crash has damaged", () => {
  assertEquals(told(undefined, undefined), "held");
  assertEquals(told(undefined, recordOf(NEW)), "lacking 7");
  assertEquals(told(recordOf(OLD), recordOf(NEW)), "lacking 7");
  // Mine will win, but what the others have is not here.
  assertEquals(told(recordOf(NEW), recordOf(OLD)), "lacking 7");
  assertEquals(told(recordOf(NEW), recordOf(NEW)), "held");
  assertEquals(told(recordOf(OLD), recordOf({ ...NEW, root: "A" })), "held");
  const isTorn = true;
  assertEquals(told(recordOf(NEW), recordOf(NEW), { isTorn }), "lacking 7");
});

Deno.test("account() tells deletes and folders that are not done, but for those that cannot be", () => {
  const gone = recordOf({ ...NEW, root: null });
  const folder = recordOf({ stamp: [2000, 0, "b"], kind: "folder" });
  assertEquals(told(recordOf(OLD), gone), "lacking 7");
  assertEquals(told(undefined, gone), "held");
  assertEquals(told(gone, gone), "held");
  assertEquals(told(undefined, folder), "lacking 7");
  assertEquals(told(folder, folder), "held");
  assertEquals(told(undefined, folder, { trouble: "no" }), "held");
  assertEquals(told(undefined, recordOf(NEW), { trouble: "no" }), "lacking 7");
});

Deno.test("account() does not count what is ignored", () => {
  const isIgnored = true;
  assertEquals(told(undefined, recordOf(NEW), { isIgnored }), "held");
});
