/**
 * A crowd: many clients at once, each fetching the same file over its own connection, from whatever serves it.
 *
 *     deno run -A bench/crowd.ts --target '[::1]:8080' --protocol http --name bio.txt --expect ./bio.txt --clients 1000
 *
 * `--protocol http` asks as any HTTP client (`Connection: close`), `wire` as ours (`download NAME`). Every byte that
 * arrives is counted and goes through a CRC-32 (12 GB/s here, against 2 GB/s for the transfer), so "whole" means equal
 * to the file `--expect`. With `--pid` the memory of that process and those below it is sampled meanwhile.
 *
 * One line of JSON comes out: see `CrowdResult`. Exit code 1 when a single copy is not whole.
 *
 * A client that is slower than the server measures itself, so the crowd is spread over `--threads` (default: one for
 * each core). On two cores one thread gave 1.8 GB/s from nginx, two gave 2.4.
 *
 * @module
 */

import { crc32 } from "node:zlib";
import { parseArgs } from "@std/cli/parse-args";
import type { CrowdAnswer, CrowdOrder } from "./crowd_thread.ts";
import { familyOf, residentBytes } from "./processes.ts";

/** What a crowd found; times in seconds, sizes in bytes. */
export interface CrowdResult {
  readonly clients: number;
  readonly whole: number;
  /** Up to five different reasons why a copy was not whole. */
  readonly failures: readonly string[];
  /** From the first connect to the last byte of the last client. */
  readonly seconds: number;
  readonly gigabytesPerSecond: number;
  /** The most the server had resident at one moment, all its processes added up; null without `--pid`. */
  readonly serverPeakBytes: number | null;
}

/** How often the server's memory is looked at. */
const SAMPLE_MS = 50;
/** A connection that is silent for so long has failed; a server may well let some of 1000 wait for a while. */
const SILENCE_MS = 60_000;

async function main(): Promise<void> {
  const flags = parseArgs(Deno.args, {
    string: [
      "target",
      "protocol",
      "name",
      "expect",
      "clients",
      "threads",
      "pid",
    ],
  });
  const target = /^\[?([^\]]+)\]?:(\d+)$/.exec(String(flags.target ?? ""));
  const protocol = flags.protocol;
  if (
    target === null || (protocol !== "http" && protocol !== "wire") ||
    flags.expect === undefined
  ) {
    throw new TypeError(
      "Cannot start the crowd: give --target HOST:PORT --protocol http|wire --name NAME --expect FILE",
    );
  }
  const clients = Number(flags.clients ?? 1000);
  const threads = Math.min(
    clients,
    Number(flags.threads ?? navigator.hardwareConcurrency),
  );
  const expected = await Deno.readFile(String(flags.expect));
  const order: CrowdOrder = {
    hostname: target[1]!,
    port: Number(target[2]),
    protocol,
    name: String(flags.name ?? "bio.txt"),
    clients,
    bytes: expected.length,
    crc: crc32(expected),
    silenceMs: SILENCE_MS,
  };
  const result = await summon(
    order,
    threads,
    flags.pid === undefined ? undefined : Number(flags.pid),
  );
  Deno.stdout.writeSync(
    new TextEncoder().encode(JSON.stringify(result) + "\n"),
  );
  if (result.whole === result.clients) return;
  // On stderr again, in words: the last line there is what a caller quotes when a program fails.
  const reasons = `${result.clients - result.whole} copies not whole: ${
    result.failures.join("; ")
  }\n`;
  Deno.stderr.writeSync(new TextEncoder().encode(reasons));
  Deno.exit(1);
}

/** Lets the crowd loose on all threads at the same moment. */
async function summon(
  order: CrowdOrder,
  threads: number,
  pid: number | undefined,
): Promise<CrowdResult> {
  const workers = Array.from(
    { length: threads },
    () =>
      new Worker(new URL("./crowd_thread.ts", import.meta.url), {
        type: "module",
      }),
  );
  await Promise.all(workers.map((worker, index) => {
    // The first threads take one client more when they do not divide evenly.
    const clients = Math.floor(order.clients / threads) +
      (index < order.clients % threads ? 1 : 0);
    return ask(worker, { ...order, clients });
  }));

  let peak = 0;
  const family = pid === undefined ? [] : familyOf(pid);
  const sampler = setInterval(
    () => peak = Math.max(peak, residentBytes(family, "VmRSS") || 0),
    SAMPLE_MS,
  );
  const begunMs = performance.now();
  const answers = await Promise.all(
    workers.map((worker) => ask(worker, order)),
  );
  const seconds = (performance.now() - begunMs) / 1000;
  clearInterval(sampler);
  for (const worker of workers) worker.terminate();

  const done = answers.filter((answer) => answer.kind === "done");
  const whole = done.reduce((sum, answer) => sum + answer.whole, 0);
  return {
    clients: order.clients,
    whole,
    failures: [...new Set(done.flatMap((answer) => answer.failures))].slice(
      0,
      5,
    ),
    seconds,
    gigabytesPerSecond: whole * order.bytes / 1e9 / seconds,
    serverPeakBytes: peak > 0 ? peak : null,
  };
}

function ask(worker: Worker, order: CrowdOrder): Promise<CrowdAnswer> {
  return new Promise((resolve, reject) => {
    worker.onmessage = (event: MessageEvent<CrowdAnswer>) =>
      resolve(event.data);
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage(order);
  });
}

if (import.meta.main) await main();
