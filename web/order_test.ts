import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  naturalKey,
  parseSort,
  type Sortable,
  sorted,
  type Sorting,
  sortQuery,
} from "./order.js";

/** The names of `entries` in order; those that end in `/` are folders. */
function namesInOrder(names: readonly string[]): string[] {
  const entries = names.map((name): Sortable =>
    name.endsWith("/")
      ? { base: name.slice(0, -1), kind: "folder", size: 0, mtime: 0 }
      : { base: name, kind: "file", size: 1, mtime: 0 }
  );
  return sorted(entries, { sort: "name", order: "asc" }).map(({ base, kind }) =>
    kind === "folder" ? base + "/" : base
  );
}

const IN_ORDER: readonly (readonly [string, readonly string[]])[] = [
  ["numbers count", ["img2", "img10", "img100"]],
  ["long numbers count", [
    "a9",
    "a12345678901234567890",
    "a99999999999999999999",
  ]],
  ["zeros in front do not", ["a01", "a1", "a2", "a010"]],
  ["every number of a name counts", ["1.2.10", "1.10.2", "2.1.1"]],
  ["a number stands before letters", ["a1", "ab"]],
  ["case does not count", ["apple", "Banana", "cherry"]],
  ["accents do not count", ["eclair", "éclat", "ecru"]],
  ["a shorter name stands first", ["a", "a b", "ab"]],
  ["folders stand first", ["b/", "z/", "a", "c"]],
];

for (const [promise, names] of IN_ORDER) {
  Deno.test(`sorted() by name: ${promise}`, () => {
    assertEquals(namesInOrder(names.toReversed()), [...names]);
    assertEquals(namesInOrder(names), [...names]);
  });
}

Deno.test("sorted() by size and time keeps folders first, and equals by name", () => {
  const entries: Sortable[] = [
    { base: "big", kind: "file", size: 9, mtime: 1 },
    { base: "b", kind: "file", size: 5, mtime: 3 },
    { base: "a", kind: "file", size: 5, mtime: 3 },
    { base: "folder", kind: "folder", size: 0, mtime: 2 },
  ];
  const order = (sorting: Sorting) =>
    sorted(entries, sorting).map(({ base }) => base).join(" ");
  assertEquals(order({ sort: "size", order: "desc" }), "folder big a b");
  assertEquals(order({ sort: "size", order: "asc" }), "folder a b big");
  assertEquals(order({ sort: "time", order: "desc" }), "folder a b big");
  assertEquals(order({ sort: "name", order: "desc" }), "folder big b a");
});

Deno.test("sorted() gives one order, in whatever order the disk lists", () => {
  const names = fc.uniqueArray(
    fc.oneof(
      fc.stringMatching(/^[aB0-9é._ -]{1,6}$/),
      fc.string({ minLength: 1 }),
    ),
    { maxLength: 12 },
  );
  fc.assert(fc.property(names, (names) => {
    const files = names.map((base) => base.replaceAll("/", "_"));
    assertEquals(namesInOrder(files.toReversed()), namesInOrder(files));
  }));
});

Deno.test("naturalKey() stays as short as its name, so that sorting costs no more", () => {
  fc.assert(fc.property(fc.string(), (name) => {
    assertEquals(naturalKey(name).length <= 4 * name.length + 2, true);
  }));
});

Deno.test("parseSort() takes what it knows, and the default for everything else", () => {
  const cases: [string, string][] = [
    ["", "name asc"],
    ["sort=size", "size desc"],
    ["sort=time", "time desc"],
    ["sort=time&order=asc", "time asc"],
    ["order=desc", "name desc"],
    ["sort=<script>&order=sideways", "name asc"],
    ["sort=__proto__", "name asc"],
    ["%zz&&==&sort=size", "size desc"],
    ["json&sort=size", "size desc"],
  ];
  for (const [query, expected] of cases) {
    const { sort, order } = parseSort(query);
    assertEquals(`${sort} ${order}`, expected, query);
  }
});

Deno.test("parseSort() reads what sortQuery() writes", () => {
  for (const sort of ["name", "size", "time"] as const) {
    for (const order of ["asc", "desc"] as const) {
      assertEquals(parseSort(sortQuery({ sort, order }).slice(1)), {
        sort,
        order,
      });
    }
  }
});
