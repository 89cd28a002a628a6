// @ts-check
/// <reference lib="dom" />
/**
 * What can be done with one entry of the listing, behind the button at the end of its row. On a phone it is a sheet at the
 * lower edge, elsewhere it stands beside the button.
 *
 * @module
 */

import { copyText } from "./clipboard.js";
import { confirmed, openDialog } from "./dialogs.js";
import { element, textButton } from "./element.js";
import { faultOf } from "./faults.js";
import { say } from "./notices.js";

/** @typedef {import("./listing.js").Row} Row */

/**
 * What the page may do, as the server says it.
 *
 * @typedef {{ readonly upload: boolean, readonly delete: boolean, readonly archive: boolean }} Allowed
 */

/**
 * @param {Row} row
 * @param {HTMLElement} button
 * @param {{
 *   readonly may: Allowed,
 *   readonly preview: ((row: Row) => void) | undefined,
 *   readonly onRemoved: () => void,
 * }} options
 */
export function openMenu(row, button, { may, preview, onRemoved }) {
  const act = (/** @type {() => void} */ action) => () => {
    menu.close();
    action();
  };
  const address = row.link.href.split("?")[0] ?? "";
  const items = [];
  if (preview !== undefined) {
    items.push(textButton("picture", "Look at it", act(() => preview(row))));
  }
  if (row.kind === "folder") {
    if (may.archive) {
      items.push(
        linkItem("download", "Download as .zip", `${address}?zip`),
        linkItem("download", "Download as .tar", `${address}?tar`),
      );
    }
  } else {
    items.push(
      linkItem("open", "Open in a new tab", address, { target: "_blank" }),
      linkItem("download", "Download", address, { download: row.base }),
    );
  }
  items.push(
    textButton("link", "Copy link", act(() => copyText(address, "Link"))),
  );
  if (row.kind === "file") {
    items.push(
      textButton("check", "SHA-256", act(() => showDigest(row, address))),
    );
  }
  if (may.delete) {
    items.push(
      textButton(
        "delete",
        "Delete",
        act(() => remove(row, onRemoved)),
        "danger",
      ),
    );
  }
  const menu = openDialog(
    "menu",
    `More about ${row.base}`,
    element("p", { class: "name" }, row.base),
    ...items,
  );
  menu.addEventListener("click", (event) => {
    if (/** @type {Element} */ (event.target).closest("a") !== null) {
      menu.close();
    }
  });
  menu.addEventListener("keydown", (event) => moveInMenu(menu, event));
  menu.addEventListener("close", () => button.focus());
  placeBeside(menu, button);
}

/**
 * Asks, and then removes the entry.
 *
 * @param {Row} row
 * @param {() => void} onRemoved
 */
export async function remove(row, onRemoved) {
  const what = row.kind === "folder" ? "the empty folder " : "";
  if (!await confirmed(`Delete ${what}“${row.base}” for good?`, "Delete")) {
    return;
  }
  try {
    const address = row.link.href.split("?")[0] ?? "";
    const response = await fetch(address, { method: "DELETE" });
    if (response.ok) {
      say(`“${row.base}” is deleted`);
      onRemoved();
    } else say(await faultOf(response), { isFault: true });
  } catch {
    say("The server cannot be reached", { isFault: true });
  }
}

/** @param {Row} row @param {string} address */
async function showDigest(row, address) {
  const output = element("output", {}, "Reading the whole file …");
  const ended = new AbortController();
  const dialog = openDialog(
    "digest",
    "SHA-256",
    element("h2", {}, "SHA-256"),
    element("p", { class: "name" }, row.base),
    output,
    element(
      "div",
      { class: "buttons" },
      textButton("close", "Close", () => dialog.close()),
      textButton(
        "link",
        "Copy",
        () => copyText(output.textContent ?? "", "SHA-256"),
        "primary",
      ),
    ),
  );
  dialog.addEventListener("close", () => ended.abort());
  try {
    const response = await fetch(`${address}?sha256`, {
      headers: { Accept: "text/plain" },
      signal: ended.signal,
    });
    const text = response.ok ? await response.text() : "";
    output.textContent = /\b[0-9a-f]{64}\b/i.exec(text)?.[0] ??
      await faultOf(response);
  } catch {
    output.textContent = "The server cannot be reached";
  }
}

/**
 * @param {string} icon
 * @param {string} text
 * @param {string} href
 * @param {Record<string, string>} [attributes]
 */
function linkItem(icon, text, href, attributes = { download: "" }) {
  return element(
    "a",
    { class: `button icon-${icon}`, href, rel: "noopener", ...attributes },
    element("span", { class: "icon" }),
    text,
  );
}

/** Arrows go from item to item, as in every menu. @param {HTMLElement} menu @param {KeyboardEvent} event */
function moveInMenu(menu, event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined) return;
  event.preventDefault();
  /** @type {HTMLElement[]} */
  const items = [...menu.querySelectorAll("a, button")].map((
    item,
  ) => /** @type {HTMLElement} */ (item));
  const at = items.findIndex((item) => item === document.activeElement);
  items[(at + step + items.length) % items.length]?.focus();
}

/** Where there is room; CSS makes a sheet of it on a phone. @param {HTMLElement} menu @param {HTMLElement} button */
function placeBeside(menu, button) {
  const at = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const left = Math.max(8, Math.min(at.right - width, innerWidth - width - 8));
  const top = at.bottom + height + 8 < innerHeight
    ? at.bottom + 4
    : Math.max(8, at.top - height - 4);
  menu.style.setProperty("--left", `${left}px`);
  menu.style.setProperty("--top", `${top}px`);
}
