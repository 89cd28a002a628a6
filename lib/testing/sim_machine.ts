/**
 * A machine of the simulator: a disk, a clock that goes wrong, a person, and the peer that runs there or does not.
 *
 * @module
 */

import type { Holdings } from "../drivers/sync/contents.ts";
import { PeerPort } from "../drivers/sync/control/peer_port.ts";
import { SyncPeer } from "../drivers/sync/sync_peer.ts";
import { Transfer } from "../drivers/sync/transfer/transfer.ts";
import { type IndexSnapshot, MemoryIndexStorage } from "./memory_index.ts";
import type { RootHash } from "../sync/record.ts";
import { type SimCall, SimCrash } from "./sim_calls.ts";
import { SimChance } from "./sim_chance.ts";
import { textsOf, type VisibleTree } from "./sim_checks.ts";
import { Claims } from "./sim_claims.ts";
import { SimDisk } from "./sim_disk.ts";
import { SimFolder } from "./sim_folder.ts";
import type { SimNetwork } from "./sim_network.ts";
import type { SimOracle } from "./sim_oracle.ts";
import { type RecordWatch, watchedIndex } from "./sim_records.ts";
import { rootOfBytes, SIM_BLOCK_LOG_MIN } from "./sim_roots.ts";
import {
  Killed,
  SIM_EPOCH,
  SimClock,
  SimProcess,
  type SimTime,
} from "./sim_time.ts";
import type { SimTrace } from "./sim_trace.ts";
import type { SimWatchOptions } from "./sim_watch.ts";
import { keptTexts, treeOf } from "./sim_tree.ts";
import { SimUser } from "./sim_user.ts";

/** What all machines have in common. */
export interface SimSurroundings {
  readonly time: SimTime;
  readonly chance: SimChance;
  readonly network: SimNetwork;
  readonly trace: SimTrace;
  readonly oracle: SimOracle;
  readonly records: RecordWatch;
  /** Whether a file has this content, on another machine than that: not on one that is a copy, of which nobody may know. */
  readonly isElsewhere: (root: RootHash, name: string) => boolean;
  readonly tracker: { readonly host: string; readonly port: number };
}

/** Enough for everybody; nobody writes more than a few hundred bytes a file. */
const CAPACITY_BYTES = 1_000_000;

