/**
 * Names that cannot live side by side in one folder: the same name twice, a file where another name needs a folder, and
 * names that only this file system takes for the same (security.md P11). Judged before the first byte is written.
 *
 * @module
 */

import { foldersAbove } from "./name.ts";

/** What a file system takes for the same name. */
export interface NameFolding {
  /** `A` and `a` are the same file. */
  readonly ignoresCase: boolean;
  /** `é` as one character and as two are the same file. */
  readonly normalizes: boolean;
}

/**
 * Pairs of names that would overwrite each other.
 *
 * @param names relative paths with `/`
 */
export function clashesIn(
  names: Iterable<string>,
  folding: NameFolding,
): [string, string][] {
  const plain = !folding.ignoresCase && !folding.normalizes;
  const fold = (name: string) => {
    const normal = folding.normalizes ? name.normalize("NFC") : name;
    return folding.ignoresCase ? normal.toLowerCase().toUpperCase() : normal;
  };
  const files = new Map<string, string>();
  /** Every folder that a name needs -> the spelling it was seen with, and a name that needs it. */
  const folders = new Map<string, { spelling: string; name: string }>();
  const clashes: [string, string][] = [];
  for (const name of names) {
    const key = plain ? name : fold(name);
    const twin = files.get(key);
    if (twin === undefined) files.set(key, name);
    else clashes.push([twin, name]);
    for (const spelling of foldersAbove(name)) {
      const folder = plain ? spelling : fold(spelling);
      if (!folders.has(folder)) folders.set(folder, { spelling, name });
    }
  }
  for (const [folder, { name }] of folders) {
    const file = files.get(folder);
    if (file !== undefined) clashes.push([file, name]);
  }
  return clashes;
}
