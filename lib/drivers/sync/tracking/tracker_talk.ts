/**
 * What a peer and the tracker say to each other: the winners come in, this peer's versions and what it holds go out.
 *
 * @module
 */

import { PeerError } from "../../../errors.ts";
import type { Name } from "../../../names/name.ts";
import { BUCKETS } from "../../../sync/digest.ts";
import type { FileRecord, RootHash } from "../../../sync/record.ts";
import { remember } from "../../../sync/remember.ts";
import {
  type Numbered,
  type PeerInfo,
  SYNC_PROTOCOL,
  type TrackerMessage,
} from "../../../sync/tracker_messages.ts";
import type { HoldingReport } from "./holding_report.ts";
import type { Publisher } from "./publisher.ts";
import type { Register } from "./register.ts";
import type {
  Hello,
  No,
  Ping,
  TrackerLink,
  TrackerSide,
  Welcome,
} from "./tracker_link.ts";
import type { World } from "../world.ts";

/** A clock that is off by more is told of; by far more, nothing of it is believed. */
const OFFSET_TOLD_MS = 2000;
const OFFSET_MAX_MS = 120_000;
/**
 * A twin that is gone is forgotten by the tracker after this time, which is what it calls `ttl`, and some more: it looks only
 * now and then. Who comes back after a crash must not be taken for a copy of itself.
 */
const TWIN_MS = 20_000;

/** That the tracker has forgotten something is found out no more often. */
const FORGETFUL_MS = 10 * 60_000;

/** Names that are remembered. */
const NAMES_MAX = 5000;

export interface TalkOptions {
  readonly world: World;
  readonly register: Register;
  readonly publisher: Publisher;
  readonly holding: HoldingReport;
  /** What this peer says of itself. */
  readonly introduce: () => Omit<
    Hello,
    "m" | "proto" | "run" | "epoch" | "seq"
  >;
  readonly beat: () => Omit<Ping, "m" | "time">;
  /** Welcomed to this set of folders. */
  readonly onJoined: (folder: string) => void;
  /** Everything the tracker knows was told. */
  readonly onSynced: () => void;
  /** The winner at `path` changed. */
  readonly onWinner: (path: Name) => void;
  readonly onPeers: (peers: ReadonlyMap<string, PeerInfo>) => void;
  /** Where the tracker is reached: peers on its own machine are there. */
  readonly trackerHost: string;
  readonly onSources: (
    root: RootHash,
    whole: readonly string[],
    part: readonly string[],
  ) => void;
  readonly onLost: (path: Name, root: RootHash) => void;
  /** Another peer has this identity, and goes on living. */
  readonly onTwin: () => void;
  /** Whether a record that others know counts what this peer never made, under its name. */
  readonly isCountedElsewhere: (record: FileRecord) => boolean;
  /** So it is. The connection ends, and is made again with what `introduce` says then. */
  readonly onCountedElsewhere: () => void;
  /** This peer begins to tell its versions. */
  readonly onPublishing: () => void;
  readonly note: (text: string) => void;
}

type Pong = Extract<TrackerMessage, { m: "pong" }>;
type Sources = Extract<TrackerMessage, { m: "sources" }>["of"];

export class TrackerTalk implements TrackerSide {
  readonly #options: TalkOptions;
  readonly #run: string;
  readonly #link: () => TrackerLink;
  readonly #peers = new Map<string, PeerInfo>();
  /** What those are called who are here, or were lately. */
  readonly #names = new Map<string, string>();
  #isSynced = false;
  /** The tracker has lost its state: what it knows already is told again, too. */
  #isToOwn = false;
  #twinSince: number | undefined;
  /** When the tracker was asked for all that differs, by the clock that pings have. */
  #askedAt: number | undefined;
  #renouncedAt = -Infinity;
  #told: string | undefined;
  #isOffTold = false;
  #waits = new Map<number, () => void>();
  #lastWait = 0;

  /** @param link the connection; made after this */
  constructor(options: TalkOptions, link: () => TrackerLink) {
    this.#options = options;
    this.#link = link;
    this.#run = options.world.chance.letters(16);
  }

  /** Whether the tracker has told all its winners. */
  get isSynced(): boolean {
    return this.#isSynced;
  }

  /** Whether the tracker may be told of versions. */
  get isPublishing(): boolean {
    return this.#isSynced && Math.abs(this.#link().offsetMs) <= OFFSET_MAX_MS;
  }

  get peers(): ReadonlyMap<string, PeerInfo> {
    return this.#peers;
  }

  /** What people call the peer `id`; its id if it was not here lately. */
  nameOf(id: string): string {
    return this.#names.get(id) ?? id;
  }

  hello(): Hello {
    const { register, introduce } = this.#options;
    return {
      m: "hello",
      proto: SYNC_PROTOCOL,
      run: this.#run,
      epoch: register.epoch,
      seq: register.seq,
      ...introduce(),
    };
  }

