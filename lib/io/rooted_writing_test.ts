import { assert, assertEquals } from "@std/assert";
import { toName } from "../names/name.ts";
import { namesOf, refuses, TOKEN } from "../testing/directory_suite.ts";
import { testDirectoryWriting } from "../testing/directory_suite_writing.ts";
import { diskSubject } from "../testing/disk_folder.ts";
import { DiskSite, makeFifo, replaced, SECRET } from "../testing/disk_site.ts";

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

Deno.test("RootedDirectory.remove removes a link and never what it leads to, and nothing through one", async () => {
  // security.md W1.
  using site = new DiskSite();
  const { folder, directory } = site;
  folder.write("www/sub/b", "");
  folder.write("www/empty/x", "");
  Deno.removeSync(folder.at("www/empty/x"));
  Deno.mkdirSync(folder.at("outside/empty"));
  const links = {
    file: "a",
    in: "sub",
    "to-empty": "empty",
    out: "../outside",
    "out-empty": "../outside/empty",
    s: "../outside/s",
    broken: "nowhere",
    self: ".",
  };
  for (const [name, target] of Object.entries(links)) site.link(name, target);
  for (const name of ["in/b", "out/s", "out/none", "out/empty", "self/a"]) {
    refuses("not-allowed", () => directory.remove(toName(name)));
  }
  for (const name of Object.keys(links)) directory.remove(toName(name));
  assertEquals(folder.list("www"), ["a", "empty", "sub"]);
  assertEquals(await namesOf(directory, ""), ["a", "sub/b"]);
  assertEquals(folder.list("outside"), ["empty", "s"]);
});

Deno.test("RootedDirectory.remove leaves what is neither file nor folder, which nobody is told of", () => {
  using site = new DiskSite();
  makeFifo(site.folder.at("www/fifo"));
  refuses("not-found", () => site.directory.remove(toName("fifo")));
  assertEquals(site.folder.list("www"), ["a", "fifo"]);
});

Deno.test("RootedDirectory.remove keeps a folder into which something came in the last moment", () => {
  using site = new DiskSite();
  Deno.mkdirSync(site.folder.at("www/d"));
  using _remove = replaced("removeSync", (real) => (path, options) => {
    site.folder.write("www/d/new", "");
    return real(path, options);
  });
  refuses("exists", () => site.directory.remove(toName("d")));
  assertEquals(site.folder.list("www/d"), ["new"]);
});

Deno.test("RootedDirectory keeps, reads and drops no note through a link", () => {
  // security.md W1, P6.
  using site = new DiskSite();
  const { folder, directory } = site;
  const note = `.landline-${TOKEN}.note`;
  folder.write(`outside/${note}`, SECRET);
  folder.write(`www/sub/${note}`, SECRET);
  site.link("out", "../outside");
  site.link("in", "sub");
  for (const text of ["out", "in", "out/sub"]) {
    const place = toName(text);
    refuses("not-allowed", () => directory.keepNote(place, TOKEN, "mine"));
    assertEquals(directory.note(place, TOKEN), undefined);
    directory.dropNote(place, TOKEN);
  }
  assertEquals(folder.list("outside"), [note, "s"]);
  assertEquals(Deno.readTextFileSync(folder.at(`www/sub/${note}`)), SECRET);

  // Nor where the note itself is one: it is replaced, and removed.
  site.link(note, "../outside/s");
  assertEquals(directory.note("", TOKEN), undefined);
  directory.keepNote("", TOKEN, "mine");
  assertEquals(directory.note("", TOKEN), "mine");
  Deno.removeSync(folder.at(`www/${note}`));
  site.link(note, "../outside/s");
  directory.dropNote("", TOKEN);
  assertEquals(folder.list("www"), ["a", "in", "out", "sub"]);
  assertEquals(Deno.readTextFileSync(folder.at("outside/s")), SECRET);
});

Deno.test("RootedDirectory.note follows no link that takes the place of the note, and reads one that another takes", () => {
  // security.md P7.
  using site = new DiskSite();
  const { folder, directory } = site;
  directory.keepNote("", TOKEN, "old");
  {
    let opened = 0;
    using _open = replaced("openSync", (real) => (path, options) => {
      if (options !== undefined) return real(path, options);
      if (opened++ === 0) directory.keepNote("", TOKEN, "new");
      return real(path);
    });
    assertEquals(directory.note("", TOKEN), "new");
    assertEquals(opened, 2);
  }
  using _open = replaced("openSync", (real) => (path, options) => {
    directory.dropNote("", TOKEN);
    site.link(`.landline-${TOKEN}.note`, "../outside/s");
    return real(path, options);
  });
  assertEquals(directory.note("", TOKEN), undefined);
  assertEquals(folder.list("outside"), ["s"]);
});

