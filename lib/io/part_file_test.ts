import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Refusal } from "../errors.ts";
import { toName } from "../names/name.ts";
import { patterned } from "../testing/content.ts";
import { refuses } from "../testing/directory_suite.ts";
import { DiskFolder } from "../testing/disk_folder.ts";
import { replaced } from "../testing/disk_site.ts";
import { xxh64 } from "./checks.ts";
import { PartFile, placePart } from "./part_file.ts";

const A = toName("a.txt");

Deno.test("PartFile.create takes no file that is there", () => {
  // security.md W2: the name of a part is exclusive.
  using folder = new DiskFolder();
  folder.write("p", "mine");
  assertThrows(
    () => PartFile.create(folder.at("p")),
    Deno.errors.AlreadyExists,
  );
  Deno.symlinkSync("nowhere", folder.at("link"));
  assertThrows(() => PartFile.create(folder.at("link")));
  assertEquals(folder.list(), ["link", "p"]);
});

Deno.test("PartFile writes where it is told, and knows its length", async () => {
  using folder = new DiskFolder();
  const part = PartFile.create(folder.at("p"));
  const bytes = patterned(3000);
  part.writeAt(2000, bytes.subarray(2000));
  part.writeAt(0, bytes.subarray(0, 1000));
  part.writeAt(1000, bytes.subarray(1000, 2000));
  assertEquals(part.length, 3000);
  assertEquals(await part.xxh64(), xxh64(bytes));
  part.truncate(500);
  assertEquals(part.length, 500);
  assertEquals(await part.xxh64(), xxh64(bytes.subarray(0, 500)));
  part.discard();
});

Deno.test("PartFile.readBack gives a piece, and refuses when the file has become shorter", async () => {
  using folder = new DiskFolder();
  const part = PartFile.create(folder.at("p"));
  part.writeAt(0, patterned(100));
  const seen: number[] = [];
  await part.readBack(10, 20, (bytes) => void seen.push(...bytes));
  assertEquals(seen, [...patterned(100).subarray(10, 30)]);
  Deno.truncateSync(folder.at("p"), 15);
  await assertRejects(() => part.readBack(0, 100, () => {}), Refusal);
  part.discard();
});

Deno.test("PartFile.resume goes on where it was left, and is for one at a time", () => {
  using folder = new DiskFolder();
  const first = PartFile.resume(folder.at("p"));
  first.writeAt(0, patterned(100));
  refuses("busy", () => PartFile.resume(folder.at("p")));
  first.close();
  const second = PartFile.resume(folder.at("p"));
  assertEquals(second.length, 100);
  second.discard();
  assertEquals(folder.list(), []);
});

Deno.test("PartFile.resume follows no link", () => {
  using folder = new DiskFolder();
  folder.write("other", "not ours");
  Deno.symlinkSync("other", folder.at("p"));
  refuses("busy", () => PartFile.resume(folder.at("p")));
  assertEquals(Deno.readTextFileSync(folder.at("other")), "not ours");
});

Deno.test("PartFile can be closed and discarded again", () => {
  using folder = new DiskFolder();
  const part = PartFile.create(folder.at("p"));
  part.close();
  part.close();
  part.discard();
  part.discard();
  assertEquals(folder.list(), []);
});

Deno.test("placePart dates the file, gives it its name, and leaves no part", () => {
  using folder = new DiskFolder();
  for (const onConflict of ["refuse", "rename", "overwrite"] as const) {
    const part = PartFile.create(folder.at("p"));
    part.writeAt(0, new Uint8Array([1, 2, 3]));
    part.date(1234567890123);
    const name = toName(onConflict);
    assertEquals(placePart(part, folder.path, name, onConflict, "posix"), name);
    const info = Deno.statSync(folder.at(onConflict));
    assertEquals([info.size, info.mtime?.getTime()], [3, 1234567890123]);
  }
  assertEquals(folder.list(), ["overwrite", "refuse", "rename"]);
});

Deno.test("placePart keeps both of two files that get one name at the same time, or refuses the later", () => {
  using folder = new DiskFolder();
  const [first, second, third] = ["1", "2", "3"].map((text) => {
    const part = PartFile.create(folder.at(`p${text}`));
    part.writeAt(0, new TextEncoder().encode(text));
    part.close();
    return part;
  });
  placePart(first!, folder.path, A, "refuse", "posix");
  refuses(
    "exists",
    () => placePart(second!, folder.path, A, "refuse", "posix"),
  );
  assertEquals(
    placePart(third!, folder.path, A, "rename", "posix"),
    toName("a (1).txt"),
  );
  assertEquals(Deno.readTextFileSync(folder.at("a.txt")), "1");
  assertEquals(Deno.readTextFileSync(folder.at("a (1).txt")), "3");
  second!.discard();
  assertEquals(folder.list(), ["a (1).txt", "a.txt"]);
});

