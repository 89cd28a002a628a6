/**
 * The log: one line a request, on stderr, in order. Lines are collected and written together; a reader of the log that
 * stands still costs lines (and a line that says how many), never the service.
 *
 * @module
 */

import { toBytes } from "../bytes/ascii.ts";
import { FAULTS, isFaultCode } from "../errors.ts";
import { visible } from "../names/escape.ts";
import type { Clock } from "./clock.ts";

/**
 * How lines look: `common` and `combined` are those of NCSA and Apache, which every analyser of logs reads; `text` and
 * `json` tell more (the time to the millisecond, how long it took, which refusal it was).
 */
export type LogFormat = "off" | "text" | "common" | "combined" | "json";

/** One request and what became of it. */
export interface RequestRecord {
  readonly peer: string;
  /** The request as the peer wrote it, without a body. */
  readonly request: string;
  /** `ok`, or in HTTP the status; a fault code; `gone` where the peer left before the end. */
  readonly status: string;
  /** Bytes of the body that was sent or received. */
  readonly bytes: number;
  /** Milliseconds from the request to the end of its answer. */
  readonly ms: number;
  /** Of a request in HTTP. */
  readonly http?: HttpRecord;
}

/** What only a request in HTTP has. */
export interface HttpRecord {
  readonly status: number;
  /** Referer and User-Agent, as they came. */
  readonly referer?: string | undefined;
  readonly agent?: string | undefined;
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

/** How long the end of a program waits for those who read its log. */
const LAST_LINES_MS_MAX = 500;

/** A log that writes lines to `sink`. */
export class LineLog implements Log {
  readonly wantsRequests: boolean;
  readonly #format: LogFormat;
  readonly #sink: { write(bytes: Uint8Array): Promise<number> };
  readonly #now: () => Date;
  #waiting = "";
  #dropped = 0;
  /** Settles when nothing waits any more; `undefined` while nothing does. */
  #writing: Promise<void> | undefined;

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

  request(record: RequestRecord): void {
    const now = this.#now();
    switch (this.#format) {
      case "off":
        return;
      case "text":
        return this.#put(textLine(record, now));
      case "common":
        return this.#put(commonLine(record, now));
      case "combined":
        return this.#put(combinedLine(record, now));
      case "json":
        return this.#put(jsonLine(record, now));
      default:
        throw this.#format satisfies never;
    }
  }

  note(text: string): void {
    if (this.#format !== "off") this.#put(this.#noteLine(text));
  }

  /** Something that happened: `text` for people, `fields` for programs (`--log json`). */
  event(text: string, fields: { readonly [name: string]: unknown }): void {
    if (this.#format === "off") return;
    const time = this.#now().toISOString();
    this.#put(
      this.#format === "json"
        ? JSON.stringify({ time, ...fields })
        : `${time} ${text}`,
    );
  }

  /**
   * Waits until every line is written: before the program ends, which would take with it what waits. Not for longer than
   * `LAST_LINES_MS_MAX`: nobody may read the log.
   */
  async flush(clock: Pick<Clock, "sleep">): Promise<void> {
    const written = new AbortController();
    const writing = this.#writing?.then(() => written.abort());
    if (writing !== undefined) {
      await clock.sleep(LAST_LINES_MS_MAX, written.signal);
    }
  }

  #noteLine(text: string): string {
    const time = this.#now().toISOString();
    return this.#format === "json"
      ? JSON.stringify({ time, note: visible(text) })
      : `${time} ${visible(text)}`;
  }

  #put(line: string): void {
    if (this.#waiting.length > WAITING_CHARACTERS_MAX) {
      this.#dropped++;
      return;
    }
    this.#waiting += line + "\n";
    this.#writing ??= this.#write();
  }

  async #write(): Promise<void> {
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
        this.#waiting += this.#noteLine(
          `${this.#dropped} lines dropped: the log was not read fast enough`,
        ) + "\n";
        this.#dropped = 0;
      }
    }
    this.#writing = undefined;
  }
}

/**
 * `2000-10-10T13:55:36.123Z [::1]:9 "download a" ok 2326 1.2ms`, and with HTTP's status in place of `ok`; but an answer that
 * was begun with 200 and cut is shown as what cut it.
 */
function textLine(record: RequestRecord, now: Date): string {
  const { peer, request, status, bytes, ms, http } = record;
  const isCut = status === "gone" || isFaultCode(status);
  return `${now.toISOString()} ${peer} ${quoted(request)} ${
    isCut ? status : http?.status ?? status
  } ${bytes} ${ms.toFixed(1)}ms`;
}

/** `::1 - - [10/Oct/2000:13:55:36 +0000] "GET / HTTP/1.1" 200 2326`: the Common Log Format of NCSA and Apache. */
function commonLine(record: RequestRecord, now: Date): string {
  const { peer, request, bytes } = record;
  // Apache's %b: no bytes are a dash.
  return `${hostOf(peer)} - - [${commonTime(now)}] ${quoted(request)} ${
    httpStatus(record)
  } ${bytes === 0 ? "-" : bytes}`;
}

/** The Combined Log Format: the common one, `"Referer"` and `"User-Agent"`. */
function combinedLine(record: RequestRecord, now: Date): string {
  const { referer, agent } = record.http ?? {};
  return `${commonLine(record, now)} ${quoted(referer, EXTRA_CHARACTERS_MAX)} ${
    quoted(agent, EXTRA_CHARACTERS_MAX)
  }`;
}

function jsonLine(record: RequestRecord, now: Date): string {
  const { peer, request, status, bytes, ms, http } = record;
  return JSON.stringify({
    time: now.toISOString(),
    peer,
    request: visible(request),
    status,
    bytes,
    ms: Math.round(ms * 10) / 10,
    httpStatus: http?.status,
    referer: shortened(http?.referer),
    agent: shortened(http?.agent),
  });
}

/** Of what a client says about itself: real ones need 300; a head may hold kilobytes, sent to fill the disk. */
const EXTRA_CHARACTERS_MAX = 512;

function shortened(text: string | undefined): string | undefined {
  return text && visible(text.slice(0, EXTRA_CHARACTERS_MAX));
}

/**
 * What a peer wrote, in quotes that it cannot close, on one line, without anything that drives a terminal (security.md
 * L1). A backslash is doubled: one in front of a quote would otherwise open it again.
 */
function quoted(text: string | undefined, charactersMax?: number): string {
  if (text === undefined || text === "") return '"-"';
  const escaped = text.slice(0, charactersMax).replaceAll("\\", "\\\\");
  return `"${visible(escaped).replaceAll('"', '\\"')}"`;
}

/** A peer without its port, and IPv6 without brackets, as analysers of logs expect it. */
function hostOf(peer: string): string {
  const [, six, other] = /^(?:\[(.*)\]|(.*?)):\d+$/.exec(peer) ?? [];
  return six ?? other ?? peer;
}

/** The status that HTTP has for what became of a request in any language; 499 is what nginx logs for a client that left. */
function httpStatus({ status, http }: RequestRecord): number {
  if (http !== undefined) return http.status;
  if (status === "ok") return 200;
  if (status === "gone") return 499;
  return FAULTS[isFaultCode(status) ? status : "internal"].status;
}

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** `10/Oct/2000:13:55:36 +0000` */
function commonTime(now: Date): string {
  // 2000-10-10T13:55:36.000Z
  const iso = now.toISOString();
  return `${iso.slice(8, 10)}/${MONTHS[now.getUTCMonth()]}/${iso.slice(0, 4)}:${
    iso.slice(11, 19)
  } +0000`;
}
