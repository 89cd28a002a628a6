// @ts-check
/// <reference lib="dom" />
/**
 * Copying a text where `navigator.clipboard` does not exist: on http://192.168.x.x the page is no secure context.
 *
 * @module
 */

import { element } from "./element.js";
import { say } from "./notices.js";

/**
 * @param {string} text
 * @param {string} what it is, as in "Link copied"
 */
export async function copyText(text, what) {
  const isCopied = await byClipboard(text) || bySelection(text);
  if (isCopied) say(`${what} copied`);
  else say(`The browser does not let a page copy. ${text}`, { isFault: true });
}

/** @param {string} text */
async function byClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** @param {string} text */
function bySelection(text) {
  const field = element("textarea", { class: "unseen", readonly: true });
  field.value = text;
  // Inside a dialog that is open: everything else is inert, and cannot be selected.
  const place = document.querySelector("dialog[open]") ?? document.body;
  const focused = document.activeElement;
  place.append(field);
  field.select();
  try {
    return document.execCommand("copy");
  } finally {
    field.remove();
    if (focused instanceof HTMLElement) focused.focus();
  }
}
