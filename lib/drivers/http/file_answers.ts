/**
 * Files by GET and HEAD: conditional, in ranges, from memory or from the disk, whole or not at all.
 *
 * The quick way is for requests without conditions, ranges and codings, of a small file: its whole answer, head and all,
 * is kept with the file as long as that is the same, which `SharedDirectory.small` asks the disk each time
 * (docs/decisions.md, "A cache that asks").
 *
 * @module
 */

import { toBytes } from "../../bytes/ascii.ts";
import { joinBytes } from "../../bytes/join.ts";
import { MisuseError, Refusal } from "../../errors.ts";
import { frameByteranges } from "../../http/byteranges.ts";
import { evaluate, ifRangeHolds } from "../../http/conditional.ts";
import { formatHttpDate } from "../../http/dates.ts";
import type { FieldLines } from "../../http/field_lines.ts";
import {
  contentRange,
  parseRange,
  type Part,
  unsatisfiedRange,
} from "../../http/range.ts";
import type { RequestHead } from "../../http/request_head.ts";
import { fieldLines, headText } from "../../http/response_head.ts";
import { type Field, HttpRefusal, type Status } from "../../http/status.ts";
import type { OpenFile, SmallFile } from "../../io/directory.ts";
import type { Name } from "../../names/name.ts";
import {
  digestOf,
  endFields,
  sendContent,
  sendPiece,
} from "../read_answers.ts";
import { answerText, ownFields } from "./answer_text.ts";
import { ChunkSink } from "./chunk_sink.ts";
import { CodedFiles } from "./coded_files.ts";
import { closeContent, type Content, opened } from "./file_content.ts";
import { etagOf, FileLabels, type Representation } from "./file_labels.ts";
import { sendGzipped } from "./gzip_stream.ts";
import type { HttpOptions, HttpRequest } from "./http_request.ts";
import type { HttpSession } from "./http_session.ts";

/** What makes a request take the long way. */
const CONDITIONS: ReadonlySet<string> = new Set([
  "range",
  "if-range",
  "if-match",
  "if-none-match",
  "if-modified-since",
  "if-unmodified-since",
  "landline-check",
]);

/** A whole answer to a plain GET. */
interface Prepared {
  /** The Date in its head. */
  date: string;
  bytes: Uint8Array<ArrayBuffer>;
}

export class FileAnswers {
  readonly #options: HttpOptions;
  readonly #coded: CodedFiles;
  readonly #labels: FileLabels;
  readonly #prepared = new WeakMap<SmallFile, Prepared>();

  constructor(options: HttpOptions) {
    this.#options = options;
    this.#coded = new CodedFiles(options.directory, options.compress);
    this.#labels = new FileLabels(options);
  }

  /**
   * Answers with the file `name`.
   *
   * @throws {Refusal} `not-found`
   */
  async answer(
    name: Name,
    request: HttpRequest,
    session: HttpSession,
  ): Promise<void> {
    const { directory, chunkBytes } = this.#options;
    const { fields } = request.head;
    const small = await directory.small(name);
    if (
      small !== undefined && chunkBytes === undefined &&
      session.takesPrepared && isPlain(fields, name)
    ) return this.#answerPrepared(name, small, session);
    await this.answerContent(
      name,
      small === undefined
        ? opened(directory.open(name))
        : { info: small.info, source: small },
      request,
      session,
    );
  }

  /** The SHA-256 of the file, as one line of text. */
  async answerDigest(name: Name, session: HttpSession): Promise<void> {
    const { digest } = await digestOf(this.#options, "sha256", name, session);
    await answerText(digest + "\n", [
      ...ownFields("text/plain; charset=utf-8", "no-cache"),
      ...this.#options.fields,
    ], session);
  }

  /** Answers with `content`, which is closed at the end. */
  async answerContent(
    name: Name,
    content: Content,
    request: HttpRequest,
    session: HttpSession,
    status: Status = 200,
  ): Promise<void> {
    const { head } = request;
    let chosen: { content: Content; fields: readonly Field[] } | undefined;
    try {
      chosen = await this.#coded.choose(name, content, head.fields);
      const { fields } = chosen;
      const representation = asksForCheck(head)
        ? this.#labels.checked(name, chosen.content)
        : this.#labels.labelled(name, chosen.content, fields);
      await this.#answerRepresentation(
        representation,
        request,
        session,
        status,
      );
    } finally {
      closeContent(content);
      if (chosen !== undefined && chosen.content.source !== content.source) {
        closeContent(chosen.content);
      }
    }
  }

