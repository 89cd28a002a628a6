/**
 * Fetches many files over several connections at once, each verified.
 *
 * Every connection keeps a window of requests ahead of the answers, so that a round trip is not paid per file, and takes
 * new pieces from the common plan as its answers come. What a lost connection had not answered goes back to the plan, for
 * whoever is free; the connection is made again, with growing pauses. The job ends when every file is done or has failed,
 * or when no connection can be had any more.
 *
 * @module
 */

import { PeerError } from "../errors.ts";
import type { FetchPlan } from "../files/fetch_plan.ts";
import type { Channel } from "../io/channel.ts";
import type { Clock } from "../io/clock.ts";
import type { ClientEvent } from "../wire/client_connection.ts";
import {
  isLoss,
  isTurnedAway,
  pauseMs,
  watchStalls,
} from "./connection_loss.ts";
import { type Link, refusalOf } from "./link.ts";
import type { Asked } from "./asked.ts";
import { FetchedFiles, type FetchedFilesOptions } from "./fetched_files.ts";

export interface FetchJobOptions extends FetchedFilesOptions {
  /** Opens a connection to the server. */
  readonly connect: () => Promise<Channel>;
  /** Speaks the server's protocol on it. */
  readonly newLink: (channel: Channel) => Link<Asked>;
  /** How many. */
  readonly connections: number;
  readonly clock: Clock;
  /** How often a connection that is lost without having brought anything is made again. */
  readonly retries: number;
  /** Milliseconds without a byte after which a connection counts as lost. */
  readonly stallMsMax: number;
}

/** Requests ahead of the answers, for each connection: enough for 10 ms at several Gbit/s. */
const WINDOW_BYTES = 2 * 1024 * 1024;
/** The same for small files: 512 of 1 KiB are on their way while one is written. */
const WINDOW_REQUESTS = 512;
/** Each request counts as so many bytes more: its line and the line of its answer. */
const REQUEST_BYTES = 256;
/**
 * Bytes of request lines ahead of the answers. A server reads nothing while its answers wait, and here nothing is read
 * while requests wait: they have to fit into the buffers of any connection, or each side waits for the other. The longest
 * line still fits into 64 KiB behind them.
 */
const WINDOW_LINE_BYTES = 56 * 1024;

export class FetchJob {
  readonly #options: FetchJobOptions;
  readonly #plan: FetchPlan;
  readonly #files: FetchedFiles;
  readonly #links = new Set<Link<Asked>>();
  readonly #over = new AbortController();
  #idle: (() => void)[] = [];
  #lostBecause: unknown;

  constructor(options: FetchJobOptions) {
    this.#options = options;
    this.#files = new FetchedFiles(options, () => this.#wake());
    this.#plan = this.#files.plan;
  }

  /** Connections that are open now. */
  get connections(): number {
    return this.#links.size;
  }

  /** Bytes of files that have arrived. */
  get bytes(): number {
    return this.#files.bytes;
  }

  /** Bytes that an earlier run had verified: not fetched again. */
  get resumedBytes(): number {
    return this.#files.resumedBytes;
  }

