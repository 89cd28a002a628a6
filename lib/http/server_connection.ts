/**
 * The server's side of an HTTP/1.1 connection, without any I/O: bytes are stored in `buffer`, events are asked for
 * (`next`), answers are begun and ended, and time is judged (`expire`).
 *
 * States, and what may happen in each:
 *
 *     state    next() gives                               then
 *     head     a request, a fault, need-data              answer
 *     answer   the bytes of the request's body, a fault   `answered` when the answer is sent: head, or closed
 *     closed   need-data                                  nothing
 *
 * A fault is answered like a request, and is the last thing: `next` gives it again and again, never the end of a body
 * that was broken. The rest of a body that was not read is thrown away before the next head, if its length is known and
 * little; else the connection ends (`mayGoOn`): bytes of a body are never taken for a request (security.md S7). This file
 * goes with docs/http.md.
 *
 * @module
 */

import { CR, LF } from "../bytes/ascii.ts";
import { ReceiveBuffer } from "../bytes/receive_buffer.ts";
import { MisuseError, Refusal } from "../errors.ts";
import { ChunkedBody } from "./chunked.ts";
import { parseRequestHead, type RequestHead } from "./request_head.ts";
import { HttpRefusal, malformed } from "./status.ts";

/** The request line: that of the wire protocol, as the sniffer reads both. */
export const REQUEST_LINE_BYTES_MAX = 8 * 1024;
/** Request line and field lines together. */
export const HEAD_BYTES_MAX = 32 * 1024;
/** The rest of a body of no more than this is read and thrown away, so that the connection can go on. */
export const SKIPPED_BYTES_MAX = 1024 * 1024;

/** Bodies are taken in pieces of at most this. */
const BUFFER_BYTES_MAX = 256 * 1024;

/** What `next` gives. */
export type HttpEvent =
  | { readonly kind: "request"; readonly head: RequestHead }
  /** Bytes of the request's body; a view that is valid until more is received. */
  | { readonly kind: "body"; readonly bytes: Uint8Array<ArrayBuffer> }
  /** The body has arrived whole. */
  | { readonly kind: "body-end" }
  /** The bytes are no request. Answer with it, then end the connection. */
  | { readonly kind: "fault"; readonly refusal: HttpRefusal }
  | { readonly kind: "need-data" };

/** How long what may take, in milliseconds. */
export interface HttpTimes {
  /** Between requests. */
  readonly idleMsMax: number;
  /** From the first byte of a head to its end, however it is dribbled. */
  readonly lineMsMax: number;
  /** Without a byte moving, while a body is sent, received or thrown away. */
  readonly stallMsMax: number;
}

const NEED_DATA: HttpEvent = { kind: "need-data" };
const BODY_END: HttpEvent = { kind: "body-end" };

export class HttpServerConnection {
  /** What has arrived. */
  readonly buffer = new ReceiveBuffer(BUFFER_BYTES_MAX);
  readonly #times: HttpTimes;
  #state: "head" | "answer" | "closed" = "head";
  #fault: HttpEvent | undefined;
  /** Whether an empty line in front of the next head is ignored. The first line of a connection was looked at before. */
  #mayBeEmpty = false;
  /** Bytes of the head that are known to hold no end of it, and where the line begins that they end in. */
  #searched = 0;
  #lineStart = 0;
  #lines = 0;
  /** What is left of the request's body. */
  #body: ChunkedBody | number = 0;
  #keepsAlive = false;
  #awaitsContinue = false;
  #waitsSince: number;
  #headBegan: boolean;
  #isWriting = false;
  #isReading = false;

  /** @param arrived on the connection already, while it was found out what is spoken */
  constructor(times: HttpTimes, now: number, arrived = new Uint8Array()) {
    this.#times = times;
    this.#waitsSince = now;
    this.buffer.append(arrived);
    this.#headBegan = arrived.length > 0;
  }

  /** Whether a request is being received or answered: worth waiting for when the server stops. */
  get isBusy(): boolean {
    return this.#isWriting || this.#state === "answer" || this.#headBegan;
  }

  /** Whether the peer waits for "100 Continue" before it sends the body. */
  get awaitsContinue(): boolean {
    return this.#awaitsContinue;
  }

  /** Whether bytes of the request's body have not been given out yet. */
  get hasBody(): boolean {
    return this.#body !== 0;
  }

