/**
 * A terminal that a test can type into and look at: a tmux of its own.
 *
 * @module
 */

import { eventually } from "./within.ts";

const LOOK_EVERY_MS = 20;

/** Whether there is one on this machine. */
export const HAS_TMUX: boolean = await run("-V").then(
  ({ success }) => success,
  () => false,
);

/** How a terminal is started. */
export interface TmuxOptions {
  /** Default: 80. */
  readonly columns?: number;
  /** Lines that come at no certain time: no `text` has them. */
  readonly without?: RegExp;
}

/** A terminal in which a command runs; `await using` ends both. */
export class Tmux implements AsyncDisposable {
  readonly #socket: string;
  readonly #without: RegExp;

  private constructor(socket: string, without: RegExp) {
    this.#socket = socket;
    this.#without = without;
  }

  /** Starts `command` (words for a shell) in a terminal that is 24 lines high. */
  static async start(
    command: string,
    { columns = 80, without = /(?!)/g }: TmuxOptions = {},
  ): Promise<Tmux> {
    const socket = `landline-test-${crypto.randomUUID()}`;
    const size = ["-x", `${columns}`, "-y", "24"];
    // What it ends with stays to be seen; the shell that is left waits for nobody.
    const line = `${command}; echo "ended with $?"; cat`;
    await run(
      "-L",
      socket,
      "-f",
      "/dev/null",
      "new-session",
      "-d",
      ...size,
      line,
    );
    return new Tmux(socket, without);
  }

  /** Types keys, each by its name (`Enter`, `C-d`) or as text. */
  async type(...keys: string[]): Promise<void> {
    await run("-L", this.#socket, "send-keys", ...keys);
  }

  /** Pastes `text`, as a block. */
  async paste(text: string): Promise<void> {
    await run("-L", this.#socket, "set-buffer", text);
    await run("-L", this.#socket, "paste-buffer", "-r");
  }

  /** What is on the screen, and what went out of it above; lines that wrap are one. */
  async text(): Promise<string> {
    const { stdout } = await run(
      "-L",
      this.#socket,
      "capture-pane",
      "-p",
      "-J",
      "-S",
      "-",
    );
    return new TextDecoder().decode(stdout).replace(/ +$/gm, "")
      .replace(this.#without, "").trimEnd();
  }

  /** The same with colours, as a terminal is told them. */
  async coloured(): Promise<string> {
    const { stdout } = await run(
      "-L",
      this.#socket,
      "capture-pane",
      "-p",
      "-e",
    );
    return new TextDecoder().decode(stdout);
  }

  /** Waits until what is on the screen matches `pattern`; gives it. */
  async until(pattern: RegExp): Promise<string> {
    let text = "";
    try {
      await eventually(`${pattern} on the screen`, async () => {
        text = await this.text();
        return pattern.test(text);
      }, LOOK_EVERY_MS);
      return text;
    } catch (cause) {
      throw new Error(`Not ${pattern} but:\n${text}`, { cause });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await run("-L", this.#socket, "kill-server");
  }
}

/** As one word of a shell. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function run(...args: string[]): Promise<Deno.CommandOutput> {
  return new Deno.Command("tmux", { args, stdin: "null" }).output();
}
