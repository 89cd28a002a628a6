/**
 * What a peer that was welcomed says, but for its records: what it holds, that it is alive, what it wants to know.
 *
 * @module
 */

import { bucketOf } from "../sync/digest.ts";
import type { HeardMessage } from "../sync/peer_line.ts";
import type { RootHash } from "../sync/record.ts";
import { type Contents, NO_CONTENT } from "./contents.ts";
import type { Link } from "./link.ts";
import type { LivePeer } from "./live_peer.ts";
import type { News } from "./news.ts";
import type { Register } from "./register.ts";
import { type No, no } from "./refusals.ts";
import type { Moment, Roster } from "./roster.ts";
import type { Sources } from "./sources.ts";
import { type Waits, WAITS_MAX } from "./waits.ts";

/** What requests are answered from. */
export interface Known {
  readonly register: Register;
  readonly contents: Contents;
  readonly roster: Roster;
  readonly sources: Sources;
  readonly news: News;
  readonly waits: Waits;
}

/** How many contents are looked at for a peer that says to have many at once: a herd of peers must not take seconds. */
const LOOKS_MAX = 2000;

/** What is answered here. */
type Request = Exclude<HeardMessage, { m: "hello" | "put" | "bye" }>;

type Heard<M extends HeardMessage["m"]> = Extract<HeardMessage, { m: M }>;

export class Requests {
  readonly #known: Known;
  readonly #note: (text: string) => void;

  constructor(known: Known, note: (text: string) => void) {
    this.#known = known;
    this.#note = note;
  }

  /** Every peer that is there has everything up to this number. */
  get whole(): number {
    const { roster, register } = this.#known;
    return roster.peers.reduce(
      (least, { holdings }) => Math.min(least, holdings.wholeUpTo),
      register.seq,
    );
  }

  /** @returns why the connection is to end, if it is */
  hear(
    link: Link,
    peer: LivePeer,
    message: Request,
    moment: Moment,
  ): No | undefined {
    switch (message.m) {
      case "have":
        return void this.#have(peer, message);
      case "ping":
        return void this.#ping(link, peer, message, moment.wall);
      case "want":
        return void this.#want(link, peer, message.roots);
      case "bad":
        return void this.#bad(peer, message, moment);
      case "sync":
        return void this.#sync(link, message.buckets);
      case "wait": {
        const { id, seq, name } = message;
        return this.#known.waits.add({ link, id, seq, name })
          ? undefined
          : no("busy", `At most ${WAITS_MAX} waits at once`);
      }
      default:
        throw message satisfies never;
    }
  }

  #have(peer: LivePeer, message: Heard<"have">): void {
    const { register, news } = this.#known;
    const { holdings } = peer;
    for (const content of this.#contentsOf(message.lack)) {
      if (holdings.lack(content)) news.lacks(peer, content);
    }
    const seq = Math.min(message.seq, register.seq);
    const isMuch = seq - holdings.seq > LOOKS_MAX;
    const held = isMuch ? [] : this.#heldWith(peer, seq);
    holdings.reach(seq);
    for (const content of held) news.changed(peer, content);
    if (isMuch) this.#tellHeld(peer);
    for (const content of this.#contentsOf(message.got)) {
      if (holdings.got(content)) news.changed(peer, content);
    }
    for (const content of this.#contentsOf(message.part)) {
      if (holdings.began(content)) news.changed(peer, content);
    }
  }

  /** What `peer` holds when it has spoken of all records up to `seq`, and did not before. */
  #heldWith({ holdings }: LivePeer, seq: number): number[] {
    const held: number[] = [];
    for (const entry of this.#known.register.since(holdings.seq)) {
      const { content } = entry;
      if (entry.seq > seq) break;
      if (content === NO_CONTENT || holdings.lacks(content)) continue;
      if (!holdings.holds(content)) held.push(content);
    }
    return held;
  }

  /** It has just come, and has what there was: news only for those who lack something, and who ask if it is urgent. */
  #tellHeld(peer: LivePeer): void {
    const { contents, news } = this.#known;
    let looks = 0;
    for (const content of contents.lacked) {
      if (++looks > LOOKS_MAX) break;
      if (peer.holdings.holds(content)) news.put(peer, content);
    }
  }

  #ping(link: Link, peer: LivePeer, ping: Heard<"ping">, wall: number): void {
    const { register } = this.#known;
    peer.sent = ping.sent;
    peer.received = ping.received;
    peer.left = ping.left;
    link.answers.push({
      m: "pong",
      echo: ping.time,
      time: wall,
      seq: register.seq,
      digest: register.digest.total(),
      whole: this.whole,
    });
  }

  #want(link: Link, peer: LivePeer, roots: readonly RootHash[]): void {
    const { contents, sources } = this.#known;
    const of = roots.map((root) => {
      const content = contents.numberOf(root);
      return content === undefined
        ? { root, whole: [], part: [] }
        : { root, ...sources.of(content, peer) };
    });
    link.answers.push({ m: "sources", of });
  }

  #bad(peer: LivePeer, { peer: id, why }: Heard<"bad">, moment: Moment): void {
    const { roster } = this.#known;
    const other = roster.get(id);
    if (other === undefined || other === peer) return;
    roster.complain(other, peer.info.id, why, moment);
    const what = why === "corrupt" ? "sent wrong bytes" : "does not answer";
    this.#note(`${peer.info.name} says that ${other.info.name} ${what}`);
  }

  #sync(link: Link, buckets: readonly number[]): void {
    const { register } = this.#known;
    if (buckets.length === 0) {
      const digests = register.digest.buckets();
      link.answers.push({ m: "buckets", digests });
      return;
    }
    const wanted = new Set(buckets);
    // Those of now: a walk through what changes would meet some twice and never end.
    const entries = [...register.entries()].filter(({ record }) =>
      wanted.has(bucketOf(record.path))
    );
    link.walk = entries[Symbol.iterator]();
  }

  /** Those of the contents that a live file has. */
  *#contentsOf(roots: readonly RootHash[]): Iterable<number> {
    for (const root of roots) {
      const content = this.#known.contents.numberOf(root);
      if (content !== undefined) yield content;
    }
  }
}
