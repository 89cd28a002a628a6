/**
 * The tracker's page as HTML: tables with nothing in them; `web/tracker/` does the rest. There is no inline script and no
 * inline style: the Content-Security-Policy forbids both.
 *
 * @module
 */

import { ASSETS_PATH, headHtml } from "./page_head.ts";
import { TRACKER_VERSION } from "./tracker_assets.ts";

/** The page, the same for everybody. */
export function trackerPage(): string {
  return PAGE;
}

const SEARCH =
  '<label class="filter-box"><input id="search" class="filter" type="search" placeholder="Find a path" aria-label="Find a path" autocomplete="off" spellcheck="false" maxlength="200"></label>\n';

/** @param tools what stands between title and table */
function table(
  id: string,
  title: string,
  columns: readonly string[],
  tools = "",
): string {
  const heads = columns.map((column) => `<th scope="col">${column}</th>`);
  return `<section id="${id}">
<h2>${title}</h2>
${tools}<div class="sideways">
<table hidden><thead><tr>${heads.join("")}</tr></thead><tbody></tbody></table>
<p class="none">Looking …</p>
</div>
</section>
`;
}

const WANTED = [
  "icons.css",
  "page.css",
  "scripted.css",
  "tracker/tracker.css",
  "tracker/tracker.js",
];

const PAGE = headHtml(
  "Landline tracker",
  `${ASSETS_PATH}${TRACKER_VERSION}/`,
  WANTED,
) + `<body>
<header class="bar">
<h1>Landline tracker</h1>
<p class="totals" role="status"></p>
</header>
<p class="lost" role="status" hidden>The tracker does not answer. This is what it said last.</p>
<noscript><p class="notice">This page needs JavaScript. Without it: <code>curl http://ADDRESS:PORT/state.json</code></p></noscript>
<main>
${
  table("peers", "Who is here", [
    "Peer",
    "Address",
    "Came",
    "Sent",
    "Received",
    "Lacks",
    "State",
  ])
}${
  table("under-way", "What is under way", [
    "File",
    "Size",
    "Held by",
    "",
    "",
  ])
}${
  table("files", "What is where", [
    "Path",
    "Size",
    "Changed",
    "By",
    "Held by",
  ], SEARCH)
}<p class="more" role="status"></p>
</main>
</body>
</html>
`;
