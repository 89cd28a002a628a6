import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { toBytes } from "../bytes/ascii.ts";
import { toName } from "../names/name.ts";
import { SimCalls } from "./sim_calls.ts";
import { isSameTree, type Visible, type VisibleTree } from "./sim_checks.ts";
import { SimDisk } from "./sim_disk.ts";
import { SimPerson } from "./sim_people.ts";
import { treeOf } from "./sim_tree.ts";

/** What can be done to a disk, one after the other; each of it can be seen. */
const CHANGES: {
  readonly [what: string]: (
    around: { disk: SimDisk; person: SimPerson; calls: SimCalls },
  ) => void;
} = {
  "a file is made": ({ person }) => person.write("a", toBytes("one")),
  "a file is written": ({ person }) => person.write("a", toBytes("two")),
  "a mode changes": ({ person }) => person.describe("a", { mode: 0o755 }),
  "a file is moved": ({ person }) => person.rename("a", "b"),
  "a folder is made": ({ person }) => person.makeFolders("d"),
  "a folder is removed": ({ person }) => person.removeAll("d"),
  "a program copies": ({ calls }) => calls.copy(toName("b"), toName("c")),
  "a program writes": ({ calls }) =>
    void calls.openToWrite(toName("b")).write(1, toBytes("x")),
  "a program cuts": ({ calls }) => calls.openToWrite(toName("b")).cutTo(2),
  "a program gives a date and a mode": ({ calls }) =>
    calls.openToWrite(toName("b")).describe(0o644, 5),
  "a file is removed": ({ person }) => person.remove("b"),
  "the power goes": ({ disk }) => disk.crash(() => 0),
};

Deno.test("treeOf() shows every change of a disk at once, and what it showed before stays as it was", () => {
  const disk = new SimDisk({ now: () => 1000 });
  const person = new SimPerson(disk);
  const calls = new SimCalls({
    disk,
    later: () => Promise.resolve(),
    random: () => 0,
  });
  for (const [what, change] of Object.entries(CHANGES)) {
    const before = treeOf(disk);
    const copy = structuredClone(before);
    change({ disk, person, calls });
    assertNotEquals(treeOf(disk), before, what);
    assertEquals(before, copy, what);
    assert(!isSameTree(before, treeOf(disk)), what);
  }
});

Deno.test("isSameTree() compares paths, kinds, contents and executable bits, and nothing else", () => {
  const file = (text: string, executable = false): Visible => {
    return { kind: "file", text, executable };
  };
  const tree = (...entries: [string, Visible][]): VisibleTree =>
    new Map(entries);
  const one = tree(["a", file("x")], ["d", { kind: "folder" }]);
  assert(isSameTree(one, tree(["d", { kind: "folder" }], ["a", file("x")])));
  for (
    const other of [
      tree(["a", file("x")]),
      tree(["a", file("x")], ["e", { kind: "folder" }]),
      tree(["a", file("y")], ["d", { kind: "folder" }]),
      tree(["a", file("x", true)], ["d", { kind: "folder" }]),
      tree(["a", { kind: "folder" }], ["d", { kind: "folder" }]),
      tree(["a", file("x")], ["d", file("")]),
    ]
  ) {
    assert(!isSameTree(one, other));
    assert(!isSameTree(other, one));
  }
});
