// @ts-check
/// <reference lib="dom" />
/**
 * Looking at files without leaving the folder: pictures, sound, films, and the beginning of texts.
 *
 * @module
 */

import { openDialog } from "./dialogs.js";
import { element, iconButton } from "./element.js";
import { faultOf } from "./faults.js";
import { sizeText } from "./sizes.js";

/** @typedef {import("./listing.js").Row} Row */

/** As much of a text as is shown: enough to see what it is, and little enough for a phone. */
const TEXT_BYTES_MAX = 256 * 1024;

const KINDS = ["picture", "audio", "video", "text"];

/** Whether there is something to see of `row`. @param {Row} row */
export function canPreview(row) {
  return row.kind === "file" && KINDS.includes(row.media);
}

/**
 * @param {Row} first
 * @param {readonly Row[]} rows those that "next" goes through
 */
export function openPreview(first, rows) {
  const all = rows.filter(canPreview);
  let at = all.indexOf(first);
  let shown = new AbortController();
  const title = element("h2", {});
  const count = element("p", { class: "count" });
  const stage = element("div", { class: "stage" });
  const open = element("a", {
    class: "icon-button icon-open",
    target: "_blank",
    rel: "noopener",
    title: "Open in a new tab",
    "aria-label": "Open in a new tab",
  }, element("span", { class: "icon" }));
  const download = element("a", {
    class: "icon-button icon-download",
    title: "Download",
    "aria-label": "Download",
  }, element("span", { class: "icon" }));
  const previous = iconButton("left", "Previous", () => show(at - 1));
  const next = iconButton("right", "Next", () => show(at + 1));
  const dialog = openDialog(
    "preview",
    "Preview",
    element(
      "header",
      {},
      element("div", { class: "title" }, title, count),
      open,
      download,
      iconButton("close", "Close", () => dialog.close()),
    ),
    stage,
    element("footer", {}, previous, next),
  );

  /** @param {number} index */
  const show = (index) => {
    const row = all[index];
    if (row === undefined) return;
    at = index;
    shown.abort();
    shown = new AbortController();
    title.textContent = row.base;
    count.textContent = `${index + 1} of ${all.length} · ${sizeText(row.size)}`;
    open.href = row.link.href;
    download.href = row.link.href;
    download.download = row.base;
    previous.disabled = index === 0;
    next.disabled = index === all.length - 1;
    stage.replaceChildren(viewOf(row, shown.signal));
    const following = all[index + 1];
    if (following?.media === "picture") new Image().src = following.link.href;
  };

  dialog.addEventListener("keydown", (event) => {
    // A player and a text use the arrows themselves.
    const isTaken = event.target instanceof HTMLMediaElement;
    if (isTaken || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "ArrowLeft") show(at - 1);
    else if (event.key === "ArrowRight") show(at + 1);
    else if (event.key === " " && event.target === dialog) dialog.close();
    else return;
    event.preventDefault();
  });
  // On a phone "back" closes what was opened, and does not leave the folder.
  history.pushState({ isPreview: true }, "");
  const goneBack = () => dialog.close();
  addEventListener("popstate", goneBack);
  dialog.addEventListener("close", () => {
    removeEventListener("popstate", goneBack);
    if (history.state?.isPreview) history.back();
    shown.abort();
    // A player that is only removed plays on.
    stage.replaceChildren();
    all[at]?.link.focus();
  });
  show(at);
}

/** @param {Row} row @param {AbortSignal} signal @returns {HTMLElement} */
function viewOf(row, signal) {
  const src = row.link.href;
  const fault = () => element("p", { class: "fault" }, CANNOT_SHOW);
  const replace = (/** @type {Event} */ event) => {
    if (!signal.aborted) {
      /** @type {HTMLElement} */ (event.target).replaceWith(fault());
    }
  };
  switch (row.media) {
    case "picture":
      return element("img", { src, alt: row.base, error: replace });
    case "audio":
      return element("audio", { src, controls: true, error: replace });
    case "video":
      return element("video", {
        src,
        controls: true,
        playsinline: true,
        error: replace,
      });
    default:
      return textView(row, signal);
  }
}

const CANNOT_SHOW = "The browser cannot show this file. Download it instead.";

/** @param {Row} row @param {AbortSignal} signal */
function textView(row, signal) {
  const text = element("pre", { tabindex: "0" }, "…");
  const note = element("p", { class: "note", hidden: true });
  textOf(row, signal).then((beginning) => {
    text.textContent = beginning;
    note.hidden = row.size <= TEXT_BYTES_MAX;
    note.textContent = `The first ${sizeText(TEXT_BYTES_MAX)} of ${
      sizeText(row.size)
    }`;
  }, (error) => {
    if (!signal.aborted) text.textContent = error.message;
  });
  return element("div", { class: "text" }, text, note);
}

/** The beginning of a text. @param {Row} row @param {AbortSignal} signal */
async function textOf(row, signal) {
  // No range of an empty file can be satisfied (RFC 9110 14.1.2).
  if (row.size === 0) return "";
  const response = await fetch(row.link.href, {
    headers: { Range: `bytes=0-${TEXT_BYTES_MAX - 1}` },
    signal,
  });
  if (!response.ok) throw new Error(await faultOf(response));
  const bytes = new Uint8Array(await response.arrayBuffer());
  const text = new TextDecoder().decode(bytes.subarray(0, TEXT_BYTES_MAX));
  if (text.includes("\0")) throw new Error(CANNOT_SHOW);
  return text;
}
