/**
 * What changes the folder: PUT, DELETE, forms, and resumable uploads (tus 1.0).
 *
 * @module
 */

import { HttpRefusal } from "../../http/status.ts";
import type { HttpOptions, HttpRequest } from "./http_request.ts";
import type { HttpSession } from "./http_session.ts";

export class ChangeAnswers {
  readonly #options: HttpOptions;

  constructor(options: HttpOptions) {
    this.#options = options;
  }

  /** Whether `request` is about an upload under way, which is no file: then every method is answered here. */
  isUpload(_request: HttpRequest): boolean {
    return false;
  }

  /** Answers a request by POST, PUT, PATCH or DELETE, and any for which `isUpload`. */
  // deno-lint-ignore require-await -- filled in by the next commit
  async answer(_request: HttpRequest, _session: HttpSession): Promise<void> {
    if (this.#options.uploads === undefined) {
      throw new HttpRefusal(403, "Uploads are not allowed here");
    }
    throw new HttpRefusal(501, "Uploads are not made yet");
  }
}
