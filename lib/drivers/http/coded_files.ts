/**
 * Content codings (RFC 9110 8.4): `page.css.br` beside `page.css` is what a browser gets that takes brotli.
 *
 * @module
 */

import { chooseCoding, type Coding } from "../../http/accept.ts";
import type { FieldLines } from "../../http/field_lines.ts";
import { contentTypeOf } from "../../http/media_types.ts";
import type { Field } from "../../http/status.ts";
import type { SharedDirectory } from "../../io/directory.ts";
import { type Name, toName } from "../../names/name.ts";
import { closeContent, type Content } from "./file_answers.ts";

/** Coding -> what its files are called behind the name. */
const EXTENSIONS: { readonly [C in Coding]: string } = {
  br: ".br",
  zstd: ".zst",
  gzip: ".gz",
};

/** Nobody compresses pictures once more: only for these neighbours are looked for. */
const CODABLE =
  /^(?:text\/|application\/(?:json|javascript|xml|wasm|manifest|[\w.-]*\+(?:json|xml))|image\/(?:svg|bmp|x-icon)|font\/(?:ttf|otf))/;

export class CodedFiles {
  readonly #directory: SharedDirectory;

  constructor(directory: SharedDirectory, _compress: boolean) {
    this.#directory = directory;
  }

  /** Whether the answer for `name` may depend on Accept-Encoding. */
  static isCodable(name: Name): boolean {
    return CODABLE.test(contentTypeOf(name));
  }

  /** What to send of `content`, and the fields that say so. */
  async choose(
    name: Name,
    content: Content,
    request: FieldLines,
  ): Promise<{ content: Content; fields: readonly Field[] }> {
    if (!CodedFiles.isCodable(name)) return { content, fields: [] };
    const vary: Field = ["Vary", "Accept-Encoding"];
    const accepted = request.get("accept-encoding");
    // Our own client wants the file, whatever its neighbours are.
    if (accepted === undefined || request.has("landline-check")) {
      return { content, fields: [vary] };
    }
    const given = new Map<Coding, Content>();
    for (const [coding, extension] of Object.entries(EXTENSIONS)) {
      if (!accepted.includes(coding) && !accepted.includes("*")) continue;
      const found = await this.#neighbour(name, extension);
      // One that is older was made of something else.
      if (found === undefined) continue;
      if (found.info.mtime < content.info.mtime) closeContent(found);
      else given.set(coding as Coding, found);
    }
    const coding = chooseCoding(accepted, [...given.keys()]);
    const chosen = coding === "identity" ? undefined : given.get(coding);
    for (const other of given.values()) {
      if (other !== chosen) closeContent(other);
    }
    return chosen === undefined
      ? { content, fields: [vary] }
      : { content: chosen, fields: [vary, ["Content-Encoding", coding]] };
  }

  async #neighbour(
    name: Name,
    extension: string,
  ): Promise<Content | undefined> {
    try {
      const neighbour = toName(name + extension);
      const small = await this.#directory.small(neighbour);
      if (small !== undefined) return { info: small.info, source: small };
      const file = this.#directory.open(neighbour);
      return { info: file.info, source: file };
    } catch {
      return undefined;
    }
  }
}
