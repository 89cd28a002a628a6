/**
 * 283 pictures that turn up at one of three peers, while they run and before they do.
 *
 * @module
 */

import { join } from "@std/path";
import { pictureSource } from "../../fixtures.ts";
import { type Bench, type Job, ratioGoal, type Report } from "../../job.ts";
import { landline } from "../landline.ts";
import { syncthing, syncthingTold } from "../syncthing.ts";
import { takenRows } from "../taken.ts";
import { onDisk } from "../trials.ts";
import { copiedIn, startedWith } from "./copying.ts";

const PEERS = 3;
const MS_MAX = 120_000;

/** Dropped at one of three that run. */
export const dropJob: Job = {
  name: "drop",
  about: "283 pictures (45 MB) copied into the folder of one of 3 peers",
  run: (bench) => drop(bench, false),
};

/** The same where syncing to the disk costs something. */
export const dropToDiskJob: Job = onDisk(dropJob, drop);

/** There before the programs start. */
export const coldJob: Job = {
  name: "cold",
  about: "the same 283 pictures from the start of all programs",
  run: (bench) => cold(bench, false),
};

export const coldToDiskJob: Job = onDisk(coldJob, cold);

async function drop(bench: Bench, isOnDisk: boolean): Promise<Report> {
  const source = await pictureSource(join(bench.work, "pictures"));
  const { outcomes, samples } = await copiedIn(bench, {
    job: isOnDisk ? dropToDiskJob.name : dropJob.name,
    contestants: [landline, syncthing, syncthingTold],
    peers: PEERS,
    onDisk: isOnDisk,
    source,
    msMax: MS_MAX,
  });
  return {
    rows: takenRows(outcomes, samples),
    goals: [
      ratioGoal(outcomes, "copied in until identical at all 3", {
        ours: landline.name,
        theirs: syncthing.name,
      }, 0.6),
    ],
  };
}

async function cold(bench: Bench, isOnDisk: boolean): Promise<Report> {
  const source = await pictureSource(join(bench.work, "pictures"));
  const { outcomes, samples } = await startedWith(bench, {
    job: isOnDisk ? coldToDiskJob.name : coldJob.name,
    contestants: [landline, syncthing],
    peers: PEERS,
    onDisk: isOnDisk,
    source,
    msMax: MS_MAX,
  });
  return {
    rows: takenRows(outcomes, samples),
    goals: [
      ratioGoal(outcomes, "from the start until identical at all 3", {
        ours: landline.name,
        theirs: syncthing.name,
      }, 0.5),
    ],
  };
}
