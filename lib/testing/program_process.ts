/**
 * A program of ours as a process of its own, started as people start it.
 *
 * @module
 */

import { assertNotMatch } from "@std/assert";
import { TextWatch } from "./servers.ts";
import { within } from "./within.ts";

/** What people see is never a stack trace, nor an error of Deno's. */
export const STACK_TRACE = /file:\/\/|^\s+at |Uncaught|error: /m;

/** A process whose lines are watched; `await using` ends it. */
export class ProgramProcess implements AsyncDisposable {
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

  /** Of the process. */
  get pid(): number {
    return this.#child.pid;
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

/** A process that listens, and where. */
export type Listening = ProgramProcess & { readonly port: number };

/** Waits until `program` says on which port it listens; if it does not, ends it. */
export async function listening(program: ProgramProcess): Promise<Listening> {
  try {
    const [, port] = await program.stdout.until(/ port (\d+)[\s\S]*\n/);
    return Object.assign(program, { port: Number(port) });
  } catch (cause) {
    await program.kill();
    const said = await program.stderr.whole();
    await program[Symbol.asyncDispose]();
    throw new Error(`It did not start: ${said}`, { cause });
  }
}
