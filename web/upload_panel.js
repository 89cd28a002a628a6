// @ts-check
/// <reference lib="dom" />
/**
 * The panel of the uploads: what is on its way, how fast, how long still, and what can be done about it.
 *
 * @module
 */

import { element, iconButton, textButton } from "./element.js";
import { durationText } from "./pace.js";
import { counted, sizeText } from "./sizes.js";

/** @typedef {import("./uploads.js").Upload} Upload */
/** @typedef {import("./uploads.js").Uploads} Uploads */

/** Rows of those that wait or are done: there may be ten thousand of them, and nobody reads more. */
const ROWS_MAX = 30;
/** Numbers that change more often cannot be read. */
const REDRAW_MS = 150;

/** @type {readonly import("./uploads.js").UploadState[]} */
const ORDER = ["failed", "sending", "resting", "paused", "waiting", "done"];

export class UploadPanel {
  #uploads;
  /** @type {Map<Upload, UploadRow>} */
  #rows = new Map();
  #title = element("h2", { "aria-live": "polite" });
  #pageTitle = document.title;
  #detail = element("p", { class: "detail" });
  #progress = element("progress", { max: "1", "aria-label": "All uploads" });
  #list = element("ul", {});
  #rest = element("p", { class: "rest" });
  #pause = iconButton("pause", "Pause all", () => this.#uploads.pauseAll());
  #resume = iconButton("play", "Go on with all", () => {
    this.#uploads.resumeAll();
  });
  #fold = iconButton("collapse", "Show less", () => this.#toggleFold());
  #close = iconButton("close", "Close", () => this.#uploads.clear());
  #panel;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #redraw;

  /** @param {Uploads} uploads */
  constructor(uploads) {
    this.#uploads = uploads;
    this.#panel = element(
      "section",
      { class: "uploads", "aria-label": "Uploads", hidden: true },
      element(
        "header",
        {},
        element("div", { class: "title" }, this.#title, this.#detail),
        this.#pause,
        this.#resume,
        this.#fold,
        this.#close,
      ),
      this.#progress,
      this.#list,
      this.#rest,
    );
    document.body.append(this.#panel);
  }

  /** Something has changed; what it is, is looked up a little later. */
  update() {
    this.#redraw ??= setTimeout(() => {
      this.#redraw = undefined;
      this.#draw();
    }, REDRAW_MS);
  }

  #draw() {
    const { all, totals, isBusy } = this.#uploads;
    this.#panel.hidden = all.length === 0;
    document.body.classList.toggle("has-uploads", all.length > 0);
    this.#title.textContent = titleOf(totals, isBusy);
    this.#detail.textContent = detailOf(totals);
    this.#progress.value = totals.bytes === 0
      ? totals.done / Math.max(totals.files, 1)
      : totals.sent / totals.bytes;
    this.#pause.hidden = !isBusy;
    this.#resume.hidden = isBusy ||
      !all.some(({ state }) => state === "paused" || state === "failed");
    // What is paused would be lost.
    this.#close.hidden = isBusy || totals.done + totals.failed < totals.files;
    document.title = isBusy
      ? `${Math.floor(this.#progress.value * 100)} % · ${this.#pageTitle}`
      : this.#pageTitle;
    this.#drawRows(all);
  }

  /** @param {readonly Upload[]} all */
  #drawRows(all) {
    const shown = ORDER.flatMap((state) =>
      state === "done"
        ? all.filter((upload) => upload.state === state).slice(-ROWS_MAX)
          .reverse()
        : all.filter((upload) => upload.state === state).slice(0, ROWS_MAX)
    );
    for (const [upload, { item }] of this.#rows) {
      if (!shown.includes(upload)) {
        item.remove();
        this.#rows.delete(upload);
      }
    }
    shown.forEach((upload, index) => {
      const row = this.#rows.get(upload) ?? this.#newRow(upload);
      row.draw();
      // Only what is out of place is moved: a button that is moved loses the focus.
      if (this.#list.children[index] !== row.item) {
        this.#list.insertBefore(row.item, this.#list.children[index] ?? null);
      }
    });
    const hidden = all.length - shown.length;
    this.#rest.hidden = hidden === 0;
    this.#rest.textContent = `and ${counted(hidden, "other")}`;
  }

  /** @param {Upload} upload */
  #newRow(upload) {
    const row = new UploadRow(upload, this.#uploads);
    this.#rows.set(upload, row);
    return row;
  }

  #toggleFold() {
    const isFolded = this.#panel.classList.toggle("folded");
    this.#fold.title = isFolded ? "Show more" : "Show less";
    this.#fold.setAttribute("aria-label", this.#fold.title);
  }
}

