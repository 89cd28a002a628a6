/**
 * Where the room puts the lines for one connection, and how they are written: everything that came up in a turn with one
 * write, the next turn's while that is under way.
 *
 * @module
 */

import { LineBuffer } from "../../chat/line_buffer.ts";
import type { Port } from "../../chat/people.ts";

/** What may wait for a reader that does not read (docs/chat.md, "Limits"). */
export const QUEUE_BYTES_MAX = 256 * 1024;

/** How a port writes, and whom it tells. */
export interface OutPortOptions {
  /** Writes all of `bytes`, which are valid until it is done. */
  readonly write: (bytes: Uint8Array<ArrayBuffer>) => Promise<void>;
  /** Called when there is more to write after a write: a turn is to be settled before that. */
  readonly again: (port: OutPort) => void;
  /** More waits than may: the reader is too slow. */
  readonly overflown: (port: OutPort) => void;
  /** Everything is written, and the port was to end; or writing failed. */
  readonly ended: () => void;
}

export class OutPort implements Port {
  isDue = false;
  isEnding = false;
  readonly #options: OutPortOptions;
  #waiting = new LineBuffer();
  #spare = new LineBuffer();
  #isWriting = false;
  #isOver = false;

  constructor(options: OutPortOptions) {
    this.#options = options;
  }

  get out(): LineBuffer {
    return this.#waiting;
  }

  /** Whether a write is under way: the peer has not taken it yet. */
  get isWriting(): boolean {
    return this.#isWriting;
  }

  /** Writes what waits, unless a write is under way. */
  flush(): void {
    if (this.#isOver) return this.#waiting.clear();
    if (this.#waiting.length > QUEUE_BYTES_MAX && !this.isEnding) {
      return this.#options.overflown(this);
    }
    if (!this.#isWriting) void this.#write();
  }

  /** Nothing more is written. */
  end(): void {
    this.#isOver = true;
    this.#waiting.clear();
  }

  async #write(): Promise<void> {
    const lines = this.#waiting;
    this.#waiting = this.#spare;
    this.#isWriting = true;
    try {
      if (lines.length > 0) await this.#options.write(lines.bytes);
    } catch {
      this.end();
      return this.#options.ended();
    } finally {
      lines.clear();
      this.#spare = lines;
      this.#isWriting = false;
    }
    if (this.#waiting.length > 0) this.#options.again(this);
    else if (this.isEnding) {
      this.end();
      this.#options.ended();
    }
  }
}
