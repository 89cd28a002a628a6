/**
 * The person at the other end of stdout and stderr.
 *
 * @module
 */

import { toBytes } from "../bytes/ascii.ts";
import { visible } from "../names/escape.ts";

/** How often a line that moves is drawn. */
const DRAW_EVERY_MS = 200;

/**
 * Draws `line()` on stderr again and again, until `stop`; nothing while that is empty. Draws nothing where stderr is no
 * terminal.
 */
export class MovingLine {
  readonly #line: (columns: number) => string;
  readonly #timer: ReturnType<typeof setInterval> | undefined;
  #isDrawn = false;

  constructor(line: (columns: number) => string, enabled: boolean) {
    this.#line = line;
    if (enabled && Deno.stderr.isTerminal()) {
      this.#timer = setInterval(() => this.#draw(), DRAW_EVERY_MS);
    }
  }

  /** Removes the line. */
  stop(): void {
    // Also clearInterval would load 5 ms of timers that a run without a terminal never needs.
    if (this.#timer !== undefined) clearInterval(this.#timer);
    this.clear();
  }

  /** Removes the line until it is drawn again: before something else is written to the same terminal. */
  clear(): void {
    if (this.#isDrawn) writeError("\r\x1b[K");
    this.#isDrawn = false;
  }

  #draw(): void {
    const text = this.#line(columns() - 1);
    if (text === "") return this.clear();
    this.#isDrawn = true;
    writeError("\r\x1b[K" + text);
  }
}

/** Writes `text` to stderr. A reader that is gone is no error. */
export function writeError(text: string): void {
  writeAll(Deno.stderr, toBytes(text));
}

/** Writes `text` to stdout. A reader that has had enough (`| head -1`) is no error. */
export function writeOut(text: string): void {
  writeAll(Deno.stdout, toBytes(text));
}

/** stdout or stderr. */
export interface Output {
  writeSync(bytes: Uint8Array): number;
  isTerminal(): boolean;
}

/**
 * Writes what a peer has sent. A pipe gets the bytes as they are; on a terminal, whatever could drive it is made visible
 * (security.md L2).
 */
export function peerText(to: Output): (bytes: Uint8Array) => void {
  if (!to.isTerminal()) return (bytes) => writeAll(to, bytes);
  const decoder = new TextDecoder();
  return (bytes) => {
    const text = decoder.decode(bytes, { stream: true });
    writeAll(to, toBytes(text.replace(/[^\n\t]+/g, visible)));
  };
}

/** Writes `bytes` to stdout or stderr as they are. */
export function writeAll(
  to: { writeSync(bytes: Uint8Array): number },
  bytes: Uint8Array,
): void {
  try {
    for (let done = 0; done < bytes.length;) {
      done += to.writeSync(bytes.subarray(done));
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

function columns(): number {
  try {
    return Deno.consoleSize().columns;
  } catch {
    return 80;
  }
}
