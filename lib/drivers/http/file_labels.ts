/**
 * How a file is labelled when it is sent: the fields of its head, and the version that it is told to be.
 *
 * @module
 */

import { versionForOneAnswer } from "../../http/conditional.ts";
import { formatHttpDate } from "../../http/dates.ts";
import { contentTypeOf } from "../../http/media_types.ts";
import type { Field } from "../../http/status.ts";
import type { FileInfo } from "../../io/directory.ts";
import type { Name } from "../../names/name.ts";
import { ownFields } from "./answer_text.ts";
import type { Content } from "./file_content.ts";
import type { HttpOptions } from "./http_request.ts";

/** Types whose content a browser would run with the rights of this origin. */
const ACTIVE =
  /^(?:text\/html|image\/svg|application\/xhtml|text\/xml|application\/xml|application\/pdf)/;

/** What of a file is sent, and how it is labelled. */
export interface Representation extends Content {
  readonly name: Name;
  readonly fields: readonly Field[];
}

export class FileLabels {
  readonly #options: HttpOptions;
  readonly #mayChange: boolean;
  /**
   * Of an answer to our own client, which knows from the list what it asks for: fewer fields are a tenth of its time
   * (docs/http.md, "For our own client"). No cache may give it to anybody else.
   */
  readonly #checkedFields: readonly Field[];

  constructor(options: HttpOptions) {
    this.#options = options;
    this.#mayChange = options.uploads !== undefined || options.mayDelete;
    this.#checkedFields = [
      ...ownFields("application/octet-stream", "no-store"),
      ...options.fields,
    ];
  }

  /** `content` for our own client. */
  checked(name: Name, content: Content): Representation {
    return { ...content, name, fields: this.#checkedFields };
  }

  /**
   * `content` for everybody else.
   *
   * @param more fields that follow from how it was chosen
   */
  labelled(
    name: Name,
    content: Content,
    more: readonly Field[],
  ): Representation {
    const told = this.#toldApart(content);
    return { ...told, name, fields: [...this.#fieldsOf(name, told), ...more] };
  }

  /** `content` with a version that tells it from all that may come: that of a file changed a moment ago does not. */
  #toldApart(content: Content): Content {
    const { info, source } = content;
    if ("bytes" in source || source.isSettled) return content;
    const version = versionForOneAnswer(
      info.version,
      this.#options.newToken(),
    );
    return { ...content, info: { ...info, version } };
  }

  #fieldsOf(name: Name, { info }: Content): Field[] {
    const type = contentTypeOf(name);
    const modified = Math.min(info.mtime, this.#options.clock.wallTime());
    const fields: Field[] = [
      ["Content-Type", type],
      ["X-Content-Type-Options", "nosniff"],
      ["Last-Modified", formatHttpDate(modified)],
      ["ETag", etagOf(info)],
      ["Accept-Ranges", "bytes"],
      // Kept, but asked about each time: a changed file is seen at once.
      ["Cache-Control", "no-cache"],
    ];
    // Where strangers may put files, a page of theirs must not act in the name of whoever opens it (security.md X5).
    if (this.#mayChange && ACTIVE.test(type)) {
      fields.push(["Content-Security-Policy", "sandbox allow-scripts"]);
    }
    fields.push(...this.#options.fields);
    return fields;
  }
}

/** The strong entity tag of a version (RFC 9110 8.8.3). */
export function etagOf(info: FileInfo): string {
  return `"${info.version}"`;
}
