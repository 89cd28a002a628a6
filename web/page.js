// @ts-check
/// <reference lib="dom" />
/**
 * What the page of a folder does better with scripts than without: here its parts are put together. Without them it is what
 * the server rendered (lib/files/listing_page.ts): links and a form.
 *
 * @module
 */

import { isDialogOpen } from "./dialogs.js";
import { element, iconButton } from "./element.js";
import { listenToKeys, showHelp } from "./keys.js";
import { isForNewTab, Listing } from "./listing.js";
import { openMenu, remove } from "./menu.js";
import { takeUploads } from "./page_uploads.js";
import { canPreview, openPreview } from "./preview.js";

/** @typedef {import("./listing.js").Row} Row */

const words = (document.body.dataset["may"] ?? "").split(" ");
/** @type {import("./menu.js").Allowed} */
const may = {
  upload: words.includes("upload"),
  delete: words.includes("delete"),
  archive: words.includes("archive"),
};

const refresh = () => void listing.refresh();
const preview = (/** @type {Row} */ row) =>
  openPreview(row, listing.visibleRows);

const listing = new Listing((row, button) =>
  openMenu(row, button, {
    may,
    preview: canPreview(row) ? preview : undefined,
    onRemoved: refresh,
  })
);

const filter = element("input", {
  type: "search",
  class: "filter",
  placeholder: "Filter",
  "aria-label": "Filter by name",
  autocomplete: "off",
  spellcheck: "false",
  input: () => listing.filter(filter.value),
  keydown: (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Escape") {
      filter.value = "";
      listing.filter("");
      filter.blur();
    } else if (event.key === "Enter" || event.key === "ArrowDown") {
      event.preventDefault();
      listing.visibleRows[0]?.link.focus();
    }
  },
});

const view = iconButton("grid", "Show as a grid", () => toggleView());

function toggleView() {
  showAsGrid(!listing.isGrid);
}

/** @param {boolean} isGrid */
function showAsGrid(isGrid) {
  listing.showAsGrid(isGrid);
  view.className = `icon-button icon-${isGrid ? "list" : "grid"}`;
  view.title = isGrid ? "Show as a list" : "Show as a grid";
  view.setAttribute("aria-label", view.title);
}

/** @type {import("./keys.js").KeyActions} */
const actions = {
  filter: () => filter.focus(),
  look: (row) => canPreview(row) ? preview(row) : row.link.click(),
  toggleView,
  upload: may.upload
    ? takeUploads(listing, document.body.dataset["folder"] ?? "/")
    : undefined,
  remove: may.delete ? (row) => void remove(row, refresh) : undefined,
};

document.querySelector(".tools")?.append(
  element("label", { class: "filter-box" }, filter),
  element(
    "div",
    { class: "views" },
    view,
    iconButton("help", "Keys", () => showHelp(actions)),
  ),
);
if (Listing.wasGrid) showAsGrid(true);
listenToKeys(listing, actions);

/** What people put into a folder to be opened, not to be read as text. */
const PAGE = /\.x?html?$/i;

// A click looks at a file; with Ctrl, Shift or the middle button it stays the browser's.
document.querySelector(".entries")?.addEventListener("click", (event) => {
  const click = /** @type {MouseEvent} */ (event);
  const target = /** @type {Element} */ (click.target);
  const row = listing.rowOf(target);
  if (
    row === undefined || target.closest("a") === null || isForNewTab(click) ||
    isDialogOpen() || !canPreview(row) || PAGE.test(row.base)
  ) return;
  click.preventDefault();
  preview(row);
});
