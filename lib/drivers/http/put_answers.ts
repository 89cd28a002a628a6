/**
 * PUT (RFC 9110 9.3.4): a file, whole, or nothing at all.
 *
 * @module
 */

import { toBytes } from "../../bytes/ascii.ts";
import { type Field, HttpRefusal } from "../../http/status.ts";
import type { FileInfo } from "../../io/directory.ts";
import type { Name } from "../../names/name.ts";
import {
  checkConditions,
  checkMayStore,
  checkSize,
  fileNow,
  kindNow,
  notApplicable,
  pathOfFile,
  uploadRules,
  validatorsOf,
} from "./change_rules.ts";
import { etagOf } from "./file_labels.ts";
import type { HttpOptions, HttpRequest } from "./http_request.ts";
import type { HttpSession } from "./http_session.ts";

export class PutAnswers {
  readonly #options: HttpOptions;

  constructor(options: HttpOptions) {
    this.#options = options;
  }

  /** Stores the body under the name that is asked for. */
  async answer(request: HttpRequest, session: HttpSession): Promise<void> {
    const { directory, newToken } = this.#options;
    const { head, place } = request;
    const rules = uploadRules(this.#options);
    const { name } = place;
    if (
      name === "" || place.isFolder || kindNow(directory, name) === "folder"
    ) {
      const at = name === "" ? "root" : "folder";
      throw notApplicable(this.#options, at, "A folder cannot be put");
    }
    if (head.fields.has("content-range")) {
      // RFC 9110 14.5: who asks for a part to be replaced must not find the file replaced by the part.
      throw new HttpRefusal(
        400,
        "A part of a file cannot be put; uploads are resumed by tus",
      );
    }
    if (head.body.kind === "none") {
      throw new HttpRefusal(
        411,
        "The request does not say how long the file is",
      );
    }
    if (head.body.kind === "counted") checkSize(head.body.bytes, rules);
    checkMayStore(directory, name, rules.onConflict);
    this.#check(request, name);
    // RFC 9110 13.1.2: nothing is overwritten, whoever takes the name at whatever moment.
    const onConflict = head.fields.get("if-none-match") === "*"
      ? "refuse"
      : rules.onConflict;
    const incoming = directory.receive(name, newToken());
    let stored: Name;
    let before: FileInfo | undefined;
    try {
      for await (const bytes of session.body()) {
        checkSize(incoming.length + bytes.length, rules);
        incoming.append(bytes);
      }
      stored = await incoming.finish(name, onConflict, undefined, () => {
        // The file may have changed while the body came, and while it was put on the disk: no update is lost.
        before = this.#check(request, name);
      });
    } catch (error) {
      incoming.discard();
      throw error;
    }
    await this.#answerStored(
      stored,
      before !== undefined && stored === name,
      session,
    );
  }

  /** Refuses the request if its conditions do not hold now; gives what is there. */
  #check(request: HttpRequest, name: Name): FileInfo | undefined {
    const { directory, clock } = this.#options;
    const info = fileNow(directory, name);
    checkConditions(request, info && validatorsOf(info), clock.wallTime());
    return info;
  }

  async #answerStored(
    stored: Name,
    hasReplaced: boolean,
    session: HttpSession,
  ): Promise<void> {
    const { directory, fields } = this.#options;
    const info = fileNow(directory, stored);
    const etag: Field[] = info === undefined ? [] : [["ETag", etagOf(info)]];
    if (hasReplaced) return session.respond(204, [...etag, ...fields], "none");
    const path = pathOfFile(stored);
    // One line for a person at a terminal: by `rename` it is another name than the one asked for.
    const line = toBytes(path + "\n");
    session.respond(201, [
      ["Location", path],
      ["Content-Type", "text/plain; charset=utf-8"],
      ["X-Content-Type-Options", "nosniff"],
      ...etag,
      ...fields,
    ], line.length);
    await session.send(line);
  }
}
