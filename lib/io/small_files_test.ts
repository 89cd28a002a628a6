import { assert, assertEquals } from "@std/assert";
import { type Name, toName } from "../names/name.ts";
import { text } from "../testing/directory_suite.ts";
import { DiskSite, makeFifo, replaced } from "../testing/disk_site.ts";
import type { SmallFile } from "./directory.ts";
import { RootedPaths } from "./rooted_paths.ts";
import { SmallFiles, type SmallFilesLimits } from "./small_files.ts";

const A = toName("a");

Deno.test("SmallFiles asks the disk once for all who ask in one turn, and again in the next", async () => {
  using site = new DiskSite();
  site.folder.write("www/b", "other");
  const files = smallFiles(site);
  const first = await files.get(A);
  let asked = 0;
  using _lstat = replaced("lstatSync", (real) => (path) => {
    asked++;
    return real(path);
  });
  for (let turn = 1; turn <= 3; turn++) {
    const all = Array.from({ length: 32 }, () => files.get(A));
    // Nobody was answered before everybody had asked.
    assertEquals(asked, turn - 1);
    for (const small of await Promise.all(all)) assert(small === first);
    assertEquals(asked, turn);
  }
  await Promise.all([files.get(A), files.get(toName("b")), files.get(A)]);
  assertEquals(asked, 5);
});

Deno.test("SmallFiles shares no answer with who asks while the disk is being asked", async () => {
  using site = new DiskSite();
  const files = smallFiles(site);
  let late: Promise<SmallFile | undefined> | undefined;
  using _open = replaced("openSync", (real) => (path, options) => {
    late ??= files.get(A);
    return real(path, options);
  });
  const early = files.get(A);
  await early;
  assert(late !== undefined && late !== early);
  assertEquals(text((await late)!.bytes), "yours");
});

Deno.test("SmallFiles holds no link, and nothing behind one, also inside the folder", async () => {
  using site = new DiskSite();
  site.folder.write("www/sub/b", "b");
  site.link("link", "a");
  site.link("in", "sub");
  const files = smallFiles(site);
  for (const name of ["link", "in", "in/b"]) {
    assertEquals(await files.get(toName(name)), undefined, name);
  }
  assertEquals(text((await files.get(toName("sub/b")))!.bytes), "b");
});

Deno.test("SmallFiles gives a file it holds no more when a folder above it became a link to where it is now", async () => {
  // security.md P7: the file itself is the same in all that can be asked of it.
  using site = new DiskSite();
  const { folder } = site;
  folder.write("www/x/sub/b", "b");
  const files = smallFiles(site);
  const name = toName("x/sub/b");
  assert(await files.get(name) !== undefined);
  Deno.renameSync(folder.at("www/x"), folder.at("outside/x"));
  site.link("x", "../outside/x");
  assertEquals(await files.get(name), undefined);
  Deno.removeSync(folder.at("www/x"));
  Deno.renameSync(folder.at("outside/x"), folder.at("www/x"));
  assertEquals(text((await files.get(name))!.bytes), "b");
});

Deno.test("SmallFiles gives a file no more that became a folder, a link or a FIFO", async () => {
  using site = new DiskSite();
  const path = site.folder.at("www/a");
  const files = smallFiles(site);
  for (
    const change of [
      () => Deno.mkdirSync(path),
      () => site.link("a", "../outside/s"),
      () => makeFifo(path),
    ]
  ) {
    assert(await files.get(A) !== undefined);
    Deno.removeSync(path);
    change();
    assertEquals(await files.get(A), undefined);
    Deno.removeSync(path);
    site.folder.write("www/a", "yours");
  }
});

Deno.test("SmallFiles shows every change by itself: of the file, its length, its date, its names, who may read it", async () => {
  using site = new DiskSite();
  const path = site.folder.at("www/a");
  const fresh = site.folder.at("www/new");
  const redate = (path: string) => Deno.utimeSync(path, 1, 1);
  const files = smallFiles(site);
  let last = await files.get(A);
  for (
    const change of [
      () => Deno.linkSync(path, site.folder.at("outside/hard")),
      () => Deno.chmodSync(path, 0o640),
      () => redate(path),
      () => {
        site.folder.write("www/a", "longer");
        redate(path);
      },
      () => {
        site.folder.write("www/new", "larger");
        Deno.chmodSync(fresh, 0o640);
        Deno.linkSync(fresh, site.folder.at("outside/hard2"));
        redate(fresh);
        Deno.renameSync(fresh, path);
      },
    ]
  ) {
    change();
    const next = await files.get(A);
    assert(next !== undefined && next !== last);
    last = next;
  }
});

