/**
 * Peers on disks in memory, with the real tracker and a clock that is moved by hand. Contents go from folder to folder
 * without a network, unless a test wants the real transfer: how they really go is tested elsewhere.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type {
  Contents,
  FetchProgress,
  Holdings,
} from "../drivers/sync/contents.ts";
import type { PeerChange } from "../sync/peer_change.ts";
import type { SyncPeerOptions } from "../drivers/sync/peer_options.ts";
import { SyncPeer } from "../drivers/sync/sync_peer.ts";
import { Transfer } from "../drivers/sync/transfer/transfer.ts";
import type { World } from "../drivers/sync/world.ts";
import { TrackerHub } from "../drivers/tracker/tracker_hub.ts";
import type { Clock } from "../io/clock.ts";
import type { PartHandle } from "../io/sync/folder.ts";
import type { BlockList } from "../sync/index_store.ts";
import type { FileRecord, RootHash } from "../sync/record.ts";
import { FakeClock } from "./fake_clock.ts";
import { channelPair, type MemoryChannel } from "./memory_channel.ts";
import { MemoryIndexStorage } from "./memory_index.ts";
import { SimChance } from "./sim_chance.ts";
import { SimDisk } from "./sim_disk.ts";
import { SimFolder } from "./sim_folder.ts";
import { SimPerson } from "./sim_people.ts";
import { SimStore } from "./sim_store.ts";

const TRACKER = { host: "tracker", port: 7000 };
const LIMITS = {
  peersMax: 100,
  beatMs: 5000,
  ttlMs: 15_000,
};
/** Small blocks: small files have several. */
const BLOCK_LOG_MIN = 4;

export class SyncWorld {
  readonly clock = new FakeClock();
  readonly chance = new SimChance(1);
  readonly peers: TestPeer[] = [];
  /** Whether the tracker can be reached. */
  isTrackerThere = true;
  /** Whether peers that start from now on have the real transfer. */
  hasTransfers = false;
  /** Whose port others do not reach. */
  readonly unreachable = new Set<TestPeer>();
  /** Of how many paths the tracker keeps records. */
  recordsMax = 100_000;
  /** What the tracker keeps. */
  store = new SimStore("epoch00000");
  #hub: TrackerHub | undefined;
  readonly #channels = new Set<MemoryChannel>();

