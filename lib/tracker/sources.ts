/**
 * Who has a content, as it is told to those who need it: a few of those who do, others to everyone who asks, so that no
 * holder is asked by all.
 *
 * @module
 */

import type { ReplicaId } from "../sync/record.ts";
import { SOURCES_MAX } from "../sync/tracker_line.ts";
import { NO_CONTENT } from "./contents.ts";
import type { LivePeer } from "./live_peer.ts";
import type { Entry } from "./register.ts";
import type { Roster } from "./roster.ts";

/** Peers that are looked at for one record of many: who finds none asks (`want`). */
const LOOKS_MAX = 64;
/** Primes, to begin elsewhere for each. */
const STEP = 7919;
const PEER_STEP = 31;

export interface SourcesOf {
  readonly whole: readonly ReplicaId[];
  readonly part: readonly ReplicaId[];
}

export class Sources {
  readonly #roster: Roster;

  constructor(roster: Roster) {
    this.#roster = roster;
  }

  /** Some who hold the content of `entry`: who told it first, as often nobody else does yet. */
  some(entry: Entry): readonly ReplicaId[] {
    const { content, putter } = entry;
    if (content === NO_CONTENT) return [];
    const found: ReplicaId[] = [];
    const first = putter === undefined ? undefined : this.#roster.get(putter);
    if (first !== undefined && isSource(first, content)) {
      found.push(first.info.id);
    }
    const { peers } = this.#roster;
    const looks = Math.min(peers.length, LOOKS_MAX);
    for (let look = 0; look < looks; look++) {
      if (found.length === SOURCES_MAX) break;
      const peer = peers[(content * STEP + look) % peers.length]!;
      if (peer !== first && isSource(peer, content)) found.push(peer.info.id);
    }
    return found;
  }

  /** Some who hold `content`, whole or in part, for `asker` to ask: not itself, and whom it could not reach only if nobody else has all of it. */
  of(content: number, asker: LivePeer): SourcesOf {
    const whole: ReplicaId[] = [];
    const part: ReplicaId[] = [];
    const doubted: ReplicaId[] = [];
    const { peers } = this.#roster;
    const start = content * STEP + asker.number * PEER_STEP;
    for (let at = 0; at < peers.length; at++) {
      if (whole.length === SOURCES_MAX) break;
      const peer = peers[(start + at) % peers.length]!;
      if (peer === asker) continue;
      const isDoubted = peer.isSuspect || peer.complaints.has(asker.info.id);
      if (!peer.holdings.holds(content)) {
        if (
          part.length < SOURCES_MAX && !isDoubted &&
          peer.holdings.hasPart(content)
        ) part.push(peer.info.id);
      } else if (!isDoubted) whole.push(peer.info.id);
      else if (peer.complaints.get(asker.info.id)?.why !== "corrupt") {
        // Silent lately, or out of reach: the network may let it through by now.
        if (doubted.length < SOURCES_MAX) doubted.push(peer.info.id);
      }
    }
    return { whole: whole.length > 0 ? whole : doubted, part };
  }

  /** How many hold it, wholly or in part. */
  count(content: number): number {
    let count = 0;
    for (const peer of this.#roster.peers) {
      if (isSource(peer, content) || peer.holdings.hasPart(content)) count++;
    }
    return count;
  }
}

function isSource(peer: LivePeer, content: number): boolean {
  return !peer.isSuspect && peer.holdings.holds(content);
}
