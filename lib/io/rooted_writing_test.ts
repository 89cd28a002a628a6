import { assert, assertEquals } from "@std/assert";
import { toName } from "../names/name.ts";
import { refuses, TOKEN } from "../testing/directory_suite.ts";
import { testDirectoryWriting } from "../testing/directory_suite_writing.ts";
import { diskSubject } from "../testing/disk_folder.ts";
import { DiskSite, SECRET } from "../testing/disk_site.ts";

testDirectoryWriting("RootedDirectory", diskSubject);

Deno.test("RootedDirectory stores nothing through a link, also not into the folder itself", async () => {
  // security.md W1.
  using site = new DiskSite();
  const { folder, directory } = site;
  folder.write("www/sub/b", "");
  site.link("out", "../outside");
  site.link("in", "sub");
  for (const name of ["out/new", "out/sub/new", "in/new"]) {
    refuses("not-allowed", () => directory.mayStore(toName(name), "overwrite"));
    refuses("not-allowed", () => directory.receive(toName(name), TOKEN));
  }
  // A link itself is a name that is taken; overwriting replaces the link, not what it leads to.
  site.link("s", "../outside/s");
  refuses("exists", () => directory.mayStore(toName("s"), "refuse"));
  const incoming = directory.receive(toName("s"), TOKEN);
  incoming.append(new Uint8Array([1]));
  await incoming.finish(toName("s"), "overwrite");
  assertEquals(Deno.readTextFileSync(folder.at("outside/s")), SECRET);
  assert(Deno.lstatSync(folder.at("www/s")).isFile);
  assertEquals(folder.list("outside"), ["s"]);
});

Deno.test("RootedDirectory.receive leaves no folders behind that it made for a file that never came", () => {
  using site = new DiskSite();
  const { folder, directory } = site;
  directory.receive(toName("x/y/z"), TOKEN).discard();
  assertEquals(folder.list("www"), ["a"]);
  folder.write("www/x/other", "");
  directory.receive(toName("x/y/z"), TOKEN).discard();
  assertEquals(folder.list("www/x"), ["other"]);
});
