/**
 * The tracker's machine with a store that always takes everything, peers that say what a test makes them say, and time that
 * a test lets pass. Nothing here waits for anything.
 *
 * @module
 */

import type { HeardMessage } from "../sync/peer_line.ts";
import type { FileRecord, ReplicaId } from "../sync/record.ts";
import { recordFromJson } from "../sync/record_json.ts";
import type { TrackerMessage } from "../sync/tracker_messages.ts";
import type { Link } from "../tracker/link.ts";
import type { Kept } from "../tracker/puts.ts";
import type { Hello, Moment } from "../tracker/roster.ts";
import {
  Tracker,
  type TrackerLimits,
  type TrackerState,
} from "../tracker/tracker.ts";
import { TRACKER_LIMITS } from "./memory_tracker.ts";
import { record, type Said } from "./tracker_peer.ts";

export type Heard<M extends TrackerMessage["m"]> = Extract<
  TrackerMessage,
  { m: M }
>;

/** The wall clock of a tracker that has just begun: stamps of tests are long ago. */
export const BEGINNING = 1_800_000_000_000;

export class PureTracker {
  readonly tracker: Tracker;
  readonly notes: string[] = [];
  readonly folders: string[] = [];
  readonly epochs: string[] = [];
  /** How many batches the store was given. */
  batches = 0;
  /** What the store gives in place of numbers, once. */
  readonly faster: Kept[] = [];
  readonly #peers: PurePeer[] = [];
  #now = 0;
  #seq: number;
  #tokens = 0;

  constructor(
    limits: Partial<TrackerLimits> = {},
    state: Partial<TrackerState> = {},
  ) {
    this.#seq = state.seq ?? 0;
    this.tracker = new Tracker(
      { epoch: "epoch1", folder: undefined, seq: 0, kept: [], ...state },
      { ...TRACKER_LIMITS, ...limits },
      {
        note: (text) => void this.notes.push(text),
        folderChosen: (folder) => void this.folders.push(folder),
        renewed: (epoch) => void this.epochs.push(epoch),
        newToken: () => `token${++this.#tokens}`,
      },
    );
  }

  get moment(): Moment {
    return { now: this.#now, wall: BEGINNING + this.#now };
  }

  /** A connection on which nothing was said. */
  connect(remote = "10.0.0.1"): PurePeer {
    const peer = new PurePeer(this, this.tracker.connect(remote, this.moment));
    this.#peers.push(peer);
    return peer;
  }

  /** A peer that came in, with what it missed still to be heard. */
  join(name: string, more: Partial<Hello> = {}): PurePeer {
    const peer = this.connect();
    peer.say(helloOf(name, more));
    return peer;
  }

  /** The store takes what was put, everybody hears what there is to be heard. */
  turn(): void {
    const { tracker } = this;
    while (tracker.isStoring) {
      this.batches++;
      const offers = tracker.begin(this.moment);
      tracker.stored(offers.map(() => this.faster.shift() ?? ++this.#seq));
    }
    tracker.settle();
    tracker.tellNews();
    for (const peer of this.#peers) peer.listen();
  }

  /** Time passes in one step: the machine of the tracker was asleep. */
  sleep(ms: number): void {
    this.#now += ms;
    this.tracker.tick(this.moment);
    this.turn();
  }

  /** Time passes, a second at a time, and those who are told to let themselves be heard. */
  pass(ms: number, ...alive: readonly PurePeer[]): void {
    for (const until = this.#now + ms; this.#now < until;) {
      this.#now = Math.min(this.#now + 1000, until);
      for (const peer of alive) peer.say(PING);
      this.tracker.tick(this.moment);
      this.turn();
    }
  }
}

export const PING: Extract<HeardMessage, { m: "ping" }> = {
  m: "ping",
  time: 5,
  sent: 0,
  received: 0,
  left: 0,
};

export class PurePeer {
  /** Everything it was told and did not take. */
  heard: TrackerMessage[] = [];
  readonly link: Link;
  /** Does not read. */
  isDeaf = false;
  readonly #world: PureTracker;

  constructor(world: PureTracker, link: Link) {
    this.#world = world;
    this.link = link;
  }

  get isOver(): boolean {
    return this.link.phase === "over";
  }

  /** Says `messages`; a turn for each. */
  say(...messages: (HeardMessage | string)[]): void {
    const { tracker, moment } = this.#world;
    for (const message of messages) {
      tracker.hear(this.link, message, moment);
      this.#world.turn();
    }
  }

  /** Says it together with what others say in this turn. */
  mention(message: HeardMessage): void {
    this.#world.tracker.hear(this.link, message, this.#world.moment);
  }

  put(id: number, ...records: (FileRecord | string)[]): void {
    this.say({ m: "put", id, records });
  }

  /** Has everything up to `seq`, but for the contents of `lack`. */
  have(
    seq: number,
    { lack = [], got = [], part = [] }: {
      lack?: readonly FileRecord[];
      got?: readonly FileRecord[];
      part?: readonly FileRecord[];
    } = {},
  ): void {
    const roots = (records: readonly FileRecord[]) =>
      records.map(({ root }) => root!);
    this.say({
      m: "have",
      seq,
      lack: roots(lack),
      got: roots(got),
      part: roots(part),
    });
  }

  /** The connection is lost. */
  close(): void {
    this.#world.tracker.closed(this.link, this.#world.moment);
    this.#world.turn();
  }

  listen(): void {
    if (this.isDeaf) return;
    for (;;) {
      const messages = this.#world.tracker.take(this.link);
      if (messages.length === 0) return;
      this.heard.push(...messages);
    }
  }

  /** What it was told of this kind; all that it was told is taken. */
  take<M extends TrackerMessage["m"]>(m: M): Heard<M>[] {
    const found = this.heard.filter((message): message is Heard<M> =>
      message.m === m
    );
    this.heard = [];
    return found;
  }
}

/** What the peer called `name` says first. */
export function helloOf(name: string, more: Partial<Hello> = {}): Hello {
  return {
    m: "hello",
    proto: 1,
    folder: undefined,
    peer: idOf(name),
    run: `run-${name}`,
    formerly: [],
    name,
    port: 7001,
    advertise: undefined,
    epoch: undefined,
    seq: 0,
    ...more,
  };
}

/** The replica of the peer called `name`. */
export function idOf(name: string): ReplicaId {
  return name.padEnd(10, "0");
}

/** A version of the file `path`, made by the peer called `by` at `phys`. */
export function fileOf(
  path: string,
  by: string,
  phys = 1000,
  more: object = {},
): FileRecord {
  const made = recordFromJson(record(path, by, phys, more) as Said);
  if (typeof made === "string") throw new Error(made);
  return made;
}

/** The tombstone of `path`. */
export function deletedOf(path: string, by: string, phys = 1000): FileRecord {
  return fileOf(path, by, phys, { h: null, z: 0, m: 0, b: 0 });
}