  welcome(message: Welcome): void {
    const { register, onJoined, onPeers, holding, publisher } = this.#options;
    this.#twinSince = undefined;
    this.#told = undefined;
    this.#peers.clear();
    for (const peer of message.peers) this.#remember(peer);
    onJoined(message.folder);
    onPeers(this.#peers);
    register.begin(message.epoch);
    holding.reset();
    publisher.reset();
  }

  hear(message: TrackerMessage): void {
    const { register, publisher, onPeers, onLost, onWinner } = this.#options;
    switch (message.m) {
      case "snap":
        this.#take(message.records);
        register.reached(message.seq);
        if (!message.more && !this.#isSynced) this.#synced();
        return;
      case "upd":
        this.#take(message.records);
        register.reached(message.seq);
        return this.#options.holding.soon();
      case "ok":
        publisher.acknowledged(message);
        return this.#options.holding.soon();
      case "rej":
        return publisher.refused(message);
      case "peers":
        for (const peer of message.add) this.#remember(peer);
        for (const id of message.del) this.#peers.delete(id);
        return onPeers(this.#peers);
      case "sources":
        return this.#sources(message.of);
      case "pong":
        return this.#pong(message);
      case "buckets":
        return this.#compare(message.digests);
      case "own":
        this.#isToOwn = true;
        if (this.#isSynced) publisher.offerAll(true);
        return;
      case "lost":
        onLost(message.path, message.root);
        return onWinner(message.path);
      case "waited": {
        const resolve = this.#waits.get(message.id);
        this.#waits.delete(message.id);
        return resolve?.();
      }
    }
  }

  refused({ code, text }: No): void {
    const { world, note, onTwin } = this.#options;
    if (this.#told !== text) note(`The tracker refuses this peer: ${text}`);
    this.#told = text;
    if (code !== "twin") return;
    const now = world.clock.now();
    this.#twinSince ??= now;
    if (now - this.#twinSince <= TWIN_MS) return;
    this.#twinSince = undefined;
    onTwin();
  }

  lost(): void {
    this.#isSynced = false;
    this.#isToOwn = false;
    this.#askedAt = undefined;
    for (const resolve of this.#waits.values()) resolve();
    this.#waits.clear();
  }

  beat(): Omit<Ping, "m" | "time"> {
    return this.#options.beat();
  }

  moved(): void {
    const link = this.#link();
    if (link.state === "away" && this.#told !== "away") {
      this.#told = "away";
      this.#options.note(`The tracker is away: ${link.why}`);
    } else if (link.state === "connected" && this.#told !== undefined) {
      this.#told = undefined;
      this.#options.note("Connected to the tracker");
    }
  }

  #remember(peer: PeerInfo): void {
    const host = peer.host === "" ? this.#options.trackerHost : peer.host;
    this.#peers.set(peer.id, { ...peer, host });
    remember(this.#names, peer.id, peer.name, NAMES_MAX);
  }

  /** Resolves when all live peers (or the one called `name`) have everything up to now, or the connection is lost. */
  async everywhere(name: string | undefined): Promise<boolean> {
    const link = this.#link();
    if (!this.#isSynced) return false;
    const id = ++this.#lastWait;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waits.set(id, resolve);
    link.say({ m: "wait", id, seq: this.#options.register.seq, name });
    await promise;
    return this.#isSynced;
  }

  #synced(): void {
    const { publisher, onSynced } = this.#options;
    this.#isSynced = true;
    this.#options.onPublishing();
    publisher.offerAll(this.#isToOwn);
    this.#options.holding.soon();
    onSynced();
  }

  #take(records: readonly Numbered[]): void {
    const { register, onWinner, onSources } = this.#options;
    if (
      records.some(({ record }) => this.#options.isCountedElsewhere(record))
    ) {
      this.#options.onCountedElsewhere();
      throw new PeerError("Somebody else counts as this peer");
    }
    for (const { record, seq, sources } of records) {
      const { path, root } = record;
      if (register.take({ record, seq })) onWinner(path);
      if (root !== null && record.kind === "file" && sources.length > 0) {
        onSources(root, sources, []);
      }
    }
  }

  #sources(of: Sources): void {
    for (const { root, whole, part } of of) {
      this.#options.onSources(root, whole, part);
    }
  }

  #pong(pong: Pong): void {
    const { register, note } = this.#options;
    const off = this.#link().offsetMs;
    const isOff = Math.abs(off) > OFFSET_TOLD_MS;
    if (isOff && !this.#isOffTold) {
      const what = `This machine's clock is ${seconds(off)} off the tracker's`;
      note(
        Math.abs(off) > OFFSET_MAX_MS
          ? `${what}: nothing is told to others until it is set right`
          : what,
      );
    }
    this.#isOffTold = isOff;
    // The clock may be right by now.
    this.#options.publisher.flush();
    if (!this.#isSynced || pong.seq !== register.seq) return;
    if (pong.digest === register.digest.total()) {
      this.#askedAt = undefined;
    } else if (this.#askedAt !== undefined && pong.echo > this.#askedAt) {
      this.#renounce();
    } else this.#link().say({ m: "sync", buckets: [] });
  }

  /**
   * All that differs was told, and differs still: the tracker has forgotten what it told once. Its disk was put back to an
   * older state, and others had told so much since that their numbers hid it.
   */
  #renounce(): void {
    const now = this.#options.world.clock.now();
    if (now - this.#renouncedAt < FORGETFUL_MS) return;
    this.#renouncedAt = now;
    this.#options.register.renounce();
    throw new PeerError("It has forgotten what it told: all is told again");
  }

  /** Has told again what differs. */
  #compare(digests: readonly string[]): void {
    const { digest } = this.#options.register;
    const buckets: number[] = [];
    for (let at = 0; at < BUCKETS; at++) {
      if (digests[at] !== digest.bucket(at)) buckets.push(at);
    }
    if (buckets.length === 0) return;
    this.#askedAt = this.#options.world.clock.wallTime();
    this.#link().say({ m: "sync", buckets });
  }
}

function seconds(ms: number): string {
  return `${(Math.abs(ms) / 1000).toFixed(1)} s`;
}
