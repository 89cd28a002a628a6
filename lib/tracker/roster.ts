/**
 * Who is there. A peer is alive from its `hello` until it says `bye`, until its connection is closed and it has not come
 * back within a grace, or until nothing was heard of it for the time to live.
 *
 * @module
 */

import type { ReplicaId } from "../sync/record.ts";
import { remember } from "../sync/remember.ts";
import { type PeerMessage, SYNC_PROTOCOL } from "../sync/tracker_messages.ts";
import type { Contents } from "./contents.ts";
import { Holdings } from "./holdings.ts";
import type { Link } from "./link.ts";
import type { LivePeer } from "./live_peer.ts";
import { peerAddress } from "./peer_address.ts";
import { type No, no } from "./refusals.ts";

export type Hello = Extract<PeerMessage, { m: "hello" }>;

/** The time, on two clocks, in milliseconds. */
export interface Moment {
  /** On a clock that only goes forward. */
  readonly now: number;
  /** Since 1970. */
  readonly wall: number;
}

export interface LivenessLimits {
  readonly peersMax: number;
  /** How often peers are to let themselves be heard. */
  readonly beatMs: number;
  /** Silence after which a peer is gone. */
  readonly ttlMs: number;
}

/** Who left, with what it held. */
export interface Departed {
  readonly name: string;
  readonly holdings: Holdings;
}

/** Somebody says to go on with the history of a replica. */
interface Claim {
  readonly by: ReplicaId;
  readonly at: number;
}

/** A peer whose connection was closed may come back for so long before others are told. */
export const GRACE_MS = 2000;
/** Between two calls of `expire`; more is a pause. */
const PAUSE_MS_MAX = 3000;
/** Complaints count for so long. */
const UNREACHABLE_MS = 60_000;
const CORRUPT_MS = 600_000;
/** So many others have to complain. */
const COMPLAINTS_MIN = 2;
/** Those who left are remembered, so many of them, and more names. */
const DEPARTED_MAX = 200;
const NAMES_MAX = 10_000;

export class Roster {
  readonly #limits: LivenessLimits;
  readonly #contents: Contents;
  readonly #peers = new Map<ReplicaId, LivePeer>();
  readonly #departed = new Map<ReplicaId, Departed>();
  /** What replicas were called last. */
  readonly #names = new Map<ReplicaId, string>();
  /** Who has become another one, by what that one said. */
  readonly #superseded = new Map<ReplicaId, Claim>();
  /** Claims that were found to be wrong: `BY ID`. */
  readonly #disproved = new Set<string>();
  #list: readonly LivePeer[] | undefined;
  #admitted = 0;
  /** When `expire` was called last. */
  #expiredAt: number | undefined;

  constructor(limits: LivenessLimits, contents: Contents) {
    this.#limits = limits;
    this.#contents = contents;
  }

  /** Those who are there. */
  get peers(): readonly LivePeer[] {
    return this.#list ??= [...this.#peers.values()];
  }

  /** Those who left, as far as it is remembered. */
  get departed(): ReadonlyMap<ReplicaId, Departed> {
    return this.#departed;
  }

  get(id: ReplicaId): LivePeer | undefined {
    return this.#peers.get(id);
  }

  /** What people call `id`; the id itself if it was never here. */
  nameOf(id: ReplicaId): string {
    return this.#names.get(id) ?? id;
  }

  /** Whether that replica has lost its index and is another one now. */
  isSuperseded(id: ReplicaId): boolean {
    return this.#superseded.has(id);
  }