  #answerPrepared(
    name: Name,
    small: SmallFile,
    session: HttpSession,
  ): Promise<void> | void {
    const date = formatHttpDate(this.#options.clock.wallTime());
    let prepared = this.#prepared.get(small);
    if (prepared?.date !== date) {
      const { fields } = this.#labels.labelled(
        name,
        { info: small.info, source: small },
        CodedFiles.isCodable(name) ? [["Vary", "Accept-Encoding"]] : [],
      );
      const head = headText(200, date, fieldLines(fields), small.bytes.length);
      prepared = {
        date,
        bytes: joinBytes([toBytes(head + "\r\n"), small.bytes]),
      };
      this.#prepared.set(small, prepared);
    }
    const { bytes } = prepared;
    const length = small.bytes.length;
    return session.wantsBody
      ? session.putPrepared(200, bytes, length)
      : session.putPrepared(200, bytes.subarray(0, -length || undefined), 0);
  }

  async #answerRepresentation(
    { name, info, source, fields, isToGzip }: Representation,
    { head }: HttpRequest,
    session: HttpSession,
    status: Status,
  ): Promise<void> {
    const now = this.#options.clock.wallTime();
    const validators = { etag: etagOf(info), mtimeMs: info.mtime };
    const verdict = evaluate(head, validators, now);
    if (verdict === "failed") {
      throw new HttpRefusal(412, "The file has changed");
    }
    // RFC 9110 15.4.5: what would have been sent to say which version it is; nothing about content that is not there.
    if (verdict === "not-modified") return session.respond(304, fields, "none");
    if (isToGzip && "read" in source) {
      session.respond(status, fields, "chunked");
      if (session.wantsBody) await sendGzipped(source, session);
      return;
    }
    // RFC 9110 14.2: only GET has ranges.
    const range = head.method === "GET" && status === 200 &&
        ifRangeHolds(head.fields, validators, now)
      ? parseRange(head.fields.get("range"), info.size)
      : { kind: "whole" } as const;
    if (range.kind === "unsatisfiable") {
      throw new HttpRefusal(
        416,
        "The range begins behind the end of the file",
        {
          fields: [["Content-Range", unsatisfiedRange(info.size)]],
        },
      );
    }
    const [first, ...others] = range.kind === "whole"
      ? [{ offset: 0, length: info.size }]
      : range.parts;
    if (first === undefined) throw new MisuseError("There is no part to send");
    if (others.length > 0) {
      return await this.#sendParts(
        { info, source, fields, name },
        [first, ...others],
        session,
      );
    }
    const answer = range.kind === "whole" ? { status, fields } : {
      status: 206 as const,
      fields: [
        ...fields,
        ["Content-Range", contentRange(first, info.size)] as const,
      ],
    };
    if (asksForCheck(head)) {
      const sink = new ChunkSink(session, answer.status, answer.fields);
      if (!session.wantsBody) return sink.begin();
      return await this.#sendChecked({ name, info, source }, first, sink);
    }
    session.respond(answer.status, answer.fields, first.length);
    if (session.wantsBody) await this.#sendPart(source, first, session);
  }

  /** The bytes of `part`. */
  async #sendPart(
    source: SmallFile | OpenFile,
    { offset, length }: Part,
    session: HttpSession,
  ): Promise<void> {
    if (!("bytes" in source)) {
      source.seek(offset);
      await sendContent(source, length, this.#options.chunkBytes, session);
      return;
    }
    for (const chunk of this.#chunksOf(source, { offset, length })) {
      await session.send(chunk);
      if (this.#options.chunkBytes !== undefined) await session.flush();
    }
  }

  /** `part`, as much at a time as is to be sent. */
  *#chunksOf(
    { bytes }: SmallFile,
    { offset, length }: Part,
  ): Iterable<Uint8Array> {
    const { chunkBytes = length } = this.#options;
    for (let done = 0; done < length; done += chunkBytes) {
      const count = Math.min(chunkBytes, length - done);
      yield bytes.subarray(offset + done, offset + done + count);
    }
  }

  /** RFC 9110 14.6: several parts, each with its own head, in the order they were asked for. */
  async #sendParts(
    { info, source, fields }: Representation,
    parts: readonly Part[],
    session: HttpSession,
  ): Promise<void> {
    const type = fields.find(([name]) => name === "Content-Type")?.[1] ?? "";
    const framing = frameByteranges(
      parts,
      info.size,
      type,
      this.#options.newToken(),
    );
    session.respond(206, [
      ...fields.filter(([name]) => name !== "Content-Type"),
      ["Content-Type", framing.contentType],
    ], framing.contentLength);
    for (const [at, part] of parts.entries()) {
      await session.send(framing.heads[at]!);
      await this.#sendPart(source, part, session);
    }
    await session.send(framing.end);
  }

  /** As our own client asks for it: with the check behind the bytes, as in the wire protocol. */
  async #sendChecked(
    { name, info, source }: Content & { readonly name: Name },
    { offset, length }: Part,
    sink: ChunkSink,
  ): Promise<void> {
    if (!("bytes" in source)) {
      const piece = { name, offset, length };
      try {
        await sendPiece(this.#options, piece, keptOpen(source), sink);
      } catch (error) {
        if (!(error instanceof Refusal) || !sink.refuse(error)) throw error;
      }
      return;
    }
    for (const chunk of this.#chunksOf(source, { offset, length })) {
      sink.data(chunk.length);
      await sink.send(chunk);
      if (this.#options.chunkBytes !== undefined) await sink.flush();
    }
    const bytes = source.bytes.subarray(offset, offset + length);
    sink.end(endFields(info, this.#options.checks.xxh64(bytes)));
  }
}

/** `file` for somebody who would close it: whoever opened it does. */
function keptOpen(file: OpenFile): OpenFile {
  return {
    info: file.info,
    isSettled: file.isSettled,
    current: () => file.current(),
    seek: (offset) => file.seek(offset),
    read: (into) => file.read(into),
    close() {},
  };
}

/** Whether our own client asks, for the bytes and their check (docs/http.md, "For our own client"). */
function asksForCheck({ fields, minor }: RequestHead): boolean {
  return minor === 1 && fields.get("landline-check") === "xxh64";
}

/** Whether nothing in `fields` changes the answer. */
function isPlain(fields: FieldLines, name: Name): boolean {
  for (const field of fields.names) {
    if (CONDITIONS.has(field)) return false;
    if (field === "accept-encoding" && CodedFiles.isCodable(name)) return false;
  }
  return true;
}