const WHILE_READ: Record<string, (site: DiskSite) => void> = {
  "rewritten": ({ folder }) => folder.write("www/a", "mine!"),
  "made longer": ({ folder }) => folder.write("www/a", "yours, too"),
  "made shorter": ({ folder }) => folder.write("www/a", "you"),
  "replaced": ({ folder }) => {
    folder.write("www/new", "yours");
    Deno.renameSync(folder.at("www/new"), folder.at("www/a"));
  },
  "removed": ({ folder }) => Deno.removeSync(folder.at("www/a")),
  "swapped for a link": (site) => {
    Deno.removeSync(site.folder.at("www/a"));
    site.link("a", "../outside/s");
  },
};
for (const [what, change] of Object.entries(WHILE_READ)) {
  for (const when of ["before", "after"] as const) {
    Deno.test(`SmallFiles does not hold a file that was ${what} ${when} it was opened`, async () => {
      using site = new DiskSite();
      const files = smallFiles(site);
      site.folder.untilTimeTicks();
      {
        using _open = replaced("openSync", (real) => (path, options) => {
          if (when === "before") change(site);
          const file = real(path, options);
          if (when === "after") change(site);
          return file;
        });
        assertEquals(await files.get(A), undefined);
      }
      const isThere = site.folder.list("www").includes("a") &&
        Deno.lstatSync(site.folder.at("www/a")).isFile;
      const now = isThere
        ? Deno.readFileSync(site.folder.at("www/a"))
        : undefined;
      assertEquals((await files.get(A))?.bytes, now);
    });
  }
}

Deno.test("SmallFiles gives nothing, and never fails, when the disk or the sandbox says no, and forgets what it held", async () => {
  using site = new DiskSite();
  const files = smallFiles(site);
  for (const call of ["lstatSync", "openSync"] as const) {
    for (
      const error of [
        new Deno.errors.NotCapable("Requires read access"),
        new Deno.errors.PermissionDenied("Permission denied (os error 13)"),
        new Error("Input/output error (os error 5)"),
      ]
    ) {
      const before = await files.get(A);
      {
        using _no = replaced(call, () => () => {
          throw error;
        });
        const held = call === "openSync" ? before : undefined;
        assert(await files.get(A) === held);
        assertEquals(await smallFiles(site).get(A), undefined);
      }
      const after = await files.get(A);
      assertEquals(text(after!.bytes), "yours");
      assertEquals(after === before, call === "openSync");
    }
  }
});

Deno.test("SmallFiles holds so many files, the oldest go first, and what is gone makes room", async () => {
  using site = new DiskSite();
  const names = ["b", "c", "d", "e"].map(toName);
  for (const name of names) site.folder.write(`www/${name}`, "12345");
  site.folder.untilTimeTicks();
  const [b, c, d, e] = names as [Name, Name, Name, Name];
  for (
    const limits of [
      { bytesMax: 10, filesMax: 100 },
      { bytesMax: 100, filesMax: 2 },
    ]
  ) {
    const files = smallFiles(site, limits);
    const first = await files.get(b);
    const second = await files.get(c);
    assert(await files.get(b) === first);
    const third = await files.get(d);
    assert(await files.get(c) === second);
    assert(await files.get(d) === third);
    // Given once more, but not the one that was held: `c` goes for it.
    const again = await files.get(b);
    assert(again !== first);
    assertEquals(again, first);
    assert(await files.get(d) === third);

    Deno.removeSync(site.folder.at("www/d"));
    assertEquals(await files.get(d), undefined);
    await files.get(e);
    assert(await files.get(b) === again);
    site.folder.write("www/d", "12345");

    // Read anew when it changed, and not counted twice.
    for (let i = 0; i < 10; i++) {
      site.folder.write("www/e", `${i}2345`);
      site.folder.untilTimeTicks();
      assertEquals((await files.get(e))!.bytes[0], 0x30 + i);
      assert(await files.get(b) === again);
    }
  }
});

Deno.test("SmallFiles gives a file larger than all it may hold, and holds nothing", async () => {
  using site = new DiskSite();
  const files = smallFiles(site, { bytesMax: 4, filesMax: 1 });
  const first = await files.get(A);
  assertEquals(text(first!.bytes), "yours");
  assert(await files.get(A) !== first);
});

function smallFiles(site: DiskSite, limits?: SmallFilesLimits): SmallFiles {
  return new SmallFiles(new RootedPaths(site.folder.at("www"), false), limits);
}
