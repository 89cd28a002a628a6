import { assertEquals } from "@std/assert";
import type { FileStat } from "./file_calls.ts";
import { settlesAt, toSeen, withExecutable } from "./seeing.ts";

const FILE: FileStat = {
  kind: "file",
  isLink: false,
  size: 5,
  mtime: 1_700_000_000_123,
  ctime: 1_700_000_000_000,
  inode: 7,
  device: 1,
  mode: 0o644,
  links: 1,
};

Deno.test("toSeen() says racy until the next change would have another time stamp", () => {
  const isRacyAfter = (ms: number, mtime = FILE.mtime) =>
    toSeen({ ...FILE, mtime }, mtime + ms).isRacy;
  assertEquals([0, 1, 10].map((ms) => isRacyAfter(ms)), [true, true, true]);
  assertEquals([11, 1000].map((ms) => isRacyAfter(ms)), [false, false]);
  // Whole seconds, and pairs of them: the file system may know no other times.
  assertEquals(isRacyAfter(1010, 1_700_000_001_000), true);
  assertEquals(isRacyAfter(1011, 1_700_000_001_000), false);
  assertEquals(isRacyAfter(2010, 1_700_000_000_000), true);
  assertEquals(isRacyAfter(2011, 1_700_000_000_000), false);
  assertEquals(isRacyAfter(-5), true, "clocks that tick apart");
  assertEquals(isRacyAfter(-60_000), false, "a date to come");
});

Deno.test("settlesAt() is when toSeen() says racy no more", () => {
  for (const mtime of [1_700_000_000_000, 1_700_000_001_000, FILE.mtime]) {
    const at = settlesAt(mtime);
    assertEquals(toSeen({ ...FILE, mtime }, at - 1).isRacy, true);
    assertEquals(toSeen({ ...FILE, mtime }, at).isRacy, false);
  }
});

Deno.test("toSeen()'s version tells every state of a file from every other", () => {
  const changes: Partial<FileStat>[] = [
    {},
    { size: 6 },
    { mtime: FILE.mtime + 1 },
    { ctime: FILE.ctime + 1000 },
    { inode: 8 },
    { mode: 0o755 },
  ];
  const versions = changes.map((change) =>
    toSeen({ ...FILE, ...change }, 0).version
  );
  assertEquals(new Set(versions).size, changes.length);
});

Deno.test("withExecutable() lets run a file who may read it", () => {
  assertEquals(withExecutable(0o644, true), 0o755);
  assertEquals(withExecutable(0o640, true), 0o750);
  assertEquals(withExecutable(0o4755, false), 0o644);
});
