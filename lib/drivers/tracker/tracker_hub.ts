/**
 * The tracker, driven: what peers put is stored in batches, and said to all when it is; the time passes.
 *
 * A turn ends in a microtask that the first one who said something has asked for: everybody whose bytes arrived in the
 * same turn of the event loop has had their say by then. What it made is one transaction in the store, and one write for
 * each who is told something. While the store is at it, others are served, and what they put is the next batch.
 *
 * @module
 */

import { messageOf } from "../../errors.ts";
import type { Channel } from "../../io/channel.ts";
import type { Clock } from "../../io/clock.ts";
import type { Log } from "../../io/log.ts";
import type { TrackerStore } from "../../io/tracker/store.ts";
import type { HeardMessage } from "../../sync/peer_line.ts";
import type { TrackerMessage } from "../../sync/tracker_messages.ts";
import type { Link } from "../../tracker/link.ts";
import { hostOf } from "../../tracker/peer_address.ts";
import type { Kept, Offer } from "../../tracker/puts.ts";
import type { Moment } from "../../tracker/roster.ts";
import { Tracker, type TrackerLimits } from "../../tracker/tracker.ts";
import { TrackerSession } from "./tracker_session.ts";

export interface TrackerHubOptions {
  readonly store: TrackerStore;
  readonly clock: Clock;
  readonly log: Pick<Log, "note">;
  readonly limits: TrackerLimits;
  /** Letters and digits that nobody can guess. */
  readonly newToken: () => string;
}

const TICK_MS = 1000;
/** Who has what by now is told so often at most. */
const NEWS_MS = 50;
/** When the store fails, it is tried again after so long. */
const RETRY_MS = 1000;
/** So many listeners are a crowd, which is written to no more often than each so many milliseconds. */
const CROWD = 32;
const CROWD_MS = 5;

export class TrackerHub {
  readonly tracker: Tracker;
  readonly #options: TrackerHubOptions;
  readonly #sessions = new Map<Link, TrackerSession>();
  readonly #stopping = new AbortController();
  readonly #over = new AbortController();
  readonly #stopTicking: () => void;
  readonly #stopWatching: () => void;
  /** A turn is to end when everybody had their say. */
  #isEnding = false;
  /** Settles when everything that was put is stored, or cannot be. */
  #storing: Promise<void> | undefined;
  #isTellingNews = false;
  /** When a crowd was written to, and whether it will be when the time has come. */
  #crowdAt = -Infinity;
  #isCrowdWaiting = false;

