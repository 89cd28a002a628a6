/**
 * What is in a folder, for scripts: as JSON, and as plain names.
 *
 * ```json
 * {
 *   "folder": "/photos/",
 *   "entries": [
 *     { "name": "2024", "kind": "folder", "size": 0, "mtime": 1732193763123, "modified": "2024-11-21T12:56:03.123Z", "url": "/photos/2024/" },
 *     { "name": "a b.jpg", "kind": "file", "size": 52133, "mtime": 1732193763123, "modified": "2024-11-21T12:56:03.123Z", "url": "/photos/a%20b.jpg" }
 *   ]
 * }
 * ```
 *
 * `folder` and `url` are paths on this server, percent-encoded; `name` is as it is on the disk; `size` is in bytes, 0 for a
 * folder; `mtime` is in milliseconds since 1970, and `modified` is the same moment.
 *
 * @module
 */

import { escapeName } from "../names/escape.ts";
import type { Name } from "../names/name.ts";
import { type Sortable, sorted, type Sorting } from "../../web/order.js";
import { folderPath, urlPart } from "./html.ts";

/** A file or a folder in a folder. */
export type ListedEntry = Sortable;

/** A folder, and how it is to be shown. */
export interface Listing {
  readonly folder: Name | "";
  readonly entries: readonly ListedEntry[];
  readonly sorting: Sorting;
}

/** The listing as JSON, with a line for each entry. */
export function listingJson({ folder, entries, sorting }: Listing): string {
  const path = folderPath(folder);
  const rows = sorted(entries, sorting).map((entry) =>
    JSON.stringify({
      name: entry.base,
      kind: entry.kind,
      size: entry.size,
      mtime: entry.mtime,
      modified: isoTime(entry.mtime),
      url: path + urlPart(entry.base) + (entry.kind === "folder" ? "/" : ""),
    })
  );
  return `{"folder":${JSON.stringify(path)},"entries":[${
    rows.length === 0 ? "" : "\n" + rows.join(",\n") + "\n"
  }]}\n`;
}

/**
 * The names, one on each line, a folder's with `/` at its end. Characters that would end the line or drive a terminal are
 * escaped as in the wire protocol (security.md L2; dufs #669).
 */
export function listingText({ entries, sorting }: Listing): string {
  let text = "";
  for (const { base, kind } of sorted(entries, sorting)) {
    text += escapeName(base) + (kind === "folder" ? "/\n" : "\n");
  }
  return text;
}

/** As far as ECMAScript counts, in milliseconds (ECMA-262 21.4.1.1). A file system may claim more. */
const TIME_MAX = 8.64e15;

/** The moment `ms` as RFC 3339 writes it, in UTC. */
export function isoTime(ms: number): string {
  const time = Math.min(Math.max(ms, -TIME_MAX), TIME_MAX);
  return new Date(Number.isNaN(time) ? 0 : time).toISOString();
}
