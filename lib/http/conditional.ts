/**
 * Conditional requests (RFC 9110 13): whether a request goes on, given what is there now.
 *
 * A condition that cannot be read never costs anybody a file: for GET it is as if the client had nothing, for what
 * changes something it fails.
 *
 * @module
 */

import { parseHttpDate } from "./dates.ts";
import type { FieldLines } from "./field_lines.ts";

/** What is there now. */
export interface Validators {
  /** The entity tag as it is sent, with its quotes: `"x"` or `W/"x"`. */
  readonly etag: string;
  /** When it was last modified. */
  readonly mtimeMs: number;
}

/** What becomes of a request: it goes on, is answered with 304, or with 412. */
export type Verdict = "proceed" | "not-modified" | "failed";

/** What stands behind it in an entity tag was made for one answer only. */
const ONE_ANSWER = "~";
const FOR_ONE_ANSWER = /~[^"]*/;

/**
 * The version that one answer alone has, of a file that was changed so lately that it could be changed again and have the
 * same time stamps: its entity tag never says that nothing has changed, nor that the rest of it may be asked for
 * (RFC 9110 8.8.1: a strong validator that stayed the same would not be one). It does for If-Match, where without the
 * `token` it is as good as the tag of any file.
 */
export function versionForOneAnswer(version: string, token: string): string {
  return version + ONE_ANSWER + token;
}

/** A condition with entity tags: `*`, or a list. */
type Tags = "*" | readonly string[];

/**
 * Judges the conditions of a request in the order of RFC 9110 13.2.2, all but If-Range. For requests that would be answered
 * with 2xx without them (13.2.1): a file that is not there is answered with 404, whatever the conditions.
 *
 * @param validators of what is there; `undefined` if nothing is, as where a PUT makes a new file
 */
export function evaluate(
  request: { readonly method: string; readonly fields: FieldLines },
  validators: Validators | undefined,
  now: number,
): Verdict {
  const { method, fields } = request;
  const isRead = method === "GET" || method === "HEAD";
  const ifMatch = fields.get("if-match");
  if (ifMatch !== undefined) {
    if (!matches(parseTags(ifMatch), validators, isSameFile)) return "failed";
  } else {
    const ifUnmodifiedSince = fields.get("if-unmodified-since");
    if (
      ifUnmodifiedSince !== undefined &&
      isModifiedSince(validators, ifUnmodifiedSince, now) === true
    ) return "failed";
  }
  const ifNoneMatch = fields.get("if-none-match");
  if (ifNoneMatch !== undefined) {
    const tags = parseTags(ifNoneMatch);
    if (tags === undefined) return isRead ? "proceed" : "failed";
    // 13.1.3: If-Modified-Since is not even looked at (security.md R6).
    if (!matches(tags, validators, isSameWeak)) return "proceed";
    return isRead ? "not-modified" : "failed";
  }
  if (!isRead) return "proceed";
  const ifModifiedSince = fields.get("if-modified-since");
  return ifModifiedSince !== undefined &&
      isModifiedSince(validators, ifModifiedSince, now) === false
    ? "not-modified"
    : "proceed";
}

/**
 * Whether `Range` may be answered with a part (RFC 9110 13.1.5): there is no If-Range, or it names just what is there now.
 * Everything else is answered with the whole, else a resumed download would be made of two files (security.md R5).
 */
export function ifRangeHolds(
  fields: FieldLines,
  validators: Validators,
  now: number,
): boolean {
  const ifRange = fields.get("if-range");
  if (ifRange === undefined) return true;
  if (ifRange.endsWith('"')) return isSameStrong(ifRange, validators.etag);
  const date = parseHttpDate(ifRange, now);
  // 8.8.2.2: within the second in which a file was changed it may change again, and its date would be the same.
  return date !== undefined && date === wholeSeconds(validators.mtimeMs) &&
    now - date >= 2000;
}

function matches(
  tags: Tags | undefined,
  validators: Validators | undefined,
  isSame: (tag: string, etag: string) => boolean,
): boolean {
  if (tags === undefined || validators === undefined) return false;
  return tags === "*" || tags.some((tag) => isSame(tag, validators.etag));
}

/** RFC 9110 8.8.3.2: strong comparison. */
function isSameStrong(tag: string, etag: string): boolean {
  return tag === etag && tag.startsWith('"');
}

/** The same, whatever answers they were made for. */
function isSameFile(tag: string, etag: string): boolean {
  return isSameStrong(
    tag.replace(FOR_ONE_ANSWER, ""),
    etag.replace(FOR_ONE_ANSWER, ""),
  );
}

/** RFC 9110 8.8.3.2: weak comparison. */
function isSameWeak(tag: string, etag: string): boolean {
  return opaque(tag) === opaque(etag);
}

function opaque(tag: string): string {
  return tag.startsWith("W/") ? tag.slice(2) : tag;
}

/** RFC 9110 8.8.3, and empty members (5.6.1.2). Blanks never stand next to blanks in it: linear time on any input. */
const MEMBER =
  /[ \t]*(?:((?:W\/)?"[\x21\x23-\x7e\x80-\uffff]*")[ \t]*)?(?:,|$)/y;

/** The tags of If-Match and If-None-Match (RFC 9110 13.1.1, 13.1.2), or `undefined` if the list is not one. */
function parseTags(value: string): Tags | undefined {
  if (value === "*") return "*";
  const tags: string[] = [];
  MEMBER.lastIndex = 0;
  while (MEMBER.lastIndex < value.length) {
    const member = MEMBER.exec(value);
    if (member === null) return undefined;
    if (member[1] !== undefined) tags.push(member[1]);
  }
  return tags.length > 0 ? tags : undefined;
}

/** `undefined` if the date is none, or if nothing is there: such a condition is ignored (RFC 9110 13.1.3, 13.1.4). */
function isModifiedSince(
  validators: Validators | undefined,
  date: string,
  now: number,
): boolean | undefined {
  const since = parseHttpDate(date, now);
  if (since === undefined || validators === undefined) return undefined;
  return wholeSeconds(validators.mtimeMs) > since;
}

/** As Last-Modified says it: dates have no parts of a second. */
function wholeSeconds(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}
