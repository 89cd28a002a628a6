// @ts-check
/// <reference lib="dom" />
/**
 * The keyboard, for the page as a whole: what the keys are, what they do, and the dialog that tells.
 *
 * @module
 */

import { isDialogOpen, openDialog } from "./dialogs.js";
import { element, iconButton } from "./element.js";

/** @typedef {import("./listing.js").Listing} Listing */
/** @typedef {import("./listing.js").Row} Row */

/**
 * What the page does when a key asks for it; `undefined` where it may not.
 *
 * @typedef {object} KeyActions
 * @property {() => void} filter
 * @property {(row: Row) => void} look
 * @property {() => void} toggleView
 * @property {(() => void) | undefined} upload
 * @property {((row: Row) => void) | undefined} remove
 */

/** Remembers over the way up which folder it was left from, so that the focus is on it. */
const LEFT_KEY = "landline.left";

/**
 * @param {Listing} listing
 * @param {KeyActions} actions
 */
export function listenToKeys(listing, actions) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isDialogOpen()) {
      return;
    }
    if (event.target instanceof Element && isTyping(event.target)) return;
    if (act(event.key, listing, actions)) event.preventDefault();
  });
  try {
    const left = sessionStorage.getItem(LEFT_KEY);
    sessionStorage.removeItem(LEFT_KEY);
    if (left !== null) listing.focus(left);
  } catch {
    // A browser may be told to remember nothing.
  }
}

/**
 * @param {string} key
 * @param {Listing} listing
 * @param {KeyActions} actions
 * @returns {boolean} whether the key meant something
 */
function act(key, listing, actions) {
  const row = listing.rowOf(document.activeElement);
  const columns = listing.isGrid ? columnsOf(listing.visibleRows) : 1;
  switch (key) {
    case "/":
      actions.filter();
      return true;
    case "ArrowDown":
    case "j":
      return move(listing, row, columns);
    case "ArrowUp":
    case "k":
      return move(listing, row, -columns);
    case "ArrowRight":
      return listing.isGrid && move(listing, row, 1);
    case "ArrowLeft":
      return listing.isGrid && move(listing, row, -1);
    case "Home":
      return move(listing, undefined, 1);
    case "End":
      return move(listing, undefined, -1);
    case "Backspace":
    case "m":
      return goUp();
    case " ":
      // In the middle of nothing it scrolls, and on a button it presses it.
      if (row?.link !== document.activeElement || row === undefined) {
        return false;
      }
      actions.look(row);
      return true;
    case "d":
      if (row === undefined || row.kind === "folder") return false;
      element("a", { href: row.link.href, download: row.base }).click();
      return true;
    case "g":
      actions.toggleView();
      return true;
    case "u":
      actions.upload?.();
      return actions.upload !== undefined;
    case "Delete":
      if (row === undefined || actions.remove === undefined) return false;
      actions.remove(row);
      return true;
    case "?":
      showHelp(actions);
      return true;
    default:
      return false;
  }
}

/** @param {Element} target */
function isTyping(target) {
  return target.matches("input, textarea, select, video, audio") ||
    target.matches("[contenteditable]");
}

/** Puts the focus `step` rows further; at the first or the last one, if it is on none. @param {Listing} listing @param {Row | undefined} row @param {number} step */
function move(listing, row, step) {
  const rows = listing.visibleRows;
  const at = row === undefined ? -1 : rows.indexOf(row);
  const to = at < 0
    ? step > 0 ? 0 : rows.length - 1
    : Math.min(Math.max(at + step, 0), rows.length - 1);
  rows[to]?.link.focus();
  return rows.length > 0;
}

/** How many stand beside each other. @param {readonly Row[]} rows */
function columnsOf(rows) {
  const top = rows[0]?.item.offsetTop;
  const below = rows.findIndex(({ item }) => item.offsetTop !== top);
  return below < 0 ? Math.max(rows.length, 1) : below;
}

function goUp() {
  const crumbs = [...document.querySelectorAll(".crumbs a")];
  const parent = crumbs.at(-2);
  if (!(parent instanceof HTMLAnchorElement)) return false;
  try {
    const path = location.pathname.split("/");
    sessionStorage.setItem(LEFT_KEY, decodeURIComponent(path.at(-2) ?? ""));
  } catch {
    // The focus begins at the top then.
  }
  parent.click();
  return true;
}

/** @param {KeyActions} actions */
export function showHelp(actions) {
  /** @type {[string, string][]} */
  const keys = [
    ["/", "filter by name"],
    ["↑ ↓  or  k j", "go through the entries"],
    ["Enter", "open"],
    ["Space", "look at it"],
    ["d", "download"],
    ["Backspace  or  m", "the folder above"],
    ["g", "list or grid"],
  ];
  if (actions.upload !== undefined) {
    keys.push(["u", "upload files"], ["Ctrl V", "upload what was copied"]);
  }
  if (actions.remove !== undefined) keys.push(["Delete", "delete"]);
  keys.push(["Esc", "close, or clear the filter"], ["?", "this"]);
  const list = element("dl", {});
  for (const [key, meaning] of keys) {
    list.append(
      element("dt", {}, element("kbd", {}, key)),
      element("dd", {}, meaning),
    );
  }
  const dialog = openDialog(
    "help",
    "Keys",
    element(
      "header",
      {},
      element("h2", {}, "Keys"),
      iconButton("close", "Close", () => dialog.close()),
    ),
    list,
  );
}
