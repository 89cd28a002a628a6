/**
 * The client's side of a connection in the wire protocol, without any I/O: `send` gives the bytes of a request and
 * remembers it, bytes that arrive are stored (`buffer.space()` + `buffer.commit()`, or `buffer.append()`), and `next` says
 * what they mean, each answer together with the request it belongs to. Requests may be sent ahead; answers come in order.
 *
 *     state    next() gives
 *     line     ok, data, end, err or need-data
 *     frames   data, end, err or need-data: after the first frame, until the answer ends
 *     body     body, or need-data
 *     broken   the PeerError again: after a fault nothing that follows can be trusted to be a line
 *
 * This file goes with docs/protocol.md; `server_connection.ts` is the other side.
 *
 * @module
 */

import { fromBytes, toBytes } from "../bytes/ascii.ts";
import { ReceiveBuffer } from "../bytes/receive_buffer.ts";
import { MisuseError, PeerError } from "../errors.ts";
import { type Fields, parseReply, REPLY_BYTES_MAX } from "./reply.ts";
import { formatRequest } from "./request.ts";
import type { Request } from "./verbs.ts";

/**
 * What `next` gives. `ends` tells that the answer is complete with this event.
 *
 * @typeParam T what the caller wants to see beside the request again
 */
export type ClientEvent<T> =
  | {
    readonly kind: "ok";
    readonly of: T;
    readonly bytes: number;
    readonly fields: Fields;
    readonly ends: boolean;
  }
  | {
    readonly kind: "data";
    readonly of: T;
    readonly bytes: number;
    readonly fields: Fields;
    readonly ends: false;
  }
  /** A view that is valid until more is received. */
  | {
    readonly kind: "body";
    readonly of: T;
    readonly bytes: Uint8Array<ArrayBuffer>;
    readonly ends: boolean;
  }
  | {
    readonly kind: "end";
    readonly of: T;
    readonly fields: Fields;
    readonly ends: true;
  }
  /** `of` is missing when the server said it unasked (it is full, it stops, we were idle). */
  | {
    readonly kind: "err";
    readonly of: T | undefined;
    readonly code: string;
    readonly text: string;
    readonly ends: true;
  }
  | { readonly kind: "need-data" };

/** A megabyte a read keeps the number of system calls low; the buffer only grows to it where reads fill it. */
const BUFFER_BYTES_MAX = 1024 * 1024;

/** Answered requests are forgotten in blocks of this many: a queue that costs nothing per request. */
const ANSWERED_MAX = 512;

const NEED_DATA = { kind: "need-data" } as const;

export class ClientConnection<T> {
  readonly buffer = new ReceiveBuffer(BUFFER_BYTES_MAX);
  readonly #waiting: T[] = [];
  /** How many at the front of `#waiting` are answered: they are forgotten in blocks. */
  #answered = 0;
  #bodyBytesLeft = 0;
  #bodyIsWhole = false;
  /** Within an answer in frames. */
  #inFrames = false;
  #fault: PeerError | undefined;

  /** How many requests have no complete answer yet. */
  get pending(): number {
    return this.#waiting.length - this.#answered;
  }

  /** The requests without a complete answer, in order. */
  unanswered(): T[] {
    return this.#waiting.slice(this.#answered);
  }

  /**
   * The bytes of `request`. Its answer's events will carry `of`.
   */
  send(request: Request, of: T): Uint8Array<ArrayBuffer> {
    return toBytes(this.sendText(request, of));
  }

  /**
   * The same as text, for those who join many requests into one write.
   *
   * @throws {Refusal} `bad-request` for a text that cannot stand on a line; nothing is remembered then
   */
  sendText(request: Request, of: T): string {
    const text = formatRequest(request);
    this.#waiting.push(of);
    return text;
  }

  /**
   * What happened next.
   *
   * @throws {PeerError} if the server does not speak this protocol, and from then on
   */
  next(): ClientEvent<T> {
    if (this.#fault !== undefined) throw this.#fault;
    try {
      return this.#bodyBytesLeft > 0 ? this.#nextBody() : this.#nextLine();
    } catch (error) {
      if (error instanceof PeerError) this.#fault = error;
      throw error;
    }
  }

  #nextLine(): ClientEvent<T> {
    const line = this.buffer.takeLine(REPLY_BYTES_MAX);
    if (line === undefined) return NEED_DATA;
    const text = line === "too-long" ? undefined : fromBytes(line);
    if (text === undefined) {
      throw new PeerError("The server does not speak this protocol");
    }
    const reply = parseReply(text);
    if (reply.kind === "err") {
      const of = this.pending > 0 ? this.#finish() : undefined;
      return {
        kind: "err",
        of,
        code: reply.code,
        text: reply.text,
        ends: true,
      };
    }
    if (this.pending === 0) {
      throw new PeerError("The server answers what was not asked");
    }
    const of = this.#waiting[this.#answered] as T;
    switch (reply.kind) {
      case "ok": {
        if (this.#inFrames) {
          throw new PeerError("The server begins an answer within another");
        }
        const ends = reply.bytes === 0;
        this.#bodyBytesLeft = reply.bytes;
        this.#bodyIsWhole = true;
        if (ends) this.#finish();
        return {
          kind: "ok",
          of,
          bytes: reply.bytes,
          fields: reply.fields,
          ends,
        };
      }
      case "data":
        this.#bodyBytesLeft = reply.bytes;
        this.#bodyIsWhole = false;
        this.#inFrames = true;
        return {
          kind: "data",
          of,
          bytes: reply.bytes,
          fields: reply.fields,
          ends: false,
        };
      case "end":
        this.#finish();
        return { kind: "end", of, fields: reply.fields, ends: true };
      default:
        throw reply satisfies never;
    }
  }

  #nextBody(): ClientEvent<T> {
    const bytes = this.buffer.take(this.#bodyBytesLeft);
    if (bytes.length === 0) return NEED_DATA;
    const of = this.#waiting[this.#answered] as T;
    this.#bodyBytesLeft -= bytes.length;
    const ends = this.#bodyBytesLeft === 0 && this.#bodyIsWhole;
    if (ends) this.#finish();
    return { kind: "body", of, bytes, ends };
  }

  #finish(): T {
    if (this.pending === 0) {
      throw new MisuseError("Cannot finish an answer: nothing was asked");
    }
    const of = this.#waiting[this.#answered++] as T;
    this.#inFrames = false;
    if (
      this.#answered === this.#waiting.length || this.#answered === ANSWERED_MAX
    ) {
      this.#waiting.splice(0, this.#answered);
      this.#answered = 0;
    }
    return of;
  }
}
