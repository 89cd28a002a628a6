/**
 * The line that moves while a peer receives: how far it is with what it has lacked since it last had everything.
 *
 * @module
 */

import type { PeerStatus } from "../sync/control_messages.ts";
import { type ProgressState } from "./progress.ts";

export class SyncProgress {
  /** When it began to lack something; `undefined` while it has everything. */
  #began: number | undefined;
  #received = 0;
  #files = 0;
  #bytes = 0;

  /**
   * Where it is at `now`, in milliseconds; `undefined` if nothing is lacking. What comes to be lacking meanwhile counts as if
   * it had been from the start.
   */
  state(status: PeerStatus, now: number): ProgressState | undefined {
    const { lacking, transfers } = status;
    if (lacking.files === 0) {
      this.#began = undefined;
      return undefined;
    }
    if (this.#began === undefined) {
      this.#began = now;
      this.#received = status.received;
      this.#files = this.#bytes = 0;
    }
    const under = transfers.reduce((sum, { done }) => sum + done, 0);
    const left = Math.max(0, lacking.bytes - under);
    const moved = status.received - this.#received;
    this.#files = Math.max(this.#files, lacking.files);
    this.#bytes = Math.max(this.#bytes, left + moved);
    return {
      phase: "receiving",
      files: this.#files - lacking.files,
      filesTotal: this.#files,
      bytes: this.#bytes - left,
      bytesTotal: this.#bytes,
      bytesMoved: moved,
      ms: now - this.#began,
      connections: new Set(transfers.flatMap(({ sources }) => sources)).size,
    };
  }
}
