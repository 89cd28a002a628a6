/**
 * What the transfer may ask of the rest of a peer.
 *
 * @module
 */

import type { ReadHandle, SyncFolder } from "../../io/sync/folder.ts";
import type { Name } from "../../names/name.ts";
import type { BlockList } from "../../sync/index_store.ts";
import type { ReplicaId, RootHash } from "../../sync/record.ts";
import type { PeerMessage } from "../../sync/tracker_messages.ts";
import type { Holdings } from "./contents.ts";
import type { HoldingReport } from "./tracking/holding_report.ts";
import type { IndexWriter } from "./local/index_writer.ts";
import type { LocalTree } from "./local/local_tree.ts";

export interface FolderHoldingsOptions {
  readonly folder: SyncFolder;
  readonly tree: LocalTree;
  readonly writer: IndexWriter;
  readonly holding: HoldingReport;
  /** Whether a crash left other bytes at this path than its record tells of. */
  readonly isTorn: (path: Name) => boolean;
  readonly say: (message: PeerMessage) => void;
  readonly rescan: (paths: readonly Name[]) => void;
}

export class FolderHoldings implements Holdings {
  readonly #options: FolderHoldingsOptions;

  constructor(options: FolderHoldingsOptions) {
    this.#options = options;
  }

  open(root: RootHash): ReadHandle | undefined {
    const { folder, tree, isTorn } = this.#options;
    for (const path of tree.pathsOf(root)) {
      const seen = tree.get(path)?.seen;
      if (seen === undefined || isTorn(path)) continue;
      try {
        const handle = folder.open(path, seen.version);
        if (handle !== undefined) return handle;
      } catch {
        // It cannot be read now: others have it.
        continue;
      }
      this.changed(root);
    }
    return undefined;
  }

  list(root: RootHash): BlockList | undefined {
    return this.#options.writer.listOf(root);
  }

  changed(root: RootHash): void {
    const { tree, rescan } = this.#options;
    const paths = tree.pathsOf(root);
    if (paths.length > 0) rescan(paths);
  }

  began(root: RootHash): void {
    this.#options.holding.began(root);
  }

  want(roots: readonly RootHash[]): void {
    this.#options.say({ m: "want", roots });
  }

  bad(peer: ReplicaId, why: "unreachable" | "corrupt"): void {
    this.#options.say({ m: "bad", peer, why });
  }
}
