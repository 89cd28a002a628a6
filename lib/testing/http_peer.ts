/**
 * A client of HTTP/1.1 as a stranger would write it from RFC 9112: it shares no code with ours, so that both sides of ours
 * cannot be wrong in the same way. It sends raw bytes and tidies nothing up, and it is strict in what it reads: a line
 * that does not end in CR LF, a second length, a byte too many or too few is an error.
 *
 * @module
 */

import type { Channel } from "../io/channel.ts";

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

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** RFC 9112 4, RFC 9110 5.6.2, 5.5. */
const STATUS_LINE = /^HTTP\/1\.1 ([1-5]\d\d) ([\t\x20-\x7e]*)$/;
const FIELD_LINE =
  /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+): ?([\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?|)$/;

/** Talks over a channel. */
export class HttpPeer {
  readonly channel: Channel;
  #bytes = new Uint8Array(0);
  readonly #buffer = new Uint8Array(64 * 1024);

  constructor(channel: Channel) {
    this.channel = channel;
  }

  /** Sends all of `data`. */
  async send(data: string | Uint8Array): Promise<void> {
    const bytes = typeof data === "string" ? encoder.encode(data) : data;
    for (let done = 0; done < bytes.length;) {
      done += await this.channel.write(bytes.subarray(done));
    }
  }

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

  /** Exactly `count` bytes. */
  async bytes(count: number): Promise<Uint8Array> {
    const taken = new Uint8Array(count);
    for (let done = 0; done < count;) {
      if (this.#bytes.length === 0 && !await this.#more()) {
        fail(`The peer ended after ${done} of ${count} bytes`);
      }
      const piece = this.#bytes.subarray(0, count - done);
      taken.set(piece, done);
      done += piece.length;
      this.#bytes = this.#bytes.subarray(piece.length);
    }
    return taken;
  }

  /** Everything until the peer ends its side, or the connection is lost. */
  async rest(): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    try {
      await this.#untilEnd(pieces);
    } catch {
      // Reset: what came before is what there is.
    }
    return joined(pieces);
  }

  /** Ends our side, as `nc -N` does at the end of its input. */
  async end(): Promise<void> {
    await this.channel.closeWrite();
  }

  /** Closes the connection. */
  close(): void {
    this.channel.close();
  }

  [Symbol.dispose](): void {
    this.close();
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
    await this.#untilEnd(pieces);
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
    for (;;) {
      const at = this.#bytes.indexOf(0x0a);
      if (at >= 0) {
        const line = decoder.decode(this.#bytes.subarray(0, at));
        this.#bytes = this.#bytes.subarray(at + 1);
        if (!line.endsWith("\r")) fail(`A line ends in LF alone: ${line}`);
        return line.slice(0, -1);
      }
      if (!await this.#more()) fail("The peer ended in a line");
    }
  }

  async #untilEnd(pieces: Uint8Array[]): Promise<void> {
    do {
      pieces.push(this.#bytes);
      this.#bytes = new Uint8Array(0);
    } while (await this.#more());
  }

  async #more(): Promise<boolean> {
    const count = await this.channel.read(this.#buffer);
    if (count === undefined) return false;
    this.#bytes = joined([this.#bytes, this.#buffer.subarray(0, count)]);
    return true;
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

function joined(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(
    pieces.reduce((sum, piece) => sum + piece.length, 0),
  );
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

function fail(text: string): never {
  throw new Error(text);
}
