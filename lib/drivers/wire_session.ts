/**
 * One connection in the wire protocol: pumps bytes between a channel and the machine, one request at a time.
 *
 * Rules of this file:
 * - Nothing is read while something waits to be written (back-pressure), but for watching whether a silent peer is there.
 * - Answers are joined: they go out when the outbox is full, or when there is nothing more to answer.
 * - A session ends with one reason, whatever happened first.
 *
 * @module
 */

import { toBytes } from "../bytes/ascii.ts";
import { MisuseError, PeerError, Refusal } from "../errors.ts";
import type { Channel } from "../io/channel.ts";
import type { Clock } from "../io/clock.ts";
import type { Request } from "../wire/verbs.ts";
import {
  ServerConnection,
  type ServerMessage,
  type ServerTimes,
} from "../wire/server_connection.ts";
import { type BufferPool, LINES_BYTES, Outbox } from "./outbox.ts";

/** Answers requests; `WireSession.serve` calls it in order, one at a time. */
export interface RequestHandler {
  /** A promise only where there is something to wait for: small files are answered without one. */
  answer(request: Request, session: WireSession): void | Promise<void>;
  /** The request line could not be understood. */
  refused(refusal: Refusal, line: string, session: WireSession): void;
  /** The connection is over: whatever is kept for it is let go. */
  ended(session: WireSession): void;
}

/** A refusal of a body of no more than this leaves the connection in order: the rest is read and thrown away. */
export const SKIPPED_BYTES_MAX = 1024 * 1024;

/** What a closing connection still takes from a peer that is sending, so that the peer gets to read why it is closed. */
const LINGER_BYTES_MAX = 64 * 1024 * 1024;

/** How much of what a peer sends ahead is taken in while it is watched. */
const WATCHED_BYTES_MAX = 32 * 1024;

type Fields = Record<string, string | number>;

const NO_FIELDS: Fields = {};

/** How a session ended. */
export type SessionEnd = "done" | "lost" | "http";

export class WireSession {
  readonly machine: ServerConnection;
  readonly #channel: Channel;
  readonly #clock: Clock;
  readonly #outbox: Outbox;
  #reading: Promise<number | undefined> | undefined;
  /** When the last read or write ended: asking the clock for every request would cost more than parsing it. */
  #turnBegan: number;
  #peerEnded = false;
  #closing = false;
  #stopping = false;
  /** Why it was ended from here, if it was. */
  #expired: Refusal | undefined;

