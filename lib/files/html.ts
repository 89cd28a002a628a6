/**
 * Names and texts of users in HTML: always text, never markup (security.md X1, X4).
 *
 * @module
 */

import { visible } from "../names/escape.ts";

const SPECIAL = /[&<>"'\r]/;
const SPECIAL_ALL = new RegExp(SPECIAL, "g");

const REFERENCES: ReadonlyMap<string, string> = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ['"', "&quot;"],
  ["'", "&#39;"],
  // A bare CR would be read as LF (WHATWG HTML 13.2.3.5).
  ["\r", "&#13;"],
]);

/** `text` for the inside of an element, and for an attribute in quotes of either kind. */
export function escapeHtml(text: string): string {
  // Nearly every name needs nothing.
  return SPECIAL.test(text)
    ? text.replace(SPECIAL_ALL, (character) => REFERENCES.get(character)!)
    : text;
}

/**
 * What would break a line, be invisible or reorder the name on the page: control characters, line separators,
 * bidirectional overrides and isolates (`photo\u202egpj.exe` would end in `.jpg`). The joiners U+200C and U+200D stay:
 * Persian is written with the one, families of emoji with the other.
 */
const DECEIVING =
  /[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\p{Surrogate}]/u;
const DECEIVING_ALL = new RegExp(DECEIVING, "gu");

/** `name` as people see it on the page, as HTML. */
export function nameHtml(name: string): string {
  return escapeHtml(
    DECEIVING.test(name) ? name.replace(DECEIVING_ALL, visible) : name,
  );
}

const SUB_DELIMITERS = /[!'()*]/g;

/**
 * `part` of a path for a URL. encodeURIComponent leaves some characters that RFC 3986 2.2 reserves: a link that is copied
 * into a shell, into Markdown or CSS must not end at a `)` or `'`.
 */
export function urlPart(part: string): string {
  // The name of a file that is no valid Unicode has no link; it must not take the whole page with it.
  return encodeURIComponent(part.toWellFormed()).replace(
    SUB_DELIMITERS,
    (character) => "%" + character.charCodeAt(0).toString(16).toUpperCase(),
  );
}

/** The path of the folder `name` (`""` for the root), with a slash at both ends. */
export function folderPath(name: string): string {
  return name === "" ? "/" : "/" + name.split("/").map(urlPart).join("/") + "/";
}
