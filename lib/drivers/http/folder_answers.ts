/**
 * Folders by GET and HEAD: their index, a page that lists them, or the same for scripts.
 *
 * @module
 */

import { Refusal } from "../../errors.ts";
import { listingJson, listingText } from "../../files/listing_json.ts";
import { listingPage } from "../../files/listing_page.ts";
import { listingForm } from "../../http/accept.ts";
import { kindOfMedia } from "../../http/media_types.ts";
import { type Field, HttpRefusal } from "../../http/status.ts";
import { pathOfPlace } from "../../http/target.ts";
import type { FolderEntry } from "../../io/directory.ts";
import { type Name, toName } from "../../names/name.ts";
import { answerList, closing, readFully } from "../read_answers.ts";
import { parseSort } from "../../../web/order.js";
import { answerText } from "./answer_text.ts";
import { ArchiveAnswers } from "./archive_answers.ts";
import { ChunkSink } from "./chunk_sink.ts";
import type { FileAnswers } from "./file_answers.ts";
import type { HttpOptions, HttpRequest } from "./http_request.ts";
import type { HttpSession } from "./http_session.ts";
import { PAGE_FIELDS } from "./page_fields.ts";

/** What asks for something else than the page, behind the `?`. */
const FORMS = ["json", "simple", "list", "tar", "zip"] as const;
type Form = typeof FORMS[number];

/** As long as an address that we take (`http/server_connection.ts`, REQUEST_LINE_BYTES_MAX). */
const LOCATION_BYTES_MAX = 8 * 1024;

/** As much of a README is shown. */
const README_BYTES_MAX = 64 * 1024;
const README = /^readme(?:\.(?:md|markdown|txt))?$/i;

export class FolderAnswers {
  readonly #options: HttpOptions;
  readonly #files: FileAnswers;
  readonly #archives: ArchiveAnswers;

  constructor(options: HttpOptions, files: FileAnswers) {
    this.#options = options;
    this.#files = files;
    this.#archives = new ArchiveAnswers(options);
  }

  /**
   * Answers with the folder `name`.
   *
   * @throws {Refusal} `not-found`
   */
  async answer(
    name: Name | "",
    request: HttpRequest,
    session: HttpSession,
  ): Promise<void> {
    const form = formOf(request);
    if (form === undefined && await this.#answerIndex(name, request, session)) {
      return;
    }
    // The wire protocol's `list` takes files, too; but `file.txt/` is none (security.md P9).
    const mayBeFile = form === "list" && !request.place.isFolder;
    if (this.#options.directory.kindOf(name) === "file" && !mayBeFile) {
      throw new Refusal("not-found");
    }
    if (!this.#options.listings && form !== "tar" && form !== "zip") {
      throw new HttpRefusal(403, "The names of the files here are not told");
    }
    switch (form) {
      case "tar":
      case "zip":
        return await this.#archives.answer(form, name, session);
      case "list": {
        const sink = new ChunkSink(session, 200, this.#plain());
        if (!session.wantsBody) return sink.begin();
        return void await answerList(this.#options, name, sink);
      }
      default:
        return await this.#answerListing(form, name, request, session);
    }
  }

  /** Where a folder really is: with a slash at its end, so that relative links in it work. */
  redirect(name: Name, { target: { query } }: HttpRequest): HttpRefusal {
    const path = pathOfPlace({ name, isFolder: true });
    const location = query === undefined ? path : `${path}?${asciiOf(query)}`;
    return location.length > LOCATION_BYTES_MAX
      ? new HttpRefusal(414, "The address with a slash would be too long")
      : new HttpRefusal(301, "That is a folder", {
        fields: [["Location", location]],
      });
  }

  /** Answers with the index of the folder, if it has one. */
  async #answerIndex(
    folder: Name | "",
    request: HttpRequest,
    session: HttpSession,
  ): Promise<boolean> {
    const { indexName } = this.#options;
    try {
      const name = toName(folder === "" ? indexName : `${folder}/${indexName}`);
      await this.#files.answer(name, request, session);
      return true;
    } catch (error) {
      // In a folder whose own name is as long as a name may be, nothing can be.
      const isMissing = error instanceof Refusal &&
        (error.code === "not-found" || error.code === "bad-name");
      if (isMissing) return false;
      throw error;
    }
  }

  async #answerListing(
    form: "json" | "simple" | undefined,
    folder: Name | "",
    { head, query }: HttpRequest,
    session: HttpSession,
  ): Promise<void> {
    const entries = await this.#options.directory.folder(folder);
    const listing = { folder, entries, sorting: parseSort(query.toString()) };
    switch (form ?? listingForm(head.fields.get("accept"))) {
      case "json":
        return await answerText(listingJson(listing), [
          ["Content-Type", "application/json; charset=utf-8"],
          ...this.#common(),
        ], session);
      case "simple":
      case "text":
        return await answerText(listingText(listing), this.#plain(), session);
      case "html": {
        // With the first page, as what it asks for next.
        const { ASSETS_VERSION } = await import("../../files/page_assets.ts");
        return await answerText(
          listingPage({
            ...listing,
            mayUpload: this.#options.uploads !== undefined,
            mayDelete: this.#options.mayDelete,
            mayArchive: this.#options.archives,
            kindOf: kindOfMedia,
            version: ASSETS_VERSION,
            ...await this.#readme(folder, entries),
          }),
          [
            ["Content-Type", "text/html; charset=utf-8"],
            ...PAGE_FIELDS,
            ...this.#common(),
          ],
          session,
        );
      }
    }
  }

  /** The README of the folder, if it has one. */
  async #readme(
    folder: Name | "",
    entries: readonly FolderEntry[],
  ): Promise<{ readonly readme?: { readonly name: string; text: string } }> {
    const base = entries.find(({ base, kind }) =>
      kind === "file" && README.test(base)
    )?.base;
    if (base === undefined) return {};
    try {
      const name = toName(folder === "" ? base : `${folder}/${base}`);
      using file = closing(this.#options.directory.open(name));
      const bytes = new Uint8Array(Math.min(file.info.size, README_BYTES_MAX));
      const got = await readFully(file, bytes);
      const text = new TextDecoder().decode(bytes.subarray(0, got));
      return { readme: { name: base, text } };
    } catch {
      return {};
    }
  }

  #plain(): readonly Field[] {
    return [["Content-Type", "text/plain; charset=utf-8"], ...this.#common()];
  }

  #common(): readonly Field[] {
    return [
      ["X-Content-Type-Options", "nosniff"],
      ["Cache-Control", "no-store"],
      ["Vary", "Accept"],
      ...this.#options.fields,
    ];
  }
}

/** Characters above ASCII, which HTTP has no place for, as RFC 3987 3.1 writes them. */
function asciiOf(query: string): string {
  return query.replace(/[\x80-\u{10ffff}]+/gu, encodeURIComponent);
}

/** Whether something else is asked for than what browsers get. Our own client would store it under the name it asked for. */
export function asksForForm(request: HttpRequest): boolean {
  return formOf(request) !== undefined || request.query.has("sha256") ||
    request.head.fields.has("landline-check");
}

/** What is asked for instead of what browsers get. */
function formOf({ query }: HttpRequest): Form | undefined {
  return FORMS.find((form) => query.has(form));
}
