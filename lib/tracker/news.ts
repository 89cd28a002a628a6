/**
 * When to tell those who lack a content that others have it by now: each time while few do, then each time the number has
 * doubled. In a swarm of hundreds everybody would otherwise be told of everybody.
 *
 * @module
 */

import { SOURCES_MAX } from "../sync/tracker_line.ts";
import type { Contents } from "./contents.ts";
import type { Link } from "./link.ts";
import type { LivePeer } from "./live_peer.ts";
import type { Roster } from "./roster.ts";
import type { Sources } from "./sources.ts";

/** So many contents are looked at in one go: who comes in a herd of hundreds waits for the next one. */
const AT_ONCE_MAX = 500;

export class News {
  readonly #roster: Roster;
  readonly #contents: Contents;
  readonly #sources: Sources;
  /** To be told, but to the one whose news it is; of several, to all. */
  readonly #due = new Map<number, LivePeer | undefined>();
  /** Got other holders since its record was told; who says only now that it lacks it has to hear of them. */
  readonly #recent = new Set<number>();
  /** By content: how many sources there were when they were told last. */
  readonly #told = new Map<number, number>();

  constructor(roster: Roster, contents: Contents, sources: Sources) {
    this.#roster = roster;
    this.#contents = contents;
    this.#sources = sources;
  }

  /** Whether somebody has to be told of something. */
  get isDue(): boolean {
    return this.#due.size > 0;
  }

  /** `peer` has `content` now, or some of it. */
  changed(peer: LivePeer, content: number): void {
    this.#recent.add(content);
    this.put(peer, content);
  }

  /** `peer` has it, and is told with the record; who lacked it before that has to hear of it, too. */
  put(peer: LivePeer, content: number): void {
    if (this.#contents.lackersOf(content) === 0) return;
    const isOfOne = !this.#due.has(content) || this.#due.get(content) === peer;
    this.#due.set(content, isOfOne ? peer : undefined);
  }

  /** `peer` says that it lacks `content`. */
  lacks(peer: LivePeer, content: number): void {
    if (this.#recent.has(content)) peer.link?.news.add(content);
  }

  /** Puts down what is to be told. @returns to whom */
  tell(): Set<Link> {
    const links = new Set<Link>();
    let told = 0;
    for (const [content, by] of this.#due) {
      if (++told > AT_ONCE_MAX) break;
      this.#due.delete(content);
      if (!this.#isWorthTelling(content)) continue;
      for (const peer of this.#roster.peers) {
        const { link, holdings } = peer;
        if (peer === by || link === undefined || !holdings.lacks(content)) {
          continue;
        }
        link.news.add(content);
        links.add(link);
      }
    }
    return links;
  }

  /** Everybody has everything: who comes now is told all sources with the records. */
  calm(): void {
    this.#recent.clear();
    this.#told.clear();
  }

  /** The number means nothing any more. */
  forget(content: number): void {
    this.#due.delete(content);
    this.#recent.delete(content);
    this.#told.delete(content);
    for (const { link } of this.#roster.peers) link?.news.delete(content);
  }

  #isWorthTelling(content: number): boolean {
    const count = this.#sources.count(content);
    const told = this.#told.get(content) ?? 0;
    if (count > SOURCES_MAX && count < 2 * told && 2 * count > told) {
      return false;
    }
    this.#told.set(content, count);
    return true;
  }
}
