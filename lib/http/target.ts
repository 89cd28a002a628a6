/**
 * What a request is for (RFC 9112 3.2, RFC 3986): the target, taken apart, and the name of a file in it.
 *
 * @module
 */

import { type Name, toName } from "../names/name.ts";
import { HttpRefusal, malformed } from "./status.ts";

/** A target in origin-form. */
export interface Target {
  /** As it was sent, with the `/` at its beginning. */
  readonly path: string;
  /** Behind the `?`, as it was sent. */
  readonly query: string | undefined;
  /** The host of a target in absolute-form, which counts instead of the Host field (RFC 9112 3.2.2). */
  readonly authority?: string;
}

const ABSOLUTE = /^https?:\/\/([^/?]*)(.*)$/i;

/**
 * RFC 3986 3.2.2, 3.2.3. The host is not empty (RFC 9110 4.2.1), and nobody's name stands in front of it: `user@host` only
 * deceives (RFC 9110 4.2.4).
 */
const AUTHORITY =
  /^(?:[A-Za-z0-9\-._~%!$&'()*+,;=]+|\[[0-9A-Fa-f:.]+(?:%25[\w.~-]+)?\])(?::\d{0,5})?$/;

/** Whether `text` is a host and perhaps a port: `name`, `1.2.3.4:80`, `[::1]`. */
export function isAuthority(text: string): boolean {
  return AUTHORITY.test(text);
}

/**
 * Takes `target` apart; `*` is what OPTIONS may ask about.
 *
 * @throws {HttpRefusal} 400
 */
export function parseTarget(method: string, target: string): Target | "*" {
  if (target === "*" && method === "OPTIONS") return "*";
  if (target.includes("#")) {
    throw malformed("The request target has a fragment");
  }
  if (target.startsWith("/")) return split(target);
  const [, authority, rest] = ABSOLUTE.exec(target) ?? [];
  if (authority === undefined || rest === undefined) {
    throw malformed("The request target is not a path");
  }
  if (!isAuthority(authority)) {
    throw malformed("The host of the request target is not a host and a port");
  }
  return { ...split(rest.startsWith("/") ? rest : "/" + rest), authority };
}

function split(target: string): Target {
  const at = target.indexOf("?");
  return at < 0
    ? { path: target, query: undefined }
    : { path: target.slice(0, at), query: target.slice(at + 1) };
}

/** The file, or with `/` at its end the folder, that a path names; `""` is the root. */
export interface Place {
  readonly name: Name | "";
  readonly isFolder: boolean;
}

const ROOT: Place = { name: "", isFolder: true };

/**
 * The place that `path` names. It is decoded once (security.md P2), part by part: an encoded `/` is none (P1), `.` and
 * `..` are refused rather than resolved, whatever they are written as.
 *
 * @throws {HttpRefusal} 400 if it is not percent-encoded UTF-8
 * @throws {Refusal} `bad-name`
 */
export function placeOf(path: string): Place {
  if (path === "/") return ROOT;
  const isFolder = path.endsWith("/");
  const raw = path.slice(1, isFolder ? -1 : undefined);
  if (!raw.includes("%")) return { name: toName(raw), isFolder };
  const parts = raw.split("/").map(decodePart);
  if (parts.some((part) => part.includes("/"))) {
    throw new HttpRefusal(400, "A name cannot contain an encoded slash");
  }
  return { name: toName(parts.join("/")), isFolder };
}

/** RFC 3986 2.1; overlong and cut-off UTF-8 is none (security.md P5). */
function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new HttpRefusal(400, "The path is not percent-encoded UTF-8");
  }
}

/** The path of a place, percent-encoded: `placeOf` back again. */
export function pathOfPlace({ name, isFolder }: Place): string {
  if (name === "") return "/";
  return "/" + name.split("/").map(encodeURIComponent).join("/") +
    (isFolder ? "/" : "");
}
