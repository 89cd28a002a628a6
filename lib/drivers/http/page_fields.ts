/**
 * Fields of the pages that are ours.
 *
 * @module
 */

import type { Field } from "../../http/status.ts";

/** Nothing but our own scripts, styles and pictures; nobody may put the page into a frame; nobody is told where one came from. */
export const PAGE_FIELDS: readonly Field[] = [
  [
    "Content-Security-Policy",
    "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self' data: blob:; " +
    "media-src 'self' blob:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  ],
  ["Referrer-Policy", "no-referrer"],
];