export class SimMachine {
  readonly name: string;
  readonly host: string;
  readonly disk: SimDisk;
  readonly user: SimUser;
  skewMs: number;
  /** The peer does not hear of changes. */
  #isDeaf = false;
  /** The peer that runs was deaf for a while: only a look at everything finds what it missed. */
  hasMissedHints = false;
  /** The peer serves wrong bytes. */
  isCorrupt = false;
  /** So many more changes of its folder are made, less one; then comes `end`. */
  changesLeft = Infinity;
  end: "kill" | "power-cut" = "power-cut";
  /** How often that came. */
  cuts = 0;
  /** Something has changed on the disk since it was asked last. */
  hasChanged = true;
  readonly #storage = new MemoryIndexStorage();
  readonly #claims: Claims;
  #saved: IndexSnapshot | undefined;
  readonly #around: SimSurroundings;
  readonly #watches: boolean;
  /** Without a peer: it is only being made. */
  #run: {
    readonly process: SimProcess;
    readonly folder: SimFolder;
    peer: SyncPeer | undefined;
  } | undefined;
  #runs = 0;

  constructor(
    around: SimSurroundings,
    at: number,
    options: { readonly skewMs: number; readonly watches: boolean },
  ) {
    this.#around = around;
    this.name = `m${at}`;
    this.host = `10.0.0.${at + 1}`;
    this.skewMs = options.skewMs;
    this.#watches = options.watches;
    const wallTime = () => this.wallTime;
    this.disk = new SimDisk({
      now: wallTime,
      capacity: CAPACITY_BYTES,
      isOrdered: around.chance.happens(0.7),
    });
    this.user = new SimUser(
      this.name,
      this.disk,
      around.oracle,
      around.time,
      wallTime,
    );
    this.#claims = new Claims({
      name: this.name,
      disk: this.disk,
      oracle: around.oracle,
      records: around.records,
      replica: () => this.#storage.state.meta?.replica,
      isElsewhere: (root) => around.isElsewhere(root, this.name),
    });
    this.#listen();
  }

  /** Milliseconds since 1970, as this machine has it. */
  get wallTime(): number {
    return Math.floor(SIM_EPOCH + this.#around.time.now + this.skewMs);
  }

  set isDeaf(isDeaf: boolean) {
    this.#isDeaf = isDeaf;
    this.hasMissedHints ||= isDeaf;
  }

  get isRunning(): boolean {
    return this.#run?.process.isAlive ?? false;
  }

  /** The peer that runs. */
  get peer(): SyncPeer | undefined {
    return this.isRunning ? this.#run?.peer : undefined;
  }

  /** Of the peer. */
  get openFiles(): number {
    return this.#run?.folder.calls.openFiles ?? 0;
  }

  /** Whether its folder belongs to a set. */
  get hasJoined(): boolean {
    return this.disk.find(".landline/id") !== undefined;
  }

  get tree(): VisibleTree {
    return treeOf(this.disk);
  }

  /** Whether a file that a person sees here has this content. */
  holds(root: RootHash): boolean {
    const paths = [...textsOf(this.tree).keys()];
    return paths.some((at) => rootOfBytes(this.disk.get(at).bytes) === root);
  }

  /** Starts the peer, if it does not run. It may end before it has begun. */
  start(): void {
    if (this.isRunning) return;
    try {
      this.#launch();
    } catch (error) {
      if (!(error instanceof SimCrash || error instanceof Killed)) throw error;
    }
  }

  #launch(): void {
    const { time, network, trace, oracle, tracker } = this.#around;
    const chance = this.#around.chance.fork();
    const name = `${this.name}.${++this.#runs}`;
    const process = new SimProcess(name);
    const clock = new SimClock(time, process, () => this.skewMs);
    const world = {
      clock,
      network: network.networkOf(process, this.host),
      chance: chance.fork(),
    };
    const folder = new SimFolder({
      disk: this.disk,
      later: (ms) => clock.sleep(ms),
      random: () => chance.number(),
      before: (call) => this.#before(call, process),
      watch: this.#watching(),
      placed: (root, path) => this.#claims.placed(root, path),
    });
    const run = { process, folder, peer: undefined as SyncPeer | undefined };
    this.#run = run;
    if (this.#storage.state.meta?.epoch === undefined) this.#found(oracle);
    const index = watchedIndex(
      this.#storage.open(() => chance.letters(10)),
      process,
      this.#around.records,
      this.#claims,
    );
    let transfer: Transfer | undefined;
    const peerPort = new PeerPort({
      clock,
      transfer: async (channel, arrived) => {
        await transfer?.serve(channel, arrived);
      },
      control: async () => {},
    });
    const port = network.listen(
      process,
      this.host,
      0,
      (channel) => peerPort.accept(channel),
    );
    const note = (text: string) => {
      if (process.isAlive) trace.add(name, `note: ${text}`);
    };
    const peer = new SyncPeer({
      world,
      folder,
      index,
      makeContents: (holdings, identity) =>
        transfer = new Transfer({
          world,
          index,
          folder,
          holdings: this.#maybeCorrupt(holdings),
          identity,
          log: note,
        }),
      tracker,
      name: this.name,
      port,
      blockLogMin: SIM_BLOCK_LOG_MIN,
      watch: this.#watches,
      events: {
        note,
        changed: ({ what, path, by }) => {
          if (process.isAlive) trace.add(name, `${what} ${path} ${by ?? ""}`);
        },
      },
    });
    // It may have been killed, and not have felt it yet.
    if (!process.isAlive) return;
    run.peer = peer;
    this.hasMissedHints = this.#isDeaf;
    trace.add(name, "starts");
    peer.start();
  }

  /** Ends the peer in good order. */
  async stop(): Promise<void> {
    if (!this.isRunning) return;
    await this.#run?.peer?.stop();
    this.#end("killed");
  }

  /** SIGKILL. */
  kill(): void {
    if (!this.isRunning) return;
    this.#end("killed");
    // What it did in the last moments is not in its index.
    this.#around.oracle.peerForgot(textsOf(this.tree));
  }

  /** The machine loses its power, and has it again at once; the peer does not run then. */
  cutPower(): void {
    const before = textsOf(this.tree);
    const keptBefore = keptTexts(this.disk);
    this.#end("power-cut");
    const { chance, oracle } = this.#around;
    this.disk.crash(() => chance.number());
    const { unsettled } = this.#storage;
    const kept = chance.below(unsettled + 1);
    this.#storage.cutPower(kept);
    this.#claims.powerCut(this.#storage.state.locals.values());
    const tree = this.tree;
    oracle.diskForgot(this.name, before, textsOf(tree));
    const keptNow = keptTexts(this.disk);
    for (const text of keptBefore) {
      if (!keptNow.has(text)) oracle.diskLostKept(text);
    }
    oracle.peerForgot(textsOf(tree));
    if (kept < unsettled) this.#forget();
    for (const path of this.user.litter.keys()) {
      const entry = tree.get(path);
      if (entry?.kind === "file") this.user.litter.set(path, entry.text);
      else this.user.litter.delete(path);
    }
    this.#listen();
  }

  /** The index is gone; so is the peer, if it ran. */
  wipeIndex(): void {
    this.kill();
    this.#storage.wipe();
    this.#claims.forget();
    this.#forget();
  }

  saveIndex(): void {
    this.#saved = this.#storage.snapshot();
  }

  /** An old copy of the index is put back. */
  rollBackIndex(): void {
    if (this.#saved === undefined) return;
    this.kill();
    this.#storage.rollback(this.#saved);
    this.#claims.forget();
    this.#forget();
  }

  /** Becomes a copy of `other`, folder and index, if nothing ran here before: both go on as the same peer. */
  becomeCopyOf(other: SimMachine): void {
    if (this.#runs > 0) return;
    this.fillDisk(false);
    this.user.replaceAll(other.user);
    this.#storage.rollback(other.#storage.snapshot());
    this.#around.oracle.peerForgot(textsOf(this.tree));
  }

  fillDisk(isFull: boolean): void {
    this.disk.capacity = isFull ? this.disk.used() + 64 : CAPACITY_BYTES;
  }

  #watching(): SimWatchOptions {
    const drop = () => this.#isDeaf ? 1 : 0;
    return {
      delayMsMax: 3,
      overflow: 0.01,
      get drop() {
        return drop();
      },
    };
  }

  /** What the transfer reads is wrong as long as this machine is corrupt. */
  #maybeCorrupt(holdings: Holdings): Holdings {
    const spoil = (bytes: Uint8Array, count: number) => {
      if (this.isCorrupt && count > 0) bytes[count >> 1]! ^= 1;
      return count;
    };
    return {
      open: (root) => {
        const handle = holdings.open(root);
        return handle && {
          seen: handle.seen,
          look: () => handle.look(),
          readAt: (offset, into) => spoil(into, handle.readAt(offset, into)),
          close: () => handle.close(),
        };
      },
      list: (root) => holdings.list(root),
      changed: (root) => holdings.changed(root),
      began: (root) => holdings.began(root),
      want: (root) => holdings.want(root),
      bad: (peer, why) => holdings.bad(peer, why),
    };
  }

  /** Before each call of the peer on its folder. */
  #before(
    { call, path, isChange }: SimCall,
    process: SimProcess,
  ): void {
    if (!isChange) return;
    this.#around.trace.add(process.name, `${call} ${path}`);
    if (--this.changesLeft === 0) {
      this.changesLeft = Infinity;
      this.cuts++;
      if (this.end === "kill") this.kill();
      else this.cutPower();
    }
  }

  #end(how: "killed" | "power-cut"): void {
    if (!this.isRunning) return;
    const { process, folder } = this.#run!;
    this.#around.trace.add(process.name, how);
    process.kill(how);
    folder.kill();
  }

  /** The index knows less than it did. */
  #forget(): void {
    const { oracle } = this.#around;
    const texts = textsOf(this.tree);
    oracle.peerForgot(texts);
    for (const text of texts.values()) oracle.mayBeKept(text);
  }

  /** The peer that starts has no history of what is here. */
  #found(oracle: SimOracle): void {
    for (const text of textsOf(this.tree).values()) oracle.mayBeKept(text);
  }

  #listen(): void {
    this.hasChanged = true;
    this.disk.listeners.add((paths) => {
      if (paths.some((path) => !path.startsWith(".landline/"))) {
        this.hasChanged = true;
      }
    });
  }
}
