// @ts-check
/**
 * What was said here and is not acknowledged. It is numbered for good, so that it can be sent again after the connection was
 * lost, or the page was loaded again, without arriving twice.
 *
 * @module
 */

/**
 * @typedef {{
 *   readonly number: number,
 *   readonly kind: "say" | "act",
 *   readonly to: string,
 *   readonly text: string,
 * }} Outgoing
 *
 * What outlives the page.
 *
 * @typedef {{ readonly next: number, readonly pending: readonly Outgoing[] }} OutboxState
 */

/** Of a text; the server refuses more (docs/chat.md, "Lines"). */
const TEXT_BYTES_MAX = 4096;

/**
 * Why `text` cannot be a message.
 *
 * @param {string} text
 * @returns {string | undefined} a sentence
 */
export function textFault(text) {
  if (new TextEncoder().encode(text).length > TEXT_BYTES_MAX) {
    return `A message has at most ${TEXT_BYTES_MAX} bytes`;
  }
  return text.includes("\0") ? "A message has no NUL" : undefined;
}

export class Outbox {
  #next = 1;
  /** In the order of their numbers. @type {Outgoing[]} */
  #pending = [];

  /** @param {OutboxState | undefined} [state] of the page before this one */
  constructor(state) {
    if (state === undefined) return;
    this.#next = state.next;
    this.#pending = [...state.pending];
  }

  /** @returns {OutboxState} */
  get state() {
    return { next: this.#next, pending: this.#pending };
  }

  /** What is not acknowledged. @returns {readonly Outgoing[]} */
  get pending() {
    return this.#pending;
  }

  /**
   * Numbers a message.
   *
   * @param {"say" | "act"} kind
   * @param {string} to
   * @param {string} text
   */
  add(kind, to, text) {
    const outgoing = { number: this.#next++, kind, to, text };
    this.#pending.push(outgoing);
    return outgoing;
  }

  /**
   * `sent|NUMBER`: all of them up to `number` are stored.
   *
   * @param {number} number
   * @returns {Outgoing[]} those of which it was not known
   */
  acknowledge(number) {
    const count = this.#pending.filter((one) => one.number <= number).length;
    return this.#pending.splice(0, count);
  }

  /**
   * `refused|NUMBER|...`: that one will never be taken.
   *
   * @param {number} number
   */
  refuse(number) {
    this.#pending = this.#pending.filter((one) => one.number !== number);
  }

  /**
   * `joined|...|NUMBER`: what the server has of this key. A page that was lost with its memory must not use a number twice:
   * what comes under it would be taken for what was sent before.
   *
   * @param {number} number
   * @returns {Outgoing[]} those that are acknowledged by it
   */
  joined(number) {
    this.#next = Math.max(this.#next, number + 1);
    return this.acknowledge(number);
  }
}

/**
 * The line that says `outgoing`.
 *
 * @param {Outgoing} outgoing
 */
export function outgoingLine({ number, kind, to, text }) {
  return `${kind === "act" ? "act" : "send"}|${number}|${to}|${text}`;
}
