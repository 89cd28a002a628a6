/**
 * The peer's connection to the tracker: made again whenever it is lost, with growing pauses; heartbeats, the clock's
 * offset, the rule for twins. What is said on it is not its business.
 *
 * @module
 */

import { messageOf, PeerError } from "../../../errors.ts";
import type { Channel } from "../../../io/channel.ts";
import { ClockOffset } from "../../../sync/clock_offset.ts";
import type { TrackerState } from "../../../sync/control_messages.ts";
import { peerLine } from "../../../sync/peer_line.ts";
import { parseTrackerLine } from "../../../sync/tracker_line.ts";
import type {
  PeerMessage,
  TrackerMessage,
} from "../../../sync/tracker_messages.ts";
import { LineLink } from "./line_link.ts";
import type { World } from "../world.ts";

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5000;
const CONNECT_MS = 5000;
/** A tracker that does not welcome us within this time is none. */
const WELCOME_MS = 10_000;

export type Hello = Extract<PeerMessage, { m: "hello" }>;
export type Welcome = Extract<TrackerMessage, { m: "welcome" }>;
export type No = Extract<TrackerMessage, { m: "no" }>;
export type Ping = Extract<PeerMessage, { m: "ping" }>;

/** Who has something to say to the tracker. Nothing is called after `stop`. */
export interface TrackerSide {
  hello(): Hello;
  welcome(message: Welcome): void;
  /** Everything else, but for `no`. */
  hear(message: TrackerMessage): void;
  /** Refused: what to tell people is in it. It is tried again. */
  refused(message: No): void;
  /** The connection that was welcomed is gone. */
  lost(): void;
  /** Figures for the heartbeat. */
  beat(): Omit<Ping, "m" | "time">;
  /** The state or the offset changed. */
  moved(): void;
}

export class TrackerLink {
  readonly #world: World;
  readonly #address: { readonly host: string; readonly port: number };
  readonly #side: TrackerSide;
  readonly #over = new AbortController();
  #link: LineLink | undefined;
  /** Welcomed, not lost yet. */
  #isIn = false;
  #state: TrackerState = "connecting";
  #why: string | undefined;
  #offset = new ClockOffset();
  #heardAt = 0;

  constructor(
    world: World,
    address: { readonly host: string; readonly port: number },
    side: TrackerSide,
  ) {
    this.#world = world;
    this.#address = address;
    this.#side = side;
  }

  get state(): TrackerState {
    return this.#state;
  }

  /** Why it is not connected. */
  get why(): string | undefined {
    return this.#why;
  }

  /** Milliseconds that the tracker's clock is ahead. */
  get offsetMs(): number {
    return this.#offset.ms;
  }

  /** Connects, and again, until `stop`. Resolves when nothing of it runs any more. */
  async run(): Promise<void> {
    let failures = 0;
    while (!this.#isOver) {
      let cause: unknown;
      try {
        await this.#converse();
      } catch (error) {
        cause = error;
      }
      if (this.#isOver) return;
      const wasIn = this.#isIn;
      this.#isIn = false;
      this.#link = undefined;
      failures = wasIn ? 1 : failures + 1;
      if (!(cause instanceof TrackerRefusal)) {
        this.#become("away", messageOf(cause));
      }
      if (wasIn) this.#side.lost();
      await this.#pause(failures);
    }
  }

  /** Says it, if we are connected. */
  say(message: PeerMessage): void {
    if (this.#isIn) this.#link?.write(peerLine(message));
  }

  /** Asks for the time, now. */
  askTime(): void {
    const { clock } = this.#world;
    this.say({ m: "ping", time: clock.wallTime(), ...this.#side.beat() });
  }

  /** Says goodbye and ends for good. */
  stop(): void {
    if (this.#isOver) return;
    this.say({ m: "bye" });
    this.#over.abort();
    const link = this.#link;
    // The goodbye is written first; a tracker that does not take it finds the connection closed.
    void this.#world.clock.sleep(0).then(() => link?.close("stopped"));
  }

  get #isOver(): boolean {
    return this.#over.signal.aborted;
  }

  async #pause(failures: number): Promise<void> {
    const { clock, chance } = this.#world;
    const most = Math.min(
      FIRST_PAUSE_MS * 2 ** (failures - 1),
      LONGEST_PAUSE_MS,
    );
    await clock.sleep(most * chance.number(), this.#over.signal);
  }

  /** One connection, from its beginning to its end. */
  async #converse(): Promise<void> {
    const { clock } = this.#world;
    const channel = await this.#connected();
    if (channel === undefined) return;
    const link = this.#link = new LineLink(channel);
    let stopWatching: () => void = () => {};
    try {
      const askedAt = clock.wallTime();
      this.#heardAt = clock.now();
      stopWatching = clock.every(
        WELCOME_MS,
        () => link.close("The tracker does not answer"),
      );
      link.write(peerLine(this.#side.hello()));
      const first = await this.#next(link);
      if (this.#isOver) return;
      stopWatching();
      if (first.m !== "welcome") {
        throw new PeerError(`The tracker began with "${first.m}"`);
      }
      this.#offset = new ClockOffset();
      this.#offset.add(askedAt, first.time, clock.wallTime());
      this.#isIn = true;
      stopWatching = clock.every(
        first.beatMs,
        () => this.#beat(link, first.ttlMs),
      );
      this.#become("connected", undefined);
      this.#side.welcome(first);
      for (;;) {
        const message = await this.#next(link);
        if (this.#isOver) return;
        if (message.m === "pong") {
          this.#offset.add(message.echo, message.time, clock.wallTime());
        }
        this.#side.hear(message);
      }
    } finally {
      stopWatching();
      if (!this.#isOver) channel.close();
      else this.#closeLater(channel);
    }
  }

  /** A connection; `undefined` if we were stopped before there was one. */
  async #connected(): Promise<Channel | undefined> {
    const { host, port } = this.#address;
    const { signal } = this.#over;
    const stopped = Promise.withResolvers<undefined>();
    const onStop = () => stopped.resolve(undefined);
    signal.addEventListener("abort", onStop);
    const connecting = this.#world.network.connect(host, port, CONNECT_MS);
    try {
      const channel = await Promise.race([connecting, stopped.promise]);
      if (channel === undefined) {
        void connecting.then((late) => late.close(), () => {});
      }
      return channel;
    } finally {
      signal.removeEventListener("abort", onStop);
    }
  }

  #closeLater(channel: Channel): void {
    void this.#world.clock.sleep(0).then(() => channel.close());
  }

  async #next(link: LineLink): Promise<TrackerMessage> {
    const line = await link.next();
    this.#heardAt = this.#world.clock.now();
    const message = parseTrackerLine(line);
    if (typeof message === "string") {
      throw new PeerError(`The tracker said something else: ${message}`);
    }
    if (message.m === "no" && !this.#isOver) {
      this.#become("refused", message.text);
      this.#side.refused(message);
      throw new TrackerRefusal(message.text);
    }
    return message;
  }

  #beat(link: LineLink, ttlMs: number): void {
    const { clock } = this.#world;
    if (clock.now() - this.#heardAt >= ttlMs) {
      return link.close("The tracker does not answer");
    }
    this.askTime();
  }

  #become(state: TrackerState, why: string | undefined): void {
    this.#state = state;
    this.#why = why;
    this.#side.moved();
  }
}

/** The tracker said no, and this was told already. */
class TrackerRefusal extends PeerError {
  override name = "TrackerRefusal";
}
