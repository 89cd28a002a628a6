/**
 * The log: one line a request, on stderr, in order. Lines are collected and written together; a reader of the log that
 * stands still costs lines (and a line that says how many), never the service.
 *
 * @module
 */

import { toBytes } from "../bytes/ascii.ts";
import { visible } from "../names/escape.ts";

/** How lines look. */
export type LogFormat = "off" | "text" | "common" | "combined" | "json";

/** One request and what became of it. */
export interface RequestRecord {
  readonly peer: string;
  /** The request as the peer wrote it, without a body. */
  readonly request: string;
  /** `ok`, a fault code, or `gone` where the peer left before the end. */
  readonly status: string;
  /** Bytes of the body that was sent or received. */
  readonly bytes: number;
  /** Milliseconds from the request to the end of its answer. */
  readonly ms: number;
}

export interface Log {
  /** False where a record would only be thrown away: spares making it. */
  readonly wantsRequests: boolean;
  request(record: RequestRecord): void;
  /** Something the operator should know that is no request. */
  note(text: string): void;
}

/** What waits to be written when the reader stands still; then lines are dropped, and counted. */
const WAITING_CHARACTERS_MAX = 1024 * 1024;

/** A log that writes lines to `sink`. */
export class LineLog implements Log {
  readonly wantsRequests: boolean;
  readonly #format: LogFormat;
  readonly #sink: { write(bytes: Uint8Array): Promise<number> };
  readonly #now: () => Date;
  #waiting = "";
  #dropped = 0;
  #writing = false;

  /** @param now tells the wall-clock time that lines carry */
  constructor(
    format: LogFormat,
    sink: { write(bytes: Uint8Array): Promise<number> },
    now = () => new Date(),
  ) {
    this.#format = format;
    this.wantsRequests = format !== "off";
    this.#sink = sink;
    this.#now = now;
  }

  request({ peer, request, status, bytes, ms }: RequestRecord): void {
    if (this.#format === "off") return;
    const time = this.#now().toISOString();
    const shown = visible(request);
    this.#put(
      this.#format === "json"
        ? JSON.stringify({
          time,
          peer,
          request: shown,
          status,
          bytes,
          ms: Math.round(ms * 10) / 10,
        })
        : `${time} ${peer} "${
          shown.replaceAll('"', '\\"')
        }" ${status} ${bytes} ${ms.toFixed(1)}ms`,
    );
  }

  note(text: string): void {
    if (this.#format === "off") return;
    const time = this.#now().toISOString();
    this.#put(
      this.#format === "json"
        ? JSON.stringify({ time, note: visible(text) })
        : `${time} ${visible(text)}`,
    );
  }

  #put(line: string): void {
    if (this.#waiting.length > WAITING_CHARACTERS_MAX) {
      this.#dropped++;
      return;
    }
    this.#waiting += line + "\n";
    if (!this.#writing) void this.#write();
  }

  async #write(): Promise<void> {
    this.#writing = true;
    // The lines of this turn of the event loop go out together.
    await Promise.resolve();
    while (this.#waiting !== "") {
      const bytes = toBytes(this.#waiting);
      this.#waiting = "";
      try {
        for (let done = 0; done < bytes.length;) {
          done += await this.#sink.write(bytes.subarray(done));
        }
      } catch {
        // Nobody reads the log any more (a closed pipe): serving goes on.
        break;
      }
      if (this.#dropped > 0) {
        this.#waiting +=
          `${this.#dropped} lines dropped: the log was not read fast enough\n`;
        this.#dropped = 0;
      }
    }
    this.#writing = false;
  }
}
