// @ts-check
/// <reference lib="dom" />
/**
 * The rows of the listing, as the server has rendered them: sorted, filtered, shown as a list or as a grid, and fetched anew
 * when something has changed. Nothing here knows how a row is written: that is the server's (lib/files/listing_page.ts).
 *
 * @module
 */

import { element, iconButton } from "./element.js";
import { FIRST_DIRECTION, parseSort, sorted, sortQuery } from "./order.js";
import { totalsText } from "./sizes.js";

/**
 * @typedef {import("./order.js").SortBy} SortBy
 * @typedef {import("./order.js").Sorting} Sorting
 */

/**
 * @typedef {object} Row
 * @property {HTMLLIElement} item
 * @property {HTMLAnchorElement} link
 * @property {string} base the last part of the name, as it is on the disk
 * @property {"file" | "folder"} kind
 * @property {string} media what kind of file it is: `picture`, `text`, ...
 * @property {number} size
 * @property {number} mtime
 */

/** Pictures above this are not fetched for a thumbnail: a grid of them would take the whole line. */
const THUMBNAIL_BYTES_MAX = 8e6;

const VIEW_KEY = "landline.view";

export class Listing {
  /** @type {HTMLUListElement} */
  #list;
  /** @type {HTMLElement} */
  #columns;
  /** @type {HTMLElement} */
  #totals;
  /** @type {Row[]} in the order shown */
  #rows = [];
  /** @type {Sorting} */
  #sorting;
  #filter = "";
  #empty = element("p", { class: "empty", hidden: true });
  /** @type {(row: Row, button: HTMLElement) => void} */
  #openMenu;
  #times = new Intl.DateTimeFormat(undefined, {
    dateStyle: "medium",
    timeStyle: "short",
  });

  /** @param {(row: Row, button: HTMLElement) => void} openMenu called for the button of a row */
  constructor(openMenu) {
    this.#openMenu = openMenu;
    this.#list = /** @type {HTMLUListElement} */ (find(".entries"));
    this.#columns = find(".columns");
    this.#totals = find(".totals");
    this.#sorting = parseSort(location.search.slice(1));
    this.#list.after(this.#empty);
    this.#columns.addEventListener("click", (event) => this.#sortBy(event));
    this.#list.addEventListener("click", (event) => this.#onClick(event));
    this.#adopt();
  }

  /** The rows that are not filtered away, in order. */
  get visibleRows() {
    return this.#rows.filter(({ item }) => !item.hidden);
  }

  /** @returns {boolean} */
  get isGrid() {
    return this.#list.classList.contains("grid");
  }

  /**
   * The row that `node` is in.
   *
   * @param {Node | null} node
   * @returns {Row | undefined}
   */
  rowOf(node) {
    const item = node instanceof Element ? node.closest("li") : null;
    return this.#rows.find((row) => row.item === item);
  }

  /**
   * Hides what does not contain every word of `text`.
   *
   * @param {string} text
   */
  filter(text) {
    this.#filter = folded(text);
    this.#applyFilter();
  }

  /** Fetches the listing anew: after an upload, or a removal. The focus stays on the same name. */
  async refresh() {
    const response = await fetch(location.pathname + sortQuery(this.#sorting), {
      headers: { Accept: "text/html" },
      cache: "no-store",
    });
    if (!response.ok) return;
    const fresh = new DOMParser().parseFromString(
      await response.text(),
      "text/html",
    );
    const list = fresh.querySelector(".entries");
    if (list === null) return;
    const focused = this.rowOf(document.activeElement)?.base;
    this.#rebuild([...list.children]);
    this.#adopt();
    if (focused !== undefined) this.focus(focused);
  }

  /**
   * Puts the focus on the row of that name, if there is one.
   *
   * @param {string} base
   */
  focus(base) {
    this.#rows.find((row) => row.base === base)?.link.focus();
  }

  /** @param {boolean} isGrid */
  showAsGrid(isGrid) {
    this.#list.classList.toggle("grid", isGrid);
    store(VIEW_KEY, isGrid ? "grid" : "list");
    if (isGrid) this.#addThumbnails();
  }

  /** Whether this person looked at grids the last time. */
  static get wasGrid() {
    try {
      return localStorage.getItem(VIEW_KEY) === "grid";
    } catch {
      return false;
    }
  }

  /** Takes the rows that the list holds now. */
  #adopt() {
    const rows = [];
    // A copy: the list itself is counted anew after every change in it.
    for (const item of [...this.#list.children]) {
      const row = rowIn(/** @type {HTMLLIElement} */ (item));
      if (row === undefined) continue;
      const time = item.querySelector("time");
      if (time !== null) time.textContent = this.#times.format(row.mtime);
      const more = iconButton("more", `More about ${row.base}`, () => {});
      item.append(more);
      rows.push(row);
    }
    this.#rows = rows;
    if (this.isGrid) this.#addThumbnails();
    this.#applyFilter();
  }

  /** @param {MouseEvent} event */
  #onClick(event) {
    const button = /** @type {Element} */ (event.target).closest("button");
    const row = this.rowOf(button);
    if (button !== null && row !== undefined) this.#openMenu(row, button);
  }

  /** Sorts without asking the server; the address says how, for a reload and for whoever gets the link. @param {MouseEvent} event */
  #sortBy(event) {
    const link = /** @type {Element} */ (event.target).closest("a");
    if (link === null || isForNewTab(event)) return;
    event.preventDefault();
    this.#sorting = parseSort(new URL(link.href).search.slice(1));
    this.#rows = sorted(this.#rows, this.#sorting);
    this.#rebuild(this.#rows.map(({ item }) => item));
    this.#tellSorting();
  }

  /**
   * Fills the list with `items`. While it is no part of the page nothing has to be kept up to date: 0.1 s for ten thousand,
   * where it was 0.9 s. What was scrolled to stays where it is, as nothing is laid out in between.
   *
   * @param {readonly Element[]} items
   */
  #rebuild(items) {
    const place = this.#empty;
    this.#list.remove();
    this.#list.replaceChildren();
    for (const item of items) this.#list.append(item);
    place.before(this.#list);
  }

  #tellSorting() {
    const query = sortQuery(this.#sorting);
    history.replaceState(history.state, "", location.pathname + query);
    for (const link of this.#columns.querySelectorAll("a")) {
      const sort = /** @type {SortBy} */ (link.dataset["sort"]);
      const { order } = this.#sorting;
      const isCurrent = sort === this.#sorting.sort;
      const next = !isCurrent
        ? FIRST_DIRECTION[sort]
        : order === "asc"
        ? "desc"
        : "asc";
      link.href = sortQuery({ sort, order: next }) || "./";
      link.toggleAttribute("aria-current", isCurrent);
      if (isCurrent) {
        link.setAttribute("aria-current", "true");
        link.dataset["order"] = order;
      } else delete link.dataset["order"];
    }
    // The sorting goes along to other folders.
    const folders = this.#rows.filter(({ kind }) => kind === "folder")
      .map(({ link }) => link);
    for (
      const link of [...folders, ...document.querySelectorAll(".crumbs a")]
    ) {
      const anchor = /** @type {HTMLAnchorElement} */ (link);
      const [path = ""] = (anchor.getAttribute("href") ?? "").split("?");
      anchor.setAttribute("href", path + query);
    }
  }

  #applyFilter() {
    const words = this.#filter.split(" ").filter((word) => word !== "");
    let shown = 0;
    for (const { item, base } of this.#rows) {
      const name = words.length === 0 ? "" : folded(base);
      const isShown = words.every((word) => name.includes(word));
      if (item.hidden === isShown) item.hidden = !isShown;
      if (isShown) shown++;
    }
    this.#totals.textContent = words.length === 0
      ? this.#allTotals()
      : `${shown} of ${this.#rows.length}`;
    this.#empty.hidden = shown > 0;
    this.#empty.textContent = this.#rows.length === 0
      ? "This folder is empty"
      : "No name here contains that";
  }

  #allTotals() {
    const files = this.#rows.filter(({ kind }) => kind === "file");
    return totalsText({
      files: files.length,
      folders: this.#rows.length - files.length,
      bytes: files.reduce((sum, { size }) => sum + size, 0),
    });
  }

  /** Pictures in place of the icons of pictures, loaded when they come into sight. */
  #addThumbnails() {
    for (const { link, media, size } of this.#rows) {
      const isWanted = media === "picture" && size <= THUMBNAIL_BYTES_MAX &&
        size > 0;
      if (!isWanted || link.querySelector("img") !== null) continue;
      const picture = element("img", {
        loading: "lazy",
        decoding: "async",
        alt: "",
        src: link.href,
        // The icon comes back where the browser does not know the format.
        error: () => picture.remove(),
      });
      link.prepend(picture);
    }
  }
}

