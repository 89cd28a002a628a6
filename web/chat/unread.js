// @ts-check
/// <reference lib="dom" />
/**
 * How many messages came while nobody looked: in the title, and a mark before the first of them.
 *
 * @module
 */

export class Unread {
  #title = document.title;
  #count = 0;
  /** @type {HTMLElement | undefined} */
  #first;

  constructor() {
    const look = () => {
      if (isLookedAt()) this.#clear();
    };
    globalThis.addEventListener("focus", look);
    document.addEventListener("visibilitychange", look);
  }

  /** A message came. @param {HTMLElement} item */
  add(item) {
    if (isLookedAt()) return;
    if (this.#count === 0) {
      this.#first?.classList.remove("first-unread");
      this.#first = item;
      item.classList.add("first-unread");
    }
    this.#show(this.#count + 1);
  }

  /** The mark stays until there is something else unread: it is what one looks for. */
  #clear() {
    this.#show(0);
  }

  /** @param {number} count */
  #show(count) {
    this.#count = count;
    document.title = count === 0 ? this.#title : `(${count}) ${this.#title}`;
  }
}

function isLookedAt() {
  return !document.hidden && document.hasFocus();
}
