/**
 * The tracker, without any I/O: what peers say and the time come in, what is to be stored and to be said comes out. It
 * keeps the newest record of every path and who has which content; contents never come here.
 *
 * A turn: `hear` for all that has arrived; `begin`, the store, `stored`, as long as `isStoring` says so; `settle`; then
 * `take` for each connection in `due`. This file goes with docs/sync.md, "Peer and tracker".
 *
 * @module
 */

import type { HeardMessage } from "../sync/peer_line.ts";
import { PEERS_MAX } from "../sync/tracker_line.ts";
import {
  SYNC_PROTOCOL,
  type TrackerMessage,
} from "../sync/tracker_messages.ts";
import { Contents } from "./contents.ts";
import { Link } from "./link.ts";
import type { LivePeer } from "./live_peer.ts";
import { LostContents } from "./lost_contents.ts";
import { News } from "./news.ts";
import { Outgoing } from "./outgoing.ts";
import { Pages } from "./pages.ts";
import { PutAnswers } from "./put_answers.ts";
import { type Kept, type Offer, Puts } from "./puts.ts";
import { Register } from "./register.ts";
import { foreign, type No, no } from "./refusals.ts";
import {
  type Hello,
  type LivenessLimits,
  type Moment,
  Roster,
} from "./roster.ts";
import { Requests } from "./requests.ts";
import { Sources } from "./sources.ts";
import { Waits } from "./waits.ts";

export interface TrackerLimits extends LivenessLimits {
  /** Paths, deleted ones too. */
  readonly recordsMax: number;
}

/** What was kept from an earlier run. */
export interface TrackerState {
  readonly epoch: string;
  /** The set of folders; `undefined` before the first peer came. */
  readonly folder: string | undefined;
  readonly seq: number;
  /** In the order of their numbers. */
  readonly kept: Iterable<Kept>;
}

/** Whom the tracker tells what is not said to peers. */
export interface TrackerOutside {
  /** Something for the log. */
  note(text: string): void;
  /** It is the tracker of this set of folders from now on. */
  folderChosen(folder: string): void;
  /** The state is older than what peers know: the numbers begin anew, as another epoch. */
  renewed(epoch: string): void;
  /** Letters and digits that nobody can guess. */
  newToken(): string;
}

/** From the connection to `hello`, in milliseconds. */
export const HELLO_MS_MAX = 10_000;

export class Tracker {
  readonly register: Register;
  readonly contents: Contents;
  readonly roster: Roster;
  readonly lostContents: LostContents;
  /** Connections that there may be something to say on. */
  readonly due = new Set<Link>();
  readonly #limits: TrackerLimits;
  readonly #outside: TrackerOutside;
  readonly #links = new Set<Link>();
  readonly #puts: Puts;
  readonly #sources: Sources;
  readonly #pages: Pages;
  readonly #outgoing: Outgoing;
  readonly #waits: Waits;
  readonly #news: News;
  readonly #requests: Requests;
  readonly #putAnswers: PutAnswers;
  #epoch: string;
  #folder: string | undefined;
  #lookedAt = 0;