Deno.test("RootedDirectory.note takes nothing for a note that it did not keep: too long, not Unicode, a folder, a FIFO", () => {
  using site = new DiskSite();
  const { folder, directory } = site;
  const note = `www/.landline-${TOKEN}.note`;
  const path = folder.at(note);
  for (
    const make of [
      () => folder.write(note, "x".repeat(64 * 1024 + 1)),
      () => folder.write(note, new Uint8Array([0xff])),
      () => Deno.mkdirSync(path),
      () => makeFifo(path),
    ]
  ) {
    make();
    assertEquals(directory.note("", TOKEN), undefined);
    Deno.removeSync(path);
  }
});

Deno.test("RootedDirectory.note gives no note that was cut while it was read, and none of a hidden folder", () => {
  using site = new DiskSite();
  const { folder, directory } = site;
  directory.keepNote("", TOKEN, "whole");
  {
    using _open = replaced("openSync", (real) => (path, options) => {
      const file = real(path, options);
      Deno.truncateSync(folder.at(`www/.landline-${TOKEN}.note`), 3);
      return file;
    });
    assertEquals(directory.note("", TOKEN), undefined);
  }
  const note = `www/.git/.landline-${TOKEN}.note`;
  folder.write(note, SECRET);
  assertEquals(directory.note(toName(".git"), TOKEN), undefined);
  directory.dropNote(toName(".git"), TOKEN);
  assertEquals(Deno.readTextFileSync(folder.at(note)), SECRET);
});

Deno.test("RootedDirectory.keepNote leaves nothing behind when it fails", () => {
  using site = new DiskSite();
  const { folder, directory } = site;
  folder.write(`www/.landline-${TOKEN}.note/x`, "");
  refuses("not-found", () => directory.keepNote("", TOKEN, "text"));
  assertEquals(folder.list("www"), [`.landline-${TOKEN}.note`, "a"]);
  using _open = replaced("openSync", () => () => {
    throw Object.assign(new Error("No space left"), { code: "ENOSPC" });
  });
  const place = toName("new/sub");
  refuses("no-space", () => directory.keepNote(place, TOKEN, "text"));
  assertEquals(folder.list("www"), [`.landline-${TOKEN}.note`, "a"]);
});

Deno.test("RootedDirectory keeps a note whole, the old one or the new one, when the program is killed", async () => {
  using site = new DiskSite();
  const script = `
    import { RootedDirectory } from "${
    import.meta.resolve("./rooted_directory.ts")
  }";
    const directory = new RootedDirectory(${
    JSON.stringify(site.folder.at("www"))
  });
    for (let i = 0;; i++) {
      directory.keepNote("", "${TOKEN}", String(i % 10).repeat(60_000 + i % 10));
      if (i === 10) console.log("ready");
    }`;
  const program = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--ext=ts", "-"],
    cwd: new URL("../..", import.meta.url),
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const stdin = program.stdin.getWriter();
  await stdin.write(new TextEncoder().encode(script));
  await stdin.close();
  const stdout = program.stdout.getReader();
  await stdout.read();
  program.kill("SIGKILL");
  await program.status;
  await stdout.cancel();
  const note = site.directory.note("", TOKEN)!;
  assertEquals(note.length, 60_000 + Number(note[0]));
  assertEquals(new Set(note).size, 1);
});

Deno.test("RootedDirectory.receive gives a part to one of several threads at a time, and to the next when that ends", async () => {
  using site = new DiskSite();
  const { directory, folder } = site;
  const name = toName("x");
  const first = directory.receive(name, TOKEN);
  first.append(new TextEncoder().encode("123"));
  first.close();
  const thread = new Worker(
    URL.createObjectURL(
      new Blob([`
        const file = Deno.openSync(${
        JSON.stringify(folder.at(`www/.landline-${TOKEN}.part`))
      }, { write: true });
        postMessage(file.tryLockSync(true));
        onmessage = () => {
          file.unlockSync();
          file.close();
          postMessage("given back");
        };`]),
    ),
    { type: "module" },
  );
  const message = () =>
    new Promise((resolve, reject) => {
      thread.onmessage = ({ data }) => resolve(data);
      thread.onerror = (event) => reject(new Error(event.message));
    });
  try {
    assertEquals(await message(), true);
    refuses("busy", () => directory.receive(name, TOKEN));
    const answered = message();
    thread.postMessage("");
    await answered;
    const second = directory.receive(toName("y"), TOKEN);
    assertEquals(second.length, 3);
    second.discard();
  } finally {
    thread.terminate();
  }
  assertEquals(folder.list("www"), ["a"]);
});
