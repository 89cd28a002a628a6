/**
 * A large file and a folder of pictures get another name: how long, what goes over the wire, and whether the others ever see
 * both names or none.
 *
 * @module
 */

import { join } from "@std/path";
import { oneFileSource, pictureSource } from "../../fixtures.ts";
import type { Goal, Job, Row } from "../../job.ts";
import { median } from "../../measure.ts";
import type { Cluster } from "../cluster.ts";
import { checkSame, sizeAt, untilSeen, type Wanted } from "../judge.ts";
import { landline } from "../landline.ts";
import { pause, until } from "../patience.ts";
import { syncthing, syncthingTold } from "../syncthing.ts";
import { megabytes, seconds, type Taken, taken, takenRows } from "../taken.ts";
import { type Results, trials } from "../trials.ts";
import { copyAll, wantedOf } from "./copying.ts";
import { limitGoal } from "./goals.ts";

const BYTES = 100 * 2 ** 20;
const WIRE_BYTES_MAX = 0.3e6;
const MS_MAX = 60_000;
const LOOK_MS = 2;
/** Until what follows (acknowledgements, what is said of it) is over. */
const AFTERMATH_MS = 300;

/** One rename, and what the second peer was seen with on the way. */
interface Renamed extends Taken {
  readonly looks: number;
  /** Looks that found something under both names, of all looks. */
  readonly both: number;
  /** Looks that found something missing under either. */
  readonly neither: number;
}

export const renameJob: Job = {
  name: "rename",
  about: "a file of 100 MiB gets another name, at one of 3 peers",
  async run(bench) {
    const results = await trials<Renamed>(bench, {
      job: this.name,
      contestants: [landline, syncthing, syncthingTold],
      peers: 3,
      value: ({ seconds }) => seconds,
      async run(cluster) {
        await oneFileSource(cluster.folders[0]!, "before.bin", BYTES);
        return await renamed(cluster, "before.bin", "after.bin", [
          { path: "", size: BYTES },
        ]);
      },
    });
    return reportOf(results, WIRE_BYTES_MAX);
  },
};

export const renameFolderJob: Job = {
  name: "rename-folder",
  about: "a folder of 283 pictures gets another name, at one of 3 peers",
  async run(bench) {
    const source = await pictureSource(join(bench.work, "pictures"));
    const files = wantedOf(source.folder).map(({ path, size }) => ({
      path: `/${path}`,
      size,
    }));
    const results = await trials<Renamed>(bench, {
      job: this.name,
      contestants: [landline, syncthing, syncthingTold],
      peers: 3,
      value: ({ seconds }) => seconds,
      async run(cluster) {
        const folder = join(cluster.folders[0]!, "before");
        Deno.mkdirSync(folder);
        copyAll(source, folder);
        return await renamed(cluster, "before", "after", files);
      },
    });
    // Two records for each file, to two receivers.
    return reportOf(results, undefined);
  },
};

/** Waits until all have `from`, renames it, and waits until it is so everywhere. `files` are the parts of it by what stands after its name. */
async function renamed(
  cluster: Cluster,
  from: string,
  to: string,
  files: readonly Wanted[],
): Promise<Renamed> {
  const [first] = cluster.folders;
  const under = (name: string) =>
    files.map(({ path, size }) => ({ path: name + path, size }));
  await untilSeen(cluster, [1, 2], under(from), MS_MAX);
  await cluster.tell(0, "");
  await cluster.settled();
  const seen = { looks: 0, both: 0, neither: 0 };
  const sample = await taken(cluster, async () => {
    Deno.renameSync(join(first!, from), join(first!, to));
    const told = cluster.tell(0, "");
    await until({
      what: "the other name at all peers",
      everyMs: LOOK_MS,
      msMax: MS_MAX,
      check: () => cluster.checkAlive(),
    }, () => look(cluster.folders[1]!, from, to, files, seen));
    await untilSeen(cluster, [2], [
      ...under(to),
      ...under(from).map(({ path }) => ({ path, size: undefined })),
    ], MS_MAX);
    await told;
    await pause(AFTERMATH_MS);
  });
  checkSame(cluster);
  return {
    ...sample,
    ...seen,
    seconds: sample.seconds - AFTERMATH_MS / 1000,
  };
}

/** Whether everything of it is under the other name in `folder`, and under that only. */
function look(
  folder: string,
  from: string,
  to: string,
  files: readonly Wanted[],
  seen: { looks: number; both: number; neither: number },
): boolean {
  // Two are enough to see a folder that is half there.
  const [old, neu] = [from, to].map((name) =>
    [files[0]!, files.at(-1)!].map(({ path, size }) =>
      sizeAt(join(folder, name) + path) === size
    )
  );
  seen.looks++;
  if (old!.includes(true) && neu!.includes(true)) seen.both++;
  if (old!.includes(false) && neu!.includes(false)) seen.neither++;
  return !old!.includes(true) && !neu!.includes(false) &&
    files.every(({ path, size }) =>
      sizeAt(join(folder, to) + path) === size &&
      sizeAt(join(folder, from) + path) === undefined
    );
}

function reportOf(
  { outcomes, samples }: Results<Renamed>,
  wireBytesMax: number | undefined,
): { rows: Row[]; goals: Goal[] } {
  const ours = samples.get(landline.name);
  const rows = takenRows(outcomes, samples).map((row) => {
    const own = samples.get(row.contender);
    if (own === undefined || own.length === 0) return row;
    const middle = (of: (sample: Renamed) => number) => median(own.map(of));
    const both = `of ${middle(({ looks }) => looks)} looks ${
      middle(({ both }) => both)
    } found both names, ${middle(({ neither }) => neither)} none`;
    return { ...row, rate: `${row.rate}; ${both}` };
  });
  return {
    rows,
    goals: [
      ...wireBytesMax === undefined ? [] : [limitGoal(
        "bytes over the loopback",
        ours?.map(({ wire }) => wire),
        wireBytesMax,
        megabytes,
      )],
      limitGoal(
        "until so at all 3",
        ours?.map((sample) => sample.seconds),
        0.15,
        seconds,
      ),
      limitGoal(
        "looks that found both names",
        ours?.map(({ both }) => both),
        0,
        (value) => `${value}`,
      ),
    ],
  };
}
