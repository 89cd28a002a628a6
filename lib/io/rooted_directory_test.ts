import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Refusal } from "../errors.ts";
import { toName } from "../names/name.ts";
import {
  basesOf,
  namesOf,
  readAll,
  refuses,
  rejects,
  testDirectory,
  TOKEN,
} from "../testing/directory_suite.ts";
import { diskSubject } from "../testing/disk_folder.ts";
import { DiskSite, makeFifo, SECRET } from "../testing/disk_site.ts";
import type { OpenFile } from "./directory.ts";
import { RootedDirectory } from "./rooted_directory.ts";

testDirectory("RootedDirectory", diskSubject);

Deno.test("RootedDirectory does not serve or list links that lead outside: to a file, a folder, by a chain, through a folder above", async () => {
  // security.md P6.
  using site = new DiskSite();
  const { folder, directory } = site;
  folder.write("www/sub/b", "");
  site.link("file", folder.at("outside/s"));
  site.link("relative", "../outside/s");
  site.link("folder", folder.at("outside"));
  site.link("chain", "chain2");
  site.link("chain2", "sub/../relative");
  site.link("up", "..");
  site.link("sub/out", "../../outside");
  site.link("self", ".");
  for (
    const name of [
      "file",
      "relative",
      "folder",
      "folder/s",
      "chain",
      "chain2",
      "up",
      "up/outside/s",
      "sub/out/s",
      "self/self/up/outside/s",
    ]
  ) {
    await isAbsent(directory, name);
    await assertRejects(() => namesOf(directory, name), Refusal);
  }
  assertEquals(await namesOf(directory, ""), ["a", "sub/b"]);
  // `self` leads to the folder itself.
  assertEquals(basesOf(await directory.folder("")), ["a", "self", "sub"]);
  assertEquals(basesOf(await directory.folder(toName("sub"))), ["b"]);
});

Deno.test("RootedDirectory serves links that stay inside, and lists those to files", async () => {
  using site = new DiskSite();
  const { folder, directory } = site;
  folder.write("www/sub/b", "b");
  site.link("to-a", "a");
  site.link("to-sub", "sub");
  site.link("around", "../www/a");
  for (
    const [name, text] of [["to-a", "yours"], ["to-sub/b", "b"], [
      "around",
      "yours",
    ]]
  ) {
    using file = opened(directory, name!);
    assertEquals(new TextDecoder().decode(await readAll(file)), text);
  }
  assertEquals(await namesOf(directory, ""), ["a", "around", "sub/b", "to-a"]);
});

Deno.test("RootedDirectory does not show through a link what begins with a dot", async () => {
  using site = new DiskSite();
  site.folder.write("www/.git/config", SECRET);
  site.folder.write("www/.landline-1.part", SECRET);
  site.link("config", ".git/config");
  site.link("git", ".git");
  site.link("part", ".landline-1.part");
  for (const name of ["config", "git", "git/config", "part"]) {
    await isAbsent(site.directory, name);
  }
  assertEquals(basesOf(await site.directory.folder("")), ["a"]);
  const hidden = new RootedDirectory(site.folder.at("www"), { hidden: true });
  opened(hidden, "config").close();
  await isAbsent(hidden, "part");
  const dotted = [".git", "a", "config", "git"];
  assertEquals(basesOf(await hidden.folder("")), dotted);
});

Deno.test("RootedDirectory asks anew at every request: a file or folder that became a link is not followed", async () => {
  // security.md P7.
  using site = new DiskSite();
  const { folder, directory } = site;
  folder.write("www/sub/s", "yours");
  opened(directory, "a").close();
  opened(directory, "sub/s").close();
  Deno.removeSync(folder.at("www/a"));
  site.link("a", "../outside/s");
  Deno.removeSync(folder.at("www/sub"), { recursive: true });
  site.link("sub", "../outside");
  for (const name of ["a", "sub", "sub/s"]) await isAbsent(directory, name);
  refuses("not-allowed", () => directory.mayStore(toName("sub/new"), "refuse"));
  refuses("not-allowed", () => directory.receive(toName("sub/new"), TOKEN));
  assertEquals(folder.list("outside"), ["s"]);
});

