/**
 * A peer: keeps its folder the same as those of all other peers of its set.
 *
 * @module
 */

import type { Name } from "../../names/name.ts";
import type { PeerStatus } from "../../sync/control_messages.ts";
import type { PeerControl } from "./peer_control.ts";
import type { SyncPeerOptions } from "./peer_options.ts";

export class SyncPeer implements PeerControl {
  readonly #options: SyncPeerOptions;

  constructor(options: SyncPeerOptions) {
    this.#options = options;
  }

  /** Looks at the folder, joins, and keeps at it until `stop`. Returns at once. */
  start(): void {
    void this.#options;
    throw new Error("not there yet");
  }

  /**
   * Says goodbye and ends. Nothing is done to the folder or the index any more once this was called. Resolves when nothing
   * of it runs any more.
   */
  stop(): Promise<void> {
    throw new Error("not there yet");
  }

  status(): PeerStatus {
    throw new Error("not there yet");
  }

  scan(_paths?: readonly Name[]): Promise<void> {
    throw new Error("not there yet");
  }

  waitFor(_name: string | undefined, _signal: AbortSignal): Promise<void> {
    throw new Error("not there yet");
  }

  confirmDeletes(): Promise<number> {
    throw new Error("not there yet");
  }

  why(_path: Name): readonly string[] {
    throw new Error("not there yet");
  }
}