  /** The tracker starts; with nothing if `isNew`. */
  async startTracker(isNew = false): Promise<void> {
    // Files of whole seconds may be of a disk that knows no others, and are waited for.
    if (this.clock.now() === 0) await this.clock.advance(1234);
    if (isNew) this.store = new SimStore(this.chance.letters(10));
    this.#hub = await TrackerHub.open({
      store: this.store,
      clock: this.clockOf(() => 0),
      log: { note: () => {} },
      limits: { ...LIMITS, recordsMax: this.recordsMax },
      newToken: () => this.chance.letters(10),
    });
  }

  /** The tracker dies. */
  async stopTracker(): Promise<void> {
    const hub = this.#hub;
    this.#hub = undefined;
    for (const channel of this.#channels) channel.reset();
    this.#channels.clear();
    await hub?.stop();
  }

  get hub(): TrackerHub {
    if (this.#hub === undefined) throw new Error("There is no tracker");
    return this.#hub;
  }

  /** So many machines with peers that run and have nothing: `a`, `b`, ... */
  async running(count: number): Promise<TestPeer[]> {
    const peers = Array.from(
      { length: count },
      (_, at) => this.add(String.fromCharCode(97 + at)),
    );
    for (const peer of peers) peer.start();
    await this.pass();
    return peers;
  }

  /** Two peers that both have `path`, and cannot hear of each other until `together`. */
  async apart(path: string): Promise<[TestPeer, TestPeer]> {
    const [a, b] = await this.running(2);
    a!.write(path, "base");
    await this.pass();
    this.isTrackerThere = false;
    this.cut();
    await this.pass(100);
    return [a!, b!];
  }

  /** The tracker is there again, and everybody has found it. */
  async together(): Promise<void> {
    this.isTrackerThere = true;
    await this.pass(10_000);
  }

  /** A machine, without a peer that runs. */
  add(name: string, options: Partial<SyncPeerOptions> = {}): TestPeer {
    const peer = new TestPeer(this, name, options);
    this.peers.push(peer);
    return peer;
  }

  /** Time passes, in steps that no burst is longer than. */
  async pass(ms = 1000): Promise<void> {
    for (let done = 0; done < ms; done += 5) await this.clock.advance(5);
  }

  async stop(): Promise<void> {
    for (const peer of this.peers) await peer.stop();
    await this.stopTracker();
  }

  /** The clock of a machine: as the real one, it tells whole milliseconds of the date. */
  clockOf(skewMs: () => number): Clock {
    const { clock } = this;
    return {
      now: () => clock.now(),
      wallTime: () => Math.floor(clock.wallTime() + skewMs()),
      sleep: (ms, signal) => clock.sleep(ms, signal),
      every: (ms, tick) => clock.every(ms, tick),
    };
  }

  /** A connection to the tracker, or to the peer that serves on `port`. */
  connect(port: number): Promise<MemoryChannel> {
    const [near, far] = channelPair({ peerOfB: "10.0.0.1:1234" });
    if (port !== TRACKER.port) {
      const peer = this.peers.find((peer) =>
        peer.port === port && peer.isRunning && !this.unreachable.has(peer)
      );
      const transfer = peer?.transfer;
      if (transfer === undefined) return refused();
      void transfer.serve(far, new Uint8Array());
      return Promise.resolve(near);
    }
    const hub = this.#hub;
    if (hub === undefined || !this.isTrackerThere) return refused();
    this.#channels.add(near);
    void hub.newSession(far).serve();
    return Promise.resolve(near);
  }

  /** Cuts all connections to the tracker. */
  cut(): void {
    for (const channel of this.#channels) channel.reset();
    this.#channels.clear();
  }
}

function refused(): Promise<never> {
  return Promise.reject(new Error("Connection refused"));
}

/** Runs `test` in a world with a tracker; everything is stopped afterwards. */
export async function inSyncWorld(
  test: (world: SyncWorld) => Promise<void>,
): Promise<void> {
  const world = new SyncWorld();
  await world.startTracker();
  try {
    await test(world);
  } finally {
    await world.stop();
  }
}

/** All of these show `tree`, and have nothing more to do. */
export function assertSame(
  peers: readonly TestPeer[],
  tree: Readonly<Record<string, string | null>>,
): void {
  for (const peer of peers) {
    assertEquals(peer.tree, tree, peer.name);
    assert(peer.peer.status().isIdle, `${peer.name} is not idle`);
  }
}

/** All of these show the same, and have nothing more to do. Gives what they show, names of conflict copies cut short. */
export function sameTree(
  peers: readonly TestPeer[],
): Record<string, string | null> {
  const [first] = peers;
  assertSame(peers, first!.tree);
  return Object.fromEntries(
    Object.entries(first!.tree).map(([path, text]) => [
      path.replace(/\(conflict [^)]*\)/, "(conflict)"),
      text,
    ]),
  );
}

/** A machine with a folder, and the peer that runs there. */
export class TestPeer {
  readonly disk: SimDisk;
  readonly user: SimPerson;
  storage = new MemoryIndexStorage();
  readonly changes: PeerChange[] = [];
  readonly notes: string[] = [];
  /** Milliseconds that the clock of this machine is ahead. */
  skewMs = 0;
  /** A fetch takes so long. */
  fetchMs = 1;
  /** The disk takes so long to have something for good; of the next run. */
  syncMs = 1;
  folder: SimFolder | undefined;
  /** Contents that came from others. */
  readonly fetched: RootHash[] = [];
  peer!: SyncPeer;
  holdings: Holdings | undefined;
  transfer: Transfer | undefined;
  /** Its connections to the tracker, the last one at the end. */
  readonly toTracker: MemoryChannel[] = [];
  isRunning = false;
  /** Where it serves. */
  readonly port: number;
  readonly #world: SyncWorld;
  readonly #options: Partial<SyncPeerOptions>;
  readonly name: string;

  constructor(
    world: SyncWorld,
    name: string,
    options: Partial<SyncPeerOptions>,
  ) {
    this.#world = world;
    this.name = name;
    this.port = world.peers.length + 1;
    this.#options = options;
    this.disk = new SimDisk({
      now: () => Math.floor(world.clock.wallTime() + this.skewMs),
      capacity: 1_000_000,
    });
    this.user = new SimPerson(this.disk);
  }

  start(): void {
    const { clock, chance } = this.#world;
    const folder = this.folder = new SimFolder({
      disk: this.disk,
      later: (ms) => clock.sleep(ms),
      random: () => chance.number(),
      syncMs: this.syncMs,
    });
    const world: World = {
      clock: this.#world.clockOf(() => this.skewMs),
      chance,
      network: { connect: (_host, port) => this.#connect(port) },
    };
    const index = this.storage.open(() => chance.letters(10));
    this.peer = new SyncPeer({
      world,
      folder,
      index,
      makeContents: (holdings, identity) => {
        this.holdings = holdings;
        if (!this.#world.hasTransfers) {
          return new CopiedContents(this.#world, this);
        }
        const log = (text: string) => void this.notes.push(text);
        const options = { world, index, folder, holdings, identity, log };
        return this.transfer = new Transfer(options);
      },
      tracker: TRACKER,
      name: this.name,
      port: this.port,
      blockLogMin: BLOCK_LOG_MIN,
      events: {
        changed: (change) => void this.changes.push(change),
        note: (text) => void this.notes.push(text),
      },
      ...this.#options,
    });
    this.isRunning = true;
    this.peer.start();
  }

  async stop(): Promise<void> {
    if (!this.isRunning) return;
    this.isRunning = false;
    let isOver = false;
    const stopped = this.peer.stop().then(() => isOver = true);
    // A read that waits for the next tick of the disk's clock goes on to its end.
    while (!isOver) await this.#world.clock.advance(100);
    await stopped;
  }

  /** Its index is gone. */
  wipeIndex(): void {
    this.storage = new MemoryIndexStorage();
  }

  write(path: string, text: string, mtime?: number): void {
    this.user.write(path, new TextEncoder().encode(text), mtime);
  }

  async #connect(port: number): Promise<MemoryChannel> {
    const channel = await this.#world.connect(port);
    if (port === TRACKER.port) this.toTracker.push(channel);
    return channel;
  }

  /** Path -> text of every file, `null` of every folder; nothing of ours. */
  get tree(): Record<string, string | null> {
    const tree: Record<string, string | null> = {};
    for (const [path, { kind, bytes }] of this.user.walk()) {
      tree[path] = kind === "file" ? textOf(bytes) : null;
    }
    return tree;
  }
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** Copies contents from whoever has them, and looks every 20 ms whether somebody has one by now: it never gives up. */
class CopiedContents implements Contents {
  sent = 0;
  received = 0;
  readonly #world: SyncWorld;
  readonly #self: TestPeer;
  #isOver = false;

  constructor(world: SyncWorld, self: TestPeer) {
    this.#world = world;
    this.#self = self;
  }

  async fetch(
    record: FileRecord,
    signal: AbortSignal,
  ): Promise<{ readonly part: PartHandle; readonly list: BlockList }> {
    for (;;) {
      await this.#world.clock.sleep(this.#self.fetchMs, signal);
      if (signal.aborted || this.#isOver) throw new Error("aborted");
      const root = record.root!;
      const near = this.#self.holdings!.open(root);
      for (const { isRunning, holdings } of this.#world.peers) {
        const handle = near ?? (isRunning ? holdings?.open(root) : undefined);
        const list = holdings?.list(root);
        if (handle === undefined) continue;
        const part = this.#self.folder!.part(root, record.size);
        const bytes = new Uint8Array(record.size);
        handle.readAt(0, bytes);
        handle.close();
        part.writeAt(0, bytes);
        if (near === undefined) this.#self.fetched.push(root);
        return { part, list: list ?? nearList(record) };
      }
      await this.#world.clock.sleep(20, signal);
    }
  }

  wait(): void {}
  waitNoMore(): void {}
  setPeers(): void {}
  setSources(): void {}
  progress(): readonly FetchProgress[] {
    return [];
  }
  stop(): void {
    this.#isOver = true;
  }
}

/** A list that nobody has: never asked for here. */
function nearList({ root, size, blockLog }: FileRecord): BlockList {
  return { root: root!, size, blockLog, hashes: new Uint8Array() };
}
