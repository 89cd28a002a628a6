// @ts-check
/// <reference lib="dom" />
/**
 * Short words to the person: what was done, and what went wrong. Read out by screen readers, gone after a while.
 *
 * @module
 */

import { element } from "./element.js";

/** Long enough to read a sentence twice. */
const SHOWN_MS = 6000;

const region = element("div", { class: "notices", role: "status" });
document.body.append(region);

/**
 * @param {string} text
 * @param {{ isFault?: boolean }} [options]
 */
export function say(text, { isFault = false } = {}) {
  const notice = element("p", { class: isFault ? "fault" : "" }, text);
  region.append(notice);
  setTimeout(() => notice.remove(), isFault ? 2 * SHOWN_MS : SHOWN_MS);
}
