// @ts-check
/// <reference lib="dom" />
/**
 * Elements made without markup: names of files can only become text (security.md X1).
 *
 * @module
 */

/**
 * A value that is a function listens to the event of that name; `true` is an attribute without a value; `false` none at all.
 *
 * @typedef {Record<string, string | boolean | ((event: any) => void)>} Attributes
 */

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Attributes} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name, value);
    else if (value !== false) {
      made.setAttribute(name, value === true ? "" : value);
    }
  }
  made.append(...children);
  return made;
}

/**
 * A button with an icon of icons.css, and its name for those who do not see it.
 *
 * @param {string} icon
 * @param {string} label
 * @param {(event: MouseEvent) => void} onClick
 * @returns {HTMLButtonElement}
 */
export function iconButton(icon, label, onClick) {
  return element("button", {
    type: "button",
    class: `icon-button icon-${icon}`,
    "aria-label": label,
    title: label,
    click: onClick,
  }, element("span", { class: "icon" }));
}

/**
 * A button with an icon and a word.
 *
 * @param {string} icon
 * @param {string} text
 * @param {(event: MouseEvent) => void} onClick
 * @param {string} [look] further classes
 * @returns {HTMLButtonElement}
 */
export function textButton(icon, text, onClick, look = "") {
  return element(
    "button",
    {
      type: "button",
      class: `button icon-${icon} ${look}`.trim(),
      click: onClick,
    },
    element("span", { class: "icon" }),
    text,
  );
}
