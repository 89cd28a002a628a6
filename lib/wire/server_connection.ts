/**
 * The server's side of a connection in the wire protocol, without any I/O: bytes are stored (`space` + `commit`, or
 * `receive`), events are asked for (`next`), answers are turned into bytes (`send`), and time is judged (`expire`).
 *
 * States, and what may happen in each:
 *
 *     state    next() gives                                  send() takes
 *     line     a request, a refusal of the line, need-data   nothing
 *     body     the bytes that follow an upload or a part     err (the rest of the body is then skipped)
 *     reply    nothing: one request at a time, in order      ok, data*, end, err
 *     closed   nothing                                       nothing
 *
 * A line that was refused is followed by `reply`, as a request is. The bodies of answers do not pass through here, only
 * their lengths do. This file goes with docs/protocol.md; `client_connection.ts` is the other side.
 *
 * @module
 */

import { fromBytes, LF, toBytes } from "../bytes/ascii.ts";
import { ReceiveBuffer } from "../bytes/receive_buffer.ts";
import { MisuseError, Refusal } from "../errors.ts";
import { visible } from "../names/escape.ts";
import { formatFields } from "./reply.ts";
import { LINE_BYTES_MAX, parseRequest } from "./request.ts";
import { languageOfLine, languageOfLongLine } from "./sniff.ts";
import { bodyBytesOf, type Request } from "./verbs.ts";

/** What `next` gives. */
export type ServerEvent =
  | { readonly kind: "request"; readonly request: Request }
  /** The line was not a request. Answer with it; after one that closes, end the connection. */
  | {
    readonly kind: "refused";
    readonly refusal: Refusal;
    readonly line: string;
  }
  /** Bytes of the body; a view that is valid until more is received. `last` with the final ones, which may be none. */
  | {
    readonly kind: "body";
    readonly bytes: Uint8Array<ArrayBuffer>;
    readonly last: boolean;
  }
  /** The connection speaks HTTP; what has arrived is in `buffer`, untouched. */
  | { readonly kind: "http" }
  | { readonly kind: "need-data" };

/** What `send` takes. `bytes` is how many bytes of body follow. */
export type ServerMessage =
  | {
    readonly kind: "ok" | "data";
    readonly bytes: number;
    readonly fields?: Record<string, string | number>;
  }
  | { readonly kind: "end"; readonly fields?: Record<string, string | number> }
  | { readonly kind: "err"; readonly refusal: Refusal };

/** How long what may take, in milliseconds. */
export interface ServerTimes {
  /** Between requests. People think at prompts. */
  readonly idleMsMax: number;
  /** From the first byte of a request line to its end, however it is dribbled. */
  readonly lineMsMax: number;
  /** Without a byte moving, while a body is sent or received. */
  readonly stallMsMax: number;
}

/** Bodies are read in pieces of at most this; lines need less. */
const BUFFER_BYTES_MAX = 64 * 1024;

/** The text of a refusal may quote the request; visible and in UTF-8 it fits the room that is kept for lines. */
const TEXT_CHARACTERS_MAX = 100;

const NEED_DATA: ServerEvent = { kind: "need-data" };

export class ServerConnection {
  /** What has arrived. Whoever takes the connection over for HTTP goes on from here. */
  readonly buffer = new ReceiveBuffer(BUFFER_BYTES_MAX);
  #state: "line" | "body" | "reply" | "closed" = "line";
  #isFirstLine = true;
  #bodyBytesLeft = 0;
  #skipsBody = false;
  readonly #times: ServerTimes;
  /** When the current wait began: for a line, for a byte of a body, or for the peer to take bytes. */
  #waitsSince: number;
  #lineBegan = false;
  #isWriting = false;

  constructor(times: ServerTimes, now: number) {
    this.#times = times;
    this.#waitsSince = now;
  }

  /** Whether a request is being received or answered: worth waiting for when the server stops. */
  get isBusy(): boolean {
    return this.#isWriting || this.#state === "body" ||
      this.#state === "reply" || this.#lineBegan;
  }

  /** How many bytes of the request's body have not been given out yet. */
  get bodyBytesLeft(): number {
    return this.#bodyBytesLeft;
  }

