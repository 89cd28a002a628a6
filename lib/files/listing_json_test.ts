import { assertEquals } from "@std/assert";
import { toName } from "../names/name.ts";
import {
  isoTime,
  type ListedEntry,
  listingJson,
  listingText,
} from "./listing_json.ts";

const BY_NAME = { sort: "name", order: "asc" } as const;

const ENTRIES: ListedEntry[] = [
  { base: "b 10.txt", kind: "file", size: 12, mtime: 1_732_193_763_123 },
  { base: "b 9.txt", kind: "file", size: 7, mtime: 1_732_193_763_000 },
  { base: "z", kind: "folder", size: 0, mtime: 0 },
];

Deno.test("listingJson() says of each entry what docs promise, folders first, in natural order", () => {
  const json = listingJson({
    folder: toName("a b/c"),
    entries: ENTRIES,
    sorting: BY_NAME,
  });
  assertEquals(JSON.parse(json), {
    folder: "/a%20b/c/",
    entries: [
      {
        name: "z",
        kind: "folder",
        size: 0,
        mtime: 0,
        modified: "1970-01-01T00:00:00.000Z",
        url: "/a%20b/c/z/",
      },
      {
        name: "b 9.txt",
        kind: "file",
        size: 7,
        mtime: 1_732_193_763_000,
        modified: "2024-11-21T12:56:03.000Z",
        url: "/a%20b/c/b%209.txt",
      },
      {
        name: "b 10.txt",
        kind: "file",
        size: 12,
        mtime: 1_732_193_763_123,
        modified: "2024-11-21T12:56:03.123Z",
        url: "/a%20b/c/b%2010.txt",
      },
    ],
  });
});

Deno.test("listingJson() of an empty folder has no entries", () => {
  const json = listingJson({ folder: "", entries: [], sorting: BY_NAME });
  assertEquals(JSON.parse(json), { folder: "/", entries: [] });
});

Deno.test("listingJson() and listingText() sort as they are asked to", () => {
  const listing = {
    folder: "" as const,
    entries: ENTRIES,
    sorting: { sort: "size", order: "desc" } as const,
  };
  assertEquals(listingText(listing), "z/\nb 10.txt\nb 9.txt\n");
  const { entries } = JSON.parse(listingJson(listing));
  assertEquals(entries.map(({ name }: { name: string }) => name), [
    "z",
    "b 10.txt",
    "b 9.txt",
  ]);
});

Deno.test("listingJson() and listingText() keep hostile names in one piece, and on one line", () => {
  // security.md L2, X1.
  const base = `a\n"\\\x1b[2J</script>\u2028`;
  const entries: ListedEntry[] = [{ base, kind: "file", size: 0, mtime: 0 }];
  const listing = { folder: "" as const, entries, sorting: BY_NAME };
  const json = listingJson(listing);
  assertEquals(JSON.parse(json).entries[0].name, base);
  assertEquals(json.split("\n").length, 4);
  assertEquals(listingText(listing), `a\\n"\\\\\\x1b[2J</script>\u2028\n`);
});

Deno.test("isoTime() has a word for times that no calendar has", () => {
  // A file system may say anything.
  assertEquals(isoTime(1e300), "+275760-09-13T00:00:00.000Z");
  assertEquals(isoTime(-1e300), "-271821-04-20T00:00:00.000Z");
  assertEquals(isoTime(NaN), "1970-01-01T00:00:00.000Z");
});
