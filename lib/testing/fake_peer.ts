/**
 * A peer that only answers commands.
 *
 * @module
 */

import type { PeerControl } from "../drivers/sync/control/peer_control.ts";
import type { Name } from "../names/name.ts";
import type { PeerStatus } from "../sync/control_messages.ts";

/** A peer that has everything and is alone. */
export const QUIET_STATUS: PeerStatus = {
  name: "anna",
  replica: "aaaaaaaaaa",
  folder: "f",
  port: 4000,
  tracker: {
    address: "[::1]:7000",
    state: "connected",
    text: undefined,
    offsetMs: 0,
  },
  files: 0,
  folders: 0,
  bytes: 0,
  seq: 0,
  lacking: { files: 0, bytes: 0 },
  waiting: { files: 0, bytes: 0, peers: [] },
  unpublished: 0,
  isScanning: false,
  isIdle: true,
  held: undefined,
  transfers: [],
  peers: [],
  troubles: [],
  troublesTotal: 0,
  sent: 0,
  received: 0,
};

export class FakePeer implements PeerControl {
  /** What was asked, in order. */
  readonly asked: string[] = [];
  /** The status it tells. */
  shown: PeerStatus = QUIET_STATUS;
  /** A wait goes on until this is resolved, or the command leaves. */
  readonly arrival = Promise.withResolvers<void>();
  /** Anything else than the status fails with this. */
  fault: Error | undefined;

  status(): PeerStatus {
    return this.shown;
  }

  scan(paths?: readonly Name[]): Promise<void> {
    return this.#note(`scan ${paths?.join(",") ?? "everything"}`);
  }

  async waitFor(name: string | undefined, signal: AbortSignal): Promise<void> {
    await this.#note(`wait ${name ?? "all"}`);
    signal.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      this.arrival.promise.then(resolve);
      signal.addEventListener("abort", () => reject(signal.reason));
    });
  }

  async confirmDeletes(): Promise<number> {
    await this.#note("confirm");
    return 7;
  }

  why(path: Name): readonly string[] {
    if (this.fault !== undefined) throw this.fault;
    return [`path: ${path}`];
  }

  #note(text: string): Promise<void> {
    this.asked.push(text);
    return this.fault === undefined
      ? Promise.resolve()
      : Promise.reject(this.fault);
  }
}
