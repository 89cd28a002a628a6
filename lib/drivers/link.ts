/**
 * A client's connection: pumps bytes between a channel and the client's machine, whichever protocol that speaks.
 *
 * @module
 */

import { toBytes } from "../bytes/ascii.ts";
import type { ReceiveBuffer } from "../bytes/receive_buffer.ts";
import { FAULTS, isFaultCode, PeerError, Refusal } from "../errors.ts";
import type { Channel } from "../io/channel.ts";
import type { Clock } from "../io/clock.ts";
import type { Name } from "../names/name.ts";
import type { ClientEvent } from "../wire/client_connection.ts";
import type { Request } from "../wire/verbs.ts";

/**
 * What speaks a protocol for a client, without any I/O: requests become bytes, bytes become answers, in order.
 *
 * @typeParam T what is remembered with each request until it is answered
 */
export interface ClientMachine<T> {
  /** What has arrived and was not understood yet. */
  readonly buffer: ReceiveBuffer;
  /** Requests without a complete answer. */
  readonly pending: number;
  /** What was given with those requests, in order. */
  unanswered(): T[];
  /**
   * The text that asks `request`, to be written as UTF-8.
   *
   * @throws {Refusal} if it cannot be asked; nothing is remembered then
   */
  sendText(request: Request, of: T): string;
  /**
   * What happened next, as far as it has arrived.
   *
   * @throws {PeerError} if the server breaks the rules
   */
  next(): ClientEvent<T>;
}

/** @typeParam T what is remembered with each request until it is answered */
export abstract class Link<T> {
  readonly #channel: Channel;
  readonly #clock: Clock;
  readonly #machine: ClientMachine<T>;
  #queued = "";
  #lastSignOfLife: number;

  constructor(channel: Channel, clock: Clock, machine: ClientMachine<T>) {
    this.#channel = channel;
    this.#clock = clock;
    this.#machine = machine;
    this.#lastSignOfLife = clock.now();
  }

  /** Requests without a complete answer. */
  get pending(): number {
    return this.#machine.pending;
  }

  /** What was given with those requests, in order. */
  unanswered(): T[] {
    return this.#machine.unanswered();
  }

  /** As many bytes as a request about the file `name` takes at the most, when it is written. */
  abstract requestBytesMax(name: Name): number;

  /** Adds `request` to what the next `flush` writes. */
  queue(request: Request, of: T): void {
    if (this.#machine.pending === 0) this.#lastSignOfLife = this.#clock.now();
    this.#queued += this.#machine.sendText(request, of);
  }

  /** Writes the queued requests, together. */
  async flush(): Promise<void> {
    if (this.#queued === "") return;
    const bytes = toBytes(this.#queued);
    this.#queued = "";
    await this.write(bytes);
  }

  /** Writes `bytes`: the body behind a request. */
  async write(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      done += await this.#channel.write(
        done === 0 ? bytes : bytes.subarray(done),
      );
      this.#lastSignOfLife = this.#clock.now();
    }
  }

  /** What happened next, as far as it has arrived. */
  next(): ClientEvent<T> {
    return this.#machine.next();
  }

  /**
   * Waits for more to arrive.
   *
   * @throws {PeerError} when the server has ended the connection
   */
  async receive(): Promise<void> {
    const { buffer } = this.#machine;
    const count = await this.#channel.read(buffer.space());
    this.#lastSignOfLife = this.#clock.now();
    if (count === undefined) {
      throw new PeerError("The server ended the connection");
    }
    buffer.commit(count);
  }

  /** The next thing that happens, waited for. */
  async event(): Promise<Exclude<ClientEvent<T>, { kind: "need-data" }>> {
    for (;;) {
      const event = this.next();
      if (event.kind !== "need-data") return event;
      await this.flush();
      await this.receive();
    }
  }

  /** Whether an answer is due and nothing has moved for `ms`. */
  isStalled(ms: number): boolean {
    return this.pending > 0 && this.#clock.now() - this.#lastSignOfLife > ms;
  }

  /** Ends the connection; what waits on it fails. */
  close(): void {
    this.#channel.close();
  }
}

/** What a server said no with, as a refusal of ours. A code that a newer server has is kept in the text. */
export function refusalOf(code: string, text: string): Refusal {
  const options = { closes: text.endsWith("; closing") };
  return isFaultCode(code)
    ? new Refusal(code, text === "" ? FAULTS[code].text : text, options)
    : new Refusal("internal", `${code}: ${text}`, options);
}
