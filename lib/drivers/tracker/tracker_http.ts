/**
 * The tracker in HTTP: its page, which only shows, and what is shown as JSON (docs/sync.md, "The page, and state.json").
 *
 * @module
 */

import type { RequestHead } from "../../http/request_head.ts";
import { HttpRefusal } from "../../http/status.ts";
import { parseTarget, type Target } from "../../http/target.ts";
import { remember } from "../../sync/remember.ts";
import { viewOf } from "../../tracker/view.ts";
import { checkMethod, checkSite } from "../http/admission.ts";
import { answerText, ownFields } from "../http/answer_text.ts";
import type { HttpSession } from "../http/http_session.ts";
import {
  type OwnPage,
  PageHandler,
  type PageHandlerOptions,
} from "../http/page_handler.ts";
import type { TrackerHub } from "./tracker_hub.ts";

export interface TrackerHttpOptions extends PageHandlerOptions {
  readonly hub: TrackerHub;
  /** Public names under which the page may be used (`http/same_origin.ts`). */
  readonly allowedHosts: readonly string[];
}

const PAGE: OwnPage = {
  async html() {
    const { trackerPage } = await import("../../files/tracker_page.ts");
    return trackerPage();
  },
  async assetAt(path) {
    const { trackerAssetAt } = await import("../../files/tracker_assets.ts");
    return trackerAssetAt(path);
  },
};
const READING = "GET, HEAD";
/** A view is the same for all who ask within this time: making one walks through all paths. */
const VIEW_MS = 1000;
const VIEWS_MAX = 16;
const QUERY_MAX = 200;

export class TrackerHttp extends PageHandler {
  readonly #options: TrackerHttpOptions;
  /** By query. */
  readonly #views = new Map<string, { readonly at: number; json: string }>();

  constructor(options: TrackerHttpOptions) {
    super(options, PAGE);
    this.#options = options;
  }

  protected override async dispatch(
    head: RequestHead,
    session: HttpSession,
  ): Promise<void> {
    const { method } = head;
    checkMethod(method);
    const target = parseTarget(method, head.target);
    if (method === "OPTIONS") {
      return session.respond(204, [["Allow", `${READING}, OPTIONS`]], "none");
    }
    if (!READING.split(", ").includes(method)) {
      throw new HttpRefusal(405, "There is nothing to be changed here", {
        fields: [["Allow", `${READING}, OPTIONS`]],
      });
    }
    if (target === "*") throw new HttpRefusal(404, "There is nothing");
    const { path } = target;
    const page = this.answerPage(path, session);
    if (page !== undefined) return await page;
    if (path !== "/state.json") {
      throw new HttpRefusal(404, "There is no such page");
    }
    // The names of people's files are nothing for pages of other sites.
    checkSite(head, target, this.#options.allowedHosts);
    await answerText(
      this.#view(queryOf(target)),
      ownFields("application/json; charset=utf-8", "no-store"),
      session,
    );
  }

  #view(query: string): string {
    const { hub } = this.#options;
    const { now } = hub.moment;
    const known = this.#views.get(query);
    if (known !== undefined && now - known.at < VIEW_MS) return known.json;
    const json = JSON.stringify(viewOf(hub.tracker, query, hub.moment)) + "\n";
    remember(this.#views, query, { at: now, json }, VIEWS_MAX);
    return json;
  }
}

/** What is looked for: `?q=`. */
function queryOf({ query }: Target): string {
  const words = new URLSearchParams(query ?? "").get("q") ?? "";
  if (words.length > QUERY_MAX) {
    throw new HttpRefusal(400, `At most ${QUERY_MAX} characters can be found`);
  }
  return words;
}
