// @ts-check
/// <reference lib="dom" />
/**
 * The ways in for files: two buttons in the place of the form, dropping anywhere on the page, and pasting.
 *
 * @module
 */

import { isDialogOpen } from "./dialogs.js";
import { filesIn, filesOf, pastedName } from "./dropped.js";
import { element, textButton } from "./element.js";
import { say } from "./notices.js";
import { counted } from "./sizes.js";

/** @typedef {import("./uploads.js").Chosen} Chosen */

/**
 * @param {(chosen: Chosen[]) => void} onChosen
 * @returns {() => void} what opens the browser's own dialog for files
 */
export function takeFiles(onChosen) {
  const chosen = (/** @type {Chosen[]} */ files) => {
    if (files.length > 0) onChosen(files);
    else say("There is no file in that");
  };
  const files = fileInput({ multiple: true }, chosen);
  const folder = fileInput({ webkitdirectory: true }, chosen);
  const buttons = [
    textButton("upload", "Upload", () => files.click(), "primary"),
  ];
  // Phones know no folders.
  if ("webkitdirectory" in folder && !matchMedia("(pointer: coarse)").matches) {
    buttons.push(textButton("folder", "Folder", () => folder.click()));
  }
  buttons[1]?.setAttribute("aria-label", "Upload a folder");
  document.querySelector(".upload")?.replaceWith(...buttons, files, folder);
  takeDropped(chosen);
  takePasted(chosen);
  return () => files.click();
}

/**
 * @param {import("./element.js").Attributes} attributes
 * @param {(chosen: Chosen[]) => void} chosen
 */
function fileInput(attributes, chosen) {
  const input = element("input", {
    ...attributes,
    type: "file",
    hidden: true,
    change: () => {
      chosen(filesOf(input.files));
      // The same file may be chosen again.
      input.value = "";
    },
  });
  return input;
}

/** @param {(chosen: Chosen[]) => void} chosen */
function takeDropped(chosen) {
  const overlay = element(
    "div",
    { class: "drop", hidden: true },
    element("p", {}, "Drop files or folders to upload them here"),
  );
  document.body.append(overlay);
  // A thumbnail that is dragged is a file to the browser as well.
  let isOurs = false;
  addEventListener("dragstart", () => isOurs = true);
  addEventListener("dragend", () => isOurs = false);
  const hasFiles = (/** @type {DragEvent} */ { dataTransfer }) =>
    !isOurs && (dataTransfer?.types.includes("Files") ?? false);
  addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    if (event.dataTransfer !== null) event.dataTransfer.dropEffect = "copy";
    overlay.hidden = false;
  });
  addEventListener("dragleave", ({ relatedTarget }) => {
    // From one element to another it leaves as well.
    if (relatedTarget === null) overlay.hidden = true;
  });
  addEventListener("drop", async (event) => {
    if (!hasFiles(event) || event.dataTransfer === null) return;
    event.preventDefault();
    overlay.hidden = true;
    const { files, unreadable } = await filesIn(event.dataTransfer);
    if (unreadable.length > 0) {
      say(
        `The browser may not read ${unreadable[0]}${
          unreadable.length > 1
            ? ` and ${counted(unreadable.length - 1, "other")}`
            : ""
        }`,
        { isFault: true },
      );
    }
    if (files.length > 0 || unreadable.length === 0) chosen(files);
  });
}

/** @param {(chosen: Chosen[]) => void} chosen */
function takePasted(chosen) {
  addEventListener("paste", (event) => {
    const files = [...event.clipboardData?.files ?? []];
    if (files.length === 0 || isDialogOpen()) return;
    event.preventDefault();
    const now = new Date();
    chosen(files.map((file) => ({ file, path: pastedName(file, now) })));
  });
}