Deno.test("placePart gives a name again that a program which was killed had given, and takes it for done", () => {
  for (const onConflict of ["refuse", "rename"] as const) {
    using folder = new DiskFolder();
    folder.write("p", "mine");
    // The first of two steps.
    Deno.linkSync(folder.at("p"), folder.at("a.txt"));
    const part = PartFile.resume(folder.at("p"));
    assertEquals(placePart(part, folder.path, A, onConflict, "posix"), A);
    assertEquals(folder.list(), ["a.txt"]);
    assertEquals(Deno.readTextFileSync(folder.at("a.txt")), "mine");
  }
});

Deno.test("PartFile is never free to be taken by another program before it has its name", () => {
  using folder = new DiskFolder();
  const rename = Deno.renameSync;
  const part = PartFile.resume(folder.at("p"));
  part.writeAt(0, new TextEncoder().encode("whole"));
  Deno.renameSync = (from, to) => {
    refuses("busy", () => PartFile.resume(folder.at("p")));
    rename(from, to);
  };
  try {
    placePart(part, folder.path, A, "overwrite", "posix");
  } finally {
    Deno.renameSync = rename;
  }
  const next = PartFile.resume(folder.at("p"));
  next.writeAt(0, new TextEncoder().encode("other"));
  next.discard();
  assertEquals(Deno.readTextFileSync(folder.at("a.txt")), "whole");
});

for (const hasLinks of [true, false]) {
  Deno.test(
    `placePart loses no file that appears in the last moment, on a file system ${
      hasLinks ? "with" : "without"
    } hard links`,
    () => {
      using folder = new DiskFolder();
      for (const onConflict of ["refuse", "rename"] as const) {
        const part = PartFile.create(folder.at("p"));
        part.writeAt(0, new TextEncoder().encode("later"));
        part.close();
        const place = () =>
          placePart(part, folder.path, A, onConflict, "posix");
        // Somebody else's file comes when nothing but the last step is left.
        const link = Deno.linkSync;
        Deno.linkSync = (from, to) => {
          if (to === folder.at("a.txt")) folder.write("a.txt", "first");
          if (!hasLinks) {
            throw Object.assign(new Error("No links here"), { code: "EPERM" });
          }
          link(from, to);
        };
        try {
          if (onConflict === "refuse") refuses("exists", place);
          else assertEquals(place(), toName("a (1).txt"));
        } finally {
          Deno.linkSync = link;
        }
        assertEquals(Deno.readTextFileSync(folder.at("a.txt")), "first");
        part.discard();
      }
      assertEquals(Deno.readTextFileSync(folder.at("a (1).txt")), "later");
      assertEquals(folder.list(), ["a (1).txt", "a.txt"]);
    },
  );
}

Deno.test("placePart overwrites in one step: a reader has the old file or the new one", async () => {
  // security.md W2.
  using folder = new DiskFolder();
  folder.write("a.txt", "old");
  const reader = Deno.openSync(folder.at("a.txt"));
  const part = PartFile.create(folder.at("p"));
  part.writeAt(0, new TextEncoder().encode("the new one"));
  part.close();
  placePart(part, folder.path, A, "overwrite", "posix");
  assertEquals(await new Response(reader.readable).text(), "old");
  assertEquals(Deno.readTextFileSync(folder.at("a.txt")), "the new one");
  assert(!folder.list().includes("p"));
});

Deno.test("PartFile is free when it is closed, also while programs are being started", async () => {
  using folder = new DiskFolder();
  const children = [];
  for (let i = 0; i < 40; i++) {
    const part = PartFile.resume(folder.at("p"));
    const command = new Deno.Command("true", { stdout: "null", stdin: "null" });
    children.push(command.output());
    part.close();
  }
  await Promise.all(children);
  PartFile.resume(folder.at("p")).discard();
});

Deno.test("PartFile is removed while it is locked: nobody takes a part that is about to go", () => {
  using folder = new DiskFolder();
  const part = PartFile.resume(folder.at("p"));
  {
    using _remove = replaced("removeSync", (real) => (path, options) => {
      refuses("busy", () => PartFile.resume(folder.at("p")));
      return real(path, options);
    });
    part.discard();
  }
  PartFile.resume(folder.at("p")).discard();
  assertEquals(folder.list(), []);
});
