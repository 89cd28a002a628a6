/**
 * Status codes (RFC 9110 15, RFC 6585, RFC 4918, tus 1.0) and the fault of a request that earns one.
 *
 * @module
 */

/** Status -> reason phrase, for every status this server says. */
export const REASONS = {
  100: "Continue",
  200: "OK",
  201: "Created",
  202: "Accepted",
  204: "No Content",
  206: "Partial Content",
  301: "Moved Permanently",
  303: "See Other",
  304: "Not Modified",
  308: "Permanent Redirect",
  400: "Bad Request",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  409: "Conflict",
  411: "Length Required",
  412: "Precondition Failed",
  413: "Content Too Large",
  414: "URI Too Long",
  415: "Unsupported Media Type",
  416: "Range Not Satisfiable",
  417: "Expectation Failed",
  423: "Locked",
  431: "Request Header Fields Too Large",
  460: "Checksum Mismatch",
  500: "Internal Server Error",
  501: "Not Implemented",
  503: "Service Unavailable",
  505: "HTTP Version Not Supported",
  507: "Insufficient Storage",
} as const satisfies Record<number, string>;

/** A status this server says. */
export type Status = keyof typeof REASONS;

/** A field line of an answer. */
export type Field = readonly [name: string, value: string];

/** A request that is answered with an error. The connection goes on unless `closes`. */
export class HttpRefusal extends Error {
  override name = "HttpRefusal";
  readonly status: Status;
  /** Field lines that belong to the status: `Allow` to 405, `Content-Range` to 416. */
  readonly fields: readonly Field[];
  /** Whether the connection ends with it: always so when it is not certain where the next request begins. */
  readonly closes: boolean;

  /** @param text one sentence for a person */
  constructor(
    status: Status,
    text: string,
    options: { fields?: readonly Field[]; closes?: boolean } = {},
  ) {
    super(text);
    this.status = status;
    this.fields = options.fields ?? [];
    this.closes = options.closes ?? false;
  }
}

/** What a request is refused with whose bytes break the grammar: nobody can say where the next one begins. */
export function malformed(text: string, status: Status = 400): HttpRefusal {
  return new HttpRefusal(status, text, { closes: true });
}
