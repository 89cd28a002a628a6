// @ts-check
/// <reference lib="dom" />
/**
 * Says that there is no connection, and offers not to wait.
 *
 * @module
 */

import { element } from "../element.js";

export class LostBanner {
  #banner;
  #text = element("span");

  /**
   * @param {HTMLElement} banner
   * @param {() => void} onNow
   */
  constructor(banner, onNow) {
    this.#banner = banner;
    banner.append(
      this.#text,
      element(
        "button",
        { type: "button", class: "button", click: onNow },
        "Now",
      ),
    );
  }

  /** @param {number} pauseMs before the next attempt */
  show(pauseMs) {
    const seconds = Math.ceil(pauseMs / 1000);
    this.#text.textContent = `No connection; trying again in ${seconds} s.`;
    this.#banner.hidden = false;
  }

  hide() {
    this.#banner.hidden = true;
  }
}
