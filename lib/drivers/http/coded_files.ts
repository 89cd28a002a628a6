/**
 * Content codings (RFC 9110 8.4): `page.css.br` beside `page.css` is what a browser gets that takes brotli. With
 * `--compress`, what has no such neighbour is compressed on its way: once for each version of a small file, anew each time
 * for a large one.
 *
 * @module
 */

import { chooseCoding, type Coding } from "../../http/accept.ts";
import type { FieldLines } from "../../http/field_lines.ts";
import { contentTypeOf } from "../../http/media_types.ts";
import type { Field } from "../../http/status.ts";
import type {
  FileInfo,
  SharedDirectory,
  SmallFile,
} from "../../io/directory.ts";
import { type Name, toName } from "../../names/name.ts";
import { closeContent, type Content, opened } from "./file_content.ts";
import { gzipped } from "./gzip_stream.ts";

/** Coding -> what its files are called behind the name. */
const EXTENSIONS: { readonly [C in Coding]: string } = {
  br: ".br",
  zstd: ".zst",
  gzip: ".gz",
};

/** Nobody compresses pictures once more: only for these neighbours are looked for. */
const CODABLE =
  /^(?:text\/|application\/(?:json|javascript|xml|wasm|manifest|[\w.-]*\+(?:json|xml))|image\/(?:svg|bmp|x-icon)|font\/(?:ttf|otf))/;

/** Less than this fits one packet as it is. */
const COMPRESSED_BYTES_MIN = 1024;

export class CodedFiles {
  readonly #directory: SharedDirectory;
  readonly #compress: boolean;
  /** The small ones, compressed; `undefined` for what did not get smaller. */
  readonly #compressed = new WeakMap<
    SmallFile,
    Promise<SmallFile | undefined>
  >();

  /** @param compress whether files are compressed that have no neighbour */
  constructor(directory: SharedDirectory, compress: boolean) {
    this.#directory = directory;
    this.#compress = compress;
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
    if (chosen !== undefined) {
      return { content: chosen, fields: [vary, ["Content-Encoding", coding]] };
    }
    // A range is one of the file as it is: of what is compressed anew each time, nobody can want the second half.
    const mayCompress = this.#compress && !request.has("range") &&
      content.info.size >= COMPRESSED_BYTES_MIN &&
      chooseCoding(accepted, ["gzip"]) === "gzip";
    const compressed = mayCompress ? await this.#gzip(content) : undefined;
    return compressed === undefined
      ? { content, fields: [vary] }
      : { content: compressed, fields: [vary, ["Content-Encoding", "gzip"]] };
  }

  /** `content` as another one: with an entity tag of its own (RFC 9110 8.8.3.3). */
  async #gzip({ info, source }: Content): Promise<Content | undefined> {
    if (!("bytes" in source)) {
      return { info: gzippedInfo(info, info.size), source, isToGzip: true };
    }
    let compressing = this.#compressed.get(source);
    if (compressing === undefined) {
      compressing = gzippedFile(source);
      this.#compressed.set(source, compressing);
    }
    const file = await compressing;
    return file && { info: file.info, source: file };
  }

  async #neighbour(
    name: Name,
    extension: string,
  ): Promise<Content | undefined> {
    try {
      const neighbour = toName(name + extension);
      const small = await this.#directory.small(neighbour);
      if (small !== undefined) return { info: small.info, source: small };
      return opened(this.#directory.open(neighbour));
    } catch {
      return undefined;
    }
  }
}

async function gzippedFile(
  { info, bytes }: SmallFile,
): Promise<SmallFile | undefined> {
  const fewer = await gzipped(bytes);
  return fewer.length < bytes.length
    ? { info: gzippedInfo(info, fewer.length), bytes: fewer }
    : undefined;
}

function gzippedInfo(info: FileInfo, size: number): FileInfo {
  return { ...info, size, version: `${info.version}-gzip` };
}
