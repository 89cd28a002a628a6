/**
 * What every service in HTTP asks of a request before it looks at what is wanted.
 *
 * @module
 */

import type { RequestHead } from "../../http/request_head.ts";
import { mayChange } from "../../http/same_origin.ts";
import { HttpRefusal } from "../../http/status.ts";
import type { Target } from "../../http/target.ts";

/** RFC 9110 9.1: those we know. PATCH is how tus appends. */
const METHODS: ReadonlySet<string> = new Set([
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "PATCH",
  "DELETE",
  "OPTIONS",
]);

/**
 * RFC 9110 15.6.2: who asks with a method that nobody knows is told so, whatever it is about.
 *
 * @throws {HttpRefusal} 501
 */
export function checkMethod(method: string): void {
  if (!METHODS.has(method)) {
    throw new HttpRefusal(501, `The method ${method} is not known here`);
  }
}

/**
 * The door for what only our own pages, and programs, may do (`http/same_origin.ts`).
 *
 * @throws {HttpRefusal} 403
 */
export function checkSite(
  { fields }: RequestHead,
  target: Target | "*",
  allowedHosts: readonly string[],
): void {
  const reason = mayChange({
    host: (target === "*" ? undefined : target.authority) ?? fields.get("host"),
    origin: fields.get("origin"),
    secFetchSite: fields.get("sec-fetch-site"),
  }, allowedHosts);
  if (reason !== undefined) throw new HttpRefusal(403, reason);
}
