/**
 * What has changed in a synced folder, for the log.
 *
 * @module
 */

import type { Name } from "../names/name.ts";

/** One change of this folder that is done, for the log. */
export interface PeerChange {
  readonly what: "added" | "changed" | "moved" | "deleted" | "conflict-copy";
  readonly kind: "file" | "folder";
  readonly path: Name;
  /** Of a move: where it was. Of a conflict copy: what it is a copy of. */
  readonly from: Name | undefined;
  /** Name of the peer whose change it is; `undefined`: a user of this folder. */
  readonly by: string | undefined;
  readonly size: number;
}
