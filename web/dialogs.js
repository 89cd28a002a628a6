// @ts-check
/// <reference lib="dom" />
/**
 * Dialogs: the browser's own, which keep the focus and end with Esc. A click beside one closes it.
 *
 * @module
 */

import { element, textButton } from "./element.js";

/**
 * Shows a dialog, which is removed when it is closed.
 *
 * @param {string} name its class
 * @param {string} label for screen readers
 * @param {...(Node | string)} children
 * @returns {HTMLDialogElement}
 */
export function openDialog(name, label, ...children) {
  const dialog = element(
    "dialog",
    { class: name, "aria-label": label },
    ...children,
  );
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** Whether one is open: keys are its own then. */
export function isDialogOpen() {
  return document.querySelector("dialog[open]") !== null;
}

/**
 * Asks before something that cannot be undone.
 *
 * @param {string} question
 * @param {string} act what the button says
 * @returns {Promise<boolean>}
 */
export function confirmed(question, act) {
  return new Promise((resolve) => {
    const answer = (/** @type {boolean} */ yes) => () => {
      resolve(yes);
      dialog.close();
    };
    const no = textButton("close", "Cancel", answer(false));
    const dialog = openDialog(
      "question",
      question,
      element("p", {}, question),
      element(
        "div",
        { class: "buttons" },
        no,
        textButton("delete", act, answer(true), "danger"),
      ),
    );
    dialog.addEventListener("close", () => resolve(false));
    no.focus();
  });
}
