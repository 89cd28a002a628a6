// @ts-check
/**
 * A colour for each name, always the same.
 *
 * @module
 */

/** As many as chat.css has. */
const COLOURS = 8;

/** The number of the colour of `name`. @param {string} name */
export function colourOf(name) {
  let hash = 0x811c9dc5;
  for (let at = 0; at < name.length; at++) {
    hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
  }
  // The low bits of FNV-1a alone follow those of the last character.
  return (hash ^ (hash >>> 15)) & (COLOURS - 1);
}
