/**
 * A server: takes connections, gives each a session in the language it speaks, looks after their deadlines, and stops in
 * good order.
 *
 * @module
 */

import { toBytes } from "../bytes/ascii.ts";
import { formatHttpDate } from "../http/dates.ts";
import { connectionLine, fieldLines, headText } from "../http/response_head.ts";
import type { Channel } from "../io/channel.ts";
import type { Clock } from "../io/clock.ts";
import type { Log } from "../io/log.ts";
import { LINE_BYTES_MAX } from "../wire/request.ts";
import type { HttpTimes } from "../http/server_connection.ts";
import { speaksHttp } from "../wire/sniff.ts";
import { type HttpHandler, HttpSession } from "./http/http_session.ts";
import type { Metrics } from "./metrics.ts";
import type { BufferPool } from "./outbox.ts";

/** A connection that is served, in whatever language. */
export interface ServedSession {
  /** Ends what has waited for too long. */
  expire(now: number): void;
  /** Ends in good order: what is under way is finished first. */
  stop(): void;
  /** Ends now. */
  abort(): void;
}

/** A session in the language of lines that the port speaks, until the first line shows that it is HTTP. */
export interface LineSession extends ServedSession {
  /** Serves until the connection ends, or (`http`) is to be served on with what has `arrived`. */
  serve(): Promise<"done" | "lost" | "http">;
  readonly arrived: Uint8Array<ArrayBuffer>;
}

export interface ServerOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly pool: BufferPool;
  readonly times: HttpTimes;
  /** Connections at once; one more is told so and closed. */
  readonly clientsMax: number;
  /** Makes the session of a new connection. */
  readonly newSession: (channel: Channel) => LineSession;
  /** The line that tells one client too many that there is no room; the text has no line end. */
  readonly busyLine: (text: string) => string;
  /** Answers all connections in HTTP. */
  readonly http: HttpHandler;
  readonly metrics: Metrics | undefined;
}

/** A connection, whatever is spoken on it by now. */
interface Connection {
  session: ServedSession;
  /** Resolves when it is over. */
  serving: Promise<void>;
}

/** How often deadlines are looked at. They are seconds to minutes. */
const EXPIRE_EVERY_MS = 1000;

/** How long one client too many is listened to, and how many of them at once. */
const TURN_AWAY_MS = 500;
const TURNED_AWAY_MAX = 64;

export class Server {
  readonly #options: ServerOptions;
  readonly #connections = new Set<Connection>();
  readonly #stopExpiring: () => void;
  #turnedAway = 0;
  #isStopping = false;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.#stopExpiring = options.clock.every(
      EXPIRE_EVERY_MS,
      () => this.expire(),
    );
  }

  /** Connections that are open now. */
  get clients(): number {
    return this.#connections.size;
  }

  /** Serves every channel of `channels` until they end. */
  async serve(channels: AsyncIterable<Channel>): Promise<void> {
    for await (const channel of channels) this.accept(channel);
  }

  /** Serves `channel`. */
  accept(channel: Channel): void {
    const { clientsMax, newSession, metrics } = this.#options;
    if (this.#connections.size >= clientsMax) {
      metrics?.turnedAway();
      void this.#turnAway(channel);
      return;
    }
    metrics?.connected();
    const session = newSession(channel);
    const connection = { session, serving: Promise.resolve() };
    this.#connections.add(connection);
    connection.serving = this.#serveBoth(connection, session, channel)
      .catch((error) => {
        this.#options.log.note(`internal: ${error?.stack ?? error}`);
        channel.close();
      }).finally(() => {
        this.#connections.delete(connection);
        metrics?.disconnected();
      });
  }

  /** Serves a connection in lines, or in HTTP if its first line says so. */
  async #serveBoth(
    connection: Connection,
    session: LineSession,
    channel: Channel,
  ): Promise<void> {
    const { pool, clock, times, http } = this.#options;
    if (await session.serve() !== "http") return;
    const { arrived } = session;
    const next = new HttpSession(channel, pool, clock, times, http, arrived);
    connection.session = next;
    if (this.#isStopping) next.stop();
    await next.serve();
  }

  /** Tells one client too many, in its language, why it is not served. Who says nothing is told in a line of text. */
  async #turnAway(channel: Channel): Promise<void> {
    const over = new AbortController();
    this.#turnedAway++;
    try {
      const first = new Uint8Array(LINE_BYTES_MAX);
      const mayWait = this.#turnedAway <= TURNED_AWAY_MAX;
      const wait = () => this.#options.clock.sleep(TURN_AWAY_MS, over.signal);
      const count = mayWait
        ? await Promise.race([channel.read(first), wait()])
        : undefined;
      await channel.write(
        this.#answerToOneTooMany(first.subarray(0, count ?? 0)),
      );
      await channel.closeWrite();
      // What it still sends is taken: left unread, it would make of the close a reset that destroys the answer.
      if (mayWait) await Promise.race([channel.read(first), wait()]);
    } catch {
      // Gone already.
    } finally {
      this.#turnedAway--;
      over.abort();
      channel.close();
    }
  }

  #answerToOneTooMany(first: Uint8Array): Uint8Array<ArrayBuffer> {
    const { clientsMax, busyLine, clock } = this.#options;
    const text = `The server has its ${clientsMax} clients; try again later`;
    const [line = ""] = String.fromCharCode(...first).split(/\r?\n/, 1);
    if (!speaksHttp(line)) return toBytes(busyLine(text) + "\n");
    const body = `503 Service Unavailable: ${text}\n`;
    const head = headText(
      503,
      formatHttpDate(clock.wallTime()),
      fieldLines([
        ["Content-Type", "text/plain; charset=utf-8"],
        ["X-Content-Type-Options", "nosniff"],
        ["Retry-After", "5"],
      ]),
      body.length,
    );
    // RFC 9110 9.3.2: the answer to HEAD has no body.
    return toBytes(
      `${head}${connectionLine(1, true)}\r\n${
        line.startsWith("HEAD ") ? "" : body
      }`,
    );
  }

  /** Ends the sessions that have waited for too long. */
  expire(): void {
    const now = this.#options.clock.now();
    for (const { session } of this.#connections) session.expire(now);
  }

  /**
   * Ends every session: at once where nothing is under way, else when its answer is sent, or after `graceMs`.
   */
  async stop(graceMs: number): Promise<void> {
    this.#stopExpiring();
    this.#isStopping = true;
    const connections = [...this.#connections];
    for (const { session } of connections) session.stop();
    const allEnded = new AbortController();
    const ending = Promise.all(connections.map(({ serving }) => serving))
      .then(() => allEnded.abort());
    await this.#options.clock.sleep(graceMs, allEnded.signal);
    for (const { session } of connections) session.abort();
    await ending;
  }
}
