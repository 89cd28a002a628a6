/**
 * Three peers that have the 283 pictures and nothing to do: their memory and what they take of the processor.
 *
 * @module
 */

import { join } from "@std/path";
import { pictureSource } from "../../fixtures.ts";
import type { Job } from "../../job.ts";
import { median } from "../../measure.ts";
import { untilSeen } from "../judge.ts";
import { landline } from "../landline.ts";
import { pause } from "../patience.ts";
import { syncthing } from "../syncthing.ts";
import { megabytes } from "../taken.ts";
import { trials } from "../trials.ts";
import { clusterProcessorSeconds, type Memory, memoryOf } from "../usage.ts";
import { copyAll, wantedOf } from "./copying.ts";
import { limitGoal } from "./goals.ts";

const RESIDENT_BYTES_MAX = 85e6;
const SETTLING_MS = 3000;
const IDLE_MS = 10_000;
const MS_MAX = 120_000;

interface Idle {
  /** Of the peer that has most. */
  readonly memory: Memory;
  /** Of one core, for one peer (what they share divided among them). */
  readonly processorShare: number;
}

export const memoryJob: Job = {
  name: "memory",
  about: "3 peers that have 283 pictures and nothing to do",
  async run(bench) {
    const source = await pictureSource(join(bench.work, "pictures"));
    const wanted = wantedOf(source.folder);
    const { outcomes, samples } = await trials<Idle>(bench, {
      job: this.name,
      contestants: [landline, syncthing],
      peers: 3,
      value: ({ memory }) => memory.resident,
      async run(cluster) {
        copyAll(source, cluster.folders[0]!);
        await untilSeen(cluster, [1, 2], wanted, MS_MAX);
        await cluster.settled();
        await pause(SETTLING_MS);
        const before = clusterProcessorSeconds(cluster);
        await pause(IDLE_MS);
        const spent = clusterProcessorSeconds(cluster) - before;
        const [memory] = memoryOf(cluster).sort((left, right) =>
          right.resident - left.resident
        );
        return {
          memory: memory!,
          processorShare: spent / (IDLE_MS / 1000) / cluster.pids.length,
        };
      },
    });
    return {
      rows: outcomes.map(({ name, values, failure }) => {
        if (failure !== undefined) {
          return { contender: name, result: failure, spread: "", rate: "" };
        }
        const middle = (of: (sample: Idle) => number) =>
          median(samples.get(name)!.map(of));
        return {
          contender: name,
          result: megabytes(median(values)),
          spread: `${megabytes(Math.min(...values))} - ${
            megabytes(Math.max(...values))
          }`,
          rate: `proportional ${
            megabytes(middle(({ memory }) => memory.proportional))
          }, peak ${megabytes(middle(({ memory }) => memory.peak))}, ${
            (100 * middle(({ processorShare }) => processorShare)).toFixed(2)
          } % of a core`,
        };
      }),
      goals: [
        limitGoal(
          "resident memory of the largest of 3 idle peers",
          samples.get(landline.name)?.map(({ memory }) => memory.resident),
          RESIDENT_BYTES_MAX,
          megabytes,
        ),
      ],
    };
  },
};
