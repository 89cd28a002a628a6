import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Name } from "../names/name.ts";
import { PathTree } from "./path_tree.ts";

const names = (...paths: string[]) => paths as Name[];

Deno.test("PathTree.below gives a folder before what is in it, and only what was added", () => {
  const tree = new PathTree();
  for (const path of names("a/b/c", "a/b", "a/d", "e")) tree.add(path);
  assertEquals([...tree.below("")], names("a/b", "a/b/c", "a/d", "e"));
  assertEquals([...tree.below("a/b" as Name)], names("a/b/c"));
  assertEquals([...tree.children("")], names("a", "e"));
});

Deno.test("PathTree.below goes on when the set changes meanwhile", () => {
  const tree = new PathTree();
  for (const path of names("a/1", "a/2", "b")) tree.add(path);
  const seen: Name[] = [];
  for (const path of tree.below("")) {
    seen.push(path);
    tree.delete(path);
  }
  assertEquals(seen, names("a/1", "a/2", "b"));
  assertEquals([...tree.children("")], []);
});

Deno.test("PathTree knows what a set with a look at every path knows", () => {
  const part = fc.constantFrom("a", "b", "ab");
  const path = fc.array(part, { minLength: 1, maxLength: 4 })
    .map((parts) => parts.join("/") as Name);
  const step = fc.record({ path, isAdded: fc.boolean() });
  fc.assert(fc.property(fc.array(step), path, (steps, folder) => {
    const tree = new PathTree();
    const set = new Set<Name>();
    for (const { path, isAdded } of steps) {
      if (isAdded) tree.add(path);
      else tree.delete(path);
      if (isAdded) set.add(path);
      else set.delete(path);
    }
    const below = [...set].filter((path) => path.startsWith(folder + "/"));
    assertEquals([...tree.below(folder)].sort(), below.sort());
    assertEquals([...tree.children(folder)].length > 0, below.length > 0);
    const all = [...tree.below("")];
    assertEquals(all.includes(folder), set.has(folder));
    assertEquals([tree.size, all.length], [set.size, set.size]);
  }));
});