/** The row of one upload. */
class UploadRow {
  #upload;
  #name = element("p", { class: "name" });
  #detail = element("p", { class: "detail" });
  #progress = element("progress", { max: "1" });
  #keepBoth;
  #pause;
  #resume;
  #cancel;

  /** @param {Upload} upload @param {Uploads} uploads */
  constructor(upload, uploads) {
    this.#upload = upload;
    const { path } = upload;
    this.#keepBoth = textButton(
      "done",
      "Keep both",
      () => uploads.keepBoth(upload),
    );
    this.#pause = iconButton(
      "pause",
      `Pause ${path}`,
      () => uploads.pause(upload),
    );
    this.#resume = iconButton(
      "retry",
      `Try ${path} again`,
      () => uploads.resume(upload),
    );
    this.#cancel = iconButton(
      "close",
      `Cancel ${path}`,
      () => uploads.cancel(upload),
    );
    this.#progress.setAttribute("aria-label", path);
    this.item = element(
      "li",
      {},
      element("div", { class: "title" }, this.#name, this.#detail),
      this.#keepBoth,
      this.#pause,
      this.#resume,
      this.#cancel,
      this.#progress,
    );
  }

  draw() {
    const upload = this.#upload;
    const { state, file, sent } = upload;
    this.item.dataset["state"] = state;
    this.#name.textContent = upload.path;
    this.#detail.textContent = stateText(upload);
    this.#progress.hidden = state === "done" || state === "waiting" ||
      state === "failed";
    this.#progress.value = file.size === 0 ? 0 : sent / file.size;
    this.#keepBoth.hidden = state !== "failed" || !upload.isClash;
    this.#pause.hidden = !["sending", "resting", "waiting"].includes(state);
    this.#resume.hidden = state !== "paused" && state !== "failed";
    this.#cancel.title = state === "done" ? "Close" : "Cancel";
  }
}

/** @param {Upload} upload */
function stateText({ state, file, sent, rate, fault, place }) {
  const size = sizeText(file.size);
  const progress = `${sizeText(sent)} of ${size}`;
  switch (state) {
    case "waiting":
      return `${size} · waiting`;
    case "sending": {
      const { perSecond } = rate;
      return perSecond < 1
        ? progress
        : `${progress} · ${sizeText(Math.round(perSecond))}/s · ${
          durationText((file.size - sent) / perSecond)
        } left`;
    }
    case "resting":
      return `${progress} · ${fault} · trying again`;
    case "paused":
      return `${progress} · paused`;
    case "failed":
      return fault;
    case "done":
      return place === undefined ? size : `${size} · ${nameAt(place)}`;
    default:
      return state;
  }
}

/** The name a file has got, which may be another one than it came with. @param {string} place */
function nameAt(place) {
  const base = new URL(place, location.href).pathname.split("/").at(-1) ?? "";
  try {
    return decodeURIComponent(base);
  } catch {
    return base;
  }
}

/** @param {Uploads["totals"]} totals @param {boolean} isBusy */
function titleOf({ files, done, failed }, isBusy) {
  if (isBusy) {
    return files === 1 ? "Uploading" : `Uploading ${done + 1} of ${files}`;
  }
  if (failed > 0) return `${counted(failed, "upload")} failed`;
  return done === files ? `${counted(done, "file")} uploaded` : "Paused";
}

/** @param {Uploads["totals"]} totals */
function detailOf({ bytes, sent, perSecond }) {
  const progress = sent === bytes
    ? sizeText(bytes)
    : `${sizeText(sent)} of ${sizeText(bytes)}`;
  return perSecond < 1
    ? progress
    : `${progress} · ${sizeText(Math.round(perSecond))}/s · ${
      durationText((bytes - sent) / perSecond)
    } left`;
}
