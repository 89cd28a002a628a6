/**
 * The real client.ts, started as a user starts it.
 *
 * @module
 */

import { assertNotMatch } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { STACK_TRACE } from "./program_process.ts";
import { TextWatch } from "./servers.ts";
import { within } from "./within.ts";

/** How to start it. */
export interface ClientOptions {
  /** Where it is started. Default: where the tests are. */
  readonly cwd?: string;
  /** Its standard input. Default: none. */
  readonly stdin?: string;
  /** Words in front of the command: `["sh", "-c", '"$@" | head -1', "sh"]`. */
  readonly prefix?: readonly string[];
  /** Permissions of `deno run`. Default: `-A`. */
  readonly denoArgs?: readonly string[];
}

/** How it ended. */
export interface ClientOutput {
  readonly code: number;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

const CLIENT = fromFileUrl(new URL("../../client.ts", import.meta.url));

/** Runs it against the server at `port` of this machine to its end; no stack trace comes out of it. */
export async function runClient(
  port: number,
  args: readonly string[],
  options: ClientOptions = {},
): Promise<ClientOutput> {
  await using client = startClient(port, args, options);
  return await client.output();
}

/** Starts it against the server at `port` of this machine. */
export function startClient(
  port: number,
  args: readonly string[],
  { cwd, stdin, prefix = [], denoArgs = ["-A"] }: ClientOptions = {},
): TestClient {
  const address = args.includes("--ip") ? [] : ["--ip", "127.0.0.1"];
  const [command = "", ...rest] = [
    ...prefix,
    Deno.execPath(),
    "run",
    ...denoArgs,
    CLIENT,
    ...address,
    "--port",
    `${port}`,
    ...args,
  ];
  const child = new Deno.Command(command, {
    args: rest,
    ...(cwd !== undefined && { cwd }),
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  return new TestClient(child, stdin);
}

/** A client that runs; `await using` ends it. */
export class TestClient implements AsyncDisposable {
  readonly stdout: TextWatch;
  readonly stderr: TextWatch;
  readonly #child: Deno.ChildProcess;
  readonly #typed: Promise<void>;

  constructor(child: Deno.ChildProcess, stdin: string | undefined) {
    this.#child = child;
    this.stdout = new TextWatch("stdout", child.stdout);
    this.stderr = new TextWatch("stderr", child.stderr);
    this.#typed = stdin === undefined
      ? Promise.resolve()
      : typeInto(child.stdin, stdin);
  }

  /** Sends it `signal`. */
  signal(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Waits for its end. */
  async output(): Promise<ClientOutput> {
    const { code, signal } = await within(
      "the client to end",
      this.#child.status,
    );
    const stdout = await this.stdout.whole();
    const stderr = await this.stderr.whole();
    assertNotMatch(stderr, STACK_TRACE);
    assertNotMatch(stdout, STACK_TRACE);
    return { code, signal, stdout, stderr };
  }

  /** Ends it as `kill -9` does, and waits until it is gone. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#child.status;
    await this.#typed;
    await this.stdout.close();
    await this.stderr.close();
  }
}

async function typeInto(
  stdin: WritableStream<Uint8Array>,
  text: string,
): Promise<void> {
  try {
    const writer = stdin.getWriter();
    await writer.write(new TextEncoder().encode(text));
    await writer.close();
  } catch {
    // It has ended before it read all.
  }
}
