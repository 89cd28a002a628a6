/**
 * A thousand clients at once: the rate, and the memory it takes.
 *
 * @module
 */

import { join } from "@std/path";
import type { Candidate } from "../clients.ts";
import type { CrowdResult } from "../crowd.ts";
import { oneFileSource } from "../fixtures.ts";
import {
  type Bench,
  byteRate,
  contest,
  type Job,
  ratioGoal,
  type Row,
  timeRows,
} from "../job.ts";
import {
  familyOf,
  outputOf,
  residentBytes,
  type RunningServer,
} from "../processes.ts";
import { type Start, startNginx, startOurs } from "../servers.ts";

const CLIENTS = 1000;
const NAME = "bio.txt";
const BYTES = 10_000_000;
const MEMORY_BYTES_MAX = 200e6;

/** 1000 clients fetch the same 10 MB. */
export const crowdJob: Job = {
  name: "crowd",
  about:
    "1000 clients at once fetch the same 10 MB over loopback, every copy checked",
  async run(bench) {
    const source = await oneFileSource(join(bench.work, "crowd"), NAME, BYTES);
    const expected = join(source.folder, NAME);
    const peaks = new Map<string, number>();
    const contenderOf = async (
      name: string,
      tool: string,
      protocol: "http" | "wire",
      start: Start,
    ): Promise<Candidate> => {
      const server = bench.tools.has(tool)
        ? await start(bench, source.folder)
        : undefined;
      return {
        name,
        needs: [tool],
        async run() {
          const result = await crowdOnce(bench, server!, protocol, expected);
          // The kernel's own high-water mark: no peak falls between two looks.
          peaks.set(name, residentBytes(familyOf(server!.pid), "VmHWM"));
          return result.seconds;
        },
      };
    };
    const outcomes = await contest(bench, this.name, [
      await contenderOf("landline", "landline", "wire", startOurs),
      await contenderOf("nginx", "nginx", "http", startNginx),
    ]);
    const megabytes = (name: string) =>
      `${((peaks.get(name) ?? NaN) / 1e6).toFixed(0)} MB`;
    const memoryRows: Row[] = outcomes.filter(({ failure }) =>
      failure === undefined
    ).map(({ name }) => (
      {
        contender: `${name}: memory at most`,
        result: megabytes(name),
        spread: "",
        rate: "",
      }
    ));
    const peak = peaks.get("landline");
    return {
      rows: [...timeRows(outcomes, byteRate(CLIENTS * BYTES)), ...memoryRows],
      goals: [
        ratioGoal(
          outcomes,
          this.about,
          { ours: "landline", theirs: "nginx" },
          1.0,
        ),
        {
          what: "memory of our server meanwhile",
          measured: peak === undefined ? "not run" : megabytes("landline"),
          wanted: `under ${MEMORY_BYTES_MAX / 1e6} MB`,
          met: peak === undefined ? undefined : peak < MEMORY_BYTES_MAX,
        },
      ],
    };
  },
};

/** Lets the crowd loose once. Throws Error when a copy is not whole, with the reason of the first. */
async function crowdOnce(
  bench: Bench,
  server: RunningServer,
  protocol: "http" | "wire",
  expected: string,
): Promise<CrowdResult> {
  const program = [
    Deno.execPath(),
    "run",
    "-A",
    join(bench.root, "bench/crowd.ts"),
  ];
  const where = [
    "--target",
    `[::1]:${server.port}`,
    "--protocol",
    protocol,
    "--pid",
    `${server.pid}`,
  ];
  const what = [
    "--name",
    NAME,
    "--expect",
    expected,
    "--clients",
    `${CLIENTS}`,
  ];
  const result: CrowdResult = JSON.parse(
    await outputOf([...program, ...where, ...what]),
  );
  return result;
}
