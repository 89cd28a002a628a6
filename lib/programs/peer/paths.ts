/**
 * Paths of a synced folder, as people type them.
 *
 * @module
 */

import { EXIT, messageOf, ProgramError } from "../../errors.ts";
import { plainMessage } from "../../io/os_faults.ts";
import { type Name, toName } from "../../names/name.ts";

/**
 * The real path of the folder.
 *
 * @throws {ProgramError} if there is none
 */
export function realFolder(dir: string): string {
  try {
    return Deno.realPathSync(dir);
  } catch (cause) {
    throw new ProgramError(
      `There is no folder ${dir}: ${plainMessage(cause)}`,
      EXIT.notFound,
      { cause },
    );
  }
}

/**
 * The path in the folder that `text` names: `a/b`, `./a/b/`, or an absolute one below `root`.
 *
 * @throws {ProgramError} if it cannot be one
 */
export function pathInFolder(root: string, text: string): Name {
  const inside = text.startsWith(`${root}/`)
    ? text.slice(root.length + 1)
    : text;
  try {
    // Names of the sync are in one form, whatever the keyboard gives.
    return toName(
      inside.replace(/^(?:\.\/+)+/, "").replace(/\/+$/, "").normalize("NFC"),
    );
  } catch (cause) {
    throw new ProgramError(
      `"${text}" is no path in the folder: ${messageOf(cause)}`,
      EXIT.usage,
      { cause },
    );
  }
}
