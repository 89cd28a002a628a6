/**
 * Reply lines (docs/protocol.md, "Replies"): the four kinds, text to value and back.
 *
 *     OK <bytes>[ key=value ...]      exactly that many bytes follow
 *     DATA <bytes>[ key=value ...]    that many bytes follow, and then another DATA, END or ERR
 *     END[ key=value ...]             the end of a reply in DATA frames
 *     ERR <code> <text>               a refusal
 *
 * @module
 */

import { parseCount } from "../bytes/ascii.ts";
import { PeerError } from "../errors.ts";
import { visible } from "../names/escape.ts";

/** `key=value` words of a reply. Neither has a space; a key that is not known is to be ignored. */
export type Fields = ReadonlyMap<string, string>;

/** A reply line. `bytes` is how many bytes follow it. */
export type Reply =
  | { readonly kind: "ok"; readonly bytes: number; readonly fields: Fields }
  | { readonly kind: "data"; readonly bytes: number; readonly fields: Fields }
  | { readonly kind: "end"; readonly fields: Fields }
  | { readonly kind: "err"; readonly code: string; readonly text: string };

/** The longest reply line, LF not counted; a refusal may quote a name. */
export const REPLY_BYTES_MAX = 16 * 1024;

const NO_FIELDS: Fields = new Map();

/**
 * The reply on `line`.
 *
 * @throws {PeerError} if it is none
 */
export function parseReply(line: string): Reply {
  const [kind, rest] = cut(line);
  switch (kind) {
    case "OK":
    case "DATA": {
      const [count, fields] = cut(rest);
      const bytes = parseCount(count);
      if (bytes === undefined) break;
      return {
        kind: kind === "OK" ? "ok" : "data",
        bytes,
        fields: parseFields(fields),
      };
    }
    case "END":
      return { kind: "end", fields: parseFields(rest) };
    case "ERR": {
      const [code, text] = cut(rest);
      return { kind: "err", code, text };
    }
  }
  throw new PeerError(
    `The server answered "${
      visible(line.slice(0, 80))
    }", which is not a reply of this protocol`,
  );
}

/** The words `key=value`, with a space before each. */
export function formatFields(fields: Record<string, string | number>): string {
  let text = "";
  for (const key in fields) text += ` ${key}=${fields[key]}`;
  return text;
}

/** The words `key=value` in `text`, one blank between them. */
export function parseFields(text: string): Fields {
  if (text === "") return NO_FIELDS;
  const fields = new Map<string, string>();
  for (const word of text.split(" ")) {
    const equals = word.indexOf("=");
    if (equals > 0) fields.set(word.slice(0, equals), word.slice(equals + 1));
  }
  return fields;
}

function cut(text: string): [string, string] {
  const space = text.indexOf(" ");
  return space < 0 ? [text, ""] : [text.slice(0, space), text.slice(space + 1)];
}
