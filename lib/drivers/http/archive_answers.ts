/**
 * A folder as one tar or zip, sent as it is read.
 *
 * @module
 */

import { HttpRefusal } from "../../http/status.ts";
import type { Name } from "../../names/name.ts";
import type { HttpOptions } from "./http_request.ts";
import type { HttpSession } from "./http_session.ts";

export class ArchiveAnswers {
  readonly #options: HttpOptions;

  constructor(options: HttpOptions) {
    this.#options = options;
  }

  /** Answers with all files in and below the folder `name`. */
  // deno-lint-ignore require-await -- filled in by the next commit
  async answer(
    _form: "tar" | "zip",
    _name: Name | "",
    _session: HttpSession,
  ): Promise<void> {
    if (!this.#options.archives) {
      throw new HttpRefusal(403, "Folders are not sent as archives here");
    }
    throw new HttpRefusal(501, "Archives are not made yet");
  }
}
