/**
 * A server: takes connections, gives each a session, looks after their deadlines, and stops in good order.
 *
 * @module
 */

import { toBytes } from "../bytes/ascii.ts";
import type { Channel } from "../io/channel.ts";
import type { Clock } from "../io/clock.ts";
import type { Log } from "../io/log.ts";
import { LINE_BYTES_MAX } from "../wire/request.ts";
import type { ServerTimes } from "../wire/server_connection.ts";
import type { BufferPool } from "./outbox.ts";
import { type RequestHandler, WireSession } from "./wire_session.ts";

export interface ServerOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly pool: BufferPool;
  readonly times: ServerTimes;
  /** Connections at once; one more is told so and closed. */
  readonly clientsMax: number;
  /** Makes the handler of a connection. */
  readonly newHandler: () => RequestHandler;
}

/** How often deadlines are looked at. They are seconds to minutes. */
const EXPIRE_EVERY_MS = 1000;

/** How long one client too many is listened to, and how many of them at once. */
const TURN_AWAY_MS = 500;
const TURNED_AWAY_MAX = 64;

export class Server {
  readonly #options: ServerOptions;
  readonly #sessions = new Map<WireSession, Promise<void>>();
  readonly #stopExpiring: () => void;
  #turnedAway = 0;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.#stopExpiring = options.clock.every(
      EXPIRE_EVERY_MS,
      () => this.expire(),
    );
  }

  /** Connections that are open now. */
  get clients(): number {
    return this.#sessions.size;
  }

  /** Serves every channel of `channels` until they end. */
  async serve(channels: AsyncIterable<Channel>): Promise<void> {
    for await (const channel of channels) this.accept(channel);
  }

  /** Serves `channel`. */
  accept(channel: Channel): void {
    const { clientsMax, pool, clock, times, newHandler } = this.#options;
    if (this.#sessions.size >= clientsMax) {
      void this.#turnAway(channel);
      return;
    }
    const session = new WireSession(channel, pool, clock, times);
    const serving = session.serve(newHandler()).then(async (end) => {
      if (end === "http") await answerHttp(channel);
    }).catch((error) => {
      this.#options.log.note(`internal: ${error?.stack ?? error}`);
      channel.close();
    }).finally(() => this.#sessions.delete(session));
    this.#sessions.set(session, serving);
  }

  /** Tells one client too many why it is not served. */
  async #turnAway(channel: Channel): Promise<void> {
    const { clientsMax, clock } = this.#options;
    const text = `The server has its ${clientsMax} clients; try again later`;
    const over = new AbortController();
    this.#turnedAway++;
    try {
      await channel.write(toBytes(`ERR busy ${text}; closing\n`));
      await channel.closeWrite();
      // What it has sent already is taken: left unread, it would make of the close a reset that destroys the answer.
      if (this.#turnedAway <= TURNED_AWAY_MAX) {
        await Promise.race([
          channel.read(new Uint8Array(LINE_BYTES_MAX)),
          clock.sleep(TURN_AWAY_MS, over.signal),
        ]);
      }
    } catch {
      // Gone already.
    } finally {
      this.#turnedAway--;
      over.abort();
      channel.close();
    }
  }

  /** Ends the sessions that have waited for too long. */
  expire(): void {
    const now = this.#options.clock.now();
    for (const session of this.#sessions.keys()) session.expire(now);
  }

  /**
   * Ends every session: at once where nothing is under way, else when its answer is sent, or after `graceMs`.
   */
  async stop(graceMs: number): Promise<void> {
    this.#stopExpiring();
    for (const session of this.#sessions.keys()) session.stop();
    const allEnded = new AbortController();
    const ending = Promise.all(this.#sessions.values()).then(() =>
      allEnded.abort()
    );
    await this.#options.clock.sleep(graceMs, allEnded.signal);
    for (const session of this.#sessions.keys()) session.abort();
    await ending;
  }
}

const NO_HTTP =
  "This port speaks Landline's wire protocol; HTTP is not spoken here. Try client.ts.\n";

/** What an HTTP client is told while HTTP is not spoken: RFC 9110 15.6.2. */
async function answerHttp(channel: Channel): Promise<void> {
  const head =
    "HTTP/1.1 501 Not Implemented\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n";
  try {
    await channel.write(
      toBytes(`${head}Content-Length: ${NO_HTTP.length}\r\n\r\n${NO_HTTP}`),
    );
    await channel.closeWrite();
  } catch {
    // Gone already.
  } finally {
    channel.close();
  }
}
