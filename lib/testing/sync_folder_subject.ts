/**
 * Synced folders under test, with the hands of those who work in them: on the disk, and in memory.
 *
 * @module
 */

import { DiskCalls } from "../io/sync/disk_calls.ts";
import type { PartHandle, SyncFolder } from "../io/sync/folder.ts";
import { SyncedFolder } from "../io/sync/synced_folder.ts";
import { fromBytes, toBytes } from "../bytes/ascii.ts";
import { DiskFolder } from "./disk_folder.ts";
import { type BeforeCall, HookedCalls } from "./hooked_calls.ts";
import { SimDisk } from "./sim_disk.ts";
import { SimFolder } from "./sim_folder.ts";
import { SimPerson } from "./sim_people.ts";

export interface SyncFolderSubject extends Disposable {
  /** Of the run that is under way. */
  readonly folder: SyncFolder;
  /** Somebody between its calls. */
  before: BeforeCall | undefined;
  /** Ends the run where it is: its calls throw from now on. */
  kill(): void;
  /** Begins another run on what the last one has left. */
  restart(): void;

  /** Writes in place; makes the file, and the folders above it. */
  put(path: string, content: string): void;
  /** Gives the name to another file. */
  replace(path: string, content: string): void;
  get(path: string): string | undefined;
  remove(path: string): void;
  rename(from: string, to: string): void;
  makeFolder(path: string): void;
  symlink(to: string, path: string): void;
  fifo(path: string): void;
  describe(path: string, mtime: number, mode: number): void;
  /** Permissions, the lower nine bits. */
  modeOf(path: string): number | undefined;
  /** Names that the file has. */
  linksOf(path: string): number | undefined;
  /** Waits until a change would have another time stamp than all that were made. */
  settle(): void;
}

export type MakeSyncSubject = (
  options?: { readonly hasLinks?: boolean },
) => SyncFolderSubject;

/** Hands that can be given both kinds of folder. */
export const simSubject: MakeSyncSubject = ({ hasLinks = true } = {}) => {
  let now = 1_700_000_000_001;
  const disk = new SimDisk({ now: () => now });
  const person = new SimPerson(disk);
  const open = () =>
    new SimFolder({
      disk,
      later: (ms) => {
        now += ms;
        return Promise.resolve();
      },
      random: () => 0.5,
      before: ({ call, path }) => subject.before?.(call, path),
      hasLinks,
    });
  let folder: SimFolder;
  const subject: SyncFolderSubject = {
    get folder() {
      return folder;
    },
    before: undefined,
    kill: () => folder.kill(),
    restart: () => {
      subject.before = undefined;
      folder.kill();
      folder = open();
    },
    put: (path, content) => person.write(path, toBytes(content)),
    replace: (path, content) => person.replace(path, toBytes(content)),
    get: (path) => {
      const there = person.visit(path);
      return there?.kind === "file" ? fromBytes(there.bytes) : undefined;
    },
    remove: (path) => person.removeAll(path),
    rename: (from, to) => person.rename(from, to),
    makeFolder: (path) => person.makeFolders(path),
    symlink: (to, path) => person.symlink(to, path),
    fifo: (path) => person.fifo(path),
    describe: (path, mtime, mode) => person.describe(path, { mtime, mode }),
    modeOf: (path) => disk.find(path)?.mode,
    linksOf: (path) => disk.find(path)?.links,
    settle: () => void (now += 5000),
    [Symbol.dispose]: () => folder.kill(),
  };
  folder = open();
  return subject;
};

export const diskSubject: MakeSyncSubject = ({ hasLinks = true } = {}) => {
  const disk = new DiskFolder();
  let hooked: HookedCalls;
  let folder: SyncedFolder;
  const open = () => {
    hooked = new HookedCalls(new DiskCalls(disk.path));
    hooked.before = (call, path) =>
      subject.before?.(call, path) ??
        (call === "link" && !hasLinks ? "EPERM" : undefined);
    const next = new SyncedFolder(hooked.calls);
    next.sweep();
    folder = next;
  };
  const info = (path: string) => {
    try {
      return Deno.lstatSync(disk.at(path));
    } catch {
      return undefined;
    }
  };
  const subject: SyncFolderSubject = {
    get folder() {
      return folder;
    },
    before: undefined,
    kill: () => hooked.kill(),
    restart: () => {
      subject.before = undefined;
      hooked.kill();
      open();
    },
    put: (path, content) => disk.write(path, content),
    replace: (path, content) => {
      disk.write(path + ".other", content);
      Deno.renameSync(disk.at(path + ".other"), disk.at(path));
    },
    get: (path) =>
      info(path)?.isFile ? Deno.readTextFileSync(disk.at(path)) : undefined,
    remove: (path) => Deno.removeSync(disk.at(path), { recursive: true }),
    rename: (from, to) => Deno.renameSync(disk.at(from), disk.at(to)),
    makeFolder: (path) => Deno.mkdirSync(disk.at(path), { recursive: true }),
    symlink: (to, path) => Deno.symlinkSync(disk.at(to), disk.at(path)),
    fifo: (path) => {
      const made = new Deno.Command("mkfifo", { args: [disk.at(path)] });
      if (!made.outputSync().success) throw new Error("There is no mkfifo");
    },
    describe: (path, mtime, mode) => {
      Deno.chmodSync(disk.at(path), mode);
      Deno.utimeSync(disk.at(path), mtime / 1000, mtime / 1000);
    },
    modeOf: (path) => (info(path)?.mode ?? 0) & 0o777,
    linksOf: (path) => info(path)?.nlink ?? undefined,
    settle: () => disk.untilTimeTicks(),
    [Symbol.dispose]: () => disk[Symbol.dispose](),
  };
  open();
  return subject;
};

/** A part with `content`, whole and finished. */
export async function partOf(
  { folder }: { readonly folder: SyncFolder },
  content: string,
  meta = { mtime: 1_600_000_000_123, executable: false },
  root = "root",
): Promise<PartHandle> {
  const bytes = toBytes(content);
  const part = folder.part(root, bytes.length);
  part.writeAt(0, bytes);
  await part.finish(meta);
  return part;
}

/** A test of one promise of `kind`, on a new folder. */
export type TestPromise = (
  promise: string,
  run: (subject: SyncFolderSubject) => unknown,
) => void;

export function testsOf(
  kind: string,
  make: MakeSyncSubject,
  options?: { readonly hasLinks: boolean },
): TestPromise {
  return (promise, run) =>
    Deno.test(`${kind} ${promise}`, async () => {
      using subject = make(options);
      await run(subject);
    });
}
