/**
 * Is a changed file seen at once? Asked of a server that is under load, about files that it holds in its memory: the
 * promise that a fast server is most tempted to break.
 *
 * @module
 */

import { join } from "@std/path";
import type { Bench } from "./job.ts";
import { Probe, sameBytes } from "./probe.ts";
import { checkErrors, type Load, runWrk } from "./wrk.ts";

const CHANGES = 100;
const FILE_BYTES = 1024;
/** Long enough that the last change still meets the load; that it did is checked. */
const LOAD_SECONDS = 3;
/** Our server holds a file in memory only when its last change is 2.5 s ago (lib/io/rooted_files.ts). */
const SETTLED_MS = 3000;

/** Waits until files written by now are old enough to be held. */
export async function settle(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
}

/** Writes the files that are going to be changed, one for each change: a file that was just changed is not held. */
export async function changingFiles(folder: string): Promise<string[]> {
  const names = Array.from(
    { length: CHANGES },
    (_, index) => `changing-${index}.bin`,
  );
  for (const name of names) {
    await Deno.writeFile(join(folder, name), randomContent(FILE_BYTES));
  }
  return names;
}

/**
 * Changes one file after the other while wrk asks for all of them in turn, and fetches each as soon as it is changed.
 * Gives how many were seen, in words. Throws Error when a stale or broken answer came, or when the load failed or was
 * over too early.
 */
export async function checkFreshness(
  bench: Bench,
  port: number,
  folder: string,
  names: readonly string[],
): Promise<string> {
  const load: Load = { root: bench.root, port, names, seconds: LOAD_SECONDS };
  let isOver = false;
  const loading = runWrk(load).finally(() => isOver = true);
  try {
    using probe = await Probe.connect(port);
    for (const [index, name] of names.entries()) {
      // Asked before, so that it is held in any case.
      await probe.get(name);
      const content = await change(folder, name, index);
      const { body } = await probe.get(name);
      if (!sameBytes(body, content)) {
        throw new Error(
          `change ${index + 1} of ${CHANGES} was not seen at once`,
        );
      }
      if (isOver) throw new Error(`the load was over at change ${index + 1}`);
    }
  } finally {
    // Whatever went wrong with it is told below, unless something else was first.
    await loading.catch(() => {});
  }
  checkErrors(await loading);
  return `${names.length} of ${CHANGES}`;
}

/**
 * Gives a file a new content, by turns in the two ways there are: over the old one, of the same length, and by a new file
 * that takes its name. Neither has a moment with half a content.
 */
async function change(
  folder: string,
  name: string,
  index: number,
): Promise<Uint8Array> {
  const path = join(folder, name);
  if (index % 2 === 0) {
    const content = randomContent(FILE_BYTES);
    using file = await Deno.open(path, { write: true });
    await file.write(content);
    return content;
  }
  const content = randomContent(FILE_BYTES + index);
  await Deno.writeFile(path + ".new", content);
  await Deno.rename(path + ".new", path);
  return content;
}

function randomContent(bytes: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(bytes));
}
