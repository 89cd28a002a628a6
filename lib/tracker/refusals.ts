/**
 * What the tracker says before it ends a connection.
 *
 * @module
 */

import type { TrackerMessage } from "../sync/tracker_messages.ts";

/** A refusal. */
export type No = Extract<TrackerMessage, { m: "no" }>;

/** @returns a refusal that ends the connection */
export function no(code: No["code"], text: string): No {
  return { m: "no", code, text };
}

/** To who belongs to another set of folders. */
export function foreign(theirs: string, ours: string): No {
  return no(
    "folder",
    `This folder belongs to the set ${theirs}, those at this tracker to ${ours}; ` +
      "to join them with what is in it, remove .landline/id from the folder",
  );
}
