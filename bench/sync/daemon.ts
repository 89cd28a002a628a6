/**
 * A process that runs beside the measurement and is asked nothing on its stdout.
 *
 * @module
 */

/** How much of what it complains of is kept for the error. */
const COMPLAINT_LENGTH_MAX = 2000;
/** After so long without obeying SIGTERM it is killed. */
const STOP_MS_MAX = 10_000;

/** One that was started. */
export class Daemon {
  readonly #argv: readonly string[];
  readonly #child: Deno.ChildProcess;
  readonly #complaints: Promise<void>;
  #complaint = "";
  #hasEnded = false;
  #isStopping = false;

  constructor(argv: readonly string[], env: Record<string, string> = {}) {
    this.#argv = argv;
    const [program, ...args] = argv;
    this.#child = new Deno.Command(program!, {
      args,
      env,
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    this.#complaints = this.#listen();
    this.#child.status.then(() => this.#hasEnded = true);
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Throws Error with the end of its stderr when it has ended without being told to. */
  checkAlive(): void {
    if (!this.#hasEnded || this.#isStopping) return;
    throw new Error(
      `${this.#argv.join(" ")} has ended: ${
        this.#complaint.trim().split("\n").slice(-3).join(" / ")
      }`,
    );
  }

  /** SIGTERM, and SIGKILL if that is not obeyed. May be called again. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#signal("SIGTERM");
    const patience = setTimeout(() => this.#signal("SIGKILL"), STOP_MS_MAX);
    await this.#child.status;
    clearTimeout(patience);
    await this.#complaints;
  }

  async #listen(): Promise<void> {
    const texts = this.#child.stderr.pipeThrough(new TextDecoderStream());
    for await (const text of texts) {
      this.#complaint = (this.#complaint + text).slice(-COMPLAINT_LENGTH_MAX);
    }
  }

  #signal(name: Deno.Signal): void {
    try {
      this.#child.kill(name);
    } catch {
      // It has ended.
    }
  }
}
