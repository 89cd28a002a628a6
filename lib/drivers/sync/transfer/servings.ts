/**
 * The connections on which others fetch from this peer: one of each, a bounded number.
 *
 * @module
 */

import type { Channel } from "../../../io/channel.ts";
import type { ReplicaId, RootHash } from "../../../sync/record.ts";
import { Serving, type ServingOptions } from "./serving.ts";

/** Connections of others that are served at the same time. */
const SERVED_MAX = 16;
/** Who has asked nothing for so long makes room for others. */
const MAKES_ROOM_MS = 1000;

export interface ServingsOptions
  extends Pick<ServingOptions, "identity" | "clock" | "pool" | "held"> {
  readonly over: AbortSignal;
}

export class Servings {
  readonly #options: ServingsOptions;
  readonly #servings = new Map<ReplicaId, Serving>();
  #sent = 0;

  constructor(options: ServingsOptions) {
    this.#options = options;
  }

  /** Bytes of contents that were sent. */
  get sent(): number {
    return this.#sent;
  }

  get isEmpty(): boolean {
    return this.#servings.size === 0;
  }

  /** Serves `channel` to its end, and closes it. Never fails. */
  async serve(channel: Channel, arrived: Uint8Array): Promise<void> {
    const { over, ...options } = this.#options;
    let peer: ReplicaId | undefined;
    const serving = new Serving({
      ...options,
      channel,
      arrived,
      greeted: (id) => {
        const before = this.#servings.get(id);
        if (before === undefined && !this.#hasRoom()) {
          return "This peer serves enough others";
        }
        // Who comes again has lost the connection it had.
        before?.close();
        peer = id;
        this.#servings.set(id, serving);
        return undefined;
      },
      sent: (bytes) => void (this.#sent += bytes),
    });
    const stop = () => serving.close();
    over.addEventListener("abort", stop);
    try {
      await serving.run();
    } finally {
      over.removeEventListener("abort", stop);
      if (peer !== undefined && this.#servings.get(peer) === serving) {
        this.#servings.delete(peer);
      }
    }
  }

  /** More of `root` is here: who asked for news of it is told. */
  blocksCame(root: RootHash): void {
    for (const serving of this.#servings.values()) serving.blocksCame(root);
  }

  /** To be called now and then. */
  tick(): void {
    for (const serving of this.#servings.values()) serving.tick();
  }

  /** Whether one more can be served; for that, one who asks nothing now has to go. */
  #hasRoom(): boolean {
    if (this.#servings.size < SERVED_MAX) return true;
    for (const [peer, serving] of this.#servings) {
      if (!serving.isIdle(MAKES_ROOM_MS)) continue;
      serving.close();
      this.#servings.delete(peer);
      return true;
    }
    return false;
  }
}
