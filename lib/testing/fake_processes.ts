/**
 * Programs that print and end when a test says so.
 *
 * @module
 */

import type { ProcessStarter, RunningProcess } from "../io/processes.ts";

/** A program that was started. */
export class FakeProcess implements RunningProcess {
  readonly program: string;
  readonly args: readonly string[];
  readonly stdout: ReadableStream<Uint8Array>;
  readonly stderr: ReadableStream<Uint8Array>;
  readonly ended: Promise<{ code: number; signal: string | undefined }>;
  isKilled = false;
  readonly #end: (status: { code: number; signal: string | undefined }) => void;
  #out!: ReadableStreamDefaultController<Uint8Array>;
  #err!: ReadableStreamDefaultController<Uint8Array>;
  #isOver = false;

  constructor(program: string, args: readonly string[]) {
    this.program = program;
    this.args = args;
    this.stdout = new ReadableStream({ start: (c) => void (this.#out = c) });
    this.stderr = new ReadableStream({ start: (c) => void (this.#err = c) });
    const { promise, resolve } = Promise.withResolvers<
      { code: number; signal: string | undefined }
    >();
    this.ended = promise;
    this.#end = resolve;
  }

  /** Prints `text` to its standard output. */
  print(text: string): void {
    this.#out.enqueue(new TextEncoder().encode(text));
  }

  /** Prints `text` to its standard error. */
  printError(text: string): void {
    this.#err.enqueue(new TextEncoder().encode(text));
  }

  /** Ends by itself. */
  exit(code: number, signal?: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const stream of [this.#out, this.#err]) {
      try {
        stream.close();
      } catch {
        // Cancelled: nobody reads it any more.
      }
    }
    this.#end({ code, signal });
  }

  kill(): void {
    this.isKilled = true;
    this.exit(137, "SIGKILL");
  }
}

/** Starts `FakeProcess`es, and remembers them. */
export class FakeProcesses implements ProcessStarter {
  readonly started: FakeProcess[] = [];
  /** Thrown by the next `start`. */
  fault: Error | undefined;

  start(program: string, args: readonly string[]): FakeProcess {
    if (this.fault !== undefined) throw this.fault;
    const process = new FakeProcess(program, args);
    this.started.push(process);
    return process;
  }

  /** The one that was started last. */
  get last(): FakeProcess {
    const process = this.started.at(-1);
    if (process === undefined) throw new Error("Nothing was started");
    return process;
  }
}
