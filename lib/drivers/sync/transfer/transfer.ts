/**
 * Gets contents from other peers, and gives them (docs/sync.md, "Peer and peer").
 *
 * @module
 */

import { PeerError, Refusal } from "../../../errors.ts";
import type { Channel } from "../../../io/channel.ts";
import type { SyncFolder } from "../../../io/sync/folder.ts";
import type { SyncIndex } from "../../../sync/index_store.ts";
import type { FileRecord, ReplicaId, RootHash } from "../../../sync/record.ts";
import { blockCount } from "../../../sync/blocks.ts";
import { SourceTrust } from "../../../sync/source_trust.ts";
import type { PeerInfo } from "../../../sync/tracker_messages.ts";
import { BLOCKS_MAX } from "../../../sync/transfer_messages.ts";
import { BufferPool } from "../../outbox.ts";
import {
  type Contents,
  type FetchProgress,
  type Holdings,
  NoSource,
} from "../contents.ts";
import type { Identity } from "../peer_options.ts";
import type { World } from "../world.ts";
import { type Fetched, type Fetching, isHere } from "./fetching.ts";
import { HeldContents } from "./held_contents.ts";
import { LargeFetch, type LargeFetchOptions } from "./large_fetch.ts";
import { Links } from "./links.ts";
import { orAborted } from "./or_aborted.ts";
import { Searches } from "./searches.ts";
import { Servings } from "./servings.ts";
import { SMALL_BLOCKS_MAX, SmallFetch, SmallFetches } from "./small_fetches.ts";
import { Sources } from "./sources.ts";

/** What a transfer is made of. */
export interface TransferOptions {
  readonly world: World;
  /** Asked for places of blocks only. */
  readonly index: Pick<SyncIndex, "placesOf">;
  /** Asked for parts only. */
  readonly folder: Pick<SyncFolder, "part">;
  readonly holdings: Holdings;
  /** Who this peer is, and which set of folders it belongs to. */
  readonly identity: Identity;
  /** Told in a sentence what a person should know. */
  readonly log: (sentence: string) => void;
}

/** Large contents that are fetched at the same time: these are finished before others are begun. */
const LARGE_MAX = 2;
/** How often connections are looked at, and whether there is something new to ask for. */
const TICK_MS = 250;
/** Who serves enough others is asked again after this. */
const REFUSED_MS = 2000;

export class Transfer implements Contents {
  readonly #options: TransferOptions;
  readonly #pool = new BufferPool();
  readonly #trust = new SourceTrust();
  readonly #sources: Sources;
  readonly #searches: Searches;
  readonly #held: HeldContents;
  readonly #links: Links;
  readonly #smalls: SmallFetches;
  /** In the order in which they are begun: smaller ones first. */
  #larges: LargeFetch[] = [];
  readonly #begun = new Set<LargeFetch>();
  /** By what is fetched now. */
  readonly #running = new Map<RootHash, Fetching>();
  readonly #servings: Servings;
  readonly #fetchingOptions: LargeFetchOptions;
  readonly #stopped = new AbortController();
  #stopTicking: (() => void) | undefined;
  #isPumping = false;
  /** Of those that run, it is to be seen whether somebody can be asked. */
  #mayBeHopeless = false;
  #received = 0;

