/**
 * What the folders really hold. No program is asked whether it is ready: the file system is looked at.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { join } from "@std/path";
import { type Cluster, OWN_NAMES } from "./cluster.ts";
import { until } from "./patience.ts";

/** How a path shall be: a file of so many bytes, or not there. */
export interface Wanted {
  readonly path: string;
  readonly size: number | undefined;
}

/** How often the folders are looked at. */
export const LOOK_MS = 5;

/** The size of the file at `path` now, `undefined` if there is none. */
export function sizeAt(path: string): number | undefined {
  try {
    const { isFile, size } = Deno.statSync(path);
    return isFile ? size : undefined;
  } catch (error) {
    if (
      error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.NotADirectory
    ) return undefined;
    throw error;
  }
}

/**
 * Waits until each of `wanted` was seen as it shall be in the folders of the peers `indexes`.
 * What was seen once is not looked at again, so that looking costs next to nothing; `checkSame` looks at all of it in the end.
 */
export async function untilSeen(
  cluster: Cluster,
  indexes: readonly number[],
  wanted: readonly Wanted[],
  msMax: number,
  everyMs = LOOK_MS,
): Promise<void> {
  const left = indexes.flatMap((index) =>
    wanted.map(({ path, size }) => ({
      path: join(cluster.folders[index]!, path),
      size,
    }))
  ).reverse();
  const patience = {
    what: "to be seen everywhere",
    msMax,
    everyMs,
    check: () => cluster.checkAlive(),
  };
  try {
    await until(patience, () => {
      for (let next = left.at(-1); next !== undefined; next = left.at(-1)) {
        if (sizeAt(next.path) !== next.size) return false;
        left.pop();
      }
      return true;
    });
  } catch (error) {
    const first = left.at(-1)?.path;
    throw new Error(
      `${error instanceof Error ? error.message : error}; ` +
        `${left.length} files are missing, such as ${first}`,
    );
  }
}

/** The files below `folder` with their sizes, by relative path, in order; what is a program's own is left out. */
export function treeOf(folder: string): Map<string, number> {
  const files: [string, number][] = [];
  const walk = (prefix: string) => {
    for (const { name, isDirectory } of Deno.readDirSync(folder + prefix)) {
      if (prefix === "/" && OWN_NAMES.has(name)) continue;
      const path = prefix + name;
      if (isDirectory) walk(`${path}/`);
      else files.push([path.slice(1), Deno.statSync(folder + path).size]);
    }
  };
  walk("/");
  return new Map(files.sort(([left], [right]) => left < right ? -1 : 1));
}

/** Throws Error unless all folders of the cluster have the same files with the same SHA-256, and there is one at all. */
export function checkSame(cluster: Cluster): void {
  const [first, ...others] = cluster.folders;
  const expected = digestsOf(first!);
  if (expected.size === 0) throw new Error(`${first} is empty`);
  for (const folder of others) {
    const found = digestsOf(folder);
    for (const [path, digest] of expected) {
      if (found.get(path) !== digest) {
        throw new Error(
          `${folder}/${path} ${found.has(path) ? "differs" : "is not there"}`,
        );
      }
    }
    const stranger = [...found.keys()].find((path) => !expected.has(path));
    if (stranger !== undefined) {
      throw new Error(`${folder}/${stranger} should not be there`);
    }
  }
}

function digestsOf(folder: string): Map<string, string> {
  const block = new Uint8Array(1 << 20);
  return new Map(
    [...treeOf(folder).keys()].map((path) => {
      const hash = createHash("sha256");
      using file = Deno.openSync(join(folder, path));
      for (;;) {
        const count = file.readSync(block);
        if (count === null) break;
        hash.update(block.subarray(0, count));
      }
      return [path, hash.digest("hex")];
    }),
  );
}
