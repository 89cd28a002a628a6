// @ts-check
/// <reference lib="dom" />
/**
 * Uploads on the page of a folder, put together: from what was chosen to what the listing shows afterwards.
 *
 * @module
 */

import { checksFor } from "./checks.js";
import { element, iconButton } from "./element.js";
import { takeFiles } from "./picker.js";
import { Refresher } from "./refresher.js";
import { ask } from "./request.js";
import { sizeText } from "./sizes.js";
import { TusUpload } from "./tus.js";
import { UnfinishedUploads } from "./unfinished.js";
import { UploadPanel } from "./upload_panel.js";
import { Uploads } from "./uploads.js";

/** @typedef {import("./listing.js").Listing} Listing */

/**
 * @param {Listing} listing
 * @param {string} folder path of the folder of this page
 * @returns {() => void} what opens the browser's dialog for files
 */
export function takeUploads(listing, folder) {
  const place = new URL(folder, location.href);
  const memory = new UnfinishedUploads();
  const checkOf = lazyChecks(folder);
  const now = () => performance.now();
  const after = (
    /** @type {number} */ ms,
    /** @type {() => void} */ action,
  ) => {
    const timer = setTimeout(action, ms);
    return () => clearTimeout(timer);
  };
  const refresh = () => listing.refresh();
  const refresher = new Refresher({ refresh, now, after });
  const uploads = new Uploads({
    senderFor: ({ file, path }) =>
      new TusUpload(file, { folder: place, path, ask, checkOf, memory }),
    now,
    after,
    chance: Math.random,
  }, {
    onChange: () => panel.update(),
    onDone: () => refresher.ask(!uploads.isMoreToCome),
  });
  const panel = new UploadPanel(uploads);
  const notice = unfinishedNotice(memory, folder);
  addEventListener("beforeunload", (event) => {
    if (uploads.isBusy) event.preventDefault();
  });
  addEventListener("online", () => uploads.wakeAll());
  return takeFiles((chosen) => {
    notice?.remove();
    uploads.add(chosen);
  });
}

/**
 * Which checks the server understands is asked when the first file goes (tus 1.0, "Checksum").
 *
 * @param {string} folder
 * @returns {import("./checks.js").CheckOf}
 */
function lazyChecks(folder) {
  /** @type {Promise<import("./checks.js").CheckOf> | undefined} */
  let asked;
  const find = async () => {
    let algorithms = "";
    try {
      const { headers } = await fetch(folder, { method: "OPTIONS" });
      algorithms = headers.get("Tus-Checksum-Algorithm") ?? "";
    } catch {
      // The upload itself will find out that there is no server.
    }
    return checksFor(algorithms);
  };
  return async (piece) => await (await (asked ??= find()))(piece);
}

/**
 * Tells which uploads to this folder were cut by a reload: only a person can choose the same files again.
 *
 * @param {UnfinishedUploads} memory
 * @param {string} folder
 */
function unfinishedNotice(memory, folder) {
  const unfinished = memory.all(folder, Date.now());
  if (unfinished.length === 0) return undefined;
  const names = unfinished.slice(0, 3)
    .map(({ path, size }) => `“${path}” (${sizeText(size)})`).join(", ");
  const more = unfinished.length > 3
    ? ` and ${unfinished.length - 3} more`
    : "";
  const notice = element(
    "div",
    { class: "notice unfinished" },
    element(
      "p",
      {},
      `Not finished: ${names}${more}. Choose the same again, and the upload goes on where it was.`,
    ),
    iconButton("close", "Forget these uploads", () => {
      for (const upload of unfinished) {
        memory.forget(upload);
        ask({
          method: "DELETE",
          url: upload.url,
          headers: { "Tus-Resumable": "1.0.0" },
          signal: new AbortController().signal,
        }).catch(() => {/* The server forgets it by itself after a day. */});
      }
      notice.remove();
    }),
  );
  document.querySelector("main")?.prepend(notice);
  return notice;
}
