/**
 * What is said about a form (`multipart/form-data`, RFC 7578) and about each part of it.
 *
 * Written for what is really sent: browsers put the bytes of UTF-8 between the quotes, leave backslashes alone and write
 * `%22` for a quote (HTML, "multipart/form-data encoding algorithm"; so does curl since 7.81); older programs write a
 * backslash in front of it.
 *
 * @module
 */

import { fromBytes } from "../bytes/ascii.ts";
import { Refusal } from "../errors.ts";
import { type FieldLines, parseFieldLines, TOKEN } from "./field_lines.ts";
import { HttpRefusal } from "./status.ts";

/** A part of a form. */
export interface FormPart {
  /** Of the field of the form. */
  readonly name: string;
  /** Of the file, as it was sent: with folders, empty, hostile. `undefined` for a part that is no file. */
  readonly fileName: string | undefined;
}

/** Empty ones too. The bytes between two quotes if that makes sense, else what a backslash in front makes of quotes. */
const PARAMETER = new RegExp(
  `;[ \\t]*(?:(${TOKEN})=` +
    `(?:"([^"]*)"(?=[ \\t]*(?:;|$))|"((?:[^"\\\\]|\\\\[^])*)"|(${TOKEN}))[ \\t]*)?`,
  "y",
);

/** Parameters as RFC 9110 5.6.6 has them, from the semicolon at `from` to the end; names in lower case. */
function parseParameters(
  value: string,
  from: number,
): Map<string, string> | undefined {
  const parameters = new Map<string, string>();
  PARAMETER.lastIndex = from;
  while (PARAMETER.lastIndex < value.length) {
    const found = PARAMETER.exec(value);
    if (found === null) return undefined;
    const [, name, literal, escaped, token] = found;
    if (name === undefined) continue;
    const key = name.toLowerCase();
    // Two names for one file: nobody knows which of them somebody else has checked.
    if (parameters.has(key)) return undefined;
    parameters.set(
      key,
      literal ?? escaped?.replace(/\\([^])/g, "$1") ?? token ?? "",
    );
  }
  return parameters;
}

const FORM_TYPE = /^multipart\/form-data[ \t]*(?=;|$)/i;

/** RFC 2046 5.1.1: what a boundary is made of. No CR: so a boundary in a body is found in one pass. */
const BOUNDARY = /^[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]$/;

/** Whether `contentType` is that of a form with files. */
export function isFormData(contentType: string | undefined): boolean {
  return contentType !== undefined && FORM_TYPE.test(contentType);
}

/**
 * The boundary that `contentType` names.
 *
 * @throws {Refusal} `bad-request`
 */
export function boundaryOf(contentType: string): string {
  const type = FORM_TYPE.exec(contentType)?.[0];
  const boundary = type === undefined
    ? undefined
    : parseParameters(contentType, type.length)?.get("boundary");
  if (boundary === undefined || !BOUNDARY.test(boundary)) {
    throw new Refusal("bad-request", "The form has no usable boundary");
  }
  return boundary;
}

const DISPOSITION = /^form-data[ \t]*(?=;|$)/i;

/** What leaves the bytes of a part as they are (RFC 2045 6.2). Others are not to be used in forms (RFC 7578 4.7). */
const PLAIN_ENCODINGS = ["binary", "8bit", "7bit"];

/**
 * What the head of a part says.
 *
 * @param head its field lines, each with its CR LF
 * @throws {Refusal} `bad-request`
 */
export function parsePartHead(head: Uint8Array): FormPart {
  const text = fromBytes(head);
  if (text === undefined) throw broken("is not UTF-8");
  const fields = fieldsOf(text);
  const disposition = fields.get("content-disposition") ?? "";
  const type = DISPOSITION.exec(disposition)?.[0];
  const parameters = type === undefined
    ? undefined
    : parseParameters(disposition, type.length);
  const name = parameters?.get("name");
  if (parameters === undefined || name === undefined) {
    // RFC 7578 4.2: both MUST be there.
    throw broken("does not say which field it is");
  }
  const encoding = fields.get("content-transfer-encoding") ?? "binary";
  if (!PLAIN_ENCODINGS.includes(encoding.toLowerCase())) {
    throw broken("is encoded for mail");
  }
  const extended = parameters.get("filename*");
  const fileName = extended === undefined
    ? parameters.get("filename")
    : decodeExtended(extended);
  return {
    name: unescaped(name),
    fileName: extended === undefined && fileName !== undefined
      ? unescaped(fileName)
      : fileName,
  };
}

function fieldsOf(text: string): FieldLines {
  try {
    return parseFieldLines(text);
  } catch (error) {
    if (!(error instanceof HttpRefusal)) throw error;
    // The end of the body is known all the same: the connection goes on.
    throw new Refusal("bad-request", error.message, { cause: error });
  }
}

const ESCAPES: { readonly [escape: string]: string } = {
  "%22": '"',
  "%0D": "\r",
  "%0A": "\n",
};

/** The three that a browser escapes, and no others: a `%41` in a name is one that the file has. */
function unescaped(text: string): string {
  return text.replace(
    /%(?:22|0D|0A)/gi,
    (escape) => ESCAPES[escape.toUpperCase()]!,
  );
}

const EXTENDED =
  /^utf-8'[^']*'((?:[!#$&+.^_`|~0-9A-Za-z-]|%[0-9A-Fa-f]{2})*)$/i;

/** RFC 8187 3.2. RFC 7578 4.2 forbids it in forms; libraries send it all the same. */
function decodeExtended(value: string): string {
  const encoded = EXTENDED.exec(value)?.[1];
  try {
    if (encoded !== undefined) return decodeURIComponent(encoded);
  } catch {
    // A sequence of bytes that is not UTF-8.
  }
  throw broken("has a file name that cannot be read");
}

function broken(how: string): Refusal {
  return new Refusal("bad-request", `A part of the form ${how}`);
}
