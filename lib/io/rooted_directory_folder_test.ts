import { assert, assertEquals } from "@std/assert";
import { toName } from "../names/name.ts";
import { basesOf, rejects } from "../testing/directory_suite.ts";
import { DiskSite, replaced } from "../testing/disk_site.ts";

Deno.test("RootedDirectory tells of links that stay inside as what they lead to, with its size and date, and lists folders behind them", async () => {
  using site = new DiskSite();
  const { folder, directory } = site;
  folder.write("www/sub/deep/b", "12345");
  Deno.utimeSync(folder.at("www/sub/deep/b"), 1_000_000, 1_000_000);
  site.link("file", "sub/deep/b");
  site.link("in", "sub");
  site.link("sub/up", "deep");
  site.link("self", ".");
  for (const name of ["file", "in/deep/b", "in/up/b", "self/self/file"]) {
    assertEquals(directory.kindOf(toName(name)), "file", name);
  }
  for (const name of ["in", "in/deep", "in/up", "self", "self/in/up"]) {
    assertEquals(directory.kindOf(toName(name)), "folder", name);
  }
  const b = { kind: "file", size: 5, mtime: 1_000_000_000 } as const;
  for (const name of ["in/deep", "in/up", "self/in/up"]) {
    const entries = await directory.folder(toName(name));
    assertEquals(entries, [{ base: "b", ...b }]);
  }
  const top = await directory.folder("");
  const kinds = top.map(({ base, kind }) => `${kind} ${base}`).sort();
  assertEquals(kinds, [
    "file a",
    "file file",
    "folder in",
    "folder self",
    "folder sub",
  ]);
  assertEquals(top.find(({ base }) => base === "file"), { base: "file", ...b });
  assertEquals(await directory.folder(toName("self")), top);
});

Deno.test("RootedDirectory.folder lets others have their turn in a large folder, and gives all of it", async () => {
  using site = new DiskSite();
  using _read = replaced("readDirSync", (real) => (path) => {
    const [entry] = real(path);
    return Array(2049).fill(entry).values();
  });
  let turns = 0;
  const others = setInterval(() => turns++, 0);
  assertEquals((await site.directory.folder("")).length, 2049);
  clearInterval(others);
  assert(turns >= 2);
});

Deno.test("RootedDirectory.folder tells nothing of a folder that was swapped for a link while it was listed", async () => {
  // security.md P7: between reading the names and looking at them, and between two turns.
  using site = new DiskSite();
  const { folder, directory } = site;
  folder.write("www/first/s", "");
  folder.write("www/second/s", "");
  const swap = (name: string) => {
    Deno.renameSync(folder.at(`www/${name}`), folder.at(`www/old-${name}`));
    site.link(name, "../outside");
  };
  {
    using _read = replaced("readDirSync", (real) => (path) => {
      const found = [...real(path)];
      swap("first");
      return found.values();
    });
    await rejects("not-found", directory.folder(toName("first")));
  }
  using _read = replaced("readDirSync", (real) => (path) => {
    const [entry] = real(path);
    return Array(1025).fill(entry).values();
  });
  setTimeout(() => swap("second"), 0);
  await rejects("not-found", directory.folder(toName("second")));
});

Deno.test("RootedDirectory.folder leaves out what vanishes while it is listed", async () => {
  using site = new DiskSite();
  site.folder.write("www/b", "");
  using _read = replaced("readDirSync", (real) => (path) => {
    const found = [...real(path)];
    Deno.removeSync(site.folder.at("www/b"));
    return found.values();
  });
  assertEquals(basesOf(await site.directory.folder("")), ["a"]);
});
