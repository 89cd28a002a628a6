/**
 * What services in HTTP have in common that answer from memory: the chat's and the tracker's. What goes wrong becomes an
 * answer, and every answer a line of the log.
 *
 * @module
 */

import { MisuseError, PeerError, type Refusal } from "../../errors.ts";
import type { assetAt } from "../../files/page_assets.ts";
import { ASSETS_PATH } from "../../files/page_head.ts";
import type { RequestHead } from "../../http/request_head.ts";
import { HttpRefusal } from "../../http/status.ts";
import type { Log } from "../../io/log.ts";
import { answerAsset, answerText, ownFields } from "./answer_text.ts";
import { answerError, toHttpError } from "./error_answer.ts";
import type { HttpHandler, HttpSession } from "./http_session.ts";
import { PAGE_FIELDS } from "./page_fields.ts";

export interface PageHandlerOptions {
  readonly log: Log;
  readonly toRefusal: (thrown: unknown) => Refusal;
}

/** The page of a service, and what it is made of: loaded when somebody asks for it. */
export interface OwnPage {
  readonly html: () => Promise<string>;
  /** @param path below `ASSETS_PATH` */
  readonly assetAt: (path: string) => Promise<ReturnType<typeof assetAt>>;
}

const PAGE_PATHS: ReadonlySet<string> = new Set(["/", "/index.html"]);

export abstract class PageHandler implements HttpHandler {
  readonly #options: PageHandlerOptions;
  readonly #page: OwnPage;

  constructor(options: PageHandlerOptions, page: OwnPage) {
    this.#options = options;
    this.#page = page;
  }

  /**
   * Answers.
   *
   * @throws {HttpRefusal} or another error that is to be the answer
   */
  protected abstract dispatch(
    head: RequestHead,
    session: HttpSession,
  ): Promise<void>;

  async answer(head: RequestHead, session: HttpSession): Promise<void> {
    const began = session.now;
    try {
      await this.dispatch(head, session);
    } catch (error) {
      if (error instanceof MisuseError || error instanceof PeerError) {
        throw error;
      }
      if (session.hasResponded) session.abort();
      else {
        const said = toHttpError(error, this.#options.toRefusal);
        await answerError(said, head, [], session);
      }
    }
    this.#record(head, session, began);
  }

  async fault(
    refusal: HttpRefusal,
    head: RequestHead | undefined,
    session: HttpSession,
  ): Promise<void> {
    await answerError({ refusal, code: undefined }, head, [], session);
    this.#record(head, session, session.now);
  }

  /** Answers with the page, or with a file of it; `undefined` if `path` is neither. */
  protected answerPage(
    path: string,
    session: HttpSession,
  ): Promise<void> | undefined {
    if (PAGE_PATHS.has(path)) return this.#answerHtml(session);
    if (!path.startsWith(ASSETS_PATH)) return undefined;
    return this.#answerAsset(path.slice(ASSETS_PATH.length), session);
  }

  async #answerHtml(session: HttpSession): Promise<void> {
    await answerText(
      await this.#page.html(),
      [...ownFields("text/html; charset=utf-8", "no-cache"), ...PAGE_FIELDS],
      session,
    );
  }

  async #answerAsset(path: string, session: HttpSession): Promise<void> {
    const asset = await this.#page.assetAt(path);
    if (asset === undefined) {
      throw new HttpRefusal(404, "There is no such file");
    }
    await answerAsset(asset, [], session);
  }

  #record(
    head: RequestHead | undefined,
    session: HttpSession,
    began: number,
  ): void {
    const { log } = this.#options;
    if (!log.wantsRequests) return;
    log.request({
      peer: session.peer,
      // The query has names, keys and what people look for, which are nobody's business.
      request: head === undefined
        ? "-"
        : `${head.method} ${head.target.split("?", 1)} HTTP/1.${head.minor}`,
      status: `${session.status}`,
      bytes: session.bytesSent,
      ms: session.now - began,
      http: {
        status: session.status,
        referer: head?.fields.get("referer"),
        agent: head?.fields.get("user-agent"),
      },
    });
  }
}
