/**
 * One connection of a chat client: what has arrived on it, what waits to be written.
 *
 * Unlike a session, it reads while it writes: a server that slows our flood down must not find that we do not read.
 *
 * @module
 */

import {
  ClientConnection,
  type ServerLine,
} from "../../chat/client_connection.ts";
import { PeerError } from "../../errors.ts";
import type { Channel } from "../../io/channel.ts";
import type { Clock } from "../../io/clock.ts";
import { LineWriter } from "../line_writer.ts";

/** More than what may wait for its acknowledgement: only answers to a server that asks and does not read come to that. */
const UNWRITTEN_MAX = 1024 * 1024;

export class ClientLink {
  /** When something arrived last, in milliseconds; at first, when it was made. */
  heardAt: number;
  /** When a question was asked behind which nothing has arrived yet. */
  askedAt: number | undefined;
  readonly #channel: Channel;
  readonly #clock: Clock;
  readonly #machine = new ClientConnection();
  readonly #writer: LineWriter;
  /** Why it was closed from here. */
  #reason: PeerError | undefined;

  constructor(channel: Channel, clock: Clock) {
    this.#channel = channel;
    // What the server said before it went may still be there to be read; the end of that tells.
    this.#writer = new LineWriter(channel, () => {});
    this.#clock = clock;
    this.heardAt = clock.now();
  }

  /**
   * The next line, waited for.
   *
   * @param beforeWaiting is called when all that has arrived was given
   * @throws {PeerError} or an error of the channel, when the connection is of no more use
   */
  async next(beforeWaiting: () => void): Promise<ServerLine> {
    for (;;) {
      const line = this.#machine.next();
      if (line !== undefined) return line;
      beforeWaiting();
      const { buffer } = this.#machine;
      let count: number | undefined;
      try {
        count = await this.#channel.read(buffer.space());
      } catch (cause) {
        throw this.#reason ?? cause;
      }
      if (count === undefined) {
        throw this.#reason ?? new PeerError("the server ended the connection");
      }
      this.heardAt = this.#clock.now();
      this.askedAt = undefined;
      buffer.commit(count);
    }
  }

  /** Writes `lines`, behind what waits to be written. */
  write(lines: string): void {
    if (this.#writer.write(lines) > UNWRITTEN_MAX) {
      this.close("the server does not read");
    }
  }

  /** Ends it; `next` fails with `reason`. */
  close(reason: string): void {
    this.#reason ??= new PeerError(reason);
    this.#channel.close();
  }
}
