/**
 * wrk, the load generator: many requests over a few connections that stay open, and the judge of what it reports.
 *
 * wrk looks at no body: that would make it the bottleneck. But it counts every byte, so that answers of another length
 * than the one that was looked at before (`Probe`) are found out.
 *
 * @module
 */

import { join } from "@std/path";
import { outputOf } from "./processes.ts";

/** As many as the goals say. */
export const CONNECTIONS = 32;

/** What wrk is to do. */
export interface Load {
  /** The repository. */
  readonly root: string;
  /** Port of the server on [::1]. */
  readonly port: number;
  /** Files to ask for in turn. Several take wrk some of the time it has for requests. */
  readonly names: readonly string[];
  readonly seconds: number;
}

/** What `wrk.lua` prints: sums over all connections. */
export interface WrkReport {
  readonly requests: number;
  /** Heads and bodies, also of answers that were under way at the end. */
  readonly bytes: number;
  readonly microseconds: number;
  /** Sockets that failed to connect, to read, to write; answers of 400 and more; answers that took two seconds. */
  readonly connect: number;
  readonly read: number;
  readonly write: number;
  readonly status: number;
  readonly timeout: number;
}

/**
 * Puts a server under load. One thread is not the bottleneck: it spends 13 us on a request of 1 KiB, our server and nginx 20
 * and 25, and each of two spends a quarter more.
 */
export async function runWrk(load: Load): Promise<WrkReport> {
  const [first, ...others] = load.names;
  const output = await outputOf([
    ...["wrk", "--threads", "1", "--connections", `${CONNECTIONS}`],
    ...["--duration", `${load.seconds}s`],
    ...["--script", join(load.root, "bench/wrk.lua")],
    `http://[::1]:${load.port}/${first}`,
    ...others.length === 0 ? [] : ["--", ...load.names],
  ]);
  return JSON.parse(output.trim().split("\n").at(-1)!);
}

/** Requests a second, if all went well. Throws Error when a request failed or was not answered with `answerBytes`. */
export function requestRate(report: WrkReport, answerBytes: number): number {
  checkErrors(report);
  const { requests, bytes, microseconds } = report;
  // When the time is up, each connection has read a part of one more answer.
  const partsMax = CONNECTIONS * answerBytes;
  if (Math.abs(bytes - requests * answerBytes) > partsMax) {
    throw new Error(
      `${requests} answers came to ${bytes} bytes, not ${answerBytes} each`,
    );
  }
  return requests / microseconds * 1e6;
}

/** Throws Error that names what failed, or when nothing was done at all. */
export function checkErrors(report: WrkReport): void {
  const kinds = ["connect", "read", "write", "status", "timeout"] as const;
  const failed = kinds.filter((kind) => report[kind] > 0);
  if (failed.length > 0) {
    const counts = failed.map((kind) => `${kind} ${report[kind]}`).join(", ");
    throw new Error(`of ${report.requests} requests some failed: ${counts}`);
  }
  if (report.requests === 0) throw new Error("no request was answered");
}
