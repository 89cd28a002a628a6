/**
 * What a person types, for the terminal: the rule itself is the page's, too, and is written for the browser.
 *
 * @module
 */

export { EVERYONE, parseTyped } from "../../web/chat/typed_line.js";
export type { Typed } from "../../web/chat/typed_line.js";
