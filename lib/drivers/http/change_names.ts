/**
 * What a file is called that somebody sends to a folder.
 *
 * @module
 */

import { type Name, toName } from "../../names/name.ts";

/**
 * The name `relative` in `folder`. An absolute one, or one with `..` in it, is refused rather than resolved (security.md
 * W1).
 *
 * @throws {Refusal} `bad-name`
 */
export function nameIn(folder: Name | "", relative: string): Name {
  return toName(folder === "" ? relative : `${folder}/${relative}`);
}