  constructor(
    state: TrackerState,
    limits: TrackerLimits,
    outside: TrackerOutside,
  ) {
    this.#limits = limits;
    this.#outside = outside;
    this.contents = new Contents((content) => this.#forget(content));
    this.register = new Register(this.contents);
    this.roster = new Roster(limits, this.contents);
    this.#puts = new Puts(this.register, limits);
    this.#sources = new Sources(this.roster);
    this.#pages = new Pages(this.register, this.#sources);
    this.#outgoing = new Outgoing(
      this.register,
      this.contents,
      this.#sources,
      this.#pages,
    );
    this.#waits = new Waits(this.roster);
    this.#news = new News(this.roster, this.contents, this.#sources);
    this.#requests = new Requests({
      register: this.register,
      contents: this.contents,
      roster: this.roster,
      sources: this.#sources,
      news: this.#news,
      waits: this.#waits,
    }, (text) => outside.note(text));
    this.#putAnswers = new PutAnswers(this.#sources, this.#news);
    this.lostContents = new LostContents(this.register, this.roster, {
      confirmMs: limits.beatMs,
      reassertMs: 2 * limits.ttlMs,
    });
    this.#epoch = state.epoch;
    this.#folder = state.folder;
    for (const { record, seq } of state.kept) {
      this.register.set(record, seq, undefined);
    }
    this.register.startAt(state.seq);
  }

  get epoch(): string {
    return this.#epoch;
  }

  get folder(): string | undefined {
    return this.#folder;
  }

  /** Every peer that is there has everything up to this number. */
  get whole(): number {
    return this.#requests.whole;
  }

  /** A connection from the machine `remote`. */
  connect(remote: string, { now }: Moment): Link {
    const link = new Link(remote, now);
    this.#links.add(link);
    return link;
  }

  /** What was said on it; a sentence where that was nothing. */
  hear(link: Link, message: HeardMessage | string, moment: Moment): void {
    if (link.phase === "over") return;
    if (typeof message === "string") {
      return this.#refuse(link, no("bad-request", message));
    }
    const { peer } = link;
    if (message.m === "hello") {
      if (peer === undefined) return this.#hello(link, message, moment);
      return this.#refuse(link, no("bad-request", "Hello was said already"));
    }
    if (peer === undefined) {
      const text = 'The first message is {"m":"hello",...}';
      return this.#refuse(link, no("bad-request", text));
    }
    this.roster.heard(peer, moment);
    this.due.add(link);
    if (message.m === "put") {
      const { id, records } = message;
      link.putsWaiting++;
      return this.#puts.add({ id, records, from: { peer, link } });
    }
    if (message.m === "bye") {
      this.#outside.note(`${peer.info.name} leaves`);
      this.#remove(peer);
      return this.#end(link);
    }
    const refusal = this.#requests.hear(link, peer, message, moment);
    if (refusal !== undefined) this.#refuse(link, refusal);
  }

  /** It is gone. */
  closed(link: Link, moment: Moment): void {
    if (!this.#links.delete(link)) return;
    link.phase = "over";
    this.due.delete(link);
    this.#waits.drop(link);
    if (link.peer?.link !== link) return;
    this.roster.lost(link.peer, moment);
    this.#pages.clear();
  }

  /** Whether there is something for the store. */
  get isStoring(): boolean {
    return this.#puts.isDue;
  }

  /** What is to be stored now. */
  begin({ wall }: Moment): Offer[] {
    return this.#puts.begin(wall);
  }

  /** It is stored. @param results see `Puts.stored` */
  stored(results: readonly (number | Kept)[]): void {
    const before = this.register.seq;
    const outcomes = this.#puts.stored(results);
    for (const outcome of outcomes) this.#putAnswers.count(outcome);
    for (const outcome of outcomes) {
      this.#putAnswers.answer(outcome);
      if (outcome.put.from !== undefined) this.due.add(outcome.put.from.link);
    }
    if (this.register.seq > before) this.#changed();
  }

  /** Another tracker has put this into the store that both use. */
  learn(kept: Kept): void {
    if (this.#puts.learn(kept)) this.#changed();
  }

  /** Everybody had their say: who waited for everything to be everywhere is told. */
  settle(): void {
    // Who made something of what was told (a conflict copy) puts that before it says that it has all: it counts, too.
    if (this.#puts.isOpen) return;
    for (const { link, id } of this.#waits.takeOver()) {
      this.#say(link, { m: "waited", id });
    }
  }

  /** Whether those who lack contents have to be told of others who have them. */
  get hasNews(): boolean {
    return this.#news.isDue;
  }

  /** Tells them. */
  tellNews(): void {
    if (!this.#news.isDue) return;
    this.#pages.clear();
    for (const link of this.#news.tell()) this.due.add(link);
  }

  /** Time has passed; called every second or so. */
  tick(moment: Moment): void {
    const { now } = moment;
    for (const link of this.#links) {
      if (link.phase === "new" && now - link.openedAt > HELLO_MS_MAX) {
        const text = `Nothing was said for ${HELLO_MS_MAX / 1000} s`;
        this.#refuse(link, no("bad-request", text));
      }
      // Where we do not listen, nobody is silent.
      if (link.isFull && link.peer !== undefined) link.peer.heardAt = now;
    }
    for (const peer of this.roster.expire(moment)) {
      this.#outside.note(`${peer.info.name} is gone: nothing is heard of it`);
      this.#remove(peer);
    }
    if (now - this.#lookedAt < this.#limits.beatMs) return;
    this.#lookedAt = now;
    this.#look(now);
  }

  /** What is to be said next on `link`; nothing if there is nothing. It is `over` when the last was taken. */
  take(link: Link): TrackerMessage[] {
    const messages = this.#outgoing.take(link);
    if (!this.#outgoing.hasMore(link)) this.due.delete(link);
    return messages;
  }

  #hello(link: Link, hello: Hello, moment: Moment): void {
    if (
      this.#folder !== undefined && hello.folder !== undefined &&
      hello.folder !== this.#folder
    ) return this.#refuse(link, foreign(hello.folder, this.#folder));
    const before = this.roster.get(hello.peer);
    const peer = this.roster.admit(hello, link, moment);
    if ("m" in peer) return this.#refuse(link, peer);
    if (before?.link !== undefined) this.#end(before.link);
    if (this.#folder === undefined) {
      this.#folder = hello.folder ?? this.#outside.newToken();
      this.#outside.folderChosen(this.#folder);
    }
    if (hello.epoch === this.#epoch && hello.seq > this.register.seq) {
      this.#renew();
    }
    link.peer = peer;
    this.#welcome(link, peer, hello, moment);
    for (const other of this.#links) {
      if (other === link || other.peer === undefined) continue;
      other.came.set(peer.info.id, peer.info);
      other.went.delete(peer.info.id);
      this.due.add(other);
    }
    this.#outside.note(
      `${peer.info.name} (${peer.info.id}) comes from ${link.remote}`,
    );
  }

  #welcome(link: Link, peer: LivePeer, hello: Hello, { wall }: Moment): void {
    const others = this.roster.peers.filter((other) => other !== peer)
      .map(({ info }) => info);
    for (const info of others.slice(PEERS_MAX)) link.came.set(info.id, info);
    link.phase = "snap";
    link.cursor = hello.epoch === this.#epoch ? hello.seq : 0;
    this.#say(link, {
      m: "welcome",
      proto: SYNC_PROTOCOL,
      folder: this.#folder!,
      epoch: this.#epoch,
      seq: this.register.seq,
      time: wall,
      beatMs: this.#limits.beatMs,
      ttlMs: this.#limits.ttlMs,
      peers: others.slice(0, PEERS_MAX),
    });
    const isNew = hello.epoch !== undefined && hello.epoch !== this.#epoch;
    if (isNew) this.#say(link, { m: "own" });
  }

  /** There are new records. */
  #changed(): void {
    this.#pages.clear();
    for (const link of this.#links) {
      if (link.phase === "live" || link.phase === "snap") this.due.add(link);
    }
  }

  #look(now: number): void {
    if (this.whole === this.register.seq) this.#news.calm();
    const { tell, tombstones } = this.lostContents.look(now);
    for (const { record } of tell) {
      this.#outside.note(`Nobody has the content of ${record.path} any more`);
      for (const link of this.#links) {
        if (link.phase !== "live") continue;
        link.lost.add(record.path);
        this.due.add(link);
      }
    }
    if (tombstones.length === 0) return;
    this.#puts.add({ id: 0, records: tombstones, from: undefined });
  }

  /** Nobody counts on `peer` any more. */
  #remove(peer: LivePeer): void {
    const { id } = peer.info;
    this.roster.remove(peer);
    this.#pages.clear();
    for (const link of this.#links) {
      if (link.peer === peer || link.phase === "new") continue;
      link.came.delete(id);
      link.went.add(id);
      this.due.add(link);
    }
    if (peer.link !== undefined) this.#end(peer.link);
  }

  /** What peers know and this does not, the numbers of others must not be mistaken for. */
  #renew(): void {
    this.#outside.note(
      "Peers know more than what was kept: numbers begin anew",
    );
    this.#epoch = this.#outside.newToken();
    this.#outside.renewed(this.#epoch);
    for (const link of this.#links) {
      if (link.phase !== "new") this.#end(link);
    }
  }

  #refuse(link: Link, refusal: No): void {
    if (link.phase === "over") return;
    const who = link.peer?.info.name ?? link.remote;
    this.#outside.note(`${who} is refused: ${refusal.text}`);
    link.answers.push(refusal);
    this.#end(link);
  }

  /** What waits is said, then it ends. */
  #end(link: Link): void {
    link.phase = "over";
    this.#waits.drop(link);
    this.due.add(link);
  }

  #say(link: Link, message: TrackerMessage): void {
    link.answers.push(message);
    this.due.add(link);
  }

  #forget(content: number): void {
    this.roster.forget(content);
    this.#news.forget(content);
  }
}
