/**
 * An idle crowd: thousands of HTTP connections, each of which has made one request and stays open, as browsers leave them.
 *
 *     deno run -A bench/idle_crowd.ts --port 8080 --name note.txt --expect ./note.txt --connections 5000 --pid 4711
 *
 * When all are there and quiet, the memory of process `--pid` and those below it is looked at; then some of the idle
 * connections make their second request, one after the other, and as many new connections their first. Every answer must
 * be 200 with the content of the file `--expect`.
 *
 * One line of JSON comes out: see `IdleResult`. It is a process of its own, so that its sockets and its garbage are not
 * those of the bench.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { sameBytes } from "./probe.ts";
import { familyOf, residentBytes } from "./processes.ts";

/** What an idle crowd found. */
export interface IdleResult {
  readonly connections: number;
  /** Resident memory of the server while all were idle, all its processes added up; null where no system tells it. */
  readonly serverBytes: number | null;
  /** From a request to the last byte of its answer, on connections that had been idle. */
  readonly idleMs: readonly number[];
  /** The same on new connections, the connecting included. */
  readonly newMs: readonly number[];
}

/** Connections that are opened at the same time: fewer than any server's queue of those it has not accepted yet. */
const OPENING = 100;
/** Requests that are timed, of each kind. */
const SAMPLES = 100;
/** So long nobody says a word before the memory is looked at. */
const QUIET_MS = 1000;

/** What is asked for, and where. */
interface Question {
  readonly port: number;
  readonly request: Uint8Array;
  readonly content: Uint8Array;
}

async function main(): Promise<void> {
  const flags = parseArgs(Deno.args, {
    string: ["port", "name", "expect", "connections", "pid"],
  });
  const port = Number(flags.port);
  const question: Question = {
    port,
    request: new TextEncoder().encode(
      `GET /${flags.name} HTTP/1.1\r\nHost: [::1]:${port}\r\n\r\n`,
    ),
    content: await Deno.readFile(String(flags.expect)),
  };
  const crowd = await gather(question, Number(flags.connections));
  await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
  const serverBytes = residentBytes(familyOf(Number(flags.pid)), "VmRSS");
  const idleMs: number[] = [];
  const newMs: number[] = [];
  for (let sample = 0; sample < SAMPLES; sample++) {
    // From the first to the last that came, evenly.
    const at = Math.floor(sample * crowd.length / SAMPLES);
    idleMs.push(await timeOf(() => ask(crowd[at]!, question)));
    newMs.push(await timeOf(async () => crowd.push(await arrive(question))));
  }
  const connections = crowd.length - SAMPLES;
  const result: IdleResult = { connections, serverBytes, idleMs, newMs };
  Deno.stdout.writeSync(
    new TextEncoder().encode(JSON.stringify(result) + "\n"),
  );
  for (const conn of crowd) conn.close();
}

/** Opens `count` connections, each of which makes one request. */
async function gather(
  question: Question,
  count: number,
): Promise<Deno.TcpConn[]> {
  const crowd: Deno.TcpConn[] = [];
  while (crowd.length < count) {
    const arriving = Math.min(OPENING, count - crowd.length);
    crowd.push(
      ...await Promise.all(
        Array.from({ length: arriving }, () => arrive(question)),
      ),
    );
  }
  return crowd;
}

/** A new connection, and its first request. */
async function arrive(question: Question): Promise<Deno.TcpConn> {
  const conn = await Deno.connect({ hostname: "::1", port: question.port });
  conn.setNoDelay(true);
  await ask(conn, question);
  return conn;
}

/** Makes a request. Throws Error unless the answer is 200 with the expected content. */
async function ask(conn: Deno.TcpConn, question: Question): Promise<void> {
  const { request, content } = question;
  await conn.write(request);
  // A head of ours has some 300 bytes; room for the answer and one byte too many.
  const answer = new Uint8Array(content.length + 4096);
  let bytes = 0;
  for (;;) {
    const count = await conn.read(answer.subarray(bytes));
    if (count === null) throw new Error(`closed after ${bytes} bytes`);
    bytes += count;
    const head = new TextDecoder("latin1").decode(
      answer.subarray(0, Math.min(bytes, 4096)),
    );
    const end = head.indexOf("\r\n\r\n") + 4;
    if (end < 4 && bytes < 4096) continue;
    if (!/^HTTP\/1\.1 200 /.test(head) || end < 4) {
      throw new Error(`the answer began "${head.split("\r\n")[0]}"`);
    }
    if (bytes < end + content.length) continue;
    if (sameBytes(answer.subarray(end, bytes), content)) return;
    throw new Error("the content differs");
  }
}

async function timeOf(act: () => Promise<unknown>): Promise<number> {
  const begunMs = performance.now();
  await act();
  return performance.now() - begunMs;
}

if (import.meta.main) await main();