  constructor(
    channel: Channel,
    pool: BufferPool,
    clock: Clock,
    times: ServerTimes,
  ) {
    this.#channel = channel;
    this.#clock = clock;
    this.#outbox = new Outbox(pool);
    this.#turnBegan = clock.now();
    this.machine = new ServerConnection(times, this.#turnBegan);
  }

  /** Who is at the other end. */
  get peer(): string {
    return this.#channel.peer;
  }

  /** Milliseconds, for the log. */
  get now(): number {
    return this.#clock.now();
  }

  /** Whether the peer may have ended its side: it may also only have said all it has to say. */
  get peerEnded(): boolean {
    return this.#peerEnded;
  }

  /** Serves until the connection ends. Never throws. */
  async serve(handler: RequestHandler): Promise<SessionEnd> {
    let end: SessionEnd = "lost";
    try {
      end = await this.#pump(handler);
      await this.flush();
      if (end === "done") await this.#linger();
    } catch (error) {
      if (error instanceof MisuseError) throw error;
    } finally {
      handler.ended(this);
      this.#outbox.clear();
      if (end !== "http") this.#channel.close();
    }
    return end;
  }

  /** Lets the request under way be answered, then ends the session; at once where there is none. */
  stop(): void {
    this.#stopping = true;
    if (!this.machine.isBusy) this.#leave(new Refusal("stopping"));
  }

  /** Ends the session now. */
  abort(): void {
    this.#channel.close();
  }

  /** Ends the session if it has waited for too long; called from time to time. */
  expire(now: number): void {
    const refusal = this.machine.expire(now);
    if (refusal === undefined) return;
    this.#expired = refusal;
    if (this.machine.isBusy) this.#channel.close();
    else this.#leave(refusal);
  }

  /** How many bytes the outbox takes before it has to be flushed, less what the lines around them need. */
  get room(): number {
    return this.#outbox.room - LINES_BYTES;
  }

  /** The answer is `OK` and `bytes` bytes, which the caller then puts or sends. */
  ok(bytes: number, fields: Fields = NO_FIELDS): void {
    this.#say({ kind: "ok", bytes, fields });
  }

  /** A frame of `bytes` bytes follows. */
  data(bytes: number, fields: Fields = NO_FIELDS): void {
    this.#say({ kind: "data", bytes, fields });
  }

  /** The end of an answer in frames. */
  end(fields: Fields = NO_FIELDS): void {
    this.#say({ kind: "end", fields });
  }

  /** The answer, or the rest of it, is a refusal. */
  refuse(refusal: Refusal): void {
    const tooMuch = this.machine.bodyBytesLeft > SKIPPED_BYTES_MAX;
    const said = tooMuch && !refusal.closes
      ? new Refusal(refusal.code, refusal.message, { closes: true })
      : refusal;
    this.#say({ kind: "err", refusal: said });
    if (said.closes) this.#closing = true;
  }

  /** Where the next bytes of the answer go; fill it before anything else is called. */
  stage(bytes: number): Uint8Array<ArrayBuffer> {
    return this.#outbox.stage(bytes);
  }

  /** A mark for `cutTo`. */
  get mark(): number {
    return this.#outbox.length;
  }

  /** Takes back what was put since `mark`, if nothing was flushed in between. */
  cutTo(mark: number): void {
    this.#outbox.cutTo(mark);
  }

  /** Sends `bytes` as a part of the answer's body. */
  async send(bytes: Uint8Array): Promise<void> {
    if (bytes.length <= this.room) {
      this.#outbox.put(bytes);
    } else {
      await this.flush();
      await this.#write(bytes);
    }
  }

  /** Writes everything that waits. */
  async flush(): Promise<void> {
    if (this.#outbox.length > 0) await this.#write(this.#outbox.waiting());
    this.#outbox.empty();
  }

  /** Lets other connections have their turn. */
  async yield(): Promise<void> {
    await this.#clock.sleep(0);
  }

  /** The connection ends with the answer under way. */
  closeAfterAnswer(): void {
    this.#closing = true;
  }

  /** The body behind the request, piece by piece; each piece is valid until the next is asked for. */
  async *body(): AsyncIterable<Uint8Array<ArrayBuffer>> {
    if (this.machine.bodyBytesLeft === 0) return;
    for (;;) {
      const event = this.machine.next(this.#turnBegan);
      if (event.kind === "body") {
        yield event.bytes;
        if (event.last) return;
      } else if (event.kind !== "need-data") {
        throw new MisuseError(`Cannot read a body: there is "${event.kind}"`);
      } else {
        // What was answered before must not wait for what this peer sends next.
        if (this.#outbox.length > 0) await this.flush();
        if (!await this.#receive()) {
          throw new PeerError("The peer went away in the middle of a body");
        }
      }
    }
  }

  /**
   * Watches the peer while an answer is long in coming: `done` resolves when it has ended its side or is gone, and `stop`
   * must be called before the answer ends. Requests that it sends ahead are kept for later.
   */
  watchPeer(): { readonly done: Promise<void>; stop(): void } {
    let stopped = false;
    const watch = async () => {
      try {
        while (
          !stopped && this.machine.buffer.length < WATCHED_BYTES_MAX &&
          await this.#receive()
        );
      } catch {
        this.#peerEnded = true;
      }
    };
    return { done: watch(), stop: () => void (stopped = true) };
  }

  /** Ends the session while nothing is under way; why is said if the peer listens, but not waited for. */
  #leave({ code, message }: Refusal): void {
    const line = toBytes(`ERR ${code} ${message}; closing\n`);
    void this.#channel.write(line).catch(() => {});
    this.#channel.close();
  }

  #say(message: ServerMessage): void {
    this.#outbox.putText(this.machine.sendText(message, this.#turnBegan));
  }

  async #pump(handler: RequestHandler): Promise<SessionEnd> {
    for (;;) {
      const event = this.machine.next(this.#turnBegan);
      switch (event.kind) {
        case "need-data":
          if (this.#outbox.length > 0) await this.flush();
          if (this.#stopping || !await this.#receive()) return "done";
          break;
        case "request": {
          if (this.room < 0) await this.flush();
          const waiting = handler.answer(event.request, this);
          if (waiting !== undefined) await waiting;
          if (this.#closing) return "done";
          break;
        }
        case "refused":
          if (this.room < 0) await this.flush();
          handler.refused(event.refusal, event.line, this);
          if (this.#closing) return "done";
          break;
        case "http":
          return "http";
        case "body":
          throw new MisuseError("Cannot skip a body that was not refused");
        default:
          throw event satisfies never;
      }
    }
  }

  /** Reads what the peer sends next; false at its end. */
  async #receive(): Promise<boolean> {
    // Who waits for a peer holds no buffer.
    if (this.#outbox.length === 0) this.#outbox.clear();
    this.#reading ??= this.#channel.read(this.machine.buffer.space());
    const reading = this.#reading;
    const count = await reading.catch((cause) => this.#lost(cause));
    this.#turnBegan = this.now;
    // Two may wait for the same read (an answer under way, and the watch over its peer): the first one takes it.
    if (this.#reading === reading) {
      this.#reading = undefined;
      if (count !== undefined) this.machine.commit(count, this.#turnBegan);
      else this.#peerEnded = true;
    }
    return count !== undefined;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    this.machine.writing(this.now);
    for (let done = 0; done < bytes.length;) {
      done += await this.#channel.write(
        done === 0 ? bytes : bytes.subarray(done),
      ).catch((cause) => this.#lost(cause));
      if (done < bytes.length) this.machine.writing(this.now);
    }
    this.#turnBegan = this.now;
    this.machine.written(this.#turnBegan);
  }

  /** What a failed read or write means: the peer left, or we have ended the connection. Never a fault of ours. */
  #lost(cause: unknown): never {
    throw this.#expired ?? new PeerError("The connection is lost", { cause });
  }

  /** Ends our side, and takes what the peer is still sending: a reset would destroy the last answer on its way. */
  async #linger(): Promise<void> {
    if (this.#peerEnded) return;
    this.machine.finish(this.now);
    await this.#channel.closeWrite();
    const scrap = new Uint8Array(16 * 1024);
    if (await this.#reading === undefined && this.#reading !== undefined) {
      return;
    }
    for (let taken = 0; taken < LINGER_BYTES_MAX;) {
      const count = await this.#channel.read(scrap);
      if (count === undefined) return;
      taken += count;
    }
  }
}
