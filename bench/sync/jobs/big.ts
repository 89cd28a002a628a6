/**
 * One file of 1 GiB, from one peer to four: how long, what the first one has to send, and how much memory a peer takes.
 *
 * @module
 */

import { join } from "@std/path";
import { oneFileSource } from "../../fixtures.ts";
import { type Bench, type Job, ratioGoal, type Report } from "../../job.ts";
import { checkSame, untilSeen } from "../judge.ts";
import { landline } from "../landline.ts";
import { syncthing } from "../syncthing.ts";
import { megabytes, type Taken, taken, takenRows } from "../taken.ts";
import { onDisk, trials } from "../trials.ts";
import { limitGoal } from "./goals.ts";

const PEERS = 5;
const BYTES = 2 ** 30;
const FIRST_SENT_MAX = 1.6e9;
const PEAK_BYTES_MAX = 120e6;
const MS_MAX = 300_000;

export const bigJob: Job = {
  name: "big",
  about: "one file of 1 GiB, from one peer to 4",
  run: (bench) => run(bench, false),
};

export const bigToDiskJob: Job = onDisk(bigJob, run);

async function run(bench: Bench, isOnDisk: boolean): Promise<Report> {
  const contestants = [landline, syncthing];
  const { outcomes, samples } = await trials<Taken>(bench, {
    job: isOnDisk ? bigToDiskJob.name : bigJob.name,
    contestants,
    peers: PEERS,
    onDisk: isOnDisk,
    value: (sample) => sample.seconds,
    async run(cluster) {
      const [first] = cluster.folders;
      // Beside the folder, so that it is there in one step.
      await oneFileSource(join(first!, ".."), "big.bin", BYTES);
      const sample = await taken(cluster, async () => {
        Deno.renameSync(join(first!, "../big.bin"), join(first!, "big.bin"));
        const wanted = [{ path: "big.bin", size: BYTES }];
        await untilSeen(cluster, [1, 2, 3, 4], wanted, MS_MAX);
      });
      checkSame(cluster);
      return sample;
    },
  });
  const ours = samples.get(landline.name);
  return {
    rows: takenRows(outcomes, samples),
    goals: [
      ratioGoal(outcomes, "until all 4 have it", {
        ours: landline.name,
        theirs: syncthing.name,
      }, 0.8),
      limitGoal(
        "bytes that the first peer sends",
        ours?.map(({ firstSent }) => firstSent),
        FIRST_SENT_MAX,
        megabytes,
      ),
      limitGoal(
        "memory of the largest peer meanwhile",
        ours?.map(({ peakBytes }) => peakBytes),
        PEAK_BYTES_MAX,
        megabytes,
      ),
    ],
  };
}
