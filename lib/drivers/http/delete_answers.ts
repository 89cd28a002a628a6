/**
 * DELETE (RFC 9110 9.3.5): removes a file, or an empty folder.
 *
 * @module
 */

import { Refusal } from "../../errors.ts";
import type { Validators } from "../../http/conditional.ts";
import {
  checkConditions,
  fileNow,
  notApplicable,
  validatorsOf,
} from "./change_rules.ts";
import type { HttpOptions, HttpRequest } from "./http_request.ts";
import type { HttpSession } from "./http_session.ts";

/** A folder has no version: only `If-Match: *` holds for it (a weak tag never matches there, RFC 9110 13.1.1). */
const FOLDER: Validators = { etag: 'W/"folder"', mtimeMs: 0 };

export class DeleteAnswers {
  readonly #options: HttpOptions;

  constructor(options: HttpOptions) {
    this.#options = options;
  }

  /** Removes what is asked for. */
  answer(request: HttpRequest, session: HttpSession): void {
    const { directory, mayDelete, clock, fields } = this.#options;
    const { name, isFolder } = request.place;
    if (!mayDelete) {
      throw new Refusal("not-allowed", "Nothing may be deleted here");
    }
    if (name === "") {
      throw notApplicable(this.#options, "root", "The root stays");
    }
    const isFile = directory.kindOf(name) === "file";
    // security.md P9: a file has no slash at its end.
    if (isFile && isFolder) throw new Refusal("not-found");
    const info = isFile ? fileNow(directory, name) : undefined;
    const validators = info === undefined ? FOLDER : validatorsOf(info);
    checkConditions(request, validators, clock.wallTime());
    directory.remove(name);
    session.respond(204, fields, "none");
  }
}