/** What the rendered row `item` says. @param {HTMLLIElement} item @returns {Row | undefined} */
function rowIn(item) {
  const link = item.querySelector("a");
  const time = item.querySelector("time");
  if (link === null || time === null) return undefined;
  const media = item.dataset["kind"] ?? "other";
  const isFolder = media === "folder";
  // `./a%20b/?sort=...`
  const [path = ""] = (link.getAttribute("href") ?? "").slice(2).split("?");
  return {
    item,
    link,
    base: decodeURIComponent(isFolder ? path.slice(0, -1) : path),
    kind: isFolder ? "folder" : "file",
    media,
    size: Number(item.querySelector("data")?.value ?? 0),
    mtime: Date.parse(time.dateTime),
  };
}

/** `text` without what a person who searches does not care about. @param {string} text */
function folded(text) {
  return text.normalize("NFKD").replace(/\p{M}+/gu, "").toLowerCase();
}

/** Whether the browser is to open another tab or window: nothing that the page may take over. @param {MouseEvent} event */
export function isForNewTab(event) {
  return event.ctrlKey || event.metaKey || event.shiftKey || event.altKey ||
    event.button !== 0;
}

/** @param {string} selector @returns {HTMLElement} */
function find(selector) {
  const found = document.querySelector(selector);
  if (!(found instanceof HTMLElement)) throw new Error(`No ${selector}`);
  return found;
}

/** A browser may be told to store nothing. @param {string} key @param {string} value */
function store(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // The view is chosen anew next time.
  }
}
