/**
 * One file of 1 GiB to `curl -o /dev/null`: how fast a server sends, with no disk at the other end.
 *
 * @module
 */

import { join } from "@std/path";
import type { Candidate } from "../clients.ts";
import { checkIdentical, oneFileSource, type Source } from "../fixtures.ts";
import { type Bench, contest, type Job, rateGoal, rateRows } from "../job.ts";
import { timed, timedOutputOf } from "../processes.ts";
import { startAll } from "../servers.ts";

const BYTES = 1 << 30;
const NAME = "large.bin";
/** curl as its user would call it, but without a configuration and quiet; an answer of 400 and more fails. */
const CURL = ["curl", "-q", "-g", "-s", "-S", "-f"];

/** 1 GiB to nowhere. */
export const httpLargeJob: Job = {
  name: "http-large",
  about: "one file of 1 GiB over HTTP to curl -o /dev/null",
  async run(bench) {
    const source = await oneFileSource(join(bench.work, "large"), NAME, BYTES);
    const ports = await startAll(bench, source.folder);
    const outcomes = await contest(bench, this.name, [
      sending(bench, source, "landline", ports.landline),
      sending(bench, source, "nginx", ports.nginx),
    ]);
    return {
      rows: rateRows(outcomes, (rate) => `${(rate / 1e6).toFixed(0)} MB/s`),
      goals: [
        rateGoal(
          outcomes,
          this.about,
          { ours: "landline", theirs: "nginx" },
          1.2,
        ),
      ],
    };
  },
};

function sending(
  bench: Bench,
  source: Source,
  server: "landline" | "nginx",
  port: number,
): Candidate {
  const address = `http://[::1]:${port}/${NAME}`;
  return {
    name: server,
    needs: [server, "curl"],
    async run() {
      const { seconds, output } = await timedOutputOf([
        ...CURL,
        ...["-o", "/dev/null", "-w", "%{http_code} %{size_download}"],
        address,
      ]);
      if (output !== `200 ${BYTES}`) {
        throw new Error(`curl got status and bytes ${output}`);
      }
      return BYTES / seconds;
    },
    async verify() {
      const folder = join(bench.work, "copy");
      await Deno.mkdir(folder);
      try {
        await timed([...CURL, "-o", join(folder, NAME), address]);
        checkIdentical(source, folder);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  };
}
