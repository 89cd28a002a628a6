/**
 * Fields of the pages that are ours.
 *
 * @module
 */

import type { Field } from "../../http/status.ts";

/**
 * Nothing but our own scripts, styles and pictures; nobody may put the page into a frame; no other site is told where one
 * came from (`no-referrer` would make browsers send `Origin: null` with the upload form, which is refused).
 */
export const PAGE_FIELDS: readonly Field[] = [
  [
    "Content-Security-Policy",
    "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self' data: blob:; " +
    "media-src 'self' blob:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  ],
  ["Referrer-Policy", "same-origin"],
];
