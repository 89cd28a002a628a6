/**
 * One connection in HTTP/1.1: pumps bytes between a channel and the machine, one request at a time, answers in order.
 *
 * @module
 */

import {
  type FaultCode,
  FAULTS,
  MisuseError,
  PeerError,
  Refusal,
} from "../../errors.ts";
import { formatHttpDate } from "../../http/dates.ts";
import type { RequestHead } from "../../http/request_head.ts";
import {
  type AnswerBody,
  connectionLine,
  fieldLines,
  headText,
} from "../../http/response_head.ts";
import {
  HttpServerConnection,
  type HttpTimes,
} from "../../http/server_connection.ts";
import { type Field, HttpRefusal, type Status } from "../../http/status.ts";
import type { Channel } from "../../io/channel.ts";
import type { Clock } from "../../io/clock.ts";
import type { BufferPool } from "../outbox.ts";
import { Session } from "../session.ts";

/** Answers requests; `HttpSession.serve` calls it in order, one at a time. */
export interface HttpHandler {
  /** Calls `session.respond` once, and sends the body it announced. */
  answer(head: RequestHead, session: HttpSession): void | Promise<void>;
  /**
   * What arrived is no request, or a request took too long: answers with `refusal`. The connection then ends.
   *
   * @param head of the request that `answer` is still about
   */
  fault(
    refusal: HttpRefusal,
    head: RequestHead | undefined,
    session: HttpSession,
  ): void | Promise<void>;
}

/** A row of our table; `gone` where the peer left. */
export type Failure = FaultCode | "gone";

const CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";
const LAST_CHUNK = "0\r\n";

/**
 * Kept free for the head of an answer, which is put at once and whole: a Location of 8 KiB, the fields of `--header`
 * (4 KiB), and our own. The smallest outbox has 16 KiB.
 */
const HEAD_BYTES_MAX = 14 * 1024;

export class HttpSession extends Session<HttpServerConnection> {
  /** The status of the answer under way; 0 while there is none. */
  status: Status | 0 = 0;
  /** Bytes of the answer's body, and of its request's. */
  bytesSent = 0;
  bytesReceived = 0;
  /** Why the answer that was begun does not come to its proper end, for the log. */
  failure: Failure | undefined;
  readonly #handler: HttpHandler;
  /** Of the request that is being answered. */
  #head: RequestHead | undefined;
  #body: AnswerBody = "none";
  /** Of a counted body: what was promised and not sent yet. */
  #bytesDue = 0;
  /** Where the answer begins in the outbox; nowhere once it is flushed. */
  #beganAt = -1;
  #isCut = false;

  /** @param arrived while it was found out that HTTP is spoken */
  constructor(
    channel: Channel,
    pool: BufferPool,
    clock: Clock,
    times: HttpTimes,
    handler: HttpHandler,
    arrived?: Uint8Array<ArrayBuffer>,
  ) {
    super(
      channel,
      pool,
      clock,
      new HttpServerConnection(times, clock.now(), arrived),
    );
    this.#handler = handler;
  }

  /** Serves until the connection ends. Never throws but for a bug of ours. */
  async serve(): Promise<void> {
    try {
      await this.#pump();
      await this.flush();
      await this.linger();
    } catch (error) {
      if (!(error instanceof PeerError || error instanceof Refusal)) {
        throw error;
      }
    } finally {
      this.outbox.clear();
      this.channel.close();
    }
  }

  /** Whether the answer to the request has a body (RFC 9110 9.3.2: that to HEAD has none). */
  get wantsBody(): boolean {
    return this.#head?.method !== "HEAD";
  }

  /** Whether an answer was begun: then it can only be ended, or cut. */
  get hasResponded(): boolean {
    return this.status !== 0;
  }

  /**
   * Begins the answer.
   *
   * @param body the count of its bytes, all of which must then be put or sent; `chunked` to announce each piece with `chunk`
   */
  respond(status: Status, fields: readonly Field[], body: AnswerBody): void {
    this.respondText(status, fieldLines(fields), body);
  }

