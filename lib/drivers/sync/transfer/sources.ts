/**
 * Who has which content, as the tracker says, and who of them can be asked now.
 *
 * @module
 */

import type { ReplicaId, RootHash } from "../../../sync/record.ts";
import { remember } from "../../../sync/remember.ts";
import type { SourceTrust } from "../../../sync/source_trust.ts";
import type { PeerInfo } from "../../../sync/tracker_messages.ts";

/** Contents whose sources are remembered: of those told of longest ago the tracker can be asked again. */
const ROOTS_MAX = 20_000;

interface Known {
  readonly whole: readonly ReplicaId[];
  readonly part: readonly ReplicaId[];
}

const NOBODY: Known = { whole: [], part: [] };

export class Sources {
  readonly #me: ReplicaId;
  readonly #trust: SourceTrust;
  #peers: ReadonlyMap<ReplicaId, PeerInfo> = new Map();
  readonly #known = new Map<RootHash, Known>();

  constructor(me: ReplicaId, trust: SourceTrust) {
    this.#me = me;
    this.#trust = trust;
  }

  /**
   * The live peers, all of them.
   *
   * @returns whether one of them was not here before
   */
  setPeers(peers: readonly PeerInfo[]): boolean {
    const before = this.#peers;
    this.#peers = new Map(
      peers.filter(({ id }) => id !== this.#me).map((peer) => [peer.id, peer]),
    );
    return [...this.#peers.keys()].some((id) => !before.has(id));
  }

  set(
    root: RootHash,
    whole: readonly ReplicaId[],
    part: readonly ReplicaId[],
  ): void {
    remember(this.#known, root, { whole, part }, ROOTS_MAX);
  }

  /** Whether the tracker has said who has `root`, if anybody. */
  isKnown(root: RootHash): boolean {
    return this.#known.has(root);
  }

  /** Whether somebody who is here has all of `root`, also if it cannot be asked just now. */
  isHeld(root: RootHash): boolean {
    const { whole } = this.#known.get(root) ?? NOBODY;
    return whole.some((id) => this.#peers.has(id));
  }

  peer(id: ReplicaId): PeerInfo | undefined {
    return this.#peers.get(id);
  }

  /** Live peers that do not have all of `root`: they may be about to fetch it, too. */
  receivers(root: RootHash): ReplicaId[] {
    const { whole } = this.#known.get(root) ?? NOBODY;
    return [...this.#peers.keys()].filter((id) => !whole.includes(id));
  }

  /** How much `id` has of `root`; `undefined` if nothing, or if it cannot be asked now. */
  holds(
    id: ReplicaId,
    root: RootHash,
    now: number,
  ): "whole" | "part" | undefined {
    const { whole, part } = this.#known.get(root) ?? NOBODY;
    const how = whole.includes(id)
      ? "whole"
      : part.includes(id)
      ? "part"
      : undefined;
    return how !== undefined && this.isUsable(id, now) ? how : undefined;
  }

  /** Who can be asked for `root`, or for a part of it. */
  of(root: RootHash, now: number): ReplicaId[] {
    const { whole, part } = this.#known.get(root) ?? NOBODY;
    const usable: ReplicaId[] = [];
    for (const id of whole) if (this.isUsable(id, now)) usable.push(id);
    for (const id of part) {
      if (!whole.includes(id) && this.isUsable(id, now)) usable.push(id);
    }
    return usable;
  }

  isUsable(id: ReplicaId, now: number): boolean {
    return this.#peers.has(id) && this.#trust.isUsable(id, now);
  }
}
