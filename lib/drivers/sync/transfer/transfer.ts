/**
 * Gets contents from other peers, and gives them (docs/sync.md, "Peer and peer").
 *
 * @module
 */

import { MisuseError } from "../../../errors.ts";
import type { Channel } from "../../../io/channel.ts";
import type { PartHandle, SyncFolder } from "../../../io/sync/folder.ts";
import type { BlockList, SyncIndex } from "../../../sync/index_store.ts";
import type { FileRecord, ReplicaId, RootHash } from "../../../sync/record.ts";
import type { PeerInfo } from "../../../sync/tracker_messages.ts";
import type { Contents, FetchProgress, Holdings } from "../contents.ts";
import type { World } from "../world.ts";

/** What a transfer is made of. */
export interface TransferOptions {
  readonly world: World;
  /** Asked for places of blocks only. */
  readonly index: Pick<SyncIndex, "placesOf">;
  /** Asked for parts only. */
  readonly folder: Pick<SyncFolder, "part">;
  readonly holdings: Holdings;
  /** Who this peer is now, and which set of folders it belongs to: nothing is sent or served while that is not known. */
  readonly identity: () => {
    readonly replica: ReplicaId;
    readonly folder: string | undefined;
  };
  /** Told in a sentence what a person should know. */
  readonly log: (sentence: string) => void;
}

export class Transfer implements Contents {
  constructor(_options: TransferOptions) {}

  get sent(): number {
    return 0;
  }

  get received(): number {
    return 0;
  }

  /**
   * Serves a connection that another peer has made, to its end, and closes it.
   *
   * @param arrived what was read from it already: its first line, and maybe more
   */
  serve(_channel: Channel, _arrived: Uint8Array): Promise<void> {
    throw new MisuseError("not yet");
  }

  fetch(
    _record: FileRecord,
    _signal: AbortSignal,
  ): Promise<{ readonly part: PartHandle; readonly list: BlockList }> {
    throw new MisuseError("not yet");
  }

  setPeers(_peers: readonly PeerInfo[]): void {}

  setSources(
    _root: RootHash,
    _whole: readonly ReplicaId[],
    _part: readonly ReplicaId[],
  ): void {}

  progress(): readonly FetchProgress[] {
    return [];
  }

  stop(): void {}
}
