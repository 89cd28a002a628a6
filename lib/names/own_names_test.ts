import { assertEquals } from "@std/assert";
import { isOwnName } from "./own_names.ts";

Deno.test("isOwnName() tells our names from those of users, at every depth", () => {
  const ours = [
    ".landline",
    ".landline/id",
    "a/.landline/parts/x",
    "a/.landline-part-0123",
    ".landlineignore2",
  ];
  const theirs = [
    ".landlineignore",
    "a/b/.landlineignore",
    "landline",
    "a.landline",
    "a/b.landline/c",
    ".Landline",
    "a",
  ];
  for (const path of ours) assertEquals(isOwnName(path), true, path);
  for (const path of theirs) assertEquals(isOwnName(path), false, path);
});
