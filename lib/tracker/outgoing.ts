/**
 * What is said next on a connection, when it can be written: records it has not been told, who came and went, answers,
 * where contents are.
 *
 * An answer with a number (`ok`, `pong`) comes after the records up to that number, once a peer has what it missed: so the
 * last number it heard says how far it knows everything.
 *
 * @module
 */

import { PEERS_MAX, SOURCES_OF_MAX } from "../sync/tracker_line.ts";
import type { TrackerMessage } from "../sync/tracker_messages.ts";
import type { Contents } from "./contents.ts";
import type { Link } from "./link.ts";
import type { LivePeer } from "./live_peer.ts";
import type { Pages } from "./pages.ts";
import type { Register } from "./register.ts";
import type { Sources } from "./sources.ts";

export class Outgoing {
  readonly #register: Register;
  readonly #contents: Contents;
  readonly #sources: Sources;
  readonly #pages: Pages;

  constructor(
    register: Register,
    contents: Contents,
    sources: Sources,
    pages: Pages,
  ) {
    this.#register = register;
    this.#contents = contents;
    this.#sources = sources;
    this.#pages = pages;
  }

  /** The next messages, a page of records at most; none if there is nothing to say. */
  take(link: Link): TrackerMessage[] {
    const { peer } = link;
    const out: TrackerMessage[] = [];
    if (peer === undefined || link.phase === "over") {
      return takeAnswers(link);
    }
    if (link.phase === "snap") {
      // The first of them is the welcome.
      out.push(...takeAnswers(link));
      takePeers(link, out);
      this.#takeSnap(link, out);
      return out;
    }
    takePeers(link, out);
    if (this.#takeChanges(link, peer, out)) return out;
    out.push(...takeAnswers(link));
    this.#takeWalk(link, out);
    this.#takeSources(link, peer, out);
    this.#takeLost(link, out);
    return out;
  }

  /** Whether `take` would give something. */
  hasMore(link: Link): boolean {
    if (link.answers.length > 0) return true;
    if (link.phase === "new" || link.phase === "over") return false;
    return link.phase === "snap" || link.cursor < this.#register.seq ||
      link.came.size > 0 || link.went.size > 0 || link.walk !== undefined ||
      link.news.size > 0 || link.lost.size > 0;
  }

  #takeSnap(link: Link, out: TrackerMessage[]): void {
    const page = this.#pages.snap(link.cursor);
    link.cursor = page.seq;
    out.push(page);
    if (page.m === "snap" && !page.more) link.phase = "live";
  }

  /** @returns whether there is more than fits this time */
  #takeChanges(link: Link, peer: LivePeer, out: TrackerMessage[]): boolean {
    while (link.cursor < this.#register.seq) {
      const page = this.#pages.changes(link.cursor, peer.info.id);
      link.cursor = page.seq;
      // Nothing is in it for who put all of it.
      if (page.records.length === 0) continue;
      out.push(page);
      return link.cursor < this.#register.seq;
    }
    return false;
  }

  #takeWalk(link: Link, out: TrackerMessage[]): void {
    if (link.walk === undefined) return;
    const { records, isLast } = this.#pages.some(link.walk);
    if (isLast) link.walk = undefined;
    if (records.length > 0) out.push({ m: "upd", records, seq: link.cursor });
  }

  #takeSources(link: Link, peer: LivePeer, out: TrackerMessage[]): void {
    if (link.news.size === 0) return;
    const of = [];
    for (const content of link.news) {
      if (of.length === SOURCES_OF_MAX) break;
      link.news.delete(content);
      // It may have got it meanwhile.
      if (peer.holdings.holds(content)) continue;
      const root = this.#contents.rootOf(content);
      of.push({ root, ...this.#sources.of(content, peer) });
    }
    if (of.length > 0) out.push({ m: "sources", of });
  }

  #takeLost(link: Link, out: TrackerMessage[]): void {
    for (const path of link.lost) {
      const root = this.#register.get(path)?.record.root ?? null;
      if (root !== null) out.push({ m: "lost", path, root });
    }
    link.lost.clear();
  }
}

function takeAnswers(link: Link): TrackerMessage[] {
  const { answers, cursor } = link;
  if (answers.length === 0) return answers;
  link.answers = [];
  return answers.map((answer) =>
    answer.m === "ok" ? { ...answer, seq: cursor } : answer
  );
}

function takePeers(link: Link, out: TrackerMessage[]): void {
  while (link.came.size + link.went.size > 0) {
    const add = [...link.came.values()].slice(0, PEERS_MAX);
    const del = [...link.went].slice(0, PEERS_MAX);
    for (const { id } of add) link.came.delete(id);
    for (const id of del) link.went.delete(id);
    out.push({ m: "peers", add, del });
  }
}
