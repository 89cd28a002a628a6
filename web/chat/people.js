// @ts-check
/// <reference lib="dom" />
/**
 * Who is here: the list beside the messages, or over them on a phone.
 *
 * @module
 */

import { element } from "../element.js";
import { colourOf } from "./name_colours.js";
import { visible } from "./visible.js";

const ORDER = new Intl.Collator(undefined, { numeric: true });

/** @typedef {{ readonly name: string, readonly item: HTMLLIElement }} Row */

export class People {
  /** @type {HTMLElement} */
  #panel;
  /** @type {HTMLElement} */
  #list;
  /** @type {HTMLElement} */
  #button;
  /** @type {(name: string) => void} */
  #onName;
  /** In their order. @type {Row[]} */
  #rows = [];
  #self = "";
  /** Those of an answer to `who` that is under way. @type {string[]} */
  #listed = [];

  /**
   * @param {HTMLElement} panel
   * @param {HTMLElement} button shows the panel where there is no room beside the messages
   * @param {(name: string) => void} onName somebody's name was clicked
   */
  constructor(panel, button, onName) {
    this.#panel = panel;
    this.#list = element("ul");
    panel.append(this.#list);
    this.#button = button;
    this.#onName = onName;
    button.addEventListener("click", () => this.toggle());
    panel.addEventListener("keydown", (event) => this.#moveBy(event));
  }

  /** @returns {string[]} */
  get names() {
    return this.#rows.map(({ name }) => name);
  }

  get isOpen() {
    return this.#button.ariaExpanded === "true";
  }

  /** @param {boolean} [isOpen] */
  toggle(isOpen = !this.isOpen) {
    this.#button.ariaExpanded = `${isOpen}`;
    this.#panel.classList.toggle("open", isOpen);
    if (isOpen) this.#rows[0]?.item.querySelector("button")?.focus();
  }

  /** @param {string} name of oneself */
  setSelf(name) {
    this.#self = name;
    for (const row of this.#rows) this.#mark(row);
  }

  /**
   * A line of an answer to `who`; one without names is the last.
   *
   * @param {readonly string[]} names
   * @returns {boolean} whether the answer is whole
   */
  list(names) {
    if (names.length > 0) {
      this.#listed.push(...names);
      return false;
    }
    const all = [...new Set(this.#listed)].sort(compare);
    this.#listed = [];
    this.#rows = all.map((name) => this.#row(name));
    this.#list.replaceChildren();
    for (const { item } of this.#rows) this.#list.append(item);
    this.#count();
    return true;
  }

  /** @param {readonly string[]} names */
  add(names) {
    for (const name of names) {
      const at = this.#placeOf(name);
      if (this.#rows[at]?.name === name) continue;
      const row = this.#row(name);
      this.#list.insertBefore(row.item, this.#rows[at]?.item ?? null);
      this.#rows.splice(at, 0, row);
    }
    this.#count();
  }

  /** @param {readonly string[]} names */
  remove(names) {
    for (const name of names) {
      const at = this.#placeOf(name);
      if (this.#rows[at]?.name !== name) continue;
      this.#rows[at].item.remove();
      this.#rows.splice(at, 1);
    }
    this.#count();
  }

  /** Where `name` stands, or belongs. @param {string} name */
  #placeOf(name) {
    let from = 0;
    let to = this.#rows.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if (compare(this.#rows[middle]?.name ?? "", name) < 0) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  /** @param {string} name @returns {Row} */
  #row(name) {
    const button = element(
      "button",
      {
        type: "button",
        class: "person",
        "data-colour": `${colourOf(name)}`,
        click: () => this.#onName(name),
      },
      element("bdi", {}, visible(name)),
    );
    const row = { name, item: element("li", {}, button) };
    this.#mark(row);
    return row;
  }

  /** @param {Row} row */
  #mark({ name, item }) {
    item.classList.toggle("self", name === this.#self);
  }

  #count() {
    const count = this.#rows.length;
    this.#button.replaceChildren(`${count} here`);
    this.#panel.querySelector("h2")?.replaceChildren(`${count} here`);
  }

  /** @param {KeyboardEvent} event */
  #moveBy(event) {
    const { key } = event;
    if (key !== "ArrowDown" && key !== "ArrowUp") return;
    const item = /** @type {Element} */ (event.target).closest("li");
    const next = key === "ArrowDown"
      ? item?.nextElementSibling
      : item?.previousElementSibling;
    event.preventDefault();
    next?.querySelector("button")?.focus();
  }
}

/** Names that a person sorts alike are two all the same. @param {string} a @param {string} b */
function compare(a, b) {
  return ORDER.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0);
}
