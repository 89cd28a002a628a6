/**
 * Forms with files (POST of `multipart/form-data`): each file is stored whole or not at all, on its own. What cannot be
 * stored does not keep the others away; the answer says which is which.
 *
 * @module
 */

import { toBytes } from "../../bytes/ascii.ts";
import { FAULTS } from "../../errors.ts";
import { prefersHtml } from "../../http/accept.ts";
import { isFormData } from "../../http/form_part.ts";
import { type Field, HttpRefusal } from "../../http/status.ts";
import { pathOfPlace } from "../../http/target.ts";
import { visible } from "../../names/escape.ts";
import { pathOfFile, uploadRules } from "./change_rules.ts";
import { FormIntake, type RefusedFile } from "./form_intake.ts";
import type { HttpOptions, HttpRequest } from "./http_request.ts";
import type { HttpSession } from "./http_session.ts";

export class FormAnswers {
  readonly #options: HttpOptions;

  constructor(options: HttpOptions) {
    this.#options = options;
  }

  /** Stores the files of the form in the folder that is asked for. */
  async answer(request: HttpRequest, session: HttpSession): Promise<void> {
    const { head, place } = request;
    const rules = uploadRules(this.#options);
    const type = head.fields.get("content-type");
    if (type === undefined || !isFormData(type)) {
      throw new HttpRefusal(
        415,
        "Files are sent here as multipart/form-data, by PUT, or by tus",
      );
    }
    const intake = new FormIntake(this.#options, place.name, rules);
    await intake.take(type, session);
    const [first] = intake.refused;
    const paths = intake.stored.map(pathOfFile);
    if (first !== undefined) {
      const { status } = FAULTS[first.refusal.code];
      throw new HttpRefusal(status, outcomeText(intake.refused, paths));
    }
    if (paths.length === 0) throw new HttpRefusal(400, "The form has no file");
    if (prefersHtml(head.fields.get("accept"))) {
      // RFC 9110 15.4.4: the browser shows the folder, and a reload sends nothing again.
      const folder = pathOfPlace({ name: place.name, isFolder: true });
      return session.respond(303, [
        ["Location", folder],
        ...this.#options.fields,
      ], 0);
    }
    const location: Field[] = paths.length === 1
      ? [["Location", paths[0]!]]
      : [];
    const lines = toBytes(paths.map((path) => path + "\n").join(""));
    session.respond(201, [
      ...location,
      ["Content-Type", "text/plain; charset=utf-8"],
      ["X-Content-Type-Options", "nosniff"],
      ...this.#options.fields,
    ], lines.length);
    await session.send(lines);
  }
}

/** A sentence has room for so many files, and of a name for so much. */
const TOLD_FILES_MAX = 20;
const TOLD_NAME_LENGTH_MAX = 200;

/** What became of the files of a form of which not all were stored. */
function outcomeText(
  refused: readonly RefusedFile[],
  paths: readonly string[],
): string {
  const text = "Not stored: " + enumeration(refused.map(toldRefusal));
  return paths.length === 0 ? text : `${text}; stored: ${enumeration(paths)}`;
}

function toldRefusal({ fileName, refusal }: RefusedFile): string {
  const name = fileName === undefined
    ? "the rest of the form"
    : visible(fileName.slice(0, TOLD_NAME_LENGTH_MAX));
  return `${name} (${refusal.message})`;
}

function enumeration(members: readonly string[]): string {
  const rest = members.length - TOLD_FILES_MAX;
  return members.slice(0, TOLD_FILES_MAX).join(", ") +
    (rest > 0 ? ` and ${rest} more` : "");
}
