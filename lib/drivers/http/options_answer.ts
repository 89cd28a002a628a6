/**
 * OPTIONS (RFC 9110 9.3.7), the preflights of CORS (WHATWG Fetch 4.8), and what tus clients ask first.
 *
 * @module
 */

import type { Field } from "../../http/status.ts";
import type { HttpOptions, HttpRequest } from "./http_request.ts";
import type { HttpSession } from "./http_session.ts";

/** Which methods apply to a file, a folder, or (`*`) anything. */
export function allowedMethods(
  { uploads, mayDelete }: HttpOptions,
  at: "file" | "folder" | "*",
): string {
  const methods = ["GET", "HEAD", "OPTIONS"];
  if (uploads !== undefined && at !== "folder") methods.push("PUT");
  if (uploads !== undefined && at !== "file") methods.push("POST");
  if (mayDelete) methods.push("DELETE");
  return methods.join(", ");
}

/** What this server speaks of tus 1.0. */
export function tusFields({ uploads }: HttpOptions): readonly Field[] {
  return uploads === undefined ? [] : [
    ["Tus-Resumable", "1.0.0"],
    ["Tus-Version", "1.0.0"],
    [
      "Tus-Extension",
      "creation,creation-with-upload,checksum,termination,expiration",
    ],
    ["Tus-Max-Size", `${uploads.bytesMax}`],
    ["Tus-Checksum-Algorithm", "sha1,sha256,md5"],
  ];
}

/** Answers OPTIONS. */
export function answerOptions(
  request: HttpRequest | "*",
  options: HttpOptions,
  session: HttpSession,
): void {
  const at = request === "*" ? "*" : request.place.isFolder ? "folder" : "file";
  session.respond(204, [
    ["Allow", allowedMethods(options, at)],
    ...tusFields(options),
    ...(options.cors ? PREFLIGHT_FIELDS : []),
    ...options.fields,
  ], "none");
}

/** Only what reads: a page of another site may never change something. */
const PREFLIGHT_FIELDS: readonly Field[] = [
  ["Access-Control-Allow-Methods", "GET, HEAD"],
  [
    "Access-Control-Allow-Headers",
    "Range, If-Range, If-None-Match, If-Modified-Since, Accept",
  ],
  ["Access-Control-Max-Age", "600"],
];
