/**
 * Which names in a synced folder are ours, and which look like it and are a user's.
 *
 * @module
 */

import { RESERVED_PREFIX } from "./name.ts";

/** Holds everything of ours in a synced folder: index, marker, parts, versions. Never synced, at whatever depth it stands. */
export const OWN_FOLDER = ".landline";

/** Rules of what is not synced, in gitignore syntax; a file like any other, synced itself. */
export const IGNORE_FILE = ".landlineignore";

/**
 * Whether a part of `path` is ours: begins with `.landline`, as all of our files do in all programs, and is not the one
 * file of that beginning that people write.
 */
export function isOwnName(path: string): boolean {
  // Nearly every path has none: the search alone costs a tenth of a split.
  if (!path.includes(RESERVED_PREFIX)) return false;
  return path.split("/").some((part) =>
    part.startsWith(RESERVED_PREFIX) && part !== IGNORE_FILE
  );
}
