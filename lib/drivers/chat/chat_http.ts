/**
 * The chat in HTTP: its page, the stream of events, and what is said by POST (docs/chat.md, "In a browser").
 *
 * @module
 */

import type { RequestHead } from "../../http/request_head.ts";
import { HttpRefusal } from "../../http/status.ts";
import { parseTarget, type Target } from "../../http/target.ts";
import { checkMethod, checkSite } from "../http/admission.ts";
import { answerText, ownFields } from "../http/answer_text.ts";
import type { HttpSession } from "../http/http_session.ts";
import {
  type OwnPage,
  PageHandler,
  type PageHandlerOptions,
} from "../http/page_handler.ts";
import type { ChatRoom } from "./chat_room.ts";
import type { ChatLimits } from "./chat_session.ts";
import { ChatVisitors } from "./chat_visitors.ts";

export interface ChatHttpOptions extends PageHandlerOptions {
  readonly shared: ChatRoom;
  readonly limits: ChatLimits;
  /** Public names under which the page may be used (`http/same_origin.ts`). */
  readonly allowedHosts: readonly string[];
}

const PAGE: OwnPage = {
  async html() {
    const { chatPage } = await import("../../files/chat_page.ts");
    return chatPage();
  },
  async assetAt(path) {
    const { chatAssetAt } = await import("../../files/chat_assets.ts");
    return chatAssetAt(path);
  },
};
const METHODS_OF: ReadonlyMap<string, string> = new Map([
  ["/chat/send", "POST"],
]);
const READING = "GET, HEAD";

export class ChatHttp extends PageHandler {
  readonly #options: ChatHttpOptions;
  readonly #visitors: ChatVisitors;

  constructor(options: ChatHttpOptions) {
    super(options, PAGE);
    this.#options = options;
    this.#visitors = new ChatVisitors(options.shared, options.limits);
  }

  protected override async dispatch(
    head: RequestHead,
    session: HttpSession,
  ): Promise<void> {
    const { method } = head;
    checkMethod(method);
    const target = parseTarget(method, head.target);
    const path = target === "*" ? "*" : target.path;
    const allowed = METHODS_OF.get(path) ?? READING;
    if (method === "OPTIONS") {
      return session.respond(204, [["Allow", `${allowed}, OPTIONS`]], "none");
    }
    if (!allowed.split(", ").includes(method)) {
      throw new HttpRefusal(405, "That method does not apply here", {
        fields: [["Allow", `${allowed}, OPTIONS`]],
      });
    }
    if (target === "*") throw new HttpRefusal(404, "There is nothing");
    const page = this.answerPage(path, session);
    if (page !== undefined) return await page;
    switch (path) {
      case "/chat/names": {
        this.#checkSite(head, target);
        const { names } = this.#options.shared.room;
        const text = names.map((name) => name + "\n").join("");
        return await answerText(
          text,
          ownFields("text/plain; charset=utf-8", "no-cache"),
          session,
        );
      }
      case "/chat/events":
        this.#checkSite(head, target);
        return await this.#visitors.events(query(target), head, session);
      case "/chat/send":
        this.#checkSite(head, target);
        return await this.#visitors.send(query(target), session);
      default:
        throw new HttpRefusal(404, "There is no such page");
    }
  }

  /** A page of another site neither talks in anybody's name nor listens. */
  #checkSite(head: RequestHead, target: Target): void {
    checkSite(head, target, this.#options.allowedHosts);
  }
}

function query({ query }: Target): URLSearchParams {
  return new URLSearchParams(query ?? "");
}
