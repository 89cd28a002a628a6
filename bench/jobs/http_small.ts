/**
 * Small files over connections that stay open: requests a second, and whether a changed file is seen at once meanwhile.
 *
 * @module
 */

import { join } from "@std/path";
import type { Candidate } from "../clients.ts";
import { oneFileSource } from "../fixtures.ts";
import { changingFiles, checkFreshness, settle } from "../freshness.ts";
import {
  type Bench,
  contest,
  type Goal,
  type Job,
  rateGoal,
  rateRows,
} from "../job.ts";
import { Probe } from "../probe.ts";
import { startAll } from "../servers.ts";
import { CONNECTIONS, requestRate, runWrk } from "../wrk.ts";

/** Of each run; the servers are warm after the first. */
const SECONDS = 3;

/** What is asked for, and how many times nginx's rate is wanted. */
const FILES = [
  { name: "1k.bin", bytes: 1024, label: "1 KiB", limit: 1.1 },
  { name: "20k.bin", bytes: 20 * 1024, label: "20 KiB", limit: 1.0 },
] as const;

/** 1 KiB and 20 KiB over 32 connections that are kept. */
export const httpSmallJob: Job = {
  name: "http-small",
  about:
    `files of 1 KiB and 20 KiB over HTTP, ${CONNECTIONS} connections that stay open (wrk)`,
  async run(bench) {
    const folder = join(bench.work, "small");
    for (const { name, bytes } of FILES) {
      await oneFileSource(folder, name, bytes);
    }
    const changing = await changingFiles(folder);
    await settle();
    const ports = await startAll(bench, folder);
    const outcomes = await contest(
      bench,
      this.name,
      FILES.flatMap((file) => [
        asking(bench, { ...file, folder }, "landline", ports.landline),
        asking(bench, { ...file, folder }, "nginx", ports.nginx),
      ]),
    );
    const rates = FILES.map(({ label, limit }) =>
      rateGoal(
        outcomes,
        `requests/s, ${label}`,
        { ours: `landline, ${label}`, theirs: `nginx, ${label}` },
        limit,
      )
    );
    const rows = outcomes.flatMap((outcome, index) =>
      rateRows(
        [outcome],
        (rate) => `${Math.round(rate)} requests/s`,
        (rate) => `${(rate * FILES[index >> 1]!.bytes / 1e6).toFixed(0)} MB/s`,
      )
    );
    bench.onProgress(`${this.name}, files that change under load`);
    const freshness = await freshnessGoal(
      bench,
      ports.landline,
      folder,
      changing,
    );
    return { rows, goals: [...rates, freshness] };
  },
};

function asking(
  bench: Bench,
  file: { folder: string; name: string; label: string },
  server: "landline" | "nginx",
  port: number,
): Candidate {
  return {
    name: `${server}, ${file.label}`,
    needs: [server, "wrk"],
    async run() {
      const content = await Deno.readFile(join(file.folder, file.name));
      const names = [file.name];
      using probe = await Probe.connect(port);
      const answerBytes = await probe.check(file.name, content);
      const report = await runWrk({
        root: bench.root,
        port,
        names,
        seconds: SECONDS,
      });
      await probe.check(file.name, content);
      return requestRate(report, answerBytes);
    },
  };
}

async function freshnessGoal(
  bench: Bench,
  port: number,
  folder: string,
  names: readonly string[],
): Promise<Goal> {
  const goal = {
    what: "changes of a file that are seen at once, under the same load",
    wanted: `all ${names.length}`,
  };
  const missing = ["landline", "wrk"].find((tool) => !bench.tools.has(tool));
  if (missing !== undefined) {
    return { ...goal, measured: `skipped: no ${missing} here`, met: undefined };
  }
  try {
    const measured = await checkFreshness(bench, port, folder, names);
    return { ...goal, measured, met: true };
  } catch (error) {
    const measured = error instanceof Error ? error.message : String(error);
    return { ...goal, measured, met: false };
  }
}
