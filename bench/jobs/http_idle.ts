/**
 * Five thousand connections that stay open and ask nothing: what they take, and how soon the next request is answered.
 *
 * @module
 */

import { join } from "@std/path";
import type { Candidate } from "../clients.ts";
import { oneFileSource } from "../fixtures.ts";
import type { IdleResult } from "../idle_crowd.ts";
import { type Bench, contest, type Goal, type Job, type Row } from "../job.ts";
import { median, type Outcome } from "../measure.ts";
import { outputOf } from "../processes.ts";
import { type Start, startNginx, startOurs } from "../servers.ts";

const CONNECTIONS = 5000;
/** Room for all of them, and for those that come while they are idle; our default is 4096. */
const CONNECTIONS_MAX = 6000;
const NAME = "note.bin";
const BYTES = 1024;
const MEMORY_BYTES_MAX = 200e6;
const ANSWER_MS_MAX = 20;

/** 5000 idle connections. */
export const httpIdleJob: Job = {
  name: "http-idle",
  about:
    `${CONNECTIONS} connections that made one request over HTTP and stay open`,
  async run(bench) {
    const source = await oneFileSource(join(bench.work, "idle"), NAME, BYTES);
    const results = new Map<string, IdleResult[]>();
    const contenderOf = (tool: string, start: Start): Candidate => ({
      name: tool,
      needs: [tool],
      async run() {
        // A new one each time: memory that a server once took it seldom gives back.
        const server = await start(bench, source.folder);
        try {
          const result = await idleOnce(bench, server, source.folder);
          results.set(tool, [...results.get(tool) ?? [], result]);
          return result.serverBytes ?? NaN;
        } finally {
          await server.stop();
        }
      },
    });
    const outcomes = await contest(bench, this.name, [
      contenderOf(
        "landline",
        (bench, folder) =>
          startOurs(bench, folder, ["--max-clients", `${CONNECTIONS_MAX}`]),
      ),
      // Its connections are not shared out evenly: each worker has room for all.
      contenderOf(
        "nginx",
        (bench, folder) =>
          startNginx(bench, folder, { connections: CONNECTIONS_MAX }),
      ),
    ]);
    const rows = outcomes.flatMap((outcome) =>
      rowsOf(outcome, results.get(outcome.name) ?? [])
    );
    return {
      rows,
      goals: goalsOf(outcomes[0]!, results.get("landline") ?? []),
    };
  },
};

/** Has a crowd come, stay and go. */
async function idleOnce(
  bench: Bench,
  server: { readonly port: number; readonly pid: number },
  folder: string,
): Promise<IdleResult> {
  const program = join(bench.root, "bench/idle_crowd.ts");
  const output = await outputOf([
    ...[Deno.execPath(), "run", "-A", program],
    ...["--port", `${server.port}`, "--pid", `${server.pid}`],
    ...["--name", NAME, "--expect", join(folder, NAME)],
    ...["--connections", `${CONNECTIONS}`],
  ]);
  return JSON.parse(output);
}

/** The slowest answer of each counted round (the first was to warm up): a person meets the slowest, not the median. */
function slowest(
  results: readonly IdleResult[],
  kind: "idleMs" | "newMs",
): number[] {
  return results.slice(1).map((result) => Math.max(...result[kind]));
}

function rowsOf(
  { name, values, failure }: Outcome,
  results: readonly IdleResult[],
): Row[] {
  if (failure !== undefined) {
    return [{ contender: name, result: failure, spread: "", rate: "" }];
  }
  const row = (
    contender: string,
    values: readonly number[],
    text: (value: number) => string,
    rate: string,
  ): Row => ({
    contender: `${name}: ${contender}`,
    result: text(median(values)),
    spread: `${text(Math.min(...values))} - ${text(Math.max(...values))}`,
    rate,
  });
  const usual = (kind: "idleMs" | "newMs") =>
    `median ${milliseconds(median(results.flatMap((result) => result[kind])))}`;
  return [
    row("memory", values, megabytes, ""),
    row(
      "slowest answer on an idle connection",
      slowest(results, "idleMs"),
      milliseconds,
      usual("idleMs"),
    ),
    row(
      "slowest answer on a new connection",
      slowest(results, "newMs"),
      milliseconds,
      usual("newMs"),
    ),
  ];
}

function goalsOf(
  { values, failure }: Outcome,
  results: readonly IdleResult[],
): Goal[] {
  const goal = (
    what: string,
    wanted: string,
    values: readonly number[],
    text: (value: number) => string,
    limit: number,
  ): Goal =>
    failure === undefined
      ? {
        what,
        wanted,
        measured: text(median(values)),
        met: median(values) < limit,
      }
      : { what, wanted, measured: failure, met: undefined };
  const soon = `within ${ANSWER_MS_MAX} ms`;
  return [
    goal(
      `memory with ${CONNECTIONS} idle connections`,
      `under ${MEMORY_BYTES_MAX / 1e6} MB`,
      values,
      megabytes,
      MEMORY_BYTES_MAX,
    ),
    goal(
      "the slowest of 100 next requests, on idle connections",
      soon,
      slowest(results, "idleMs"),
      milliseconds,
      ANSWER_MS_MAX,
    ),
    goal(
      "the slowest of 100 first requests, on new connections",
      soon,
      slowest(results, "newMs"),
      milliseconds,
      ANSWER_MS_MAX,
    ),
  ];
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function milliseconds(ms: number): string {
  return `${ms.toFixed(1)} ms`;
}
