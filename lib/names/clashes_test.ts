import { assertEquals } from "@std/assert";
import { clashesIn, type NameFolding } from "./clashes.ts";

const EXACT: NameFolding = { ignoresCase: false, normalizes: false };
const WINDOWS: NameFolding = { ignoresCase: true, normalizes: false };
const MACOS: NameFolding = { ignoresCase: true, normalizes: true };

Deno.test("clashesIn() finds nothing in names that can live side by side", () => {
  const names = ["a", "b", "d/a", "d/b", "d.txt", "e/f/g", "e/f.txt", "ab/c"];
  for (const folding of [EXACT, WINDOWS, MACOS]) {
    assertEquals(clashesIn(names, folding), []);
  }
  assertEquals(clashesIn([], EXACT), []);
});

Deno.test("clashesIn() finds a name that comes twice", () => {
  assertEquals(clashesIn(["x", "a", "x"], EXACT), [["x", "x"]]);
});

Deno.test("clashesIn() finds a file where another name needs a folder, in either order", () => {
  assertEquals(clashesIn(["a", "a/b/c"], EXACT), [["a", "a/b/c"]]);
  assertEquals(clashesIn(["a/b/c", "a/b"], EXACT), [["a/b", "a/b/c"]]);
});

Deno.test("clashesIn() takes two spellings for one only where the file system does", () => {
  const pairs: [string, string][] = [
    ["Readme", "README"],
    ["straße", "STRASSE"],
    ["\u03c3", "\u03c2"],
    ["D/x", "d/X"],
  ];
  for (const [one, other] of pairs) {
    assertEquals(clashesIn([one, other], EXACT), []);
    assertEquals(clashesIn([one, other], WINDOWS), [[one, other]]);
  }
});

Deno.test("clashesIn() takes composed and decomposed for one only where the file system does", () => {
  assertEquals(clashesIn(["\u00e9", "e\u0301"], WINDOWS), []);
  assertEquals(clashesIn(["\u00e9", "e\u0301"], MACOS), [[
    "\u00e9",
    "e\u0301",
  ]]);
});

Deno.test("clashesIn() finds a file and a folder that only differ in case", () => {
  assertEquals(clashesIn(["Photos", "photos/1.png"], WINDOWS), [[
    "Photos",
    "photos/1.png",
  ]]);
  assertEquals(clashesIn(["Photos", "photos/1.png"], EXACT), []);
});

Deno.test("clashesIn() lets two spellings of a folder share it: their files do not overwrite each other", () => {
  assertEquals(clashesIn(["D/x", "d/y"], WINDOWS), []);
});
