/**
 * Very many small files, of which each has to be written, synced to the disk and recorded.
 *
 * @module
 */

import { join } from "@std/path";
import { smallFilesSource } from "../../fixtures.ts";
import { type Bench, type Job, ratioGoal, type Report } from "../../job.ts";
import { landline } from "../landline.ts";
import { syncthing, syncthingTold } from "../syncthing.ts";
import { takenRows } from "../taken.ts";
import { onDisk } from "../trials.ts";
import { copiedIn } from "./copying.ts";

const FILES = 10_000;
const MS_MAX = 300_000;

export const smallJob: Job = {
  name: "small",
  about: `${FILES} files of 1 KiB copied into the folder of one of 3 peers`,
  run: (bench) => run(bench, false),
};

export const smallToDiskJob: Job = onDisk(smallJob, run);

async function run(bench: Bench, isOnDisk: boolean): Promise<Report> {
  const source = await smallFilesSource(join(bench.work, "notes"), FILES);
  const { outcomes, samples } = await copiedIn(bench, {
    job: isOnDisk ? smallToDiskJob.name : smallJob.name,
    contestants: [landline, syncthing, syncthingTold],
    peers: 3,
    onDisk: isOnDisk,
    source,
    msMax: MS_MAX,
  });
  return {
    rows: takenRows(outcomes, samples),
    goals: [
      ratioGoal(outcomes, "copied in until all 3 have them", {
        ours: landline.name,
        theirs: syncthing.name,
      }, 0.5),
    ],
  };
}
