import { assertEquals } from "@std/assert";
import { counted, sizeText, totalsText } from "./sizes.js";

Deno.test("sizeText() is short, decimal, and never rounds to a thousand of a unit", () => {
  const cases: [number, string][] = [
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1.0 kB"],
    [1049, "1.0 kB"],
    [99_949, "99.9 kB"],
    [99_950, "100 kB"],
    [999_499, "999 kB"],
    [999_500, "1.0 MB"],
    [4_100_000_000, "4.1 GB"],
    [Number.MAX_SAFE_INTEGER, "9.0 PB"],
  ];
  for (const [bytes, text] of cases) assertEquals(sizeText(bytes), text);
});

Deno.test("totalsText() says what is there, and nothing of what is not", () => {
  assertEquals(
    totalsText({ files: 12, folders: 3, bytes: 4.1e9 }),
    "12 files, 3 folders, 4.1 GB",
  );
  assertEquals(totalsText({ files: 1, folders: 0, bytes: 0 }), "1 file, 0 B");
  assertEquals(totalsText({ files: 0, folders: 1, bytes: 0 }), "1 folder");
  assertEquals(totalsText({ files: 0, folders: 0, bytes: 0 }), "Empty");
});

Deno.test("counted() keeps long numbers legible", () => {
  assertEquals(counted(10_000, "file"), "10\u202f000 files");
  assertEquals(counted(1_234_567, "file"), "1\u202f234\u202f567 files");
  assertEquals(counted(999, "file"), "999 files");
});
