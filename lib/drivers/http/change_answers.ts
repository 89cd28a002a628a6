/**
 * What changes the folder: PUT, DELETE, forms, and resumable uploads (tus 1.0). No page of another site comes as far as
 * here (`http_service.ts`).
 *
 * @module
 */

import type { RequestHead } from "../../http/request_head.ts";
import { HttpRefusal } from "../../http/status.ts";
import { pathOfPlace } from "../../http/target.ts";
import { kindNow, notApplicable, uploadRules } from "./change_rules.ts";
import { DeleteAnswers } from "./delete_answers.ts";
import { FormAnswers } from "./form_answers.ts";
import type { HttpOptions, HttpRequest } from "./http_request.ts";
import type { HttpSession } from "./http_session.ts";
import { PutAnswers } from "./put_answers.ts";
import { TusAnswers } from "./tus_answers.ts";
import { type TusPlace, tusPlaceOf } from "./tus_place.ts";

export class ChangeAnswers {
  readonly #options: HttpOptions;
  readonly #puts: PutAnswers;
  readonly #deletes: DeleteAnswers;
  readonly #forms: FormAnswers;
  readonly #tus: TusAnswers;

  constructor(options: HttpOptions) {
    this.#options = options;
    this.#puts = new PutAnswers(options);
    this.#deletes = new DeleteAnswers(options);
    this.#forms = new FormAnswers(options);
    this.#tus = new TusAnswers(options);
  }

  /** Whether `request` is about an upload under way, which is no file: then every method is answered here. */
  isUpload(request: HttpRequest): boolean {
    return this.#uploadOf(request) !== undefined;
  }

  /** Answers a request by POST, PUT, PATCH or DELETE, and any for which `isUpload`. */
  async answer(request: HttpRequest, session: HttpSession): Promise<void> {
    checkCoding(request.head);
    const upload = this.#uploadOf(request);
    if (upload !== undefined) {
      return await this.#tus.answer(upload, request, session);
    }
    switch (request.head.method) {
      case "PUT":
        return await this.#puts.answer(request, session);
      case "DELETE":
        return this.#deletes.answer(request, session);
      case "POST":
        return await this.#post(request, session);
      default:
        uploadRules(this.#options);
        throw this.#notHere(request, "Only an upload under way is patched");
    }
  }

  async #post(request: HttpRequest, session: HttpSession): Promise<void> {
    uploadRules(this.#options);
    const { place: { name, isFolder }, head } = request;
    if (!isFolder) {
      if (kindNow(this.#options.directory, name) !== "folder") {
        throw this.#notHere(request, "Only folders take what is posted");
      }
      const path = pathOfPlace({ name, isFolder: true });
      throw new HttpRefusal(308, "That is a folder", {
        fields: [["Location", path]],
      });
    }
    return head.fields.has("tus-resumable")
      ? await this.#tus.create(request, session)
      : await this.#forms.answer(request, session);
  }

  #uploadOf({ place }: HttpRequest): TusPlace | undefined {
    return this.#options.uploads === undefined ? undefined : tusPlaceOf(place);
  }

  #notHere({ place }: HttpRequest, text: string): HttpRefusal {
    const at = place.name === "" ? "root" : place.isFolder ? "folder" : "file";
    return notApplicable(this.#options, at, text);
  }
}

/** RFC 9110 8.4, 15.5.16: stored as it comes, what is compressed for its way would be another file. */
function checkCoding({ fields }: RequestHead): void {
  const coding = fields.get("content-encoding")?.toLowerCase() ?? "identity";
  if (coding === "identity") return;
  throw new HttpRefusal(415, "Files are taken as they are, without a coding");
}