  private constructor(options: TrackerHubOptions, tracker: Tracker) {
    const { clock, store } = options;
    this.#options = options;
    this.tracker = tracker;
    this.#stopTicking = clock.every(TICK_MS, () => this.#tick());
    this.#stopWatching = store.watch((kept) => {
      tracker.learn(kept);
      this.turn();
    });
  }

  /** A tracker that goes on from what is in `options.store`. */
  static async open(options: TrackerHubOptions): Promise<TrackerHub> {
    const { store, limits, log, newToken } = options;
    const keep = (what: Promise<void>) =>
      void what.catch((error) =>
        log.note(`Cannot keep the state: ${messageOf(error)}`)
      );
    const tracker = new Tracker(await store.load(), limits, {
      note: (text) => log.note(text),
      folderChosen: (folder) => keep(store.setFolder(folder)),
      renewed: (epoch) => keep(store.setEpoch(epoch)),
      newToken,
    });
    return new TrackerHub(options, tracker);
  }

  get clock(): Clock {
    return this.#options.clock;
  }

  get moment(): Moment {
    const { clock } = this.#options;
    return { now: clock.now(), wall: clock.wallTime() };
  }

  /** The session of a new connection; `serve` serves it. */
  newSession(channel: Channel): TrackerSession {
    return new TrackerSession(channel, this);
  }

  /** A connection that does not speak HTTP has begun. */
  connect(session: TrackerSession, peer: string): Link {
    const link = this.tracker.connect(hostOf(peer), this.moment);
    this.#sessions.set(link, session);
    return link;
  }

  hear(link: Link, message: HeardMessage | string): void {
    this.tracker.hear(link, message, this.moment);
    this.turn();
  }

  take(link: Link): TrackerMessage[] {
    return this.tracker.take(link);
  }

  /** Its connection is gone. */
  closed(link: Link): void {
    this.tracker.closed(link, this.moment);
    this.#sessions.delete(link);
    this.turn();
  }

  /** Something was heard: what follows from it is stored and said when everybody had their say. */
  turn(): void {
    if (this.#isEnding || this.#over.signal.aborted) return;
    this.#isEnding = true;
    void Promise.resolve().then(() => this.#endTurn());
  }

  /** Ends all connections; what was put is stored, if that can be. */
  async stop(): Promise<void> {
    this.#stopTicking();
    this.#stopWatching();
    this.#stopping.abort();
    await this.#storing;
    this.#over.abort();
    for (const session of this.#sessions.values()) session.abort();
  }

  #endTurn(): void {
    this.#isEnding = false;
    if (this.#over.signal.aborted) return;
    if (this.tracker.isStoring && this.#storing === undefined) {
      const storing = this.#store();
      this.#storing = storing;
      // Not from inside: where there is nothing to offer it is over before it has a name.
      void storing.then(() => {
        this.#storing = undefined;
        const isEnding = this.#stopping.signal.aborted;
        if (this.tracker.isStoring && !isEnding) this.turn();
      });
    }
    this.tracker.settle();
    this.#tellNews();
    if (this.tracker.due.size > CROWD) this.#writeToCrowd();
    else this.#write();
  }

  async #store(): Promise<void> {
    while (this.tracker.isStoring) {
      const offers = this.tracker.begin(this.moment);
      const results = offers.length === 0 ? [] : await this.#put(offers);
      if (results === undefined) break;
      this.tracker.stored(results);
      this.turn();
    }
  }

  /** @returns `undefined` if the store takes nothing until the end */
  async #put(
    offers: readonly Offer[],
  ): Promise<readonly (number | Kept)[] | undefined> {
    const { store, log, clock } = this.#options;
    for (let isRefusing = false;;) {
      try {
        const results = await store.put(offers);
        if (isRefusing) log.note("The store takes records again");
        return results;
      } catch (error) {
        // Nothing is acknowledged and nothing is told: it did not happen yet.
        if (!isRefusing) {
          log.note(`The store takes no records: ${messageOf(error)}`);
        }
        isRefusing = true;
      }
      if (this.#stopping.signal.aborted) return undefined;
      await clock.sleep(RETRY_MS, this.#stopping.signal);
    }
  }

  #writeToCrowd(): void {
    const early = this.#crowdAt + CROWD_MS - this.clock.now();
    if (early <= 0) {
      this.#crowdAt = this.clock.now();
      return this.#write();
    }
    if (this.#isCrowdWaiting) return;
    this.#isCrowdWaiting = true;
    void this.clock.sleep(early, this.#over.signal).then(() => {
      this.#isCrowdWaiting = false;
      this.turn();
    });
  }

  #write(): void {
    for (const link of this.tracker.due) {
      const session = this.#sessions.get(link);
      if (session === undefined) this.tracker.due.delete(link);
      else session.flush();
    }
  }

  /** Now, and what comes up in a while after that together. */
  #tellNews(): void {
    if (this.#isTellingNews || !this.tracker.hasNews) return;
    this.#isTellingNews = true;
    this.tracker.tellNews();
    void this.clock.sleep(NEWS_MS, this.#over.signal).then(() => {
      this.#isTellingNews = false;
      if (this.tracker.hasNews) this.turn();
    });
  }

  #tick(): void {
    const { now } = this.moment;
    this.tracker.tick(this.moment);
    for (const session of this.#sessions.values()) session.expire(now);
    this.turn();
  }
}
