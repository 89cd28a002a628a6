/**
 * A file is replaced over and over, while a program at another peer looks at it all the time: is it ever not there?
 *
 * @module
 */

import { join } from "@std/path";
import type { Bench, Job } from "../../job.ts";
import { median } from "../../measure.ts";
import type { Cluster } from "../cluster.ts";
import { checkSame, untilSeen } from "../judge.ts";
import { landline } from "../landline.ts";
import type { Looks } from "../stat_loop.ts";
import { syncthing, syncthingTold } from "../syncthing.ts";
import { seconds } from "../taken.ts";
import { trials } from "../trials.ts";
import { limitGoal } from "./goals.ts";

const BYTES = 5 * 2 ** 20;
const TIMES = 30;
const MS_MAX = 30_000;
const PATH = "report.bin";

interface Replaced extends Looks {
  readonly seconds: number;
}

export const replaceJob: Job = {
  name: "replace",
  about: `a file of 5 MiB replaced ${TIMES} times while a reader calls stat`,
  async run(bench) {
    const { outcomes, samples } = await trials<Replaced>(bench, {
      job: this.name,
      contestants: [landline, syncthing, syncthingTold],
      peers: 3,
      value: ({ absent, odd }) => absent + odd,
      run: (cluster) => replaced(bench, cluster),
    });
    const rows = outcomes.map(({ name, failure }) => {
      const own = samples.get(name);
      if (failure !== undefined || own === undefined) {
        return {
          contender: name,
          result: failure ?? "",
          spread: "",
          rate: "",
        };
      }
      const middle = (of: (sample: Replaced) => number) => median(own.map(of));
      const all = own.map(({ absent }) => absent);
      return {
        contender: name,
        result: `${middle(({ absent }) => absent)} times absent`,
        spread: `${Math.min(...all)} - ${Math.max(...all)}`,
        rate: `of ${middle(({ calls }) => calls)} looks, ${
          middle(({ odd }) => odd)
        } of a wrong size; ${seconds(middle((own) => own.seconds))} in all`,
      };
    });
    const ours = samples.get(landline.name)?.map(({ absent, odd }) =>
      absent + odd
    );
    return {
      rows,
      goals: [
        limitGoal(
          "looks that found nothing or a piece, the worst run",
          ours === undefined || ours.length === 0
            ? undefined
            : [Math.max(...ours)],
          0,
          (value) => `${value}`,
        ),
      ],
    };
  },
};

async function replaced(bench: Bench, cluster: Cluster): Promise<Replaced> {
  const [first, second] = cluster.folders;
  put(first!, 0);
  await cluster.tell(0, PATH);
  await untilSeen(cluster, [1, 2], [{ path: PATH, size: BYTES }], MS_MAX);
  const reader = startReader(bench, join(second!, PATH));
  const begun = performance.now();
  try {
    for (let time = 1; time <= TIMES; time++) {
      put(first!, time);
      const told = cluster.tell(0, PATH);
      const wanted = [{ path: PATH, size: BYTES + time }];
      await untilSeen(cluster, [1, 2], wanted, MS_MAX);
      await told;
    }
    const passed = (performance.now() - begun) / 1000;
    checkSame(cluster);
    reader.kill("SIGTERM");
    const { stdout } = await reader.output();
    const looks: Looks = JSON.parse(new TextDecoder().decode(stdout));
    return { ...looks, seconds: passed };
  } finally {
    try {
      reader.kill("SIGKILL");
    } catch {
      // It has ended.
    }
  }
}

/** Writes the version of number `time` beside the folder and gives it its name in one step, as good editors do. */
function put(folder: string, time: number): void {
  const bytes = new Uint8Array(BYTES + time);
  for (let at = 0; at < bytes.length; at += 65536) {
    crypto.getRandomValues(bytes.subarray(at, at + 65536));
  }
  Deno.writeFileSync(join(folder, "..", PATH), bytes);
  Deno.renameSync(join(folder, "..", PATH), join(folder, PATH));
}

function startReader(bench: Bench, path: string): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      join(bench.root, "bench/sync/stat_loop.ts"),
      path,
      `${BYTES}`,
      `${BYTES + TIMES}`,
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}
