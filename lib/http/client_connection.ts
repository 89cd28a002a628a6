/**
 * The client's side of an HTTP/1.1 connection, without any I/O: bytes that arrive are stored (`buffer.space()` +
 * `buffer.commit()`, or `buffer.append()`), and `next` says what they mean: one answer behind the other, to requests that
 * have no body and are no HEAD.
 *
 *     state    next() gives
 *     head     head, or need-data; interim answers (1xx, RFC 9110 15.2) are passed over
 *     body     body, end, or need-data
 *     over     need-data: the last answer said that nothing follows it (RFC 9112 9.6)
 *     broken   the PeerError again: after a fault nobody can say where an answer begins
 *
 * This file goes with docs/http.md; `server_connection.ts` is the other side.
 *
 * @module
 */

import { ReceiveBuffer } from "../bytes/receive_buffer.ts";
import { PeerError } from "../errors.ts";
import { ChunkedBody } from "./chunked.ts";
import { FieldLines } from "./field_lines.ts";
import { type AnswerHead, AnswerHeads } from "./response_lines.ts";
import { HttpRefusal } from "./status.ts";

/** What `next` gives. */
export type AnswerEvent =
  | { readonly kind: "head"; readonly head: AnswerHead }
  /** A view that is valid until more is received. */
  | { readonly kind: "body"; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: "end"; readonly trailers: FieldLines }
  | { readonly kind: "need-data" };

/** As much as the wire protocol's client reads at once. */
const BUFFER_BYTES_MAX = 1024 * 1024;

/** A server has nothing to say that often before it answers; without a limit it could go on for ever (security.md D2). */
const INTERIM_ANSWERS_MAX = 16;

const NEED_DATA: AnswerEvent = { kind: "need-data" };
const END: AnswerEvent = { kind: "end", trailers: new FieldLines() };

export class HttpClientConnection {
  readonly buffer = new ReceiveBuffer(BUFFER_BYTES_MAX);
  readonly #heads = new AnswerHeads();
  #state: "head" | "body" | "over" = "head";
  /** What is left of the body. */
  #body: ChunkedBody | number = 0;
  #keepsAlive = true;
  #interimAnswers = 0;
  #fault: PeerError | undefined;

  /** Whether the server has said that no other answer follows. */
  get isOver(): boolean {
    return this.#state === "over";
  }

  /**
   * What happened next.
   *
   * @throws {PeerError} if the server does not keep to HTTP/1.1, and from then on
   */
  next(): AnswerEvent {
    if (this.#fault !== undefined) throw this.#fault;
    try {
      switch (this.#state) {
        case "head":
          return this.#nextHead();
        case "body":
          return this.#nextBody();
        case "over":
          return NEED_DATA;
        default:
          throw this.#state satisfies never;
      }
    } catch (error) {
      // What both sides read with the same code is refused as if it were a request.
      const fault = error instanceof HttpRefusal
        ? new PeerError(`The server's answer is malformed: ${error.message}`)
        : error;
      if (fault instanceof PeerError) this.#fault = fault;
      throw fault;
    }
  }

  #nextHead(): AnswerEvent {
    for (;;) {
      const head = this.#heads.take(this.buffer);
      if (head === undefined) return NEED_DATA;
      if (head.status < 200) {
        this.#checkInterim(head.status);
        continue;
      }
      this.#interimAnswers = 0;
      this.#body = head.body === "chunked" ? new ChunkedBody() : head.body;
      this.#keepsAlive = head.keepsAlive;
      this.#state = "body";
      return { kind: "head", head };
    }
  }

  #checkInterim(status: number): void {
    if (status === 101) {
      throw new PeerError(
        "The server changes to a protocol that nobody asked for",
      );
    }
    if (++this.#interimAnswers > INTERIM_ANSWERS_MAX) {
      throw new PeerError("The server sends nothing but interim answers");
    }
  }

  #nextBody(): AnswerEvent {
    if (typeof this.#body === "number") {
      if (this.#body === 0) return this.#end(END);
      const bytes = this.buffer.take(this.#body);
      if (bytes.length === 0) return NEED_DATA;
      this.#body -= bytes.length;
      return { kind: "body", bytes };
    }
    const event = this.#body.next(this.buffer);
    return event.kind === "end" ? this.#end(event) : event;
  }

  #end(event: AnswerEvent): AnswerEvent {
    this.#state = this.#keepsAlive ? "head" : "over";
    return event;
  }
}
