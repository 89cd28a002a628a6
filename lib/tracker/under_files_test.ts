import { assertEquals } from "@std/assert";
import { idOf, PureTracker } from "../testing/pure_tracker.ts";
import { type RecordFields, recordOf } from "../testing/records.ts";
import { Contents } from "./contents.ts";
import { Register } from "./register.ts";
import { UnderFiles } from "./under_files.ts";

function pathsUnderFiles(...records: RecordFields[]): string[] {
  const register = new Register(new Contents(() => {}));
  const under = new UnderFiles(register);
  records.forEach((fields, at) =>
    register.set(recordOf(fields), at + 1, undefined)
  );
  return under.find().map(({ record }) => record.path).sort();
}

Deno.test("UnderFiles.find() finds what no tree can have, the deepest of it", () => {
  const folder = { kind: "folder" } as const;
  assertEquals(
    pathsUnderFiles(
      { path: "d" },
      { path: "d/e", ...folder },
      { path: "d/e/f" },
      { path: "d/g", ...folder },
    ),
    ["d/e/f", "d/g"],
  );
});

Deno.test("UnderFiles.find() leaves what lies in folders, what is deleted, and what lies below what is deleted", () => {
  const folder = { kind: "folder" } as const;
  assertEquals(
    pathsUnderFiles(
      { path: "d", ...folder },
      { path: "d/f" },
      { path: "x" },
      { path: "x/f", root: null },
      { path: "y", root: null },
      { path: "y/f" },
      { path: "z/f" },
    ),
    [],
  );
});

Deno.test("UnderFiles.find() sees what has changed since", () => {
  const register = new Register(new Contents(() => {}));
  const under = new UnderFiles(register);
  register.set(recordOf({ path: "d/f" }), 1, undefined);
  assertEquals(under.find().length, 0);
  register.set(recordOf({ path: "d" }), 2, undefined);
  assertEquals(under.find().length, 1);
  register.set(recordOf({ path: "d", root: null }), 3, undefined);
  assertEquals(under.find().length, 0);
});

/** Carol told a folder with a file in it and lost her index; Bob has a file in the folder's place. */
function worldLeftBehind() {
  const world = new PureTracker();
  const carol = world.join("carol");
  const of = (name: string, fields: RecordFields) => {
    const by = idOf(name);
    const record = recordOf(fields);
    return { ...record, stamp: { ...record.stamp, by }, vector: { [by]: 1 } };
  };
  carol.put(
    1,
    of("carol", { path: "d/e", kind: "folder" }),
    of("carol", { path: "d/e/f", root: "F" }),
  );
  carol.say({ m: "bye" });
  const bob = world.join("bob");
  bob.put(1, of("bob", { path: "d", root: "D" }));
  bob.have(3);
  const live = () =>
    [...world.tracker.register.entries()].map(({ record }) => record)
      .filter(({ root }) => root !== null).map(({ path }) => path).sort();
  return { world, bob, live };
}

Deno.test("LostContents: what was left behind below a file goes, the deepest first", () => {
  const { world, bob, live } = worldLeftBehind();
  const alice = world.join("alice", { formerly: [idOf("carol")] });
  alice.have(3);
  world.pass(30_000, alice, bob);
  assertEquals(live(), ["d", "d/e", "d/e/f"]);
  world.pass(15_000, alice, bob);
  assertEquals(live(), ["d", "d/e"]);
  world.pass(45_000, alice, bob);
  assertEquals(live(), ["d"]);
});

Deno.test("LostContents: what lies below a file stays while somebody may come who has it", () => {
  const { world, bob, live } = worldLeftBehind();
  const alice = world.join("alice");
  alice.have(3);
  world.pass(300_000, alice, bob);
  assertEquals(live(), ["d", "d/e", "d/e/f"]);
});
