// @ts-check
/// <reference lib="dom" />
/**
 * What outlives the page: the name in the browser; in the tab its key, what is not acknowledged, and what was shown, so that
 * loading the page again changes nothing. Where the browser keeps nothing, every page begins anew.
 *
 * @module
 */

/** @typedef {import("./outbox.js").OutboxState} OutboxState */
/** @typedef {import("./log.js").Entry} Entry */

/**
 * Who one is in this tab.
 *
 * @typedef {{ readonly key: string, readonly name: string, readonly outbox: OutboxState }} Self
 *
 * What was shown, and how far that is. They are written together, so that they fit.
 *
 * @typedef {{
 *   readonly epoch: string,
 *   readonly last: number | undefined,
 *   readonly entries: readonly Entry[],
 * }} Shown
 */

const NAME = "landline-chat-name";
const SELF = "landline-chat-self";
const SHOWN = "landline-chat-shown";
const KEY_CHARACTERS = 32;

/** A key that nobody guesses. `crypto.randomUUID` would be for secure contexts only. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(KEY_CHARACTERS));
  // 256 is no multiple of 36; 160 bits are left all the same.
  return Array.from(bytes, (byte) => (byte % 36).toString(36)).join("");
}

/** @returns {string} */
export function rememberedName() {
  return read(() => localStorage, NAME) ?? "";
}

/** @param {string} name */
export function rememberName(name) {
  write(() => localStorage, NAME, name);
}

/** @returns {Self | undefined} */
export function rememberedSelf() {
  return read(() => sessionStorage, SELF);
}

/** @param {Self | undefined} self */
export function rememberSelf(self) {
  write(() => sessionStorage, SELF, self);
}

/** @returns {Shown | undefined} */
export function rememberedShown() {
  return read(() => sessionStorage, SHOWN);
}

/** @param {Shown | undefined} shown */
export function rememberShown(shown) {
  write(() => sessionStorage, SHOWN, shown);
}

/**
 * @param {() => Storage} storage reading the property itself throws where cookies are forbidden
 * @param {string} item
 */
function read(storage, item) {
  try {
    return JSON.parse(storage().getItem(item) ?? "null") ?? undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param {() => Storage} storage
 * @param {string} item
 * @param {unknown} value
 */
function write(storage, item, value) {
  try {
    if (value === undefined) storage().removeItem(item);
    else storage().setItem(item, JSON.stringify(value));
  } catch {
    // Full, or forbidden: the page works, and forgets.
  }
}
