import { assert, assertEquals } from "@std/assert";
import { type Name, toName } from "../names/name.ts";
import {
  globalOf,
  localOf,
  named,
  type RecordFields,
  recordOf,
} from "../testing/records.ts";
import type { Entry } from "./below.ts";
import { folderMove, type MoveView } from "./moves.ts";

const NEWER = { stamp: [2000, 0, "b"], vector: { a: 1, b: 1 } } as const;

/** The folder `old` with a file and a folder with another file in it; the winners have it all in `new`. */
class Tree implements MoveView {
  readonly entries = new Map<Name, Entry>();

  constructor() {
    this.here("old", { kind: "folder" });
    this.here("old/f", { root: "F", executable: true });
    this.here("old/d", { kind: "folder" });
    this.here("old/d/g", { root: "G" });
    for (const path of ["old", "old/f", "old/d", "old/d/g"]) this.goes(path);
    this.comes("new", { kind: "folder", movedFrom: "old" });
    this.comes("new/f", { root: "F", executable: true });
    this.comes("new/d", { kind: "folder" });
    this.comes("new/d/g", { root: "G" });
  }

  here(path: string, fields: RecordFields): void {
    this.#set(path, { local: localOf(recordOf({ ...fields, path })) });
  }

  goes(path: string): void {
    const kind = this.entries.get(toName(path))!.local!.record.kind;
    const gone = recordOf({ path, kind, root: null, ...NEWER });
    this.#set(path, { global: globalOf(gone) });
  }

  comes(path: string, fields: RecordFields): void {
    const record = recordOf({ ...fields, path, stamp: [2000, 0, "b"] });
    this.#set(path, { global: globalOf(record) });
  }

  at(path: Name): Entry | undefined {
    return this.entries.get(path);
  }

  *below(folder: Name): Iterable<readonly [Name, Entry]> {
    for (const [path, entry] of this.entries) {
      if (path.startsWith(folder + "/")) yield [path, entry];
    }
  }

  #set(path: string, change: Partial<Entry>): void {
    const name = toName(path);
    const entry = this.entries.get(name) ??
      { local: undefined, global: undefined };
    this.entries.set(name, { ...entry, ...change });
  }
}

Deno.test("folderMove() moves a folder with all that is in it", () => {
  const [old, fresh] = named("old", "new");
  assertEquals(folderMove(fresh!, new Tree()), {
    from: old!,
    to: fresh!,
    paths: [
      ["old", "new"],
      ["old/f", "new/f"],
      ["old/d", "new/d"],
      ["old/d/g", "new/d/g"],
    ].map(([from, to]) => [toName(from!), toName(to!)] as const),
  });
});

Deno.test("folderMove() names folders before what is in them", () => {
  const tree = new Tree();
  const entries = [...tree.entries].reverse();
  tree.entries.clear();
  for (const [path, entry] of entries) tree.entries.set(path, entry);
  const paths = folderMove(toName("new"), tree)!.paths.map(([from]) => from);
  assertEquals(paths[0], toName("old"));
  assert(paths.indexOf(toName("old/d")) < paths.indexOf(toName("old/d/g")));
});

Deno.test("folderMove() leaves to later what came to the new folder besides, and what went before", () => {
  const tree = new Tree();
  tree.comes("new/more", { root: "M" });
  tree.here("old/gone", { root: null });
  assertEquals(folderMove(toName("new"), tree)?.paths.length, 4);
});

/** What keeps a folder from being moved in one step. */
const HINDRANCES: { readonly [what: string]: (tree: Tree) => void } = {
  "a file in it stays": (tree) => tree.here("old/f2", { root: "X" }),
  "a file in it is another at the new place": (tree) =>
    tree.comes("new/f", { root: "X", executable: true }),
  "a file in it has another date": (tree) =>
    tree.comes("new/d/g", { root: "G", mtime: 5 }),
  "a file in it has another mode": (tree) => tree.comes("new/f", { root: "F" }),
  "a file in it is not at the new place": (tree) =>
    tree.entries.delete(toName("new/d/g")),
  "a file in it was edited here": (tree) =>
    tree.here("old/f", { root: "F", stamp: [3000, 0, "a"] }),
  "a file in it was edited here without the others' knowing": (tree) =>
    tree.here("old/f", {
      root: "F",
      executable: true,
      stamp: [1500, 0, "c"],
    }),
  "something is to come into the old folder": (tree) =>
    tree.comes("old/fresh", { root: "X" }),
  "something is at the new place": (tree) =>
    tree.here("new/other", { root: "X" }),
  "the new folder is there": (tree) =>
    tree.here("new", { kind: "folder", stamp: [3000, 0, "a"] }),
  "the old folder stays": (tree) => tree.comes("old", { kind: "folder" }),
  "nobody says where it came from": (tree) =>
    tree.comes("new", { kind: "folder" }),
  "it is to move into itself": (tree) =>
    tree.comes("old/new", { kind: "folder", movedFrom: "old" }),
  "it came from inside itself": (tree) =>
    tree.comes("new", { kind: "folder", movedFrom: "new/d" }),
  "it is to be a file": (tree) => tree.comes("new", { movedFrom: "old" }),
};

for (const [what, hinder] of Object.entries(HINDRANCES)) {
  Deno.test(`folderMove() moves nothing where ${what}`, () => {
    const tree = new Tree();
    hinder(tree);
    assertEquals(folderMove(toName("new"), tree), undefined);
  });
}
