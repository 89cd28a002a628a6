/**
 * A shared folder of the disk with secrets beside it, for tests of what `RootedDirectory` does not let out or in.
 *
 * @module
 */

import { RootedDirectory } from "../io/rooted_directory.ts";
import { DiskFolder, muchLater } from "./disk_folder.ts";

/** What nobody may get. */
export const SECRET = "not for you";

/**
 * A shared folder `www` with a file `a`, and beside it `www-secret/s` and `outside/s`, which nobody may get. It is long after
 * they were made, or nothing would be held in memory.
 */
export class DiskSite implements Disposable {
  readonly folder = new DiskFolder();
  readonly #later = muchLater();
  readonly directory: RootedDirectory;

  constructor(hidden = false) {
    this.folder.write("www/a", "yours");
    this.folder.write("www-secret/s", SECRET);
    this.folder.write("outside/s", SECRET);
    this.directory = new RootedDirectory(this.folder.at("www"), { hidden });
  }

  /** Makes a symbolic link in the shared folder. */
  link(name: string, target: string): void {
    Deno.symlinkSync(target, this.folder.at(`www/${name}`));
  }

  [Symbol.dispose](): void {
    this.#later[Symbol.dispose]();
    this.folder[Symbol.dispose]();
  }
}

/** Makes a FIFO. */
export function makeFifo(path: string): void {
  const { success } = new Deno.Command("mkfifo", { args: [path] }).outputSync();
  if (!success) throw new Error(`Cannot make the FIFO ${path}`);
}

/** Calls of `Deno` that can be replaced. */
type Replaceable =
  | "lstatSync"
  | "openSync"
  | "readDirSync"
  | "removeSync";

/**
 * Puts `make(the real one)` in the place of a call of `Deno` until it is disposed of: so that something happens between
 * two steps of ours that nothing else comes between.
 */
export function replaced<K extends Replaceable>(
  call: K,
  make: (real: typeof Deno[K]) => typeof Deno[K],
): Disposable {
  const real = Deno[call];
  Object.assign(Deno, { [call]: make(real) });
  return { [Symbol.dispose]: () => void Object.assign(Deno, { [call]: real }) };
}
