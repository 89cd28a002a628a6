/**
 * A client of HTTP/1.1 as a stranger would write it from RFC 9112: it shares no code with ours, so that both sides of ours
 * cannot be wrong in the same way. It sends raw bytes and tidies nothing up, and it is strict in what it reads: a line
 * that does not end in CR LF, a second length, a byte too many or too few is an error.
 *
 * @module
 */

import { BytePeer, joined } from "./byte_peer.ts";

/** An answer, whole. */
export interface HttpAnswer {
  readonly status: number;
  readonly reason: string;
  /** Name in lower case -> value; of several lines the list they make. */
  readonly fields: ReadonlyMap<string, string>;
  /** The lines of the head, as they came. */
  readonly lines: readonly string[];
  readonly body: Uint8Array;
  /** The body as UTF-8. */
  readonly text: string;
  /** How its end was known. */
  readonly framing: "none" | "counted" | "chunked" | "close";
  /** The sizes of its chunks. */
  readonly chunks: readonly number[];
  readonly trailers: ReadonlyMap<string, string>;
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** RFC 9112 4, RFC 9110 5.6.2, 5.5. */
const STATUS_LINE = /^HTTP\/1\.1 ([1-5]\d\d) ([\t\x20-\x7e]*)$/;
const FIELD_LINE =
  /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+): ?([\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?|)$/;

/** Talks over a channel. */
export class HttpPeer extends BytePeer {
  /** Sends a request (`GET /a`) in HTTP/1.1, with `fields` beside Host, and gives its answer. */
  async ask(
    request: string,
    fields: Readonly<Record<string, string>> = {},
  ): Promise<HttpAnswer> {
    await this.send(requestText(request, fields));
    return await this.answer(request.slice(0, request.indexOf(" ")));
  }

  /** The next answer; `method` is that of its request, as HEAD has no body (RFC 9112 6.3). */
  async answer(method = "GET"): Promise<HttpAnswer> {
    const lines = await this.#lines();
    const [, status = "", reason = ""] = STATUS_LINE.exec(lines[0]!) ??
      fail(`Not a status line: ${JSON.stringify(lines[0])}`);
    const fields = fieldsOf(lines.slice(1));
    const rest = await this.#body(method, Number(status), fields);
    return {
      status: Number(status),
      reason,
      fields,
      lines,
      ...rest,
      get text() {
        return decoder.decode(rest.body);
      },
    };
  }

  /** RFC 9112 6.3: the length of a body. */
  async #body(
    method: string,
    status: number,
    fields: ReadonlyMap<string, string>,
  ): Promise<Pick<HttpAnswer, "body" | "framing" | "chunks" | "trailers">> {
    const coding = fields.get("transfer-encoding");
    const length = fields.get("content-length");
    const none = { chunks: [], trailers: new Map<string, string>() };
    if (coding !== undefined && length !== undefined) fail("Two lengths");
    if (length !== undefined && !/^\d+$/.test(length)) fail("No length");
    if (
      method === "HEAD" || status < 200 || status === 204 || status === 304
    ) return { body: new Uint8Array(), framing: "none", ...none };
    if (coding !== undefined) {
      if (coding !== "chunked") fail(`Not chunked: ${coding}`);
      return { framing: "chunked", ...await this.#chunks() };
    }
    if (length !== undefined) {
      const body = await this.bytes(Number(length));
      return { body, framing: "counted", ...none };
    }
    const pieces: Uint8Array[] = [];
    await this.untilEnd(pieces);
    return { body: joined(pieces), framing: "close", ...none };
  }

  async #chunks(): Promise<Pick<HttpAnswer, "body" | "chunks" | "trailers">> {
    const pieces: Uint8Array[] = [];
    for (;;) {
      const size = await this.#line();
      if (!/^[0-9a-f]+$/i.test(size)) fail(`Not a chunk size: ${size}`);
      if (Number("0x" + size) === 0) break;
      pieces.push(await this.bytes(Number("0x" + size)));
      if (await this.#line() !== "") fail("No line end behind a chunk");
    }
    const chunks = pieces.map(({ length }) => length);
    const trailers = fieldsOf(await this.#lines());
    return { body: joined(pieces), chunks, trailers };
  }

  /** Lines up to an empty one. */
  async #lines(): Promise<string[]> {
    const lines: string[] = [];
    for (;;) {
      const line = await this.#line();
      if (line === "") return lines;
      lines.push(line);
    }
  }

  async #line(): Promise<string> {
    const line = decoder.decode(await this.lineBytes());
    if (!line.endsWith("\r")) fail(`A line ends in LF alone: ${line}`);
    return line.slice(0, -1);
  }
}

/** A request (`GET /a`) in HTTP/1.1, with `fields` beside Host. */
export function requestText(
  request: string,
  fields: Readonly<Record<string, string>> = {},
): string {
  const lines = Object.entries({ Host: "x", ...fields })
    .map(([name, value]) => `${name}: ${value}\r\n`);
  return `${request} HTTP/1.1\r\n${lines.join("")}\r\n`;
}

function fieldsOf(lines: readonly string[]): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of lines) {
    const [, name = "", value = ""] = FIELD_LINE.exec(line) ??
      fail(`Not a field: ${JSON.stringify(line)}`);
    const before = fields.get(name.toLowerCase());
    fields.set(
      name.toLowerCase(),
      before === undefined ? value : `${before}, ${value}`,
    );
  }
  return fields;
}

function fail(text: string): never {
  throw new Error(text);
}