  /**
   * Fetches everything.
   *
   * @param first a connection that is open already
   * @throws what made the job impossible: the last connection's error, or a disk that is full
   */
  async run(first: Channel): Promise<void> {
    const { clock, connections, stallMsMax } = this.#options;
    const stopWatching = watchStalls(this.#links, stallMsMax, clock);
    try {
      const works = Array.from(
        { length: connections },
        (_, i) => this.#work(i === 0 ? first : undefined),
      );
      await Promise.all(works);
    } finally {
      stopWatching();
      await this.#files.abandonAll();
    }
    if (this.#files.impossible !== undefined) throw this.#files.impossible;
    if (!this.#plan.isOver && !this.#over.signal.aborted) {
      throw this.#lostBecause;
    }
  }

  /** Ends the job now; what can be resumed is kept. */
  abort(): void {
    this.#over.abort();
    for (const link of this.#links) link.close();
    this.#wake();
  }

  get #isOver(): boolean {
    return this.#plan.isOver || this.#over.signal.aborted;
  }

  /** Keeps one connection at work until the job is over. */
  async #work(first: Channel | undefined): Promise<void> {
    const { connect, newLink, clock, retries } = this.#options;
    let channel = first;
    for (let failures = 0; !this.#isOver;) {
      const answersBefore = this.#files.answers;
      let link: Link<Asked> | undefined;
      try {
        link = newLink(channel ?? await connect());
        this.#links.add(link);
        await this.#serve(link);
      } catch (error) {
        if (!isLoss(error)) {
          this.#files.impossible ??= error;
          return this.abort();
        }
        this.#lostBecause = error;
        for (const asked of link?.unanswered() ?? []) {
          this.#files.unanswered(asked);
        }
        if (this.#files.answers > answersBefore) failures = 0;
        this.#leave(link);
        if (++failures > retries || this.#isOver) return;
        await clock.sleep(pauseMs(failures), this.#over.signal);
      } finally {
        channel = undefined;
        this.#leave(link);
      }
    }
    channel?.close();
  }

  #leave(link: Link<Asked> | undefined): void {
    if (link === undefined) return;
    this.#links.delete(link);
    link.close();
    this.#wake();
  }

  async #serve(link: Link<Asked>): Promise<void> {
    const window = new Window(link);
    while (!this.#isOver) {
      this.#fill(link, window);
      if (link.pending === 0) {
        // The last files may have failed before anything was asked for.
        if (this.#isOver) return;
        // Everything is in the hands of other connections; what they lose comes back.
        await this.#somethingNew();
        continue;
      }
      await link.flush();
      await link.receive();
      for (
        let event = link.next();
        event.kind !== "need-data";
        event = link.next()
      ) {
        if (event.kind === "err") this.#checkConnection(event);
        this.#files.handle(event);
        if (event.ends && event.of !== undefined) window.left(event.of);
      }
      if (this.#files.impossible !== undefined) return this.abort();
    }
  }

  /** A server that is full, or stops, says so in place of an answer: it is not the file that is refused. */
  #checkConnection(
    { of, code, text }: Extract<ClientEvent<Asked>, { kind: "err" }>,
  ): void {
    if (of !== undefined && !isTurnedAway(refusalOf(code, text))) return;
    if (of !== undefined) this.#files.unanswered(of);
    throw new PeerError(`The server says: ${text}`);
  }

  #fill(link: Link<Asked>, window: Window): void {
    while (window.hasRoom) {
      const asked = this.#files.nextToAsk();
      if (asked === undefined) return;
      window.entered(asked);
      link.queue(asked.request, asked);
    }
  }

  #somethingNew(): Promise<void> {
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  #wake(): void {
    if (this.#idle.length === 0) return;
    for (const wake of this.#idle.splice(0)) wake();
  }
}

/** What is asked for on a connection and not answered yet. */
class Window {
  readonly #link: Link<Asked>;
  #bytes = 0;
  #lineBytes = 0;
  #requests = 0;

  constructor(link: Link<Asked>) {
    this.#link = link;
  }

  get hasRoom(): boolean {
    // Two at least: one is on its way while the next is asked for.
    return this.#requests < 2 ||
      (this.#bytes < WINDOW_BYTES && this.#requests < WINDOW_REQUESTS &&
        this.#lineBytes < WINDOW_LINE_BYTES);
  }

  entered(asked: Asked): void {
    this.#bytes += asked.bytes + REQUEST_BYTES;
    this.#lineBytes += this.#link.requestBytesMax(asked.file.name);
    this.#requests++;
  }

  left(asked: Asked): void {
    this.#bytes -= asked.bytes + REQUEST_BYTES;
    this.#lineBytes -= this.#link.requestBytesMax(asked.file.name);
    this.#requests--;
  }
}
