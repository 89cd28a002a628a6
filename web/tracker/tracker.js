// @ts-check
/// <reference lib="dom" />
/**
 * The tracker's page: asks for `/state.json` every two seconds while somebody looks, and shows it.
 *
 * @module
 */

import { counted, totalsText } from "../sizes.js";
import { fileRows, peerRows, underWayRows } from "./lists.js";

/** @typedef {import("./lists.js").TrackerView} TrackerView */

const EVERY_MS = 2000;
/** Somebody who types is not asked about between letters. */
const TYPING_MS = 200;

const search = /** @type {HTMLInputElement} */ (find("#search"));
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;
/** Only the newest answer is shown, in whatever order they come. */
let asked = 0;
let shown = 0;

/** @param {string} selector */
function find(selector) {
  return /** @type {HTMLElement} */ (document.querySelector(selector));
}

async function ask() {
  clearTimeout(timer);
  const number = ++asked;
  try {
    const query = new URLSearchParams({ q: search.value });
    const answer = await fetch(`/state.json?${query}`, { cache: "no-store" });
    if (!answer.ok) throw new Error(await answer.text());
    const view = /** @type {TrackerView} */ (await answer.json());
    if (number > shown) {
      shown = number;
      show(view);
    }
    find(".lost").hidden = true;
  } catch {
    find(".lost").hidden = false;
  }
  if (number === asked) later(EVERY_MS);
}

/** @param {number} ms */
function later(ms) {
  clearTimeout(timer);
  if (!document.hidden) timer = setTimeout(ask, ms);
}

/** @param {TrackerView} view */
function show(view) {
  find(".totals").textContent = totalsText(view);
  fill("#peers", peerRows(view), "Nobody is here.");
  fill(
    "#under-way",
    underWayRows(view),
    view.peers.length === 0 ? "" : "Nothing: everybody has everything.",
  );
  fill("#files", fileRows(view), "There is nothing.");
  const more = view.found - view.listing.length;
  find(".more").textContent = more === 0
    ? ""
    : `${counted(more, "more path")}: look for a part of the name.`;
}

/**
 * @param {string} table
 * @param {HTMLElement[]} rows
 * @param {string} otherwise what is said where there are none
 */
function fill(table, rows, otherwise) {
  find(`${table} tbody`).replaceChildren(...rows);
  find(`${table} table`).hidden = rows.length === 0;
  const empty = find(`${table} .none`);
  empty.textContent = otherwise;
  empty.hidden = rows.length > 0;
}

search.addEventListener("input", () => later(TYPING_MS));
document.addEventListener("visibilitychange", () => later(0));
ask();
