/**
 * Our requests in HTTP (docs/http.md, "For our own client"), and whether an answer is one to them.
 *
 * @module
 */

import { type FaultCode, FAULTS, MisuseError, PeerError } from "../errors.ts";
import { parseCount } from "../bytes/ascii.ts";
import type { AnswerHead } from "../http/response_lines.ts";
import { isAuthority, pathOfPlace } from "../http/target.ts";
import { visible } from "../names/escape.ts";
import type { Name } from "../names/name.ts";
import type { Request } from "../wire/verbs.ts";

/** A request line and a Range field without name, offset and length. */
const LINES_BYTES = 64;

/** Other characters than these take up to three bytes of UTF-8 for each UTF-16 unit, and three characters for each. */
const PLAIN = /^[\w.~/-]*$/;

/** Makes the text of requests to one server. */
export class HttpRequests {
  /** Everything behind the target, but for Range and the empty line. */
  readonly #behind: string;

  /** @param authority host and port */
  constructor(authority: string) {
    const fields = [
      // RFC 9110 7.2. An address that cannot stand there (a zone: RFC 6874 1) is left out, as RFC 9112 3.2 allows.
      `Host: ${isAuthority(authority) ? authority : ""}`,
      // RFC 9110 10.1.4: who takes trailer fields says so, and that this holds for this connection only.
      "Connection: TE",
      "TE: trailers",
      "Accept: text/plain",
      "Landline-Check: xxh64",
    ];
    this.#behind = ` HTTP/1.1\r\n${fields.join("\r\n")}\r\n`;
  }

  /** The text of `request`. */
  textOf(request: Request): string {
    switch (request.verb) {
      case "list":
        return this.#get(request.place, "?list");
      case "digest":
        return this.#get(request.name, `?${request.algorithm}`);
      case "read": {
        const { name, offset, length } = request;
        // RFC 9110 14.1.2 has no range without a byte: nothing can only be asked of an empty file, by asking for it all.
        // One that has grown meanwhile is recognised by its bytes.
        if (length === 0 && offset === 0) return this.#get(name);
        if (length === 0) break;
        return this.#get(
          name,
          "",
          `Range: bytes=${offset}-${offset + length - 1}\r\n`,
        );
      }
      default:
    }
    throw new MisuseError(`Cannot ask "${request.verb}" in HTTP`);
  }

  /** As many bytes as a request about `name` has at the most. */
  bytesMax(name: Name): number {
    return LINES_BYTES + this.#behind.length +
      name.length * (PLAIN.test(name) ? 1 : 9);
  }

  #get(name: Name | "", query = "", range = ""): string {
    const path = pathOfPlace({ name, isFolder: name === "" });
    return `GET ${path}${query}${this.#behind}${range}\r\n`;
  }
}

/** RFC 9110 14.4. */
const CONTENT_RANGE = /^bytes (\d{1,16})-(\d{1,16})\/\d{1,16}$/;

/**
 * Makes sure that the body behind `head`, which promises one, is what `request` asks for.
 *
 * @throws {PeerError}
 */
export function checkAnswer(
  request: Request,
  { status, fields }: AnswerHead,
): void {
  const coding = fields.get("content-encoding");
  if (coding !== undefined && coding.toLowerCase() !== "identity") {
    // RFC 9110 8.4: these would be other bytes than those of the file.
    throw new PeerError("The server sends compressed what nobody wanted so");
  }
  if (request.verb !== "read") {
    if (status !== 200) {
      throw new PeerError(`The server answers ${request.verb} with ${status}`);
    }
    const type = fields.get("content-type") ?? "no type";
    if (request.verb === "list" && !type.startsWith("text/plain")) {
      throw new PeerError(
        `The server lists in ${visible(type)}: it is none of Landline`,
      );
    }
    return;
  }
  if (status === 200) {
    // RFC 9110 14.2: a range may be ignored. Where it began at the beginning, that makes no difference.
    if (request.offset === 0) return;
    throw new PeerError("The server sends a whole file instead of a piece");
  }
  const [, first, last] =
    CONTENT_RANGE.exec(fields.get("content-range") ?? "") ?? [];
  const from = parseCount(first ?? "");
  const to = parseCount(last ?? "");
  if (
    status !== 206 || from !== request.offset || to === undefined ||
    to < from || to - from >= request.length
  ) {
    throw new PeerError("The server sends another piece than was asked for");
  }
}

/** Statuses that mean nearly the same as one of the table. */
const ALIKE: Readonly<Record<number, FaultCode>> = {
  401: "not-allowed",
  405: "not-allowed",
  410: "not-found",
  412: "changed",
  504: "timeout",
};

/** The fault that an answer of `status` means where the server is not one of ours and does not name it. */
export function faultOfStatus(status: number): FaultCode {
  const rows = Object.entries(FAULTS) as [FaultCode, { status: number }][];
  const same = rows.find(([, row]) => row.status === status)?.[0] ??
    ALIKE[status];
  if (same !== undefined) return same;
  // RFC 9110 15: what is not known counts as the first of its class. A redirection says that it is not there.
  if (status < 400) return "not-found";
  return status < 500 ? "bad-request" : "internal";
}
