import { assertEquals } from "@std/assert";
import { DiskFolder } from "../testing/disk_folder.ts";
import { FakeClock } from "../testing/fake_clock.ts";
import { eventually } from "../testing/within.ts";
import { removeOldParts, sweepOldParts } from "./old_parts.ts";

const BEFORE = 2_000_000_000_000;
const OLD_S = 1_999_999_999;
const NEW_S = 2_000_000_001;

/** Part and note of one upload. */
const PART = ".landline-0123456789abcdef.part";
const NOTE = ".landline-0123456789abcdef.note";

Deno.test("removeOldParts() removes parts nobody has gone on with, in all folders, and nothing else", async () => {
  using folder = new DiskFolder();
  make(folder, ".landline-0123456789abcdef.part", OLD_S);
  make(folder, "sub/.landline-1123456789abcdef.part", OLD_S);
  make(folder, ".landline-2123456789abcdef.part", NEW_S);
  make(folder, "mine.part", OLD_S);
  make(folder, ".landline-0123456789abcdef.other", OLD_S);
  make(folder, ".landline-3123456789abcdef.part", OLD_S);
  using held = lock(folder, ".landline-3123456789abcdef.part");

  assertEquals(await removeOldParts(folder.path, BEFORE), 2);

  assertEquals(folder.list(), [
    ".landline-0123456789abcdef.other",
    ".landline-2123456789abcdef.part",
    ".landline-3123456789abcdef.part",
    "mine.part",
    "sub",
  ]);
  assertEquals(folder.list("sub"), []);
  held.unlockSync();
});

for (
  const [part, note, isRemoved] of [
    [OLD_S, OLD_S, true],
    [OLD_S, NEW_S, false],
    [NEW_S, OLD_S, false],
    [NEW_S, NEW_S, false],
    [undefined, OLD_S, true],
    [undefined, NEW_S, false],
  ] as const
) {
  const what = part === undefined
    ? "no part"
    : part === OLD_S
    ? "an old part"
    : "a new part";
  const which = note === OLD_S ? "an old note" : "a new note";
  Deno.test(`removeOldParts() ${isRemoved ? "removes" : "keeps"} ${what} and ${which}`, async () => {
    using folder = new DiskFolder();
    if (part !== undefined) make(folder, PART, part);
    make(folder, NOTE, note);
    const all = folder.list();
    const removed = await removeOldParts(folder.path, BEFORE);
    assertEquals(removed, isRemoved ? 1 : 0);
    assertEquals(folder.list(), isRemoved ? [] : all);
  });
}

Deno.test("sweepOldParts() removes parts at once, and every hour, until it is stopped", async () => {
  using folder = new DiskFolder();
  const clock = new FakeClock();
  // The clock begins in 1994.
  const oldS = 600_000_000;
  const told: number[] = [];
  make(folder, PART, oldS);
  const stop = sweepOldParts(folder.path, clock, (parts) => told.push(parts));
  await eventually("the first sweep", () => told.length === 1);
  make(folder, PART, oldS);
  make(folder, "sub/" + PART, oldS);
  await clock.advance(3600_000);
  await eventually("the second sweep", () => told.length === 2);
  assertEquals(told, [1, 2]);
  assertEquals(folder.list(), ["sub"]);
  stop();
  assertEquals(clock.timers, 0);
});

Deno.test("removeOldParts() keeps the note of a part that somebody holds, however old", async () => {
  using folder = new DiskFolder();
  make(folder, PART, OLD_S);
  make(folder, NOTE, OLD_S);
  {
    using _held = lock(folder, PART);
    assertEquals(await removeOldParts(folder.path, BEFORE), 0);
    assertEquals(folder.list(), [NOTE, PART]);
  }
  assertEquals(await removeOldParts(folder.path, BEFORE), 1);
  assertEquals(folder.list(), []);
});

Deno.test("removeOldParts() keeps a part that somebody went on with, and left, while it was looked at", async () => {
  using folder = new DiskFolder();
  make(folder, PART, OLD_S);
  make(folder, NOTE, OLD_S);
  const open = Deno.open;
  Deno.open = (path, options) => {
    make(folder, PART, NEW_S);
    return open(path, options);
  };
  try {
    assertEquals(await removeOldParts(folder.path, BEFORE), 0);
  } finally {
    Deno.open = open;
  }
  assertEquals(folder.list(), [NOTE, PART]);
  // And it gave the lock back.
  lock(folder, PART)[Symbol.dispose]();
});

Deno.test("removeOldParts() touches no link, and nothing behind one", async () => {
  using folder = new DiskFolder();
  make(folder, `outside/${PART}`, OLD_S);
  Deno.mkdirSync(folder.at("www"));
  Deno.symlinkSync("../outside", folder.at("www/out"));
  Deno.symlinkSync(`../outside/${PART}`, folder.at(`www/${PART}`));
  make(folder, `www/${NOTE}`, OLD_S);
  assertEquals(await removeOldParts(folder.at("www"), BEFORE), 0);
  assertEquals(folder.list("www"), [NOTE, PART, "out"]);
  assertEquals(folder.list("outside"), [PART]);
});

function make(folder: DiskFolder, name: string, mtime: number): void {
  folder.write(name, "x");
  Deno.utimeSync(folder.at(name), mtime, mtime);
}

function lock(folder: DiskFolder, name: string): Deno.FsFile {
  const file = Deno.openSync(folder.at(name), { write: true });
  assertEquals(file.tryLockSync(true), true);
  return file;
}
