/**
 * What jobs do that copy the files of a folder to one peer, and wait until all others have them.
 *
 * @module
 */

import { join } from "@std/path";
import type { Source } from "../../fixtures.ts";
import type { Bench } from "../../job.ts";
import type { Cluster } from "../cluster.ts";
import { checkSame, treeOf, untilSeen, type Wanted } from "../judge.ts";
import { type Taken, taken } from "../taken.ts";
import { type Results, type Trial, trials } from "../trials.ts";

/** Which files, to whom, and how long it may take. */
type Copying =
  & Pick<Trial<Taken>, "job" | "contestants" | "peers" | "onDisk">
  & { readonly source: Source; readonly msMax: number };

/** The files come into the folder of the first peer while all run. */
export async function copiedIn(
  bench: Bench,
  { source, msMax, ...trial }: Copying,
): Promise<Results<Taken>> {
  const wanted = wantedOf(source.folder);
  return await trials<Taken>(bench, {
    ...trial,
    value: (sample) => sample.seconds,
    async run(cluster) {
      const sample = await taken(cluster, async () => {
        copyAll(source, cluster.folders[0]!);
        const told = cluster.tell(0, "");
        await untilSeen(cluster, othersOf(cluster), wanted, msMax);
        await told;
      });
      checkSame(cluster);
      return sample;
    },
  });
}

/** The files are there before the programs start. */
export async function startedWith(
  bench: Bench,
  { source, msMax, ...trial }: Copying,
): Promise<Results<Taken>> {
  const wanted = wantedOf(source.folder);
  return await trials<Taken>(bench, {
    ...trial,
    isCold: true,
    fill: (folder) => copyAll(source, folder),
    value: (sample) => sample.seconds,
    async run(cluster) {
      const sample = await taken(cluster, async () => {
        await cluster.launch();
        await untilSeen(cluster, othersOf(cluster), wanted, msMax);
      }, true);
      checkSame(cluster);
      return sample;
    },
  });
}

/** All peers but the first. */
function othersOf({ folders }: Cluster): number[] {
  return folders.map((_, index) => index).slice(1);
}

/** What is in `folder` now, as it shall be elsewhere. */
export function wantedOf(folder: string): Wanted[] {
  return [...treeOf(folder)].map(([path, size]) => ({ path, size }));
}

/** Copies the files of `source` one after the other, as `cp` does. */
export function copyAll(source: Source, folder: string): void {
  for (const name of source.names) {
    Deno.copyFileSync(join(source.folder, name), join(folder, name));
  }
}
