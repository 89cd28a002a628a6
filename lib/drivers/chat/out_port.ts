/**
 * Where the room puts the lines for one connection, and how they are written: everything that came up in a turn with one
 * write, the next turn's while that is under way.
 *
 * @module
 */

import { LineBuffer } from "../../chat/line_buffer.ts";
import type { Port, Source } from "../../chat/people.ts";

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
  /** Everything is written, and the port was to end (true); or writing failed. */
  readonly ended: (isWhole: boolean) => void;
}

export class OutPort implements Port {
  isDue = false;
  isLeaving = false;
  isEnding = false;
  source: Source | undefined;
  flushed = 0;
  readonly #options: OutPortOptions;
  #waiting = new LineBuffer();
  #spare = new LineBuffer();
  #written = 0;
  #isWriting = false;
  #isOver = false;
  #isIdle = true;
  /** Resolves with the next write that ends. */
  #progress: PromiseWithResolvers<void> | undefined;

  constructor(options: OutPortOptions) {
    this.#options = options;
  }

  get out(): LineBuffer {
    return this.#waiting;
  }

  get written(): number {
    return this.#written;
  }

  /** Whether a write is under way: the peer has not taken it yet. */
  get isWriting(): boolean {
    return this.#isWriting;
  }

  /**
   * Writes what waits, unless a write is under way.
   *
   * @returns resolves when it is written or cannot be; `undefined` if no write was begun
   */
  flush(): Promise<void> | undefined {
    if (this.#isOver) {
      this.#waiting.clear();
      return undefined;
    }
    this.#isIdle = false;
    if (!this.#isWriting) return this.#write();
    if (this.#waiting.length > QUEUE_BYTES_MAX && !this.isLeaving) {
      this.#options.overflown(this);
    }
    return undefined;
  }

  /** Nothing more is written. */
  end(): void {
    this.#isOver = true;
    this.source = undefined;
    this.#waiting.clear();
    this.#tellProgress();
  }

  /** Waits until a long answer is put, or nothing more is written. */
  async answered(): Promise<void> {
    while (this.source !== undefined) {
      this.#progress ??= Promise.withResolvers();
      await this.#progress.promise;
    }
  }

  /** Lets go of memory, if nothing was written since this was called last: thousands of idle people wait for the next word. */
  rest(): void {
    if (this.#isIdle && !this.#isWriting) {
      this.#waiting.shrink();
      this.#spare.shrink();
    }
    this.#isIdle = true;
  }

  async #write(): Promise<void> {
    const lines = this.#waiting;
    const { flushed } = this;
    this.#waiting = this.#spare;
    this.#isWriting = true;
    try {
      if (lines.length > 0) await this.#options.write(lines.bytes);
    } catch {
      this.end();
      return this.#options.ended(false);
    } finally {
      lines.clear();
      this.#spare = lines;
      this.#isWriting = false;
    }
    this.#written = flushed;
    this.#tellProgress();
    if (this.#isOver) return;
    if (this.#waiting.length > 0 || this.source !== undefined) {
      this.#options.again(this);
    } else if (this.isEnding) {
      this.end();
      this.#options.ended(true);
    }
  }

  #tellProgress(): void {
    this.#progress?.resolve();
    this.#progress = undefined;
  }
}
