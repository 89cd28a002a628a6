/**
 * A chat client that comes back: connects, talks, and when the connection is lost connects again, with growing pauses.
 * What was said and not acknowledged is said again, what was missed is told (chat/client_state.ts).
 *
 * @module
 */

import type { ServerLine } from "../../chat/client_connection.ts";
import type { ClientState, News } from "../../chat/client_state.ts";
import type { Saying } from "../../chat/unacknowledged.ts";
import { PeerError } from "../../errors.ts";
import type { Channel } from "../../io/channel.ts";
import type { Clock } from "../../io/clock.ts";
import { ClientLink } from "./client_link.ts";

export interface ChatClientOptions {
  readonly state: ClientState;
  readonly connect: () => Promise<Channel>;
  readonly clock: Clock;
  /** From 0 to 1: clients that were lost together come back one by one. */
  readonly chance: () => number;
  /** Without a sign of life where one is due, a connection is lost. */
  readonly timeoutMs: number;
  /** How often more a server is tried that cannot be reached: before it was reached once, and later. */
  readonly firstRetries: number;
  readonly laterRetries: number;
  readonly onNews: (news: ClientNews) => void;
}

/** What there is to tell a person. */
export type ClientNews =
  | News
  /** The connection is lost, and tried again. */
  | { readonly kind: "lost"; readonly cause: unknown }
  | { readonly kind: "back" };

/** How it ended. */
export type ChatEnding =
  /** As it was told to. */
  | { readonly kind: "left" }
  /** The server does not let us in, or not any more. */
  | { readonly kind: "refused"; readonly code: string; readonly text: string }
  | { readonly kind: "unreachable"; readonly cause: unknown };

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;
/** A connection that lasted for so long begins with the first pause again. */
const STEADY_MS = 10_000;

const TICK_MS = 1000;
/** Silence after which we ask whether the server is there. */
const SILENCE_MS = 30_000;
/** How long the server's goodbye is waited for. */
const GOODBYE_MS = 2000;

export class ChatClient {
  readonly #options: ChatClientOptions;
  readonly #state: ClientState;
  #link: ClientLink | undefined;
  #wasJoined = false;
  /** The loss was told, and not yet that we are back. */
  #isLost = false;
  readonly #leaving = new AbortController();
  readonly #over = new AbortController();
  #changed = Promise.withResolvers<void>();

  constructor(options: ChatClientOptions) {
    this.#options = options;
    this.#state = options.state;
  }

  /** Talks until `leave`, or until there is no more sense in it. */
  async run(): Promise<ChatEnding> {
    const stopTicking = this.#options.clock.every(TICK_MS, () => this.#tick());
    try {
      return await this.#talk();
    } finally {
      stopTicking();
      this.#over.abort();
      this.#wake();
    }
  }

  /**
   * Says it, now or as soon as there is a connection.
   *
   * @returns a sentence, if it cannot be said
   */
  say(saying: Saying): string | undefined {
    if (this.#state.isFull) {
      return "Too much waits for the server to take it; try again later";
    }
    const fault = this.#state.say(saying);
    this.#flush();
    return fault;
  }

  /** Asks for another name; gives a sentence, if it is none. */
  rename(name: string): string | undefined {
    const fault = this.#state.rename(name);
    this.#flush();
    return fault;
  }

  /** Asks who is here; `isAsked` where the answer is for a person. */
  askNames(isAsked: boolean): void {
    this.#state.askNames(isAsked);
    this.#flush();
  }

  /** Asks for the last `count` lines. */
  askHistory(count: number): void {
    this.#state.askHistory(count);
    this.#flush();
  }

  /** Waits until there is room for something to say; at once when it is over. */
  async untilRoom(): Promise<void> {
    while (this.#state.isFull && !this.#over.signal.aborted) {
      await this.#changed.promise;
    }
  }

  /** Waits until the server has acknowledged and answered everything, or until it is over. */
  async untilSettled(): Promise<void> {
    while (!this.#state.isSettled && !this.#over.signal.aborted) {
      await this.#changed.promise;
    }
  }