  constructor(options: TransferOptions) {
    this.#options = options;
    const { world: { clock }, holdings, identity } = options;
    this.#sources = new Sources(identity.replica, this.#trust);
    this.#searches = new Searches({
      clock,
      sources: this.#sources,
      over: this.#stopped.signal,
      isHere: (root) => isHere(holdings, root),
      want: (roots) => holdings.want(roots),
    });
    this.#held = new HeldContents(holdings, clock);
    this.#servings = new Servings({
      identity,
      clock,
      pool: this.#pool,
      held: this.#held,
      over: this.#stopped.signal,
    });
    this.#fetchingOptions = {
      me: identity.replica,
      folder: options.folder,
      index: options.index,
      holdings,
      clock,
      pool: this.#pool,
      sources: this.#sources,
      searches: this.#searches,
      held: this.#held,
      received: (bytes) => void (this.#received += bytes),
      struck: (peer) => this.#struck(peer),
      worked: (peer) => this.#trust.worked(peer),
      changed: () => this.#pumpSoon(),
      blockCame: (root) => this.#servings.blocksCame(root),
    };
    this.#smalls = new SmallFetches(this.#fetchingOptions);
    this.#links = new Links({
      world: options.world,
      identity,
      pool: this.#pool,
      sources: this.#sources,
      changed: () => this.#pumpSoon(),
      got: (link, root, runs) => {
        const fetch = this.#running.get(root);
        if (fetch instanceof LargeFetch) fetch.got(link, runs);
        this.#pumpSoon();
      },
      lost: (link) => {
        for (const fetch of this.#begun) fetch.lost(link);
      },
      failed: (peer, isRefused) => this.#failed(peer, isRefused),
    });
  }

  get sent(): number {
    return this.#servings.sent;
  }

  get received(): number {
    return this.#received;
  }

  /**
   * Serves a connection that another peer has made, to its end, and closes it. Never fails.
   *
   * @param arrived what was read from it already: its first line, and maybe more
   */
  async serve(channel: Channel, arrived: Uint8Array): Promise<void> {
    if (this.#stopped.signal.aborted) return channel.close();
    this.#tick();
    await this.#servings.serve(channel, arrived);
  }

  async fetch(record: FileRecord, signal: AbortSignal): Promise<Fetched> {
    const { root } = record;
    const blocks = blockCount(record.size, record.blockLog);
    if (root === null || blocks === 0 || blocks > BLOCKS_MAX) {
      throw new Refusal("too-large", "That content cannot be fetched");
    }
    const before = () => this.#running.get(root);
    for (let other = before(); other !== undefined; other = before()) {
      // The same content for another path: it is here then.
      await orAborted(other.result.catch(() => {}), signal);
    }
    this.#throwIfOver(signal);
    const fetch = blocks <= SMALL_BLOCKS_MAX
      ? new SmallFetch(record, root, this.#fetchingOptions)
      : new LargeFetch(record, root, this.#fetchingOptions);
    const abort = () => fetch.fail(this.#reasonOf(signal));
    signal.addEventListener("abort", abort);
    this.#running.set(root, fetch);
    let isLeft = false;
    try {
      this.#begin(fetch);
      return await fetch.result;
    } catch (error) {
      isLeft = error instanceof NoSource;
      throw error;
    } finally {
      if (!isLeft) this.#searches.end(root);
      signal.removeEventListener("abort", abort);
      this.#end(fetch);
    }
  }

  wait(root: RootHash, found: () => void): void {
    this.#searches.wait(root, found);
  }

  waitNoMore(root: RootHash): void {
    if (!this.#running.has(root)) this.#searches.end(root);
  }

  setPeers(peers: readonly PeerInfo[]): void {
    const isNew = this.#sources.setPeers(peers);
    const live = new Set(peers.map(({ id }) => id));
    this.#trust.keepOnly(live, this.#options.world.clock.now());
    this.#links.keepOnly(live);
    for (const fetch of this.#begun) this.#tellReceivers(fetch);
    this.#searches.peersChanged(isNew);
    this.#pumpSoon();
  }

  setSources(
    root: RootHash,
    whole: readonly ReplicaId[],
    part: readonly ReplicaId[],
  ): void {
    this.#sources.set(root, whole, part);
    this.#searches.told(root);
    const fetch = this.#running.get(root);
    if (fetch === undefined) return;
    if (fetch instanceof LargeFetch) this.#tellReceivers(fetch);
    this.#pumpSoon();
  }

  progress(): readonly FetchProgress[] {
    const all: FetchProgress[] = [];
    for (const fetch of this.#smalls.all) {
      const peer = fetch.asked?.peer;
      if (peer !== undefined) all.push(fetch.progress(fetch.done, [peer]));
    }
    for (const fetch of this.#begun) {
      all.push(fetch.progress(fetch.done, fetch.askedPeers));
    }
    return all;
  }

  stop(): void {
    const reason = new Refusal("stopping");
    this.#stopped.abort(reason);
    for (const fetch of this.#running.values()) fetch.fail(reason);
    this.#links.stop();
    this.#held.stop();
    this.#stopTicking?.();
    this.#stopTicking = undefined;
  }

  #begin(fetch: SmallFetch | LargeFetch): void {
    this.#tick();
    if (fetch instanceof SmallFetch) {
      try {
        fetch.takeLocal();
      } catch (error) {
        fetch.fail(error);
      }
      if (!fetch.isOver) this.#smalls.add(fetch);
    } else {
      const { size } = fetch.record;
      const at = this.#larges.findIndex(({ record }) => record.size > size);
      this.#larges.splice(at < 0 ? this.#larges.length : at, 0, fetch);
    }
    // Most often somebody can be asked: then the others need no look.
    this.#pumpSoon(fetch.isOver || fetch.usable().length === 0);
  }

  #end(fetch: SmallFetch | LargeFetch): void {
    this.#running.delete(fetch.root);
    if (fetch instanceof SmallFetch) this.#smalls.delete(fetch);
    else {
      this.#begun.delete(fetch);
      this.#larges = this.#larges.filter((other) => other !== fetch);
    }
    this.#pumpSoon(false);
  }

  /**
   * Asks whoever can be asked, behind everything else that happens in this turn.
   *
   * @param mayBeHopeless whether something may have changed for those that run
   */
  #pumpSoon(mayBeHopeless = true): void {
    if (mayBeHopeless) this.#mayBeHopeless = true;
    if (this.#isPumping) return;
    this.#isPumping = true;
    void Promise.resolve().then(() => {
      this.#isPumping = false;
      if (!this.#stopped.signal.aborted) this.#pump();
    });
  }

  #pump(): void {
    this.#beginLarges();
    if (this.#mayBeHopeless) this.#giveUpHopeless();
    const now = this.#options.world.clock.now();
    const needed = new Set<ReplicaId>();
    for (const fetch of this.#smalls.all) {
      if (fetch.asked !== undefined) continue;
      for (const peer of fetch.usable(now)) needed.add(peer);
    }
    for (const fetch of this.#begun) {
      for (const peer of fetch.usable(now)) needed.add(peer);
    }
    this.#links.connect(needed);
    // One request to each in turn, the least busy one first: so that what there is to ask for is spread.
    for (let asked = true; asked;) {
      asked = false;
      for (const link of this.#links.byLoad()) {
        if (this.#ask(link)) asked = true;
      }
    }
  }

  #giveUpHopeless(): void {
    this.#mayBeHopeless = false;
    for (const fetch of this.#running.values()) {
      if (fetch.isHopeless) fetch.giveUp(new NoSource());
    }
  }

  #ask(link: Parameters<SmallFetches["ask"]>[0]): boolean {
    if (this.#smalls.ask(link, this.#links.open)) return true;
    for (const fetch of this.#begun) if (fetch.ask(link)) return true;
    return false;
  }

  /** Contents that nobody has do not keep others waiting. */
  #beginLarges(): void {
    let under = 0;
    for (const fetch of this.#begun) if (fetch.usable().length > 0) under++;
    for (const fetch of this.#larges) {
      if (under >= LARGE_MAX) return;
      if (this.#begun.has(fetch) || fetch.isOver) continue;
      if (!fetch.isHere && fetch.usable().length === 0) continue;
      this.#begun.add(fetch);
      this.#tellReceivers(fetch);
      void fetch.begin();
      under++;
    }
  }

  #tellReceivers(fetch: LargeFetch): void {
    fetch.setReceivers(this.#sources.receivers(fetch.root));
  }

  #struck(peer: ReplicaId): void {
    const now = this.#options.world.clock.now();
    if (!this.#trust.struck(peer, now)) return;
    const name = this.#sources.peer(peer)?.name ?? peer;
    this.#options.log(
      `${name} sends wrong bytes and is not asked for ten minutes`,
    );
    this.#options.holdings.bad(peer, "corrupt");
    this.#links.close(peer, new PeerError("The peer sends wrong bytes"));
  }

  #failed(peer: ReplicaId, isRefused: boolean): void {
    const now = this.#options.world.clock.now();
    // Of one that is not asked any more everybody knows.
    if (!this.#trust.isUsable(peer, now)) return;
    const until = this.#trust.failed(peer, now, isRefused ? REFUSED_MS : 0);
    void this.#lookAgain(until - now);
    if (!isRefused) this.#options.holdings.bad(peer, "unreachable");
  }

  /** Somebody who could not be asked can be then. */
  async #lookAgain(ms: number): Promise<void> {
    const { signal } = this.#stopped;
    await this.#options.world.clock.sleep(ms, signal);
    if (!signal.aborted) this.#searches.look();
  }

  /** Looks after everything now and then, as long as there is something. */
  #tick(): void {
    if (this.#stopTicking !== undefined) return;
    const { clock } = this.#options.world;
    this.#stopTicking = clock.every(TICK_MS, () => {
      for (const fetch of this.#running.values()) fetch.tick(TICK_MS);
      this.#links.tick(TICK_MS, (link) => {
        for (const fetch of this.#begun) if (fetch.watches(link)) return true;
        return false;
      });
      this.#servings.tick();
      this.#held.tidy();
      if (this.#running.size > 0) this.#pumpSoon();
      else if (
        this.#links.count === 0 && this.#servings.isEmpty &&
        this.#held.isEmpty
      ) {
        this.#stopTicking?.();
        this.#stopTicking = undefined;
      }
    });
  }

  #throwIfOver(signal: AbortSignal): void {
    if (signal.aborted || this.#stopped.signal.aborted) {
      throw this.#reasonOf(signal);
    }
  }

  #reasonOf(signal: AbortSignal): unknown {
    return signal.aborted ? signal.reason : this.#stopped.signal.reason;
  }
}
