/**
 * Addresses that are the server's own, not the folder's: the files of the page, `/metrics`, `/healthz`.
 *
 * @module
 */

import { Refusal } from "../../errors.ts";
import { ASSETS_PATH } from "../../files/page_head.ts";
import type { RequestHead } from "../../http/request_head.ts";
import { type Field, HttpRefusal } from "../../http/status.ts";
import type { Target } from "../../http/target.ts";
import { METRICS_TYPE } from "../metrics.ts";
import { answerAsset, answerText, ownFields } from "./answer_text.ts";
import type { HttpOptions } from "./http_request.ts";
import type { HttpSession } from "./http_session.ts";

const METRICS_PATH = "/metrics";
const HEALTH_PATH = "/healthz";

export class ServiceAnswers {
  readonly #options: HttpOptions;

  constructor(options: HttpOptions) {
    this.#options = options;
  }

  /** Whether `target` is one of them. */
  owns({ path }: Target): boolean {
    return path.startsWith(ASSETS_PATH) ||
      (this.#options.metrics !== undefined &&
        (path === METRICS_PATH || path === HEALTH_PATH));
  }

  /** Answers a request for one of them. */
  async answer(
    { method }: RequestHead,
    { path }: Target,
    session: HttpSession,
  ): Promise<void> {
    const { metrics } = this.#options;
    if (method !== "GET" && method !== "HEAD") {
      throw new HttpRefusal(405, "That can only be read", {
        fields: [["Allow", "GET, HEAD"]],
      });
    }
    if (metrics !== undefined && path === METRICS_PATH) {
      await answerText(metrics.text(), this.#fields(METRICS_TYPE), session);
    } else if (path === HEALTH_PATH) {
      await answerText(
        "ok\n",
        this.#fields("text/plain; charset=utf-8"),
        session,
      );
    } else await this.#answerAsset(path.slice(ASSETS_PATH.length), session);
  }

  /** A file of the page. They are loaded when the first page is asked for. */
  async #answerAsset(name: string, session: HttpSession): Promise<void> {
    const { assetAt } = await import("../../files/page_assets.ts");
    const asset = assetAt(name);
    if (asset === undefined) throw new Refusal("not-found");
    await answerAsset(asset, this.#options.fields, session);
  }

  #fields(type: string): readonly Field[] {
    return [...ownFields(type, "no-cache"), ...this.#options.fields];
  }
}
