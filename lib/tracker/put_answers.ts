/**
 * What who put records is told when they are stored: numbers, or reasons.
 *
 * @module
 */

import type { TrackerMessage } from "../sync/tracker_messages.ts";
import { NO_CONTENT } from "./contents.ts";
import type { News } from "./news.ts";
import { isTaken, type Outcome } from "./puts.ts";
import type { Sources } from "./sources.ts";

type Rej = Extract<TrackerMessage, { m: "rej" }>;

export class PutAnswers {
  readonly #sources: Sources;
  readonly #news: News;

  constructor(sources: Sources, news: News) {
    this.#sources = sources;
    this.#news = news;
  }

  /** Who puts a version has its content. Of all outcomes of a batch, before any of them is answered. */
  count({ put: { records, from }, results }: Outcome): void {
    if (from === undefined) return;
    results.forEach((result, at) => {
      if (!isTaken(records[at]!, result)) return;
      const { content, putter } = result;
      const { peer } = from;
      if (content === NO_CONTENT || !peer.holdings.got(content)) return;
      if (putter === peer.info.id) this.#news.put(peer, content);
      else this.#news.changed(peer, content);
    });
  }

  answer({ put, results }: Outcome): void {
    const { id, records, from } = put;
    if (from === undefined) return;
    const { link } = from;
    link.putsWaiting--;
    const seqs = results.map((result, at): number => {
      if (isTaken(records[at]!, result)) return result.seq;
      link.answers.push({ m: "rej", id, at, ...this.#refusalOf(result) });
      return 0;
    });
    // Up to which number the peer knows everything is known when it is said (`Outgoing`).
    link.answers.push({ m: "ok", id, seqs, seq: 0 });
  }

  #refusalOf(
    result: Outcome["results"][number],
  ): Pick<Rej, "code" | "text" | "winner"> {
    if (!("record" in result)) return { ...result, winner: undefined };
    const { record, seq } = result;
    const winner = { record, seq, sources: this.#sources.some(result) };
    return { code: "older", text: "There is a newer version", winner };
  }
}
