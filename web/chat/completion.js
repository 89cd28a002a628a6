// @ts-check
/**
 * Names completed by Tab.
 *
 * @module
 */

/**
 * What could stand for the last word of `text`, the part before the cursor: behind ` | ` the whole rest is the beginning of
 * a name, which may have blanks; elsewhere the last word.
 *
 * @param {string} text
 * @param {readonly string[]} names
 * @returns {readonly string[]} `text`, with each of the names in its place; none where nothing fits
 */
export function completions(text, names) {
  const separator = text.lastIndexOf(" | ");
  const start = separator >= 0 ? separator + 3 : text.search(/\S+$/);
  if (start < 0) return [];
  const begun = text.slice(start).toLowerCase();
  return names.filter((name) => name.toLowerCase().startsWith(begun))
    .map((name) => text.slice(0, start) + name);
}
