// @ts-check
/// <reference lib="dom" />
/**
 * The end of the log stays in sight for who is there, and for nobody else: who reads what is above is told how much is new.
 *
 * @module
 */

/** So near to the end is at the end. */
const NEAR_PX = 48;

export class Scroller {
  /** @type {HTMLElement} */
  #log;
  /** @type {HTMLElement} */
  #button;
  #isAtEnd = true;
  #isDue = false;
  #newer = 0;

  /**
   * @param {HTMLElement} log
   * @param {HTMLElement} button "3 new messages"
   */
  constructor(log, button) {
    this.#log = log;
    this.#button = button;
    log.addEventListener("scroll", () => this.#look(), { passive: true });
    button.addEventListener("click", () => this.toEnd());
    // The keyboard of a phone, a turned phone, a line more in the input.
    new ResizeObserver(() => this.follow()).observe(log);
  }

  /** Something was added at the end. @param {{ isNew?: boolean }} [options] it counts for who is not there */
  follow({ isNew = false } = {}) {
    if (!this.#isAtEnd) {
      if (isNew) this.#show(this.#newer + 1);
      return;
    }
    if (this.#isDue) return;
    this.#isDue = true;
    // Once a frame: a hundred messages a second must not be a hundred layouts.
    requestAnimationFrame(() => {
      this.#isDue = false;
      if (this.#isAtEnd) this.#log.scrollTop = this.#log.scrollHeight;
    });
  }

  toEnd() {
    this.#isAtEnd = true;
    this.#show(0);
    this.follow();
  }

  /** Stays at `item`. @param {HTMLElement} item */
  show(item) {
    this.#isAtEnd = false;
    item.scrollIntoView({ block: "start" });
    this.#look();
  }

  #look() {
    const { scrollTop, scrollHeight, clientHeight } = this.#log;
    // What was added since the last frame is not in sight yet, and no reason to stay behind.
    if (this.#isDue) return;
    this.#isAtEnd = scrollHeight - clientHeight - scrollTop < NEAR_PX;
    if (this.#isAtEnd) this.#show(0);
  }

  /** @param {number} count */
  #show(count) {
    this.#newer = count;
    this.#button.hidden = count === 0;
    this.#button.textContent = `${count} new message${count === 1 ? "" : "s"}`;
  }
}
