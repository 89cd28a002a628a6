/**
 * What one pays before anything happens: the memory of an idle server, and the start of the client.
 *
 * @module
 */

import { join } from "@std/path";
import { contest, type Job, ratioGoal, type Row, timeRows } from "../job.ts";
import { median } from "../measure.ts";
import { familyOf, residentBytes, timed } from "../processes.ts";
import { type Start, startNginx, startOurs } from "../servers.ts";

/** A server is looked at so long after it listens: what it still loads then counts. */
const SETTLE_MS = 500;
const RESIDENT_BYTES_MAX = 70e6;

/** Resident memory of a server that has just started. */
export const memoryJob: Job = {
  name: "memory",
  about: "resident memory of a server that has just started",
  async run(bench) {
    const folder = join(bench.work, "idle");
    await Deno.mkdir(folder, { recursive: true });
    const contenderOf = (
      name: string,
      tool: string,
      start: Start,
    ) => ({
      name,
      needs: [tool],
      async run() {
        const server = await start(bench, folder);
        await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
        const bytes = residentBytes(familyOf(server.pid), "VmRSS");
        await server.stop();
        return bytes;
      },
    });
    const outcomes = await contest(bench, this.name, [
      contenderOf("landline", "landline", startOurs),
      contenderOf("nginx, all its processes", "nginx", startNginx),
    ]);
    const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
    const rows: Row[] = outcomes.map(({ name, values, failure }) => ({
      contender: name,
      result: failure ?? megabytes(median(values)),
      spread: failure === undefined
        ? `${megabytes(Math.min(...values))} - ${
          megabytes(Math.max(...values))
        }`
        : "",
      rate: "",
    }));
    const ours = outcomes[0]!;
    return {
      rows,
      goals: [{
        what: this.about,
        measured: rows[0]!.result,
        wanted: `under ${RESIDENT_BYTES_MAX / 1e6} MB`,
        met: ours.failure === undefined
          ? median(ours.values) < RESIDENT_BYTES_MAX
          : undefined,
      }],
    };
  },
};

/** The start of the client against that of its runtime. */
export const helpJob: Job = {
  name: "help",
  about: "client.ts --help",
  async run(bench) {
    const outcomes = await contest(bench, this.name, [
      {
        name: "client.ts --help",
        needs: ["landline"],
        run: () =>
          timed([
            Deno.execPath(),
            "run",
            "-A",
            join(bench.root, "client.ts"),
            "--help",
          ]),
      },
      {
        name: "deno eval 1",
        needs: [],
        run: () => timed([Deno.execPath(), "eval", "1"]),
      },
      {
        name: "curl --help",
        needs: ["curl"],
        run: () => timed(["curl", "--help"]),
      },
    ]);
    return {
      rows: timeRows(outcomes, () => ""),
      goals: [
        ratioGoal(outcomes, this.about, {
          ours: "client.ts --help",
          theirs: "deno eval 1",
        }, 3),
      ],
    };
  },
};
