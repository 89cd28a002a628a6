/**
 * Addresses that are the server's own, not the folder's: the files of the page, `/metrics`, `/healthz`.
 *
 * @module
 */

import { Refusal } from "../../errors.ts";
import { ASSETS_PATH } from "../../files/listing_page.ts";
import type { RequestHead } from "../../http/request_head.ts";
import { type Field, HttpRefusal } from "../../http/status.ts";
import type { Target } from "../../http/target.ts";
import { METRICS_TYPE } from "../metrics.ts";
import { answerText } from "./answer_text.ts";
import type { HttpOptions } from "./http_request.ts";
import type { HttpSession } from "./http_session.ts";
import { PAGE_FIELDS } from "./page_fields.ts";

export class ServiceAnswers {
  readonly #options: HttpOptions;

  constructor(options: HttpOptions) {
    this.#options = options;
  }

  /** Answers if `target` is one of them; false if it is not. */
  async answer(
    { method }: RequestHead,
    { path }: Target,
    session: HttpSession,
  ): Promise<boolean> {
    const { metrics } = this.#options;
    const isAsset = path.startsWith(ASSETS_PATH);
    const isMetrics = metrics !== undefined && path === "/metrics";
    const isHealth = metrics !== undefined && path === "/healthz";
    if (!isAsset && !isMetrics && !isHealth) return false;
    if (method !== "GET" && method !== "HEAD") {
      throw new HttpRefusal(405, "That can only be read", {
        fields: [["Allow", "GET, HEAD"]],
      });
    }
    if (isMetrics) {
      await answerText(metrics.text(), this.#fields(METRICS_TYPE), session);
    } else if (isHealth) {
      await answerText("ok\n", this.#fields("text/plain"), session);
    } else await this.#answerAsset(path.slice(ASSETS_PATH.length), session);
    return true;
  }

  /** A file of the page. They are loaded when the first page is asked for. */
  async #answerAsset(name: string, session: HttpSession): Promise<void> {
    const { PAGE_ASSETS } = await import("../../files/page_assets.ts");
    const asset = PAGE_ASSETS.get(name);
    if (asset === undefined) throw new Refusal("not-found");
    // The policy holds for a worker by its own head.
    const fields = [...this.#fields(asset.type), ...PAGE_FIELDS];
    await answerText(asset.text, fields, session);
  }

  #fields(type: string): Field[] {
    return [
      ["Content-Type", type],
      ["X-Content-Type-Options", "nosniff"],
      ["Cache-Control", "no-cache"],
      ...this.#options.fields,
    ];
  }
}