  /** Leaves, behind everything that was said. */
  leave(): void {
    if (this.#leaving.signal.aborted) return;
    this.#leaving.abort();
    const link = this.#link;
    if (link === undefined) return;
    if (!this.#state.isJoined) return link.close("left");
    this.#state.quit();
    this.#flush();
    void this.#options.clock.sleep(GOODBYE_MS, this.#over.signal)
      .then(() => link.close("left"));
  }

  async #talk(): Promise<ChatEnding> {
    const { clock, chance, firstRetries, laterRetries } = this.#options;
    const { signal } = this.#leaving;
    let failures = 0;
    for (;;) {
      const began = clock.now();
      let cause: unknown;
      try {
        const ending = await this.#converse();
        if (ending !== undefined) return ending;
        cause = new PeerError("the server ended the connection");
      } catch (error) {
        cause = error;
      } finally {
        this.#state.end();
        this.#link = undefined;
      }
      if (signal.aborted) return { kind: "left" };
      if (this.#wasJoined && clock.now() - began >= STEADY_MS) failures = 0;
      failures++;
      if (failures > (this.#wasJoined ? laterRetries : firstRetries)) {
        return { kind: "unreachable", cause };
      }
      if (this.#wasJoined && !this.#isLost) {
        this.#isLost = true;
        this.#options.onNews({ kind: "lost", cause });
      }
      await clock.sleep(pauseMs(failures, chance()), signal);
      if (signal.aborted) return { kind: "left" };
    }
  }

  /** One connection, from its beginning to its end; an ending, if it is to be the last one. */
  async #converse(): Promise<ChatEnding | undefined> {
    const channel = await this.#connected();
    if (channel === undefined) return { kind: "left" };
    const link = this.#link = new ClientLink(channel, this.#options.clock);
    try {
      this.#state.begin();
      // To come in is a question, too.
      link.askedAt = link.heardAt;
      for (;;) {
        const line = await link.next(() => {
          this.#flush();
          this.#wake();
        });
        const ending = this.#hear(line);
        if (ending !== undefined) return ending;
      }
    } finally {
      channel.close();
    }
  }

  /** A connection; `undefined` if we have left before there was one. */
  async #connected(): Promise<Channel | undefined> {
    const left = Promise.withResolvers<undefined>();
    const onLeft = () => left.resolve(undefined);
    const { signal } = this.#leaving;
    signal.addEventListener("abort", onLeft);
    const connecting = this.#options.connect();
    try {
      const channel = await Promise.race([connecting, left.promise]);
      if (channel === undefined) {
        void connecting.then((late) => late.close(), () => {});
      }
      return channel;
    } finally {
      signal.removeEventListener("abort", onLeft);
    }
  }

  /** What `line` means; an ending, if it is one. */
  #hear(line: ServerLine): ChatEnding | undefined {
    const state = this.#state;
    const isIn = state.isJoined;
    if (line.kind === "refused" && !isIn) {
      const { code, text } = line;
      // Nothing of ours is wrong then: it may be let in later.
      if (code === "busy" || code === "full") throw new PeerError(text);
      return { kind: "refused", code, text };
    }
    if (line.kind === "bye") {
      const { code, text } = line;
      if (this.#leaving.signal.aborted) return { kind: "left" };
      if (code === "replaced") return { kind: "refused", code, text };
      throw new PeerError(text === "" ? code : text);
    }
    const news = state.take(line);
    if (line.kind === "joined") {
      this.#wasJoined = true;
      if (this.#isLost) this.#options.onNews({ kind: "back" });
      this.#isLost = false;
    }
    for (const item of news) this.#options.onNews(item);
    return undefined;
  }

  #tick(): void {
    const link = this.#link;
    if (link === undefined) return;
    const { timeoutMs, clock } = this.#options;
    const now = clock.now();
    if (now - (link.askedAt ?? Infinity) >= timeoutMs) {
      return link.close("the server does not answer");
    }
    if (!this.#state.isJoined) return;
    if (link.askedAt === undefined && now - link.heardAt >= SILENCE_MS) {
      link.askedAt = now;
      this.#state.ping();
    }
    this.#state.saySeen();
    this.#flush();
  }

  #flush(): void {
    this.#link?.write(this.#state.takeOut());
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

/** The pause behind the `failures`th failure in a row: it doubles, and `chance` makes it up to a quarter longer or shorter. */
function pauseMs(failures: number, chance: number): number {
  const pause = Math.min(
    FIRST_PAUSE_MS * 2 ** (failures - 1),
    LONGEST_PAUSE_MS,
  );
  return pause * (0.75 + chance / 2);
}