Deno.test("RootedDirectory never opens what a link leads to while somebody swaps file and link all the time", async () => {
  // security.md P7.
  using site = new DiskSite();
  const { folder, directory } = site;
  folder.write("www/b", "yours");
  site.link("l", "../outside/s");
  const swapper = new Worker(
    URL.createObjectURL(
      new Blob([`
        const www = ${JSON.stringify(folder.at("www"))};
        const swap = (...names) => names.reduce((from, to) => {
          Deno.renameSync(www + "/" + from, www + "/" + to);
          return to;
        });
        postMessage("ready");
        // Until it is told to stop: the file goes out of the way, the link comes in its place and goes again.
        while (!Deno.readDirSync(www + "/..").some(({ name }) => name === "stop")) {
          swap("b", "keep");
          swap("l", "b", "l");
          swap("keep", "b");
        }
        postMessage("done");`]),
    ),
    { type: "module" },
  );
  const message = () =>
    new Promise<void>((resolve, reject) => {
      swapper.onmessage = () => resolve();
      swapper.onerror = (event) => reject(new Error(event.message));
    });
  await message();
  try {
    for (let i = 0; i < 5000; i++) {
      try {
        using file = opened(directory, "b");
        assertEquals(file.info.size, "yours".length);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
      }
    }
  } finally {
    const done = message();
    folder.write("stop", "");
    await done;
    swapper.terminate();
  }
});

Deno.test("RootedDirectory does not take a folder whose name begins like its own for itself", async () => {
  // security.md P8.
  using site = new DiskSite();
  site.link("s", "../www-secret/s");
  site.link("d", "../www-secret");
  for (const name of ["s", "d", "d/s"]) await isAbsent(site.directory, name);
});

Deno.test("RootedDirectory with the root / opens files, and still checks what links lead to", async () => {
  // security.md P8.
  using site = new DiskSite();
  site.folder.write("www/.h/s", SECRET);
  site.link("inside", "a");
  site.link("dotted", ".h/s");
  const all = new RootedDirectory("/");
  const www = site.folder.at("www").slice(1);
  opened(all, `${www}/a`).close();
  opened(all, `${www}/inside`).close();
  for (const name of [`${www}/dotted`, `${www}/.h/s`, "dev/null"]) {
    await isAbsent(all, name);
  }
  assertEquals(all.kindOf(toName(`${www}/inside`)), "file");
  assertEquals(basesOf(await all.folder(toName(www))), ["a", "inside"]);
  assert(basesOf(await all.folder("")).includes("dev"));
});

Deno.test("RootedDirectory refuses FIFOs, sockets, devices and loops of links at once, and does not list them", async () => {
  // security.md P10.
  using site = new DiskSite();
  const { folder, directory } = site;
  makeFifo(folder.at("www/fifo"));
  using _socket = Deno.listen({
    transport: "unix",
    path: folder.at("www/socket"),
  });
  site.link("fifo-link", "fifo");
  site.link("device", "/dev/zero");
  site.link("loop", "loop2");
  site.link("loop2", "loop");
  site.link("broken", "nowhere");
  for (
    const name of [
      "fifo",
      "fifo-link",
      "socket",
      "device",
      "loop",
      "loop/x",
      "broken",
    ]
  ) {
    await isAbsent(directory, name);
    await assertRejects(() => namesOf(directory, name), Refusal);
  }
  assertEquals(await namesOf(directory, ""), ["a"]);
  assertEquals(basesOf(await directory.folder("")), ["a"]);
});