  /** Takes over `count` bytes that were read into `buffer.space()`. */
  commit(count: number, now: number): void {
    this.buffer.commit(count);
    if (this.#state === "body") this.#waitsSince = now;
    else if (this.#state === "line" && !this.#lineBegan) {
      this.#lineBegan = true;
      this.#waitsSince = now;
    }
  }

  /** The next thing that has happened, or `need-data`. */
  next(now: number): ServerEvent {
    for (;;) {
      switch (this.#state) {
        case "line": {
          const event = this.#nextLine(now);
          if (event !== undefined) return event;
          break;
        }
        case "body": {
          const bytes = this.buffer.take(this.#bodyBytesLeft);
          if (bytes.length === 0 && this.#bodyBytesLeft > 0) return NEED_DATA;
          this.#bodyBytesLeft -= bytes.length;
          const last = this.#bodyBytesLeft === 0;
          if (last) this.#enter(this.#skipsBody ? "line" : "reply", now);
          if (!this.#skipsBody) return { kind: "body", bytes, last };
          if (last) this.#skipsBody = false;
          break;
        }
        case "reply":
          throw new MisuseError(
            "Cannot read the next request: this one is not answered",
          );
        case "closed":
          return NEED_DATA;
        default:
          throw this.#state satisfies never;
      }
    }
  }

  /**
   * The bytes of the line of an answer.
   *
   * @throws {MisuseError} if no answer is due
   */
  send(message: ServerMessage, now: number): Uint8Array<ArrayBuffer> {
    return toBytes(this.sendText(message, now));
  }

  /** The same as text, for those who encode it to where it is needed: that takes half the time. */
  sendText(message: ServerMessage, now: number): string {
    if (
      this.#state !== "reply" &&
      !(this.#state === "body" && message.kind === "err" && !this.#skipsBody)
    ) {
      throw new MisuseError(
        `Cannot send "${message.kind}": no answer is due (${this.#state})`,
      );
    }
    this.#waitsSince = now;
    switch (message.kind) {
      case "ok":
        this.#enter("line", now);
        return `OK ${message.bytes}${formatFields(message.fields ?? {})}\n`;
      case "data":
        return `DATA ${message.bytes}${formatFields(message.fields ?? {})}\n`;
      case "end":
        this.#enter("line", now);
        return `END${formatFields(message.fields ?? {})}\n`;
      case "err": {
        const { code, message: text, closes } = message.refusal;
        if (closes) this.#enter("closed", now);
        else if (this.#state === "body") this.#skipsBody = true;
        else this.#enter("line", now);
        return `ERR ${code} ${visible(text.slice(0, TEXT_CHARACTERS_MAX))}${
          closes ? "; closing" : ""
        }\n`;
      }
      default:
        throw message satisfies never;
    }
  }

  /** Nothing more is answered: the peer has `stallMsMax` to end its side. */
  finish(now: number): void {
    this.#enter("closed", now);
  }

  /** Bytes are on their way to the peer: from now on, and after every call again, it has `stallMsMax` to take some. */
  writing(now: number): void {
    this.#isWriting = true;
    this.#waitsSince = now;
  }

  /** The peer has taken everything. */
  written(now: number): void {
    this.#isWriting = false;
    this.#waitsSince = now;
  }

  /** Why this connection is to be ended now, if it is. */
  expire(now: number): Refusal | undefined {
    const waited = now - this.#waitsSince;
    if (this.#isWriting) {
      return waited > this.#times.stallMsMax
        ? timeout("The peer takes nothing")
        : undefined;
    }
    switch (this.#state) {
      case "line":
        if (!this.#lineBegan && waited > this.#times.idleMsMax) {
          return timeout("Nothing was asked for too long");
        }
        if (this.#lineBegan && waited > this.#times.lineMsMax) {
          return timeout("The request line took too long");
        }
        return undefined;
      case "body":
        return waited > this.#times.stallMsMax
          ? timeout("The transfer stood still for too long")
          : undefined;
      case "reply":
        // The peer waits for us.
        return undefined;
      case "closed":
        // The peer is given that long to read why.
        return waited > this.#times.stallMsMax
          ? timeout("The peer does not end its side")
          : undefined;
      default:
        throw this.#state satisfies never;
    }
  }

  #nextLine(now: number): ServerEvent | undefined {
    const isFirst = this.#isFirstLine;
    if (isFirst) {
      const language = this.#sniff();
      if (language === undefined) return NEED_DATA;
      this.#isFirstLine = false;
      if (language === "http") {
        this.#state = "closed";
        return { kind: "http" };
      }
    }
    const line = this.buffer.takeLine(LINE_BYTES_MAX);
    if (line === undefined) return NEED_DATA;
    if (line === "too-long") {
      this.#enter("reply", now);
      const text = `The request line is longer than ${LINE_BYTES_MAX} bytes`;
      return {
        kind: "refused",
        refusal: new Refusal("line-too-long", text, CLOSES),
        line: "",
      };
    }
    this.#lineBegan = this.buffer.length > 0;
    this.#waitsSince = now;
    if (line.length === 0) return undefined;
    try {
      const request = parseRequest(line);
      this.#bodyBytesLeft = bodyBytesOf(request);
      this.#enter(this.#bodyBytesLeft > 0 ? "body" : "reply", now);
      return { kind: "request", request };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#enter("reply", now);
      const text = fromBytes(line) ?? "";
      // Lines of an HTTP request behind a first line that was none: somebody smuggles (security.md S10; so does Redis).
      const refusal = HTTP_LINE.test(text)
        ? new Refusal("bad-request", NOT_HTTP, CLOSES)
        : error;
      return { kind: "refused", refusal, line: text };
    }
  }

  #sniff(): "wire" | "http" | undefined {
    const bytes = this.buffer.peek();
    // As far as a line may go and not a byte further: what is decided must not depend on how much has arrived by now.
    const end = bytes.subarray(0, LINE_BYTES_MAX + 1).indexOf(LF);
    if (end < 0 && bytes.length <= LINE_BYTES_MAX) return undefined;
    // Latin-1 keeps every byte apart, and only ASCII decides.
    const text = String.fromCharCode(...bytes.subarray(0, end < 0 ? 32 : end));
    return end < 0 ? languageOfLongLine(text) : languageOfLine(text);
  }

  #enter(state: "line" | "body" | "reply" | "closed", now: number): void {
    this.#state = state;
    this.#waitsSince = now;
    if (state === "line") this.#lineBegan = this.buffer.length > 0;
  }
}

const CLOSES = { closes: true };
const NOT_HTTP = "This connection speaks the wire protocol";
const HTTP_LINE = /^(?:Host:|(?:GET|POST|PUT|HEAD|OPTIONS|DELETE) .* HTTP\/)/i;

function timeout(text: string): Refusal {
  return new Refusal("timeout", text, CLOSES);
}
