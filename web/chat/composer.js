// @ts-check
/// <reference lib="dom" />
/**
 * The line that is being written: to whom it goes, what was said before, names completed.
 *
 * @module
 */

import { element, iconButton } from "../element.js";
import { completions } from "./completion.js";
import { EVERYONE, parseTyped } from "./typed_line.js";
import { visible } from "./visible.js";

/** @typedef {import("./typed_line.js").Typed} Typed */

/** Own lines that Up brings back. */
const RECALLED_MAX = 100;
/** It ends in ` | *`: for everyone, whoever was chosen. */
const TO_EVERYONE = / \| \s*\*\s*$/;

/**
 * What the composer needs: `typed` takes a line, and gives a sentence if it cannot be sent.
 *
 * @typedef {{
 *   readonly typed: (typed: Typed) => string | undefined,
 *   readonly names: () => readonly string[],
 * }} ComposerUser
 */

export class Composer {
  /** @type {HTMLTextAreaElement} */
  #input;
  /** @type {HTMLElement} */
  #target;
  /** @type {HTMLElement} */
  #fault;
  /** @type {ComposerUser} */
  #user;
  /** Whom the next lines are for, if not for everyone. @type {string | undefined} */
  #to;
  /** @type {string[]} */
  #said = [];
  /** Where in them one is; at their end in what was being written. */
  #at = 0;
  #draft = "";
  /** What Tab goes round in. @type {{ readonly texts: readonly string[], at: number, readonly rest: string } | undefined} */
  #round;

  /**
   * @param {HTMLElement} form
   * @param {ComposerUser} user
   */
  constructor(form, user) {
    this.#user = user;
    this.#target = element("p", { class: "target", hidden: true });
    this.#fault = element("p", { class: "fault", role: "alert" });
    this.#input = element("textarea", {
      rows: "1",
      "aria-label": "Message",
      autocomplete: "off",
      enterkeyhint: "send",
      keydown: (/** @type {KeyboardEvent} */ event) => this.#onKey(event),
      input: () => {
        this.#round = undefined;
        this.#fault.replaceChildren();
        this.#fit();
      },
    });
    const button = iconButton("up", "Send", () => this.#send());
    button.classList.add("send");
    // The keyboard of a phone stays where it is.
    button.addEventListener("pointerdown", (event) => event.preventDefault());
    form.append(this.#target, this.#fault, this.#input, button);
    form.addEventListener("submit", (event) => event.preventDefault());
    this.setTarget(undefined);
  }

  focus() {
    this.#input.focus();
  }

  get target() {
    return this.#to;
  }

  /** Whom the next lines are for. @param {string | undefined} name `undefined` for everyone */
  setTarget(name) {
    this.#to = name;
    this.#target.hidden = name === undefined;
    this.#input.placeholder = name === undefined
      ? "Message to everyone"
      : `Message to ${visible(name)} only`;
    if (name === undefined) return;
    this.#target.replaceChildren(
      "Only to ",
      element("bdi", {}, visible(name)),
      iconButton("close", "To everyone again", () => {
        this.setTarget(undefined);
        this.focus();
      }),
    );
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.isComposing) return;
    switch (event.key) {
      case "Enter":
        // Shift+Enter begins another line: each is a message.
        if (event.shiftKey) return;
        this.#send();
        break;
      case "ArrowUp":
        if (!this.#isOnFirstLine() || !this.#recall(-1)) return;
        break;
      case "ArrowDown":
        if (!this.#isOnLastLine() || !this.#recall(1)) return;
        break;
      case "Tab":
        if (!this.#complete(event)) return;
        break;
      case "Escape":
        if (this.#to === undefined) return;
        this.setTarget(undefined);
        break;
      default:
        return;
    }
    event.preventDefault();
  }

  #send() {
    const text = this.#input.value;
    const unclear = [];
    for (const line of text.split(/\r\n?|\n/)) {
      const typed = this.#addressed(parseTyped(line), line);
      if (typed.kind === "nothing") continue;
      const fault = typed.kind === "unclear"
        ? typed.text
        : this.#user.typed(typed);
      if (fault === undefined) this.#remember(line);
      else unclear.push({ line, fault });
    }
    // What was not understood stays, to be put right.
    this.#write(unclear.map(({ line }) => line).join("\n"));
    this.#fault.replaceChildren(visible(unclear[0]?.fault ?? ""));
    this.#at = this.#said.length;
    this.focus();
  }

  /** @param {Typed} typed @param {string} line @returns {Typed} */
  #addressed(typed, line) {
    const isForAll = (typed.kind === "say" || typed.kind === "act") &&
      typed.to === EVERYONE && !TO_EVERYONE.test(line);
    return isForAll && this.#to !== undefined
      ? { ...typed, to: this.#to }
      : typed;
  }

  /** @param {string} line */
  #remember(line) {
    if (this.#said.at(-1) === line) return;
    this.#said.push(line);
    if (this.#said.length > RECALLED_MAX) this.#said.shift();
  }

  /** @param {-1 | 1} step */
  #recall(step) {
    const at = this.#at + step;
    if (at < 0 || at > this.#said.length) return false;
    if (this.#at === this.#said.length) this.#draft = this.#input.value;
    this.#at = at;
    this.#write(this.#said[at] ?? this.#draft);
    return true;
  }

  /** @param {KeyboardEvent} event */
  #complete(event) {
    const { value, selectionStart, selectionEnd } = this.#input;
    if (
      event.shiftKey || event.ctrlKey || event.altKey || event.metaKey ||
      selectionStart !== selectionEnd
    ) return false;
    if (this.#round === undefined) {
      const texts = completions(
        value.slice(0, selectionStart),
        this.#user.names(),
      );
      // Where there is nothing to complete, Tab goes on to the next control, as everywhere.
      if (texts.length === 0) return false;
      this.#round = { texts, at: -1, rest: value.slice(selectionStart) };
    }
    const round = this.#round;
    // Nobody is caught in the field: what is complete is left by Tab.
    if (round.at === 0 && round.texts.length === 1) return false;
    round.at = (round.at + 1) % round.texts.length;
    const text = round.texts[round.at] ?? "";
    this.#write(text + round.rest);
    this.#input.setSelectionRange(text.length, text.length);
    return true;
  }

  #isOnFirstLine() {
    const { value, selectionStart } = this.#input;
    return !value.slice(0, selectionStart).includes("\n");
  }

  #isOnLastLine() {
    const { value, selectionEnd } = this.#input;
    return !value.slice(selectionEnd).includes("\n");
  }

  /** @param {string} text */
  #write(text) {
    this.#input.value = text;
    this.#fit();
  }

  /** As high as what is written; chat.css says how high at most. */
  #fit() {
    this.#input.style.height = "auto";
    this.#input.style.height = `${this.#input.scrollHeight}px`;
  }
}
