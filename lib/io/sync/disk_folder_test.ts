import {
  assert,
  assertEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { fromFileUrl } from "@std/path";
import { EXIT, ProgramError, Refusal } from "../../errors.ts";
import { type Name, toName } from "../../names/name.ts";
import type { Watched } from "../../testing/absence_watcher.ts";
import { DiskFolder } from "../../testing/disk_folder.ts";
import { canMount, SmallDisk } from "../../testing/small_disk.ts";
import { diskSubject, partOf } from "../../testing/sync_folder_subject.ts";
import { testSyncFolder } from "../../testing/sync_folder_suite.ts";
import { testSyncFolderActing } from "../../testing/sync_folder_suite_acting.ts";
import { testSyncFolderFaults } from "../../testing/sync_folder_suite_faults.ts";
import { testSyncFolderReading } from "../../testing/sync_folder_suite_reading.ts";
import { testSyncFolderVersions } from "../../testing/sync_folder_suite_versions.ts";
import { eventually, within } from "../../testing/within.ts";
import { DiskSyncFolder } from "./disk_folder.ts";
import type { Hint } from "./folder.ts";

testSyncFolder("DiskSyncFolder", diskSubject);
testSyncFolderReading("DiskSyncFolder", diskSubject);
testSyncFolderActing("DiskSyncFolder", diskSubject);
testSyncFolderVersions("DiskSyncFolder", diskSubject);
testSyncFolderFaults("DiskSyncFolder", diskSubject);

Deno.test("DiskSyncFolder says of a path that is no folder what is wrong with it", () => {
  using disk = new DiskFolder();
  disk.write("file", "");
  const exitOf = (name: string) =>
    assertThrows(() => new DiskSyncFolder(disk.at(name)), ProgramError).exit;
  assertEquals(exitOf("none"), EXIT.notFound);
  assertEquals(exitOf("file"), EXIT.usage);
});

Deno.test("DiskSyncFolder uses no .landline that leads elsewhere", () => {
  using disk = new DiskFolder();
  disk.write("elsewhere/file", "");
  Deno.mkdirSync(disk.at("folder"));
  Deno.symlinkSync(disk.at("elsewhere"), disk.at("folder/.landline"));
  assertThrows(() => new DiskSyncFolder(disk.at("folder")), ProgramError);
  assertEquals(disk.list("elsewhere"), ["file"]);
});

Deno.test("DiskSyncFolder opens a folder by a link, and keeps what is ours from others' eyes", () => {
  using disk = new DiskFolder();
  Deno.mkdirSync(disk.at("folder"));
  Deno.symlinkSync(disk.at("folder"), disk.at("link"));
  const folder = new DiskSyncFolder(disk.at("link"));
  assertEquals(folder.root, disk.at("folder"));
  assertEquals(folder.own, disk.at("folder/.landline"));
  assertEquals(Deno.statSync(folder.own).mode! & 0o777, 0o700);
});

Deno.test({
  name: "DiskSyncFolder has the system watch what is the user's only",
  // Nowhere else can be seen what is watched.
  ignore: Deno.build.os !== "linux",
  fn: () => {
    using disk = new DiskFolder();
    disk.write("folder/file", "");
    const folder = new DiskSyncFolder(disk.path);
    disk.write(".landline/parts/file", "");
    const watch = folder.watch((text) => assertEquals(text, ""))!;
    const watched = watchedInodes();
    watch.close();
    const isWatched = (path: string) =>
      watched.has(Deno.statSync(disk.at(path)).ino!);
    assertEquals(
      [".", "folder", ".landline", ".landline/parts"].map(isWatched),
      [true, true, false, false],
    );
  },
});

Deno.test("DiskSyncFolder tells names that are no text, and goes on watching", async () => {
  using disk = new DiskFolder();
  const folder = new DiskSyncFolder(disk.path);
  const watch = folder.watch((text) => assertEquals(text, ""))!;
  const hints: AsyncIterator<Hint> = watch[Symbol.asyncIterator]();
  // Only a shell can make one: Deno's names are text.
  const made = new Deno.Command("sh", {
    args: ["-c", `touch "$(printf 'no\\377text')"`],
    cwd: disk.path,
  }).outputSync();
  assert(made.success);
  disk.write("really\ufffd", "");
  disk.write("a", "");
  const told = new Set<string>();
  while (!told.has("a")) {
    const { value } = await within("a hint of a", hints.next());
    for (const path of value.paths) told.add(path);
  }
  watch.close();
  assertEquals([...told].sort(), ["a", "really\ufffd"]);
  const unusable: string[] = [];
  const children = folder.children("", (base) => unusable.push(base));
  assertEquals(children.map(({ base }) => base).sort(), ["a", "really\ufffd"]);
  assertEquals(unusable, ["no\ufffdtext"]);
});

Deno.test({
  name: "DiskSyncFolder says that the disk is full, and goes on when it is not",
  ignore: !canMount(),
  fn: async () => {
    using disk = new SmallDisk("size=256k");
    const folder = new DiskSyncFolder(disk.path);
    const name = toName("a");
    await writeOver(folder, name, "1");
    Deno.writeFileSync(`${disk.path}/filler`, new Uint8Array(200_000));
    assert(folder.freeBytes()! < 100_000);
    const part = folder.part("large", 100_000);
    const write = () => part.writeAt(0, new Uint8Array(100_000));
    assertEquals(assertThrows(write, Refusal).code, "no-space");
    assertEquals(Deno.readTextFileSync(`${disk.path}/a`), "1");
    Deno.removeSync(`${disk.path}/filler`);
    write();
    part.drop();
    await writeOver(folder, name, "2");
    assertEquals(Deno.readTextFileSync(`${disk.path}/a`), "2");
  },
});

Deno.test({
  name: "DiskSyncFolder says of a folder on another file system that it is one",
  ignore: !canMount(),
  fn: async () => {
    using disk = new DiskFolder();
    using other = new SmallDisk("size=64k");
    const folder = new DiskSyncFolder(disk.path);
    Deno.mkdirSync(disk.at("mounted"));
    using _bound = bindMount(other.path, disk.at("mounted"));
    const part = await partOf({ folder }, "1");
    const refused = assertThrows(
      () => folder.place(part, toName("mounted/a"), undefined, true),
      Refusal,
    );
    part.close();
    assertEquals(refused.code, "not-allowed");
    assertStringIncludes(refused.message, "another file system");
    assertEquals(disk.list("mounted"), []);
  },
});

Deno.test("DiskSyncFolder shows a reader one whole version or the other while a file is replaced 100 times", async () => {
  using disk = new DiskFolder();
  disk.write("a", "even");
  const folder = new DiskSyncFolder(disk.path);
  const name = toName("a");
  const script = fromFileUrl(
    new URL("../../testing/absence_watcher.ts", import.meta.url),
  );
  await using watcher = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", script, disk.at("a"), "even", "odd"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const lines = watcher.stdout.pipeThrough(new TextDecoderStream())
    .getReader();
  assertEquals((await within("the reader", lines.read())).value, "ready\n");
  let count = 0;
  const replace = () =>
    writeOver(folder, name, count++ % 2 === 0 ? "odd" : "even", true);
  let hasLooked = false;
  const looking = lines.read().then(({ value }) => {
    assertEquals(value, "looked\n");
    hasLooked = true;
  });
  for (let i = 0; i < 100; i++) await replace();
  await eventually("the reader to have looked meanwhile", async () => {
    await replace();
    return hasLooked;
  });
  await looking;
  const stdin = watcher.stdin.getWriter();
  await stdin.write(new Uint8Array(1));
  await stdin.close();
  const { value } = await within("the reader's count", lines.read());
  await lines.cancel();
  const { absent, torn }: Watched = JSON.parse(value!);
  assertEquals([absent, torn], [0, 0]);
});

/** Places a file where one may be. */
async function writeOver(
  folder: DiskSyncFolder,
  name: Name,
  content: string,
  keep = false,
): Promise<void> {
  const part = await partOf({ folder }, content);
  assert(folder.place(part, name, folder.look(name), keep) !== "changed");
}

/** What is in `from` is also in `to`, until it is disposed of. */
function bindMount(from: string, to: string): Disposable {
  const run = (command: string, ...args: string[]) =>
    assert(new Deno.Command(command, { args }).outputSync().success);
  run("mount", "--bind", from, to);
  return { [Symbol.dispose]: () => run("umount", "--lazy", to) };
}

/** Of the folders that this process has the system watch. */
function watchedInodes(): ReadonlySet<number> {
  const inodes = new Set<number>();
  for (const { name } of Deno.readDirSync("/proc/self/fdinfo")) {
    let text: string;
    try {
      text = Deno.readTextFileSync(`/proc/self/fdinfo/${name}`);
    } catch {
      // Closed meanwhile: it was opened for this list.
      continue;
    }
    for (const [, inode] of text.matchAll(/^inotify .*\bino:(\w+)/gm)) {
      inodes.add(parseInt(inode!, 16));
    }
  }
  return inodes;
}