Deno.test("RootedDirectory refuses and lists names of 255 bytes, long paths, and folders below the longest name", async () => {
  // security.md P10.
  using site = new DiskSite();
  const { folder, directory } = site;
  const long = "é".repeat(127) + "x";
  folder.write(`www/${long}`, "");
  opened(directory, long).close();
  const deep = Array(13).fill("d".repeat(240)).join("/");
  folder.write(`www/${deep}/f`, "");
  assertEquals(await namesOf(directory, ""), ["a", long]);
  assertEquals(basesOf(await directory.folder("")), [
    "a",
    "d".repeat(240),
    long,
  ]);
  // The name of what is in the deepest folder that can be said cannot.
  const last = deep.slice(0, 12 * 241 - 1);
  assertEquals(directory.kindOf(toName(last)), "folder");
  assertEquals(await directory.folder(toName(last)), []);
  refuses(
    "not-found",
    () => directory.open(toName(Array(12).fill("e".repeat(240)).join("/"))),
  );
});

Deno.test({
  name:
    "RootedDirectory says not-allowed for a file or folder it may not read, and lists the others",
  // Root may read everything.
  ignore: Deno.uid() === 0,
  async fn() {
    using site = new DiskSite();
    site.folder.write("www/locked/x", "");
    Deno.chmodSync(site.folder.at("www/a"), 0);
    Deno.chmodSync(site.folder.at("www/locked"), 0);
    try {
      refuses("not-allowed", () => site.directory.open(toName("a")));
      refuses("not-allowed", () => site.directory.open(toName("locked/x")));
      refuses("not-allowed", () => site.directory.remove(toName("locked/x")));
      assertEquals(await site.directory.small(toName("a")), undefined);
      await rejects("not-allowed", site.directory.folder(toName("locked")));
      refuses("not-allowed", () => site.directory.kindOf(toName("locked/x")));
      const bases = basesOf(await site.directory.folder(""));
      assertEquals(bases, ["a", "locked"]);
      assertEquals(await namesOf(site.directory, ""), ["a"]);
    } finally {
      Deno.chmodSync(site.folder.at("www/locked"), 0o700);
    }
  },
});

Deno.test("RootedDirectory leaves names out of a listing that it could not serve: not Unicode", async () => {
  using site = new DiskSite();
  const made = await new Deno.Command("sh", {
    args: [
      "-c",
      `: > "$1/$(printf 'bad\\377name')"`,
      "sh",
      site.folder.at("www"),
    ],
  }).output();
  assert(made.success);
  const names = await namesOf(site.directory, "");
  for (const name of names) opened(site.directory, name).close();
  assertEquals(names, ["a"]);
  assertEquals(basesOf(await site.directory.folder("")), ["a"]);
});

Deno.test("RootedDirectory refuses a folder that is not there, or is a file", () => {
  using site = new DiskSite();
  for (const name of ["none", "www/a"]) {
    assertThrows(() => new RootedDirectory(site.folder.at(name)));
  }
});

Deno.test("RootedDirectory reads a large file by promise after a read that took long, so that others need not wait, until one is quick again", async () => {
  using site = new DiskSite();
  site.folder.write("www/large", "x".repeat(300_000));
  using file = opened(site.directory, "large");
  const real = performance.now;
  let now = 0;
  let ms = 100;
  performance.now = () => now += ms;
  try {
    const byte = new Uint8Array(1);
    assertEquals(typeof file.read(byte), "number");
    for (const next of [100, 0]) {
      ms = next;
      const cold = file.read(byte);
      assert(cold instanceof Promise);
      assertEquals(await cold, 1);
    }
    assertEquals(typeof file.read(byte), "number");
  } finally {
    performance.now = real;
  }
});

/** Fails unless nothing tells of `name` that there is anything. */
async function isAbsent(
  directory: RootedDirectory,
  text: string,
): Promise<void> {
  const name = toName(text);
  refuses("not-found", () => directory.open(name));
  refuses("not-found", () => directory.kindOf(name));
  await rejects("not-found", directory.folder(name));
  assertEquals(await directory.small(name), undefined, name);
}

function opened(
  directory: RootedDirectory,
  name: string,
): OpenFile & Disposable {
  const file = directory.open(toName(name));
  return Object.assign(file, { [Symbol.dispose]: () => file.close() });
}
