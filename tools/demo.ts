/**
 * `deno task demo`: the main job on real input. Makes the 283 pictures, serves them with the real server.ts, downloads them
 * with the real client.ts over IPv4 and IPv6, with 1 and with 5 connections, compares every byte, and prints a table. Fails
 * if one byte differs.
 *
 * @module
 */

import { fromFileUrl, join } from "@std/path";
import { bytesText } from "../lib/cli/numbers.ts";
import { makePictures } from "../testdata/pictures.ts";

const PROJECT = fromFileUrl(new URL("..", import.meta.url));
const PICTURES = join(PROJECT, "testdata", "pictures");

/** Each is done so often; the fastest counts, as the others were disturbed by something else. */
const ROUNDS = 3;

interface Run {
  readonly address: string;
  readonly connections: number;
}

/** What `client.ts --json` says of a file. */
interface FileLine {
  readonly local: string;
  readonly status: string;
}

const RUNS: readonly Run[] = [
  { address: "127.0.0.1", connections: 1 },
  { address: "127.0.0.1", connections: 5 },
  { address: "::1", connections: 1 },
  { address: "::1", connections: 5 },
];

async function demo(): Promise<void> {
  const { files, bytes } = await makePictures(PICTURES);
  say(`${files} pictures, ${bytesText(bytes)}, in ${PICTURES}`);
  const received = await Deno.makeTempDir({ prefix: "landline-demo-" });
  const server = program(
    "server.ts",
    ["--port", "0", "--log", "off", PICTURES],
  );
  try {
    const port = await portOf(server);
    say(`server.ts serves them on port ${port}; client.ts downloads them\n`);
    const rows = [];
    for (const run of RUNS) {
      rows.push(await measure(run, port, received, files, bytes));
    }
    say(tableOf(rows));
  } finally {
    server.kill("SIGTERM");
    await server.status;
    await Deno.remove(received, { recursive: true });
  }
}

/** Downloads everything `ROUNDS` times and compares it; gives a row of the table. */
async function measure(
  { address, connections }: Run,
  port: number,
  received: string,
  files: number,
  bytes: number,
): Promise<string[]> {
  let best = Infinity;
  let verified = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const out = join(received, "pictures");
    const began = performance.now();
    const client = program("client.ts", [
      ...[
        "--ip",
        address,
        "--port",
        String(port),
        "--parallel",
        String(connections),
        "--out",
        out,
        "--json",
      ],
    ]);
    const { code, stdout } = await client.output();
    best = Math.min(best, performance.now() - began);
    if (code !== 0) throw new Error(`client.ts ended with exit code ${code}`);
    const lines = new TextDecoder().decode(stdout).trimEnd().split("\n").map((
      line,
    ): FileLine => JSON.parse(line));
    verified = lines.filter(({ status }) => status === "received").length;
    if (verified !== files) {
      throw new Error(`client.ts verified ${verified} files of ${files}`);
    }
    for (const { local } of lines) {
      await compare(join(PICTURES, local), join(out, local));
    }
    await Deno.remove(out, { recursive: true });
  }
  const rate = (bytes / best / 1000).toFixed(0);
  return [
    String(connections),
    `wire, ${address.includes(":") ? "IPv6" : "IPv4"}`,
    (best / 1000).toFixed(3),
    rate,
    String(verified),
  ];
}

async function compare(sent: string, received: string): Promise<void> {
  const [a, b] = await Promise.all([
    Deno.readFile(sent),
    Deno.readFile(received),
  ]);
  if (a.length !== b.length || a.some((byte, i) => byte !== b[i])) {
    throw new Error(`${received} differs from ${sent}`);
  }
  const [{ mtime }, { mtime: kept }] = await Promise.all([
    Deno.stat(sent),
    Deno.stat(received),
  ]);
  if (mtime?.getTime() !== kept?.getTime()) {
    throw new Error(`${received} has another time than ${sent}`);
  }
}

function program(script: string, args: readonly string[]): Deno.ChildProcess {
  const command = ["run", "-A", join(PROJECT, script), ...args];
  return new Deno.Command(Deno.execPath(), {
    args: command,
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

/** The port that the server prints. */
async function portOf(server: Deno.ChildProcess): Promise<number> {
  let text = "";
  for await (
    const chunk of server.stdout.pipeThrough(new TextDecoderStream())
  ) {
    text += chunk;
    const port = /\bport (\d+)\b/.exec(text)?.[1];
    if (port !== undefined) return Number(port);
  }
  throw new Error("server.ts did not start");
}

function tableOf(rows: readonly string[][]): string {
  const all = [
    ["connections", "protocol", "seconds", "MB/s", "files verified"],
    ...rows,
  ];
  const widths = all[0]!.map((_, column) =>
    Math.max(...all.map((row) => row[column]!.length))
  );
  return all.map((row) =>
    row.map((cell, column) => cell.padStart(widths[column]!)).join("  ")
  ).join("\n");
}

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text + "\n"));
}

try {
  await demo();
} catch (error) {
  Deno.stderr.writeSync(
    new TextEncoder().encode(
      `The demo failed: ${error instanceof Error ? error.message : error}\n`,
    ),
  );
  Deno.exit(1);
}
