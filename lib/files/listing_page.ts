/**
 * The page of a folder, and the page of an error, as HTML that works without JavaScript: links, sorting by links, a form to
 * upload. What scripts can do better is added by `web/page.js`, which reads the listing from this very HTML: it is written
 * nowhere else.
 *
 * Names and texts of users are text here, never HTML (security.md X1, X4), and links begin with `./`, so that a file called
 * `javascript:x` is a file. There is no inline script and no inline style: the Content-Security-Policy forbids both.
 *
 * @module
 */

import type { Name } from "../names/name.ts";
import {
  FIRST_DIRECTION,
  type SortBy,
  sorted,
  type Sorting,
  sortQuery,
} from "../../web/order.js";
import type { MediaKind } from "../http/media_types.ts";
import { sizeText, totalsText } from "../../web/sizes.js";
import { escapeHtml, folderPath, nameHtml, urlPart } from "./html.ts";
import { markdownHtml } from "./markdown.ts";
import { isoTime, type ListedEntry, type Listing } from "./listing_json.ts";
import { ASSETS_PATH, headHtml } from "./page_head.ts";

/** A folder, and what may be done in it. */
export interface ListingPage extends Listing {
  readonly mayUpload: boolean;
  readonly mayDelete: boolean;
  readonly mayArchive: boolean;
  /** By its name. */
  readonly kindOf: (base: string) => MediaKind;
  /** Shown below the listing. */
  readonly readme?: { readonly name: string; readonly text: string };
  /** Of the files of `web/`, in their path (page_assets.ts). */
  readonly version: string;
  /** Shown above it, once: what became of an upload. */
  readonly notice?: string;
}

/** The page of a folder. */
export function listingPage(page: ListingPage): string {
  const { folder, entries, sorting, readme, notice } = page;
  const path = folderPath(folder);
  const may = [
    page.mayUpload ? "upload" : "",
    page.mayDelete ? "delete" : "",
    page.mayArchive ? "archive" : "",
  ].filter((word) => word !== "").join(" ");
  return headHtml(
    folder === "" ? "Landline" : lastPart(folder),
    `${ASSETS_PATH}${page.version}/`,
    SCRIPTED,
  ) +
    `<body data-folder="${path}" data-may="${may}">
<header class="bar">
${crumbsHtml(folder, sorting)}
<div class="actions">
${page.mayArchive ? ARCHIVE_LINKS : ""}${page.mayUpload ? UPLOAD_FORM : ""}
</div>
</header>
<main>
${
      notice === undefined
        ? ""
        : `<p class="notice" role="status">${escapeHtml(notice)}</p>\n`
    }<div class="tools"><p class="totals">${totalsOf(entries)}</p></div>
${sortHtml(sorting)}
<ul class="entries" aria-label="Files and folders">
${rowsHtml(page)}</ul>
${readme === undefined ? "" : readmeHtml(readme)}</main>
</body>
</html>
`;
}

function readmeHtml(
  { name, text }: { readonly name: string; readonly text: string },
): string {
  const content = /\.(?:md|markdown)$/i.test(name)
    ? markdownHtml(text)
    : `<pre>${escapeHtml(text)}</pre>\n`;
  return `<section class="readme">
<h2>${nameHtml(name)}</h2>
${content}</section>
`;
}

/** The page that says why there is none. `text` is one sentence, and may hold what the browser sent. */
export function errorPage(
  { status, reason, text }: {
    readonly status: number;
    readonly reason: string;
    readonly text: string;
  },
): string {
  const title = `${status} ${escapeHtml(reason)}`;
  return headHtml(`${status} ${reason}`, ASSETS_PATH, PLAIN) + `<body>
<main class="fault">
<h1>${title}</h1>
<p>${escapeHtml(text)}</p>
<p><a href="/">All files</a></p>
</main>
</body>
</html>
`;
}

/** What an error page needs of `web/`. */
const PLAIN = ["icons.css", "page.css"];
/** What the page of a folder needs. */
const SCRIPTED = [
  ...PLAIN,
  "listing.css",
  "scripted.css",
  "dialogs.css",
  "uploads.css",
  "page.js",
];

const ARCHIVE_LINKS =
  `<a class="button archive" href="?zip" download title="Everything in this folder as one file">Download .zip</a>
<a class="button archive" href="?tar" download>.tar</a>
`;

/** Without JavaScript; `web/picker.js` puts its buttons in its place. */
const UPLOAD_FORM = `<details class="upload">
<summary class="button primary">Upload</summary>
<form method="post" enctype="multipart/form-data" action="./">
<label>Files <input type="file" name="file" multiple required></label>
<button class="button primary">Upload</button>
</form>
</details>`;

/** The way from the root to here. The sorting goes along. */
function crumbsHtml(folder: string, sorting: Sorting): string {
  const query = escapeHtml(sortQuery(sorting));
  const parts = folder === "" ? [] : folder.split("/");
  let html = "";
  for (let i = 0; i <= parts.length; i++) {
    const text = i === 0 ? "Landline" : nameHtml(parts[i - 1]!);
    const href = folderPath(parts.slice(0, i).join("/")) + query;
    const current = i === parts.length ? ` aria-current="page"` : "";
    html += `<li><a href="${href}"${current}>${text}</a></li>`;
  }
  return `<nav class="crumbs" aria-label="Where you are"><ol>${html}</ol></nav>`;
}

const COLUMNS: readonly (readonly [SortBy, string])[] = [
  ["name", "Name"],
  ["size", "Size"],
  ["time", "Changed"],
];

/** Links that sort. The one in force turns round; it is told to eyes by CSS, to screen readers by its label. */
function sortHtml(sorting: Sorting): string {
  let html = "";
  for (const [sort, text] of COLUMNS) {
    const isCurrent = sort === sorting.sort;
    const order = isCurrent
      ? sorting.order === "asc" ? "desc" : "asc"
      : FIRST_DIRECTION[sort];
    const query = sortQuery({ sort, order }) || "./";
    const state = isCurrent
      ? ` aria-current="true" data-order="${sorting.order}"`
      : "";
    html += `<a href="${
      escapeHtml(query)
    }" data-sort="${sort}"${state}>${text}</a>`;
  }
  return `<nav class="columns" aria-label="Sort by">${html}</nav>`;
}

function totalsOf(entries: readonly ListedEntry[]): string {
  let files = 0;
  let bytes = 0;
  for (const { kind, size } of entries) {
    if (kind === "file") {
      files++;
      bytes += size;
    }
  }
  return totalsText({ files, folders: entries.length - files, bytes });
}

/** Ten thousand of these are made for one page: no more than joined strings. */
function rowsHtml({ entries, sorting, kindOf }: ListingPage): string {
  const query = escapeHtml(sortQuery(sorting));
  let html = "";
  for (const { base, kind, size, mtime } of sorted(entries, sorting)) {
    const href = "./" + urlPart(base);
    const time = isoTime(mtime);
    // Only the browser knows the time zone of who looks at it; its script writes that in here.
    const when = `<time datetime="${time}">${time.slice(0, 10)} ${
      time.slice(11, 16)
    } UTC</time></li>\n`;
    html += kind === "folder"
      ? `<li data-kind="folder"><a href="${href}/${query}">${
        nameHtml(base)
      }</a>${when}`
      : `<li data-kind="${kindOf(base)}"><a href="${href}">${
        nameHtml(base)
      }</a><data value="${size}">${sizeText(size)}</data>${when}`;
  }
  return html;
}

function lastPart(folder: Name): string {
  return folder.slice(folder.lastIndexOf("/") + 1);
}
