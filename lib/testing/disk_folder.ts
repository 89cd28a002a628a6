/**
 * A temporary folder of the disk, for tests; `using` removes it.
 *
 * @module
 */

import { RootedDirectory } from "../io/rooted_directory.ts";
import type { DirectorySubject } from "./directory_suite.ts";

export class DiskFolder implements Disposable {
  /** Absolute, real. */
  readonly path: string;

  constructor() {
    this.path = Deno.realPathSync(
      Deno.makeTempDirSync({ prefix: "landline-test-" }),
    );
  }

  /** The path of `name` in it. */
  at(name: string): string {
    return `${this.path}/${name}`;
  }

  /** Writes a file, with the folders that it needs. */
  write(name: string, content: string | Uint8Array): void {
    const path = this.at(name);
    Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    if (typeof content === "string") Deno.writeTextFileSync(path, content);
    else Deno.writeFileSync(path, content);
  }

  /** What is directly in `folder`, sorted. */
  list(folder = ""): string[] {
    return [...Deno.readDirSync(this.at(folder))].map(({ name }) => name)
      .sort();
  }

  /** Time stamps tick in some milliseconds: after this, a change shows in the mtime of every file that is there now. */
  untilTimeTicks(): void {
    const path = this.at(".landline-tick");
    const mtime = () => {
      Deno.writeTextFileSync(path, "");
      return Deno.statSync(path).mtime?.getTime();
    };
    const before = mtime();
    while (mtime() === before);
    Deno.removeSync(path);
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}

/** Long after everything that a test does. */
const LATER_MS = 60_000;

/** Until it is disposed of, it is long after everything that is done to files. */
export function muchLater(): Disposable {
  const now = Date.now;
  Date.now = () => now() + LATER_MS;
  return { [Symbol.dispose]: () => void (Date.now = now) };
}

/** A `RootedDirectory` for the suite. */
export function diskSubject(options?: { hidden: boolean }): DirectorySubject {
  const folder = new DiskFolder();
  const stack = new DisposableStack();
  stack.use(folder);
  return {
    directory: new RootedDirectory(folder.path, options),
    put(name, content) {
      const fresh = `.fresh-${crypto.randomUUID()}`;
      folder.write(name + fresh, content);
      Deno.renameSync(folder.at(name + fresh), folder.at(name));
      folder.untilTimeTicks();
    },
    rewrite(name, content) {
      folder.write(name, content);
      folder.untilTimeTicks();
    },
    remove: (name) => Deno.removeSync(folder.at(name)),
    get: (name) => Deno.readFileSync(folder.at(name)),
    mtimeOf: (name) => Deno.statSync(folder.at(name)).mtime?.getTime(),
    settle: () => void stack.use(muchLater()),
    [Symbol.dispose]: () => stack.dispose(),
  };
}
