/**
 * The connections to other peers: made when they are needed, one to each, a bounded number.
 *
 * @module
 */

import { type PeerError, Refusal } from "../../../errors.ts";
import type { Run } from "../../../sync/block_set.ts";
import { rankOf } from "../../../sync/own_share.ts";
import type { ReplicaId, RootHash } from "../../../sync/record.ts";
import type { BufferPool } from "../../outbox.ts";
import type { Identity } from "../peer_options.ts";
import type { World } from "../world.ts";
import { PeerLink } from "./peer_link.ts";
import type { Sources } from "./sources.ts";

/** Connections that are made at the same time. */
const LINKS_MAX = 8;
const CONNECT_MS_MAX = 3000;

export interface LinksOptions {
  readonly world: World;
  readonly identity: Identity;
  readonly pool: BufferPool;
  readonly sources: Sources;
  /** There may be something to ask for. */
  readonly changed: () => void;
  readonly got: (
    link: PeerLink,
    root: RootHash,
    runs: readonly Run[] | "whole",
  ) => void;
  /** The connection is over; those who asked have been told. */
  readonly lost: (link: PeerLink) => void;
  /** It could not be made, or was lost in the middle of something; `isRefused`: the peer is there and does not want it now. */
  readonly failed: (peer: ReplicaId, isRefused: boolean) => void;
}

export class Links {
  readonly #options: LinksOptions;
  readonly #links = new Map<ReplicaId, PeerLink>();
  readonly #connecting = new Set<ReplicaId>();
  #needed: ReadonlySet<ReplicaId> = new Set();
  #isStopped = false;

  constructor(options: LinksOptions) {
    this.#options = options;
  }

  /** How many there are or will be in a moment. */
  get count(): number {
    return this.#links.size + this.#connecting.size;
  }

  get open(): Iterable<PeerLink> {
    return this.#links.values();
  }

  /** Those that can be asked, the least busy one first. */
  byLoad(): PeerLink[] {
    return [...this.#links.values()].filter(({ room }) => room > 0)
      .sort((a, b) => a.bytesAsked - b.bytesAsked);
  }

  /** Connects to the `needed` peers, as far as there may be so many connections. */
  connect(needed: ReadonlySet<ReplicaId>): void {
    this.#needed = needed;
    const { identity: { replica } } = this.#options;
    const missing = [...needed].filter((id) =>
      !this.#links.has(id) && !this.#connecting.has(id)
    );
    // Each begins with others, so that not all ask the same ones.
    missing.sort((a, b) => rankOf(replica, a) - rankOf(replica, b));
    for (const id of missing) {
      if (this.count >= LINKS_MAX && !this.#makeRoom()) return;
      void this.#run(id);
    }
  }

  tick(ms: number, isAwaiting: (link: PeerLink) => boolean): void {
    for (const link of this.#links.values()) link.tick(ms, isAwaiting(link));
  }

  close(peer: ReplicaId, reason: PeerError): void {
    this.#links.get(peer)?.close(reason);
  }

  /** Ends those to peers that are not live any more. */
  keepOnly(live: ReadonlySet<ReplicaId>): void {
    for (const [id, link] of this.#links) if (!live.has(id)) link.close();
  }

  stop(): void {
    this.#isStopped = true;
    for (const link of this.#links.values()) link.close();
  }

  /** Closes one that nobody needs now. */
  #makeRoom(): boolean {
    for (const [id, link] of this.#links) {
      if (this.#needed.has(id) || link.isBusy) continue;
      link.close();
      this.#links.delete(id);
      return true;
    }
    return false;
  }

  async #run(peer: ReplicaId): Promise<void> {
    const { lost, failed, changed } = this.#options;
    let link: PeerLink | undefined;
    this.#connecting.add(peer);
    try {
      link = await this.#connect(peer);
      this.#connecting.delete(peer);
      if (link === undefined) return;
      this.#links.set(peer, link);
      changed();
      await link.run();
    } catch (error) {
      if (!this.#isStopped) failed(peer, error instanceof Refusal);
    } finally {
      this.#connecting.delete(peer);
      if (link !== undefined) {
        if (this.#links.get(peer) === link) this.#links.delete(peer);
        lost(link);
      }
      changed();
    }
  }

  async #connect(peer: ReplicaId): Promise<PeerLink | undefined> {
    const { world, sources, identity, pool, changed, got } = this.#options;
    const info = sources.peer(peer);
    if (info === undefined) return undefined;
    const { host, port } = info;
    const channel = await world.network.connect(host, port, CONNECT_MS_MAX);
    if (this.#isStopped) return void channel.close();
    const link: PeerLink = new PeerLink({
      peer,
      channel,
      identity,
      clock: world.clock,
      pool,
      answered: changed,
      got: (root, runs) => got(link, root, runs),
    });
    return link;
  }
}
