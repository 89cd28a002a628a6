/**
 * What services in HTTP have in common that answer from memory: the chat's and the tracker's. What goes wrong becomes an
 * answer, and every answer a line of the log.
 *
 * @module
 */

import { MisuseError, PeerError, type Refusal } from "../../errors.ts";
import type { RequestHead } from "../../http/request_head.ts";
import type { HttpRefusal } from "../../http/status.ts";
import type { Log } from "../../io/log.ts";
import { answerError, toHttpError } from "./error_answer.ts";
import type { HttpHandler, HttpSession } from "./http_session.ts";

export interface PageHandlerOptions {
  readonly log: Log;
  readonly toRefusal: (thrown: unknown) => Refusal;
}

export abstract class PageHandler implements HttpHandler {
  readonly #options: PageHandlerOptions;

  constructor(options: PageHandlerOptions) {
    this.#options = options;
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
