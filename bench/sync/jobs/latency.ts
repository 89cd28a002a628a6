/**
 * A small file is made, changed and deleted at one of three peers: how long until it is so at the others.
 *
 * @module
 */

import { join } from "@std/path";
import type { Bench, Job, Report, Row } from "../../job.ts";
import type { Cluster, Contestant } from "../cluster.ts";
import { untilSeen } from "../judge.ts";
import { landline } from "../landline.ts";
import { pause } from "../patience.ts";
import { syncthing, syncthingTold } from "../syncthing.ts";
import { milliseconds } from "../taken.ts";
import { trials } from "../trials.ts";
import { limitGoal } from "./goals.ts";

const KINDS = ["create", "modify", "delete"] as const;
/** Of one small file, in milliseconds. */
type Delays = Record<typeof KINDS[number], number>;

const MEDIAN_MS_MAX = 60;
const SLOWEST_MS_MAX = 250;
const LOOK_MS = 2;
const MS_MAX = 30_000;
/** Between two changes, so that none finds the program still busy with the one before; of no fixed length, so that nothing falls into step. */
const PAUSE_MS = { least: 60, most: 160 };

export const latencyJob: Job = {
  name: "latency",
  about: "a small file made, changed, deleted: until so at all 3 peers",
  async run(bench) {
    const all = new Map<string, Delays[]>();
    const rows: Row[] = [];
    for (
      const [contestant, files] of [
        [landline, 60],
        [syncthing, 6],
        [syncthingTold, 60],
      ] as const
    ) {
      rows.push(...await rowsOf(bench, contestant, files, all));
    }
    return { rows, goals: goalsOf(all.get(landline.name)) };
  },
};

/** Those of one contestant, one after the other: it is no race. What it took is put into `all`. */
async function rowsOf(
  bench: Bench,
  contestant: Contestant,
  files: number,
  all: Map<string, Delays[]>,
): Promise<Row[]> {
  const { outcomes: [outcome], samples } = await trials<Delays[]>(bench, {
    job: latencyJob.name,
    contestants: [contestant],
    peers: 3,
    value: () => 0,
    async run(cluster) {
      const delays: Delays[] = [];
      for (let number = 0; number < files; number++) {
        delays.push(await delaysOf(cluster, number));
      }
      return delays;
    },
  });
  const { name, failure } = outcome!;
  if (failure !== undefined) {
    return [{ contender: name, result: failure, spread: "", rate: "" }];
  }
  const delays = samples.get(name)!.flat();
  all.set(name, delays);
  return KINDS.map((kind) => {
    const sorted = sortedOf(delays, [kind]);
    return {
      contender: `${name}, ${kind}`,
      result: milliseconds(share(sorted, 0.5)),
      spread: `${milliseconds(sorted[0]!)} - ${milliseconds(sorted.at(-1)!)}`,
      rate: `99 of 100 within ${milliseconds(share(sorted, 0.99))}`,
    };
  });
}

async function delaysOf(cluster: Cluster, number: number): Promise<Delays> {
  const path = `note-${number}.txt`;
  const place = join(cluster.folders[0]!, path);
  const step = async (act: () => void, size: number | undefined) => {
    await pause(
      PAUSE_MS.least + Math.random() * (PAUSE_MS.most - PAUSE_MS.least),
    );
    const begun = performance.now();
    act();
    const told = cluster.tell(0, path);
    await untilSeen(cluster, [1, 2], [{ path, size }], MS_MAX, LOOK_MS);
    const ms = performance.now() - begun;
    await told;
    return ms;
  };
  const text = `a small file, number ${number}\n`;
  return {
    create: await step(() => Deno.writeTextFileSync(place, text), text.length),
    modify: await step(
      () => Deno.writeTextFileSync(place, text + text),
      2 * text.length,
    ),
    delete: await step(() => Deno.removeSync(place), undefined),
  };
}

function sortedOf(
  delays: readonly Delays[],
  kinds: readonly (keyof Delays)[],
): number[] {
  return kinds.flatMap((kind) => delays.map((delay) => delay[kind]))
    .sort((left, right) => left - right);
}

/** The value that so much of `sorted` does not exceed. */
function share(sorted: readonly number[], part: number): number {
  return sorted[Math.ceil(part * sorted.length) - 1]!;
}

function goalsOf(ours: readonly Delays[] | undefined): Report["goals"] {
  const sorted = sortedOf(ours ?? [], KINDS);
  const at = (part: number) =>
    sorted.length === 0 ? undefined : [share(sorted, part)];
  return [
    limitGoal(
      "a small change is at all 3, median",
      at(0.5),
      MEDIAN_MS_MAX,
      milliseconds,
    ),
    limitGoal(
      "a small change is at all 3, 99 of 100",
      at(0.99),
      SLOWEST_MS_MAX,
      milliseconds,
    ),
  ];
}
