/**
 * The answer to `run`: the output of an allowed program as it comes, then its exit status.
 *
 * Bounded in time, in output, and in how many run at once. The program dies with its client. Whatever is not allowed gets
 * the one same answer, so that nobody can probe which programs and files are there (filebrowser #3105).
 *
 * @module
 */

import { type FoundCommand, matchCommand } from "../commands/allow_list.ts";
import { PeerError, Refusal } from "../errors.ts";
import type { Clock } from "../io/clock.ts";
import type { ProcessStarter, RunningProcess } from "../io/processes.ts";
import type { WireSession } from "./wire_session.ts";

/** What may be run, and how far it may go. */
export interface RunRules {
  readonly allowed: readonly FoundCommand[];
  readonly processes: ProcessStarter;
  /** Milliseconds until a program is killed. */
  readonly msMax: number;
  /** Bytes of output until a program is killed. */
  readonly bytesMax: number;
  /** Programs at once, for all clients together. */
  readonly atOnceMax: number;
}

/** How often a client that has ended its side is asked whether it still reads, by an empty frame. */
const PROBE_MS = 500;

const NOT_ALLOWED = "That command is not allowed here";

/** Runs programs for all connections of a server. */
export class RunAnswers {
  readonly #rules: RunRules | undefined;
  readonly #clock: Clock;
  #running = 0;

  constructor(rules: RunRules | undefined, clock: Clock) {
    this.#rules = rules;
    this.#clock = clock;
  }

  /**
   * Runs `line` and sends what it prints.
   *
   * @returns how many bytes it printed
   */
  async run(line: string, session: WireSession): Promise<number> {
    const rules = this.#rules;
    const command = rules && matchCommand(rules.allowed, line);
    if (rules === undefined || command === undefined) {
      throw new Refusal("not-allowed", NOT_ALLOWED);
    }
    if (this.#running >= rules.atOnceMax) {
      throw new Refusal(
        "busy",
        "Too many commands run already; try again later",
      );
    }
    let child: RunningProcess;
    try {
      child = rules.processes.start(command.path, command.args);
    } catch (cause) {
      throw new Refusal("not-allowed", NOT_ALLOWED, { cause });
    }
    this.#running++;
    try {
      return await new Run(child, rules, session, this.#clock).finish();
    } finally {
      this.#running--;
    }
  }
}

/** One program and its client. */
class Run {
  readonly #child: RunningProcess;
  readonly #rules: RunRules;
  readonly #session: WireSession;
  readonly #clock: Clock;
  readonly #over = new AbortController();
  #bytes = 0;
  #killedFor: string | undefined;
  #clientIsGone = false;
  /** Frames of both streams go out one after another. */
  #sending: Promise<void> = Promise.resolve();

  constructor(
    child: RunningProcess,
    rules: RunRules,
    session: WireSession,
    clock: Clock,
  ) {
    this.#child = child;
    this.#rules = rules;
    this.#session = session;
    this.#clock = clock;
  }

  async finish(): Promise<number> {
    void this.#limitTime();
    const watching = this.#watchClient();
    await Promise.all([
      this.#pump(this.#child.stdout, {}),
      this.#pump(this.#child.stderr, { stream: "stderr" }),
    ]);
    const { code, signal } = await this.#child.ended;
    this.#over.abort();
    await watching;
    await this.#sending;
    if (this.#clientIsGone) {
      throw new PeerError("The client went away; the program was killed");
    }
    const reason = this.#killedFor;
    this.#session.end({
      exit: code,
      ...(signal && { signal }),
      ...(reason && { reason }),
    });
    return this.#bytes;
  }

  async #pump(
    stream: ReadableStream<Uint8Array>,
    fields: Record<string, string>,
  ): Promise<void> {
    for await (const chunk of stream) {
      const rest = this.#rules.bytesMax - this.#bytes;
      const bytes = chunk.length > rest ? chunk.subarray(0, rest) : chunk;
      this.#bytes += bytes.length;
      if (bytes.length > 0) await this.#frame(bytes, fields);
      if (bytes.length < chunk.length) {
        this.#kill("output-limit");
        return;
      }
    }
  }

  #frame(bytes: Uint8Array, fields: Record<string, string>): Promise<void> {
    const sent = this.#sending.then(async () => {
      if (this.#clientIsGone) return;
      try {
        this.#session.data(bytes.length, fields);
        await this.#session.send(bytes);
        await this.#session.flush();
      } catch {
        this.#clientIsGone = true;
        this.#kill("client-gone");
      }
    });
    this.#sending = sent;
    return sent;
  }

  async #limitTime(): Promise<void> {
    await this.#clock.sleep(this.#rules.msMax, this.#over.signal);
    if (!this.#over.signal.aborted) this.#kill("time-limit");
  }

  /**
   * A client that ends its side may still read (`printf 'run ls\n' | nc`), or may be gone. Empty frames tell: a peer that
   * is gone answers them with a reset.
   */
  async #watchClient(): Promise<void> {
    const over = new Promise<void>((resolve) =>
      this.#over.signal.addEventListener("abort", () => resolve())
    );
    const watch = this.#session.watchPeer();
    await Promise.race([watch.done, over]);
    watch.stop();
    while (
      !this.#over.signal.aborted && !this.#clientIsGone &&
      this.#session.peerEnded
    ) {
      await this.#clock.sleep(PROBE_MS, this.#over.signal);
      if (!this.#over.signal.aborted) await this.#frame(new Uint8Array(), {});
    }
  }

  #kill(reason: string): void {
    this.#killedFor ??= reason;
    this.#child.kill();
  }
}
