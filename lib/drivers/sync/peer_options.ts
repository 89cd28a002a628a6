/**
 * What a peer is made of, and what it is told: everything outside it is given to it.
 *
 * @module
 */

import type { SyncFolder } from "../../io/sync/folder.ts";
import type { SyncIndex } from "../../sync/index_store.ts";
import type { ReplicaId } from "../../sync/record.ts";
import type { Contents, Holdings } from "./contents.ts";
import type { PeerEvents } from "./control/peer_control.ts";
import type { World } from "./world.ts";

/** As whom a peer takes part. */
export interface Identity {
  readonly replica: ReplicaId;
  /** The set of folders. */
  readonly folder: string;
}

export interface SyncPeerOptions {
  readonly world: World;
  readonly folder: SyncFolder;
  /** Opened, not loaded yet. The peer does not close it. */
  readonly index: SyncIndex;
  /**
   * Makes the transfer. Called as soon as the peer has joined a set of folders, and again if its identity changes then
   * (a copy of a machine); the one before was stopped.
   */
  readonly makeContents: (holdings: Holdings, identity: Identity) => Contents;
  /** Where the tracker is. */
  readonly tracker: { readonly host: string; readonly port: number };
  /** What people call this peer. */
  readonly name: string;
  /** Where this peer serves. */
  readonly port: number;
  /** Told to others in place of the address that the tracker sees. */
  readonly advertise?: string | undefined;
  /** What becomes of the loser of two concurrent changes: a conflict copy, or only a kept version. Default: `copy`. */
  readonly conflicts?: "copy" | "newest";
  /** Replaced and deleted versions are kept for so long. Default: 30 days. */
  readonly versionsMs?: number;
  /** ... as long as they have at most so many bytes. Default: no limit. */
  readonly versionsBytesMax?: number;
  /** log2 of the smallest block size. Default: 17; tests take small ones. */
  readonly blockLogMin?: number;
  /** Ask for hints of what changes. Default: true; without them everything is looked at every ten seconds. */
  readonly watch?: boolean;
  /** Rules of what this machine does not sync, besides those in the folder: text in gitignore syntax. */
  readonly ignore?: string;
  readonly events: PeerEvents;
}
