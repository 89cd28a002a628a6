/**
 * The real chat_server.ts and chat_client.ts, started as people start them.
 *
 * @module
 */

import { assertNotMatch } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { TextWatch } from "./servers.ts";
import { within } from "./within.ts";

const SERVER = fromFileUrl(new URL("../../chat_server.ts", import.meta.url));
/** Where it is, for those who start it in another way. */
export const CHAT_CLIENT = fromFileUrl(
  new URL("../../chat_client.ts", import.meta.url),
);

/** What people see is never a stack trace, nor an error of Deno's. */
const STACK_TRACE = /file:\/\/|^\s+at |Uncaught|error: /m;

/** A process whose lines are watched; `await using` ends it. */
export class ChatProcess implements AsyncDisposable {
  readonly stdout: TextWatch;
  readonly stderr: TextWatch;
  readonly #child: Deno.ChildProcess;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;

  constructor(
    script: string,
    args: readonly string[],
    prefix: readonly string[] = [],
  ) {
    const [command = "", ...rest] = [
      ...prefix,
      Deno.execPath(),
      "run",
      "-A",
      script,
      ...args,
    ];
    this.#child = new Deno.Command(command, {
      args: rest,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.stdout = new TextWatch("stdout", this.#child.stdout);
    this.stderr = new TextWatch("stderr", this.#child.stderr);
    this.#stdin = this.#child.stdin.getWriter();
  }

  /** Types `text`. */
  async type(text: string | Uint8Array): Promise<void> {
    await this.#stdin.write(
      typeof text === "string" ? new TextEncoder().encode(text) : text,
    );
  }

  /** Ends its input. */
  async endInput(): Promise<void> {
    try {
      await this.#stdin.close();
    } catch {
      // It has ended before.
    }
  }

  signal(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Ends it as `kill -9` does, and waits until it is gone. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.status;
  }

  /** Waits for its end; no stack trace came out of it. */
  async ended(): Promise<{ code: number; stdout: string; stderr: string }> {
    const { code } = await within("the end of a process", this.#child.status);
    const stdout = await this.stdout.whole();
    const stderr = await this.stderr.whole();
    assertNotMatch(stdout + stderr, STACK_TRACE);
    return { code, stdout, stderr };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#child.status;
    await this.endInput();
    await this.stdout.close();
    await this.stderr.close();
  }
}

/** A server that runs, and its port. */
export async function startChatServer(
  ...args: string[]
): Promise<ChatProcess & { port: number }> {
  const flags = args.includes("--port") ? args : ["--port", "0", ...args];
  const server = new ChatProcess(SERVER, flags);
  let port: string | undefined;
  try {
    [, port] = await server.stdout.until(/ port (\d+)[\s\S]*\n/);
  } catch (cause) {
    await server.kill();
    const said = await server.stderr.whole();
    await server[Symbol.asyncDispose]();
    throw new Error(`The server did not start: ${said}`, { cause });
  }
  return Object.assign(server, { port: Number(port) });
}

/** A client that runs, called `name`. */
export function startChatClient(
  port: number,
  name: string,
  args: readonly string[] = [],
  prefix: readonly string[] = [],
): ChatProcess {
  return new ChatProcess(CHAT_CLIENT, [
    "--ip",
    "127.0.0.1",
    "--port",
    `${port}`,
    "--username",
    name,
    ...args,
  ], prefix);
}

/** Runs a client on `input` to its end. */
export async function chat(
  port: number,
  name: string,
  input: string | Uint8Array,
  args: readonly string[] = [],
  prefix: readonly string[] = [],
): Promise<{ code: number; stdout: string; stderr: string }> {
  await using client = startChatClient(port, name, args, prefix);
  // It may end before it has read all.
  await client.type(input).catch(() => {});
  await client.endInput();
  return await client.ended();
}