  /** Why `hello` cannot be welcomed, or the peer that is there now. */
  admit(hello: Hello, link: Link, { now, wall }: Moment): LivePeer | No {
    const there = this.#peers.get(hello.peer);
    const fault = this.#faultOf(hello, there);
    if (fault !== undefined) return fault;
    const { remote } = link;
    const address = peerAddress(remote, hello.port, hello.advertise);
    if (address === undefined) {
      return no(
        "bad-request",
        `"${hello.advertise}" is no address; --advertise takes HOST, HOST:PORT or [IPv6]:PORT`,
      );
    }
    const { peer: id, name, run, formerly } = hello;
    const peer: LivePeer = {
      info: { id, name, ...address },
      number: this.#admitted++,
      run,
      since: there?.since ?? wall,
      holdings: new Holdings(this.#contents),
      complaints: new Map(),
      link,
      heardAt: now,
      goneAt: undefined,
      isSuspect: false,
      sent: 0,
      received: 0,
      left: 0,
    };
    for (const former of formerly) this.#supersede(former, { by: id, at: now });
    there?.holdings.leave();
    this.#departed.delete(id);
    this.#lives(id, now);
    this.#superseded.delete(id);
    remember(this.#names, id, name, NAMES_MAX);
    this.#peers.set(id, peer);
    this.#list = undefined;
    return peer;
  }

  /** It said something. */
  heard(peer: LivePeer, { now }: Moment): void {
    peer.heardAt = now;
    this.#lives(peer.info.id, now);
  }

  /** Its connection was lost: it may come back. */
  lost(peer: LivePeer, { now }: Moment): void {
    peer.link = undefined;
    peer.goneAt = now;
    peer.isSuspect = true;
  }

  /** It is gone. */
  remove(peer: LivePeer): void {
    const { id, name } = peer.info;
    if (this.#peers.get(id) !== peer) return;
    this.#peers.delete(id);
    this.#list = undefined;
    peer.holdings.leave();
    if (!this.#superseded.has(id)) {
      const departed = { name, holdings: peer.holdings };
      remember(this.#departed, id, departed, DEPARTED_MAX);
    }
  }

  /** Somebody complains of `peer`. */
  complain(
    peer: LivePeer,
    by: ReplicaId,
    why: "unreachable" | "corrupt",
    { now }: Moment,
  ): void {
    const ms = why === "corrupt" ? CORRUPT_MS : UNREACHABLE_MS;
    const before = peer.complaints.get(by);
    // Who sent wrong bytes is no better for being out of reach as well.
    if (before?.why === "corrupt" && before.until > now) return;
    peer.complaints.set(by, { why, until: now + ms });
    this.#judge(peer, now);
  }

  /**
   * Time has passed; called every second or so.
   *
   * @returns those who are gone by now
   */
  expire({ now }: Moment): LivePeer[] {
    const gone: LivePeer[] = [];
    const pause = now - (this.#expiredAt ?? now);
    this.#expiredAt = now;
    for (const peer of this.peers) {
      // The machine slept, or had too much to do: nobody was listened to, and nobody silent.
      if (pause > PAUSE_MS_MAX) peer.heardAt += pause;
      this.#judge(peer, now);
      const isLate = now - peer.heardAt > this.#limits.ttlMs;
      const isAway = peer.goneAt !== undefined && now - peer.goneAt > GRACE_MS;
      if (isLate || isAway) gone.push(peer);
    }
    return gone;
  }

  /** A content's number means nothing any more. */
  forget(content: number): void {
    for (const { holdings } of this.#departed.values()) {
      holdings.forget(content);
    }
    for (const { holdings } of this.peers) holdings.forget(content);
  }

  #judge(peer: LivePeer, now: number): void {
    for (const [by, { until }] of peer.complaints) {
      if (until <= now) peer.complaints.delete(by);
    }
    peer.isSuspect = peer.link === undefined ||
      now - peer.heardAt > 2 * this.#limits.beatMs ||
      peer.complaints.size >= COMPLAINTS_MIN;
  }

  #faultOf(hello: Hello, there: LivePeer | undefined): No | undefined {
    if (hello.proto !== SYNC_PROTOCOL) {
      return no(
        "proto",
        `This tracker speaks version ${SYNC_PROTOCOL} of the protocol, not ${hello.proto}; use the same release of Landline on all machines`,
      );
    }
    if (there === undefined) {
      const { peersMax } = this.#limits;
      return this.#peers.size < peersMax
        ? undefined
        : no("busy", `The tracker has its ${peersMax} peers; try again later`);
    }
    // The same run has come back before its old connection was found dead; another run, after the first one's was closed.
    if (there.run === hello.run || there.link === undefined) return undefined;
    return no(
      "twin",
      `A peer with the same index is here already, called ${there.info.name}: was the machine or the folder copied?`,
    );
  }

  /** It may still seem to be there: it was killed a moment ago. */
  #supersede(id: ReplicaId, claim: Claim): void {
    if (
      id === claim.by || this.#superseded.has(id) ||
      this.#disproved.has(`${claim.by} ${id}`)
    ) return;
    if (this.#superseded.size < NAMES_MAX) this.#superseded.set(id, claim);
    this.#departed.delete(id);
  }

  /**
   * Who speaks long after another one said to have been it is no former self: the folder was copied without its index. The
   * other one says it again and again, and is not believed any more: what `id` has is waited for.
   */
  #lives(id: ReplicaId, now: number): void {
    const claim = this.#superseded.get(id);
    if (claim === undefined || now - claim.at < this.#limits.beatMs) return;
    this.#superseded.delete(id);
    if (this.#disproved.size < NAMES_MAX) {
      this.#disproved.add(`${claim.by} ${id}`);
    }
  }
}