  /** The same with field lines that are text already. */
  respondText(status: Status, fieldText: string, body: AnswerBody): void {
    if (this.status !== 0) {
      throw new MisuseError("Cannot respond: an answer was begun");
    }
    // RFC 9112 6.1: chunks are nothing that an HTTP/1.0 client could read.
    const framing = body === "chunked" && this.#head?.minor === 0
      ? "until-close"
      : body;
    this.#begin(status, framing);
    const head = headText(
      status,
      formatHttpDate(this.clock.wallTime()),
      fieldText,
      framing,
    );
    this.outbox.putText(
      head + connectionLine(this.#head?.minor ?? 1, this.closing) + "\r\n",
    );
  }

  /** Whether `putPrepared` may be used: a connection that goes on, spoken in HTTP/1.1. */
  get takesPrepared(): boolean {
    return this.#head?.minor === 1 && !this.stopping && !this.closing &&
      this.machine.mayGoOn;
  }

  /** Answers with a head and a body of `bytesOfBody` that were made before, if there is room. */
  async putPrepared(
    status: Status,
    answer: Uint8Array,
    bytesOfBody: number,
  ): Promise<void> {
    this.#begin(status, "none");
    this.bytesSent = bytesOfBody;
    if (answer.length <= this.outbox.room) this.outbox.put(answer);
    else await super.send(answer);
  }

  /** Where the next bytes of a body go; fill it before anything else is called. */
  override stage(bytes: number): Uint8Array<ArrayBuffer> {
    this.#count(bytes);
    return super.stage(bytes);
  }

  /** Sends `bytes` of the body; nothing for a request that wants none. */
  override async send(bytes: Uint8Array): Promise<void> {
    if (!this.wantsBody) return;
    this.#count(bytes.length);
    await super.send(bytes);
  }

  /** Takes back what was put since `mark`; the whole answer with its head, if that was put behind it. */
  override cutTo(mark: number): void {
    super.cutTo(mark);
    if (this.#beganAt < mark) return;
    this.status = 0;
    this.bytesSent = 0;
  }

  /** Ends the session now: what was promised is not kept, and the peer sees that it is cut. */
  override abort(): void {
    this.#isCut = true;
    super.abort();
  }

  override async flush(): Promise<void> {
    this.#beganAt = -1;
    await super.flush();
  }

  /** Announces a chunk of `bytes` bytes (RFC 9112 7.1); call `endChunk` behind them. */
  beginChunk(bytes: number): void {
    if (this.#hasChunks) this.outbox.putText(bytes.toString(16) + "\r\n");
  }

  endChunk(): void {
    if (this.#hasChunks) this.outbox.putText("\r\n");
  }

  /** Sends `bytes` as a chunk, at once: who waits for what comes bit by bit sees it come. */
  async sendChunk(bytes: Uint8Array): Promise<void> {
    if (!this.wantsBody || bytes.length === 0) return;
    this.beginChunk(bytes.length);
    await this.send(bytes);
    this.endChunk();
    await this.flush();
  }

  /** The end of a chunked body, with trailer fields. */
  endChunks(trailers: readonly Field[] = []): void {
    if (!this.#hasChunks) return;
    this.outbox.putText(LAST_CHUNK + fieldLines(trailers) + "\r\n");
  }

  /** The body of the request, piece by piece; each piece is valid until the next is asked for. */
  async *body(): AsyncIterable<Uint8Array<ArrayBuffer>> {
    for (;;) {
      const event = this.machine.next(this.turnBegan);
      switch (event.kind) {
        case "body":
          this.bytesReceived += event.bytes.length;
          yield event.bytes;
          break;
        case "body-end":
          return;
        case "fault":
          throw event.refusal;
        case "need-data":
          // RFC 9110 10.1.1: said only when the body is really wanted, and not any more when some of it is here.
          if (this.machine.awaitsContinue) {
            this.outbox.putText(CONTINUE);
            this.machine.continued();
          }
          if (this.outbox.length > 0) await this.flush();
          if (!await this.receive()) {
            throw new PeerError("The peer went away in the middle of a body");
          }
          break;
        case "request":
          throw new MisuseError("Cannot read a body: there is a request");
        default:
          throw event satisfies never;
      }
    }
  }

  protected override leave(refusal: Refusal): void {
    // RFC 9110 15.5.9: 408 is for a request that began. An idle connection is closed without a word, and so is one that
    // does not send the rest of a body whose request was answered: who is told 408 now takes it for the next answer.
    if (this.machine.isBusy) void this.#sayTimeout(refusal);
    else this.channel.close();
  }

  protected override expired(refusal: Refusal): void {
    if (this.status === 0 && this.outbox.length === 0) this.leave(refusal);
    else this.channel.close();
  }

  async #sayTimeout({ message }: Refusal): Promise<void> {
    const { status } = FAULTS.timeout;
    const refusal = new HttpRefusal(status, message, { closes: true });
    try {
      await this.#handler.fault(refusal, this.#head, this);
      // Not waited for: the peer may take nothing any more.
      void this.channel.write(this.outbox.waiting().slice()).catch(() => {});
    } catch {
      // It would only have been a word of goodbye.
    } finally {
      this.channel.close();
    }
  }

  async #pump(): Promise<void> {
    const { machine } = this;
    for (;;) {
      const event = machine.next(this.turnBegan);
      switch (event.kind) {
        case "need-data":
          if (this.outbox.length > 0) await this.flush();
          // A head that has begun to arrive is waited for.
          if (this.stopping && !this.machine.isBusy) return;
          if (!await this.receive()) return;
          break;
        case "request": {
          this.#reset(event.head);
          if (this.outbox.room < HEAD_BYTES_MAX) await this.flush();
          const waiting = this.#handler.answer(event.head, this);
          if (waiting !== undefined) await waiting;
          this.#endAnswer();
          if (this.closing) return;
          break;
        }
        case "fault":
          this.#reset(undefined);
          if (this.outbox.room < HEAD_BYTES_MAX) await this.flush();
          await this.#handler.fault(event.refusal, undefined, this);
          return;
        case "body":
        case "body-end":
          throw new MisuseError("Cannot go on: a body is not read");
        default:
          throw event satisfies never;
      }
    }
  }

  #reset(head: RequestHead | undefined): void {
    this.#head = head;
    this.status = 0;
    this.failure = undefined;
    this.bytesSent = this.bytesReceived = 0;
  }

  #begin(status: Status, body: AnswerBody): void {
    this.#beganAt = this.outbox.length;
    this.status = status;
    this.#body = body;
    this.#bytesDue = typeof body === "number" && this.wantsBody ? body : 0;
    if (this.stopping || body === "until-close" || !this.machine.mayGoOn) {
      this.closing = true;
    }
  }

  #endAnswer(): void {
    if (this.status === 0 || this.#bytesDue > 0) this.abort();
    if (this.#isCut) throw new PeerError("An answer was cut");
    this.machine.answered(this.closing, this.turnBegan);
    this.#reset(undefined);
  }

  get #hasChunks(): boolean {
    return this.#body === "chunked" && this.wantsBody;
  }

  #count(bytes: number): void {
    this.bytesSent += bytes;
    if (typeof this.#body !== "number") return;
    this.#bytesDue -= bytes;
    if (this.#bytesDue < 0) {
      throw new MisuseError("Cannot send: more than was promised");
    }
  }
}
