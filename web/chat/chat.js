// @ts-check
/// <reference lib="dom" />
/**
 * The chat in a browser: here its parts are put together. The HTML is that of lib/files/chat_page.ts.
 *
 * @module
 */

import { iconButton } from "../element.js";
import { JoinForm } from "./join_form.js";
import { rememberedName, rememberedSelf } from "./memory.js";
import { Room } from "./room.js";
import { fitKeyboard } from "./viewport.js";

/** @param {string} selector @returns {HTMLElement} */
function part(selector) {
  const found = document.querySelector(selector);
  if (!(found instanceof HTMLElement)) throw new Error(`No ${selector}`);
  return found;
}

const form = new JoinForm(part("form.join"), (name) => room.enter(name));
const room = new Room(part, (fault, name) => form.show(fault, name));

part(".actions").append(
  iconButton("help", "What can be typed", () => {
    room.help();
    room.write();
  }),
);
fitKeyboard();
globalThis.addEventListener("pagehide", () => room.remember());
document.addEventListener("visibilitychange", () => {
  if (document.hidden) room.remember();
});
document.addEventListener("keydown", (event) => {
  if (!room.isOpen) return;
  // Who just begins to type means the message.
  const isTyping = event.key.length === 1 && event.key !== " " &&
    !event.ctrlKey && !event.metaKey && !event.altKey;
  const { activeElement } = document;
  const isField = activeElement instanceof HTMLInputElement ||
    activeElement instanceof HTMLTextAreaElement;
  if (event.key === "Escape" || (isTyping && !isField)) room.write();
});

// A page that is loaded again goes on where it was.
const name = rememberedSelf()?.name ?? "";
if (name === "") form.show("", rememberedName());
else room.enter(name);
