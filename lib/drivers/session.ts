/**
 * What the sessions of all protocols have in common: one connection, what has arrived on it, what waits to be sent.
 *
 * Rules of this file:
 * - Nothing is read while something waits to be written (back-pressure), but for watching whether a silent peer is there.
 * - Answers are joined: they go out when the outbox is full, or when there is nothing more to answer.
 * - A session ends with one reason, whatever happened first.
 *
 * @module
 */

import type { ReceiveBuffer } from "../bytes/receive_buffer.ts";
import { PeerError, Refusal } from "../errors.ts";
import type { Channel } from "../io/channel.ts";
import type { Clock } from "../io/clock.ts";
import { type BufferPool, LINES_BYTES, Outbox } from "./outbox.ts";

/** What a session needs of its machine, whatever that speaks. */
export interface SessionMachine {
  readonly buffer: ReceiveBuffer;
  /** Whether a request is being received or answered: worth waiting for when the server stops. */
  readonly isBusy: boolean;
  commit(count: number, now: number): void;
  writing(now: number): void;
  written(now: number): void;
  finish(now: number): void;
  expire(now: number): Refusal | undefined;
}

/** What a closing connection still takes from a peer that is sending, so that the peer gets to read why it is closed. */
const LINGER_BYTES_MAX = 64 * 1024 * 1024;

/** How much of what a peer sends ahead is taken in while it is watched. */
const WATCHED_BYTES_MAX = 32 * 1024;

export abstract class Session<M extends SessionMachine> {
  readonly machine: M;
  protected readonly channel: Channel;
  protected readonly clock: Clock;
  protected readonly outbox: Outbox;
  /** When the last read or write ended, as exactly as `#looked`. */
  protected turnBegan: number;
  /**
   * When `expire` looked last. Waits are counted from here: deadlines are judged at those looks only, and asking the clock
   * three times for every request would cost as much as parsing it.
   */
  #looked: number;
  /** The connection ends with the answer under way. */
  protected closing = false;
  protected stopping = false;
  #reading: Promise<number | undefined> | undefined;
  #peerEnded = false;
  /** Why it was ended from here, if it was. */
  #expired: Refusal | undefined;

  constructor(channel: Channel, pool: BufferPool, clock: Clock, machine: M) {
    this.channel = channel;
    this.clock = clock;
    this.outbox = new Outbox(pool);
    this.turnBegan = this.#looked = clock.now();
    this.machine = machine;
  }

  /** Says why the connection ends while nothing is under way, if the peer listens, and ends it. */
  protected abstract leave(refusal: Refusal): void;

  /** Who is at the other end. */
  get peer(): string {
    return this.channel.peer;
  }

  /** Milliseconds, for the log. */
  get now(): number {
    return this.clock.now();
  }

  /** Whether the peer may have ended its side: it may also only have said all it has to say. */
  get peerEnded(): boolean {
    return this.#peerEnded;
  }

  protected set peerEnded(ended: boolean) {
    this.#peerEnded = ended;
  }

  /** Lets the request under way be answered, then ends the session; at once where there is none. */
  stop(): void {
    this.stopping = true;
    if (!this.machine.isBusy) this.leave(new Refusal("stopping"));
  }

  /** Ends the session now. */
  abort(): void {
    this.channel.close();
  }

  /** Ends the session if it has waited for too long; called from time to time. */
  expire(now: number): void {
    this.#looked = now;
    const refusal = this.machine.expire(now);
    if (refusal === undefined) return;
    this.#expired = refusal;
    this.expired(refusal);
  }

  /** Ends the session, which has waited for too long. */
  protected expired(refusal: Refusal): void {
    if (this.machine.isBusy) this.channel.close();
    else this.leave(refusal);
  }

  /** How many bytes the outbox takes before it has to be flushed, less what the lines around them need. */
  get room(): number {
    return this.outbox.room - LINES_BYTES;
  }

  /** Where the next bytes of the answer go; fill it before anything else is called. */
  stage(bytes: number): Uint8Array<ArrayBuffer> {
    return this.outbox.stage(bytes);
  }

  /** A mark for `cutTo`. */
  get mark(): number {
    return this.outbox.length;
  }

  /** Takes back what was put since `mark`, if nothing was flushed in between. */
  cutTo(mark: number): void {
    this.outbox.cutTo(mark);
  }

  /** Sends `bytes` as a part of the answer's body. */
  async send(bytes: Uint8Array): Promise<void> {
    if (bytes.length <= this.room) {
      this.outbox.put(bytes);
    } else {
      await this.flush();
      await this.#write(bytes);
    }
  }

  /** Writes everything that waits. */
  async flush(): Promise<void> {
    if (this.outbox.length > 0) await this.#write(this.outbox.waiting());
    this.outbox.empty();
  }

  /** Lets other connections have their turn. */
  async yield(): Promise<void> {
    await this.clock.sleep(0);
  }

  /** The connection ends with the answer under way. */
  closeAfterAnswer(): void {
    this.closing = true;
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
          await this.receive()
        );
      } catch {
        this.peerEnded = true;
      }
    };
    return { done: watch(), stop: () => void (stopped = true) };
  }

  /** Ends the session while nothing is under way; why is said if the peer listens, but not waited for. */
  /** Reads what the peer sends next; false at its end. */
  protected async receive(): Promise<boolean> {
    // Who waits for a peer holds no buffer.
    if (this.outbox.length === 0) this.outbox.clear();
    this.#reading ??= this.channel.read(this.machine.buffer.space());
    const reading = this.#reading;
    let count: number | undefined;
    try {
      count = await reading;
    } catch (cause) {
      this.#lost(cause);
    }
    this.turnBegan = this.#looked;
    // Two may wait for the same read (an answer under way, and the watch over its peer): the first one takes it.
    if (this.#reading === reading) {
      this.#reading = undefined;
      if (count !== undefined) this.machine.commit(count, this.turnBegan);
      else this.#peerEnded = true;
    }
    return count !== undefined;
  }

  /** Ends our side, and takes what the peer is still sending: a reset would destroy the last answer on its way. */
  protected async linger(): Promise<void> {
    if (this.#peerEnded) return;
    this.machine.finish(this.#looked);
    try {
      await this.channel.closeWrite();
      const scrap = new Uint8Array(16 * 1024);
      if (await this.#reading === undefined && this.#reading !== undefined) {
        return;
      }
      for (let taken = 0; taken < LINGER_BYTES_MAX;) {
        const count = await this.channel.read(scrap);
        if (count === undefined) return;
        taken += count;
      }
    } catch (cause) {
      this.#lost(cause);
    }
  }

  async #write(bytes: Uint8Array): Promise<void> {
    this.machine.writing(this.#looked);
    for (let done = 0; done < bytes.length;) {
      try {
        done += await this.channel.write(
          done === 0 ? bytes : bytes.subarray(done),
        );
      } catch (cause) {
        this.#lost(cause);
      }
      if (done < bytes.length) this.machine.writing(this.#looked);
    }
    this.turnBegan = this.#looked;
    this.machine.written(this.turnBegan);
  }

  /** What a failed read or write means: the peer left, or we have ended the connection. Never a fault of ours. */
  #lost(cause: unknown): never {
    throw this.#expired ?? new PeerError("The connection is lost", { cause });
  }
}
