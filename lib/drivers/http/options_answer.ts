/**
 * OPTIONS (RFC 9110 9.3.7), the preflights of CORS (WHATWG Fetch 4.8), and what tus clients ask first.
 *
 * @module
 */

import { CHECKSUM_ALGORITHMS } from "../../http/metadata.ts";
import type { Field } from "../../http/status.ts";
import type { HttpOptions, HttpRequest } from "./http_request.ts";
import type { HttpSession } from "./http_session.ts";
import { tusPlaceOf } from "./tus_place.ts";

/** What methods may be asked of; `*` is anything. */
export type MethodsAt = "file" | "folder" | "root" | "upload" | "*";

/** Which methods apply there, as Allow lists them (RFC 9110 10.2.1). */
export function allowedMethods(
  { uploads, mayDelete }: HttpOptions,
  at: MethodsAt,
): string {
  // PATCH may be said as POST (`tus_answers.ts`).
  if (at === "upload") return "HEAD, OPTIONS, PATCH, POST, DELETE";
  const methods = ["GET", "HEAD", "OPTIONS"];
  const isFolder = at === "folder" || at === "root";
  if (uploads !== undefined && !isFolder) methods.push("PUT");
  if (uploads !== undefined && at !== "file") methods.push("POST");
  if (mayDelete && at !== "root") methods.push("DELETE");
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
    ["Tus-Checksum-Algorithm", CHECKSUM_ALGORITHMS],
  ];
}

/** Answers OPTIONS. */
export function answerOptions(
  request: HttpRequest | "*",
  options: HttpOptions,
  session: HttpSession,
): void {
  session.respond(204, [
    ["Allow", allowedMethods(options, methodsAt(request, options))],
    ...tusFields(options),
    ...(options.cors ? PREFLIGHT_FIELDS : []),
    ...options.fields,
  ], "none");
}

function methodsAt(
  request: HttpRequest | "*",
  { uploads }: HttpOptions,
): MethodsAt {
  if (request === "*") return "*";
  const { place } = request;
  if (place.isFolder) return place.name === "" ? "root" : "folder";
  return uploads !== undefined && tusPlaceOf(place) !== undefined
    ? "upload"
    : "file";
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
