// @ts-check
/// <reference lib="dom" />
/**
 * What asks for a name.
 *
 * @module
 */

import { visible } from "./visible.js";

export class JoinForm {
  /** @type {HTMLElement} */
  #form;
  /** @type {HTMLInputElement} */
  #input;
  /** @type {HTMLElement | null} */
  #fault;

  /**
   * @param {HTMLElement} form
   * @param {(name: string) => void} onName
   */
  constructor(form, onName) {
    this.#form = form;
    this.#input = /** @type {HTMLInputElement} */ (form.querySelector("input"));
    this.#fault = form.querySelector(".fault");
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const name = this.#input.value.trim();
      if (name === "") return this.#input.focus();
      this.#form.hidden = true;
      onName(name);
    });
  }

  /**
   * @param {string} fault why one is not in
   * @param {string} name that is offered
   */
  show(fault, name) {
    this.#input.value = name;
    this.#form.hidden = false;
    this.#fault?.replaceChildren(visible(fault));
    this.#input.focus();
    this.#input.select();
  }
}