  /** Takes over `count` bytes that were read into `buffer.space()`. */
  commit(count: number, now: number): void {
    this.buffer.commit(count);
    if (this.#state === "closed") return;
    if (this.#state === "head" && this.#body === 0) {
      if (this.#headBegan) return;
      this.#headBegan = true;
    }
    // What a peer sends is no sign that it takes anything.
    if (!this.#isWriting) this.#waitsSince = now;
  }

  /** The next thing that has happened, or `need-data`. */
  next(now: number): HttpEvent {
    try {
      switch (this.#state) {
        case "head":
          return this.#nextHead(now);
        case "answer":
          return this.#fault ?? this.#nextBody(now);
        case "closed":
          // Nobody will ask for it, and it must not fill the buffer.
          this.buffer.take(this.buffer.length);
          return NEED_DATA;
        default:
          throw this.#state satisfies never;
      }
    } catch (error) {
      if (!(error instanceof HttpRefusal)) throw error;
      this.#keepsAlive = false;
      this.#body = 0;
      this.#awaitsContinue = false;
      this.#isReading = false;
      this.#enter("answer", now);
      return this.#fault = { kind: "fault", refusal: error };
    }
  }

  /** "100 Continue" is said, or something arrived that makes it needless. */
  continued(): void {
    this.#awaitsContinue = false;
  }

  /** Whether the connection can go on behind the answer that is due: decides what its head says. */
  get mayGoOn(): boolean {
    if (!this.#keepsAlive || this.#awaitsContinue) return false;
    return typeof this.#body === "number" && this.#body <= SKIPPED_BYTES_MAX;
  }

  /**
   * The answer is sent.
   *
   * @param closes whether its head said that the connection ends
   */
  answered(closes: boolean, now: number): void {
    if (this.#state !== "answer") {
      throw new MisuseError("Cannot end an answer: none is due");
    }
    this.#isReading = false;
    this.#enter(closes || !this.mayGoOn ? "closed" : "head", now);
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
    const { idleMsMax, lineMsMax, stallMsMax } = this.#times;
    if (this.#isWriting) {
      return waited > stallMsMax
        ? timeout("The peer takes nothing")
        : undefined;
    }
    switch (this.#state) {
      case "head":
        if (this.#body !== 0) return this.#bodyStandsStill(waited);
        if (this.#headBegan) {
          return waited > lineMsMax
            ? timeout("The head of the request took too long")
            : undefined;
        }
        return waited > idleMsMax
          ? timeout("Nothing was asked for too long")
          : undefined;
      case "answer":
        // Without a body that is waited for, the peer waits for us.
        return this.#isReading ? this.#bodyStandsStill(waited) : undefined;
      case "closed":
        return waited > stallMsMax
          ? timeout("The peer does not end its side")
          : undefined;
      default:
        throw this.#state satisfies never;
    }
  }

  #bodyStandsStill(waited: number): Refusal | undefined {
    return waited > this.#times.stallMsMax
      ? timeout("The body of the request stood still for too long")
      : undefined;
  }

  #nextHead(now: number): HttpEvent {
    if (this.#body !== 0) {
      while (this.#body !== 0) {
        if (this.#takeBody().kind === "need-data") return NEED_DATA;
      }
      this.#enter("head", now);
    }
    const end = this.#endOfHead(now);
    if (end === undefined) return NEED_DATA;
    // Without the CR LF of the empty line.
    const head = parseRequestHead(this.buffer.take(end).subarray(0, end - 2));
    this.#mayBeEmpty = true;
    this.#keepsAlive = head.keepsAlive;
    this.#body = head.body.kind === "none"
      ? 0
      : head.body.kind === "counted"
      ? head.body.bytes
      : new ChunkedBody();
    this.#awaitsContinue = head.expectsContinue && this.#body !== 0;
    this.#enter("answer", now);
    return { kind: "request", head };
  }

  /** How many bytes the head has, with the empty line at its end; `undefined` as long as that has not arrived. */
  #endOfHead(now: number): number | undefined {
    let bytes = this.buffer.peek();
    if (this.#mayBeEmpty && this.#searched === 0 && bytes[0] === CR) {
      // RFC 9112 2.2: an empty line in front of a request is ignored; old clients send one behind a body.
      if (bytes.length < 2) return undefined;
      if (bytes[1] === LF) {
        this.buffer.take(2);
        this.#mayBeEmpty = false;
        this.#enter("head", now);
        bytes = this.buffer.peek();
      }
    }
    for (;;) {
      const at = bytes.indexOf(LF, this.#searched);
      const length = at < 0 ? bytes.length : at + 1;
      // As far as the limits go and not a byte further: what is decided must not depend on how much has arrived by now.
      if (this.#lines === 0 && length > REQUEST_LINE_BYTES_MAX + 2) {
        throw malformed(
          `The request line is longer than ${REQUEST_LINE_BYTES_MAX} bytes`,
          414,
        );
      }
      if (length > HEAD_BYTES_MAX) {
        throw malformed(
          `The head of the request is longer than ${HEAD_BYTES_MAX} bytes`,
          431,
        );
      }
      if (at < 0) {
        this.#searched = bytes.length;
        return undefined;
      }
      if (bytes[at - 1] !== CR) {
        throw malformed("A line ends in LF without CR");
      }
      const isEmpty = at - 1 === this.#lineStart;
      this.#lines++;
      this.#searched = this.#lineStart = at + 1;
      if (!isEmpty) continue;
      if (this.#lines === 1) throw malformed("The request line is empty");
      this.#searched = this.#lineStart = this.#lines = 0;
      return at + 1;
    }
  }

  #nextBody(now: number): HttpEvent {
    if (this.#body === 0) return BODY_END;
    const event = this.#takeBody();
    const isReading = event.kind === "need-data";
    // Who sends without waiting need not be told to.
    if (!isReading) this.#awaitsContinue = false;
    // While we did something else it was not the peer who stood still.
    if (isReading && !this.#isReading) this.#waitsSince = now;
    this.#isReading = isReading;
    return event;
  }

  #takeBody(): HttpEvent {
    if (typeof this.#body === "number") {
      const bytes = this.buffer.take(this.#body);
      if (bytes.length === 0) return NEED_DATA;
      this.#body -= bytes.length;
      return { kind: "body", bytes };
    }
    const event = this.#body.next(this.buffer);
    if (event.kind !== "end") return event;
    this.#body = 0;
    return BODY_END;
  }

  #enter(state: "head" | "answer" | "closed", now: number): void {
    this.#state = state;
    this.#waitsSince = now;
    this.#headBegan = state === "head" && this.#body === 0 &&
      this.buffer.length > 0;
    if (state !== "answer") this.buffer.shrink(HEAD_BYTES_MAX);
  }
}

function timeout(text: string): Refusal {
  return new Refusal("timeout", text, { closes: true });
}
