/**
 * A peer: keeps its folder the same as those of all other peers of its set (docs/sync.md, "What a peer does").
 *
 * @module
 */

import { messageOf } from "../../errors.ts";
import type { Name } from "../../names/name.ts";
import type { PeerStatus } from "../../sync/control_messages.ts";
import type { IndexMeta } from "../../sync/index_store.ts";
import { compareRecords } from "../../sync/order.ts";
import type { FileRecord, RootHash } from "../../sync/record.ts";
import { reassert, remade, restamped } from "../../sync/versions.ts";
import type { Contents } from "./contents.ts";
import { Departures } from "./departures.ts";
import { Fetcher } from "./fetcher.ts";
import { FolderGuard } from "./folder_guard.ts";
import { FolderHoldings } from "./folder_holdings.ts";
import { HoldingReport } from "./holding_report.ts";
import { Ignoring } from "./ignoring.ts";
import { IndexWriter } from "./index_writer.ts";
import { KeptWatch } from "./kept_watch.ts";
import { LocalTree } from "./local_tree.ts";
import { VersionMaker } from "./maker.ts";
import { Moving } from "./moving.ts";
import { Observer } from "./observer.ts";
import { PathLocks } from "./path_locks.ts";
import type { PeerControl } from "./peer_control.ts";
import type { SyncPeerOptions } from "./peer_options.ts";
import type { PeerParts } from "./peer_parts.ts";
import { changeOf, Placing } from "./placing.ts";
import { Publisher } from "./publisher.ts";
import { Reconciler } from "./reconciler.ts";
import { Register } from "./register.ts";
import { Retries } from "./retries.ts";
import { Rounds } from "./rounds.ts";
import { Scanner } from "./scanner.ts";
import { statusOf, whyOf } from "./peer_status.ts";
import { TrackerLink } from "./tracker_link.ts";
import { TrackerTalk } from "./tracker_talk.ts";
import { Watching } from "./watching.ts";

const REPLICA_LETTERS = 10;
/** Deletes that are seen one by one are judged together. */
const JUDGE_MS = 20;

export class SyncPeer implements PeerControl {
  readonly #options: SyncPeerOptions;
  readonly #over = new AbortController();
  readonly #meta: IndexMeta;
  readonly #parts: PeerParts;
  readonly #writer: IndexWriter;
  readonly #scanner: Scanner;
  readonly #reconciler: Reconciler;
  readonly #talk: TrackerTalk;
  readonly #link: TrackerLink;
  readonly #guard: FolderGuard;
  readonly #kept: KeptWatch;
  readonly #rounds: Rounds;
  readonly #watching: Watching;
  readonly #holdings: FolderHoldings;
  readonly #running: Promise<void>[] = [];
  #folderId: string | undefined;
  #formerly: string | undefined;
  #contents: Contents | undefined;
  /** As whom the transfer was made. */
  #joinedAs: string | undefined;
  /** Where nothing is, and my version is live. */
  #missing = new Set<Name>();

  constructor(options: SyncPeerOptions) {
    this.#options = options;
    const { world, folder, index, events } = options;
    const over = this.#over.signal;
    const note = (text: string) => this.#note(text);
    const loaded = index.load();
    this.#meta = loaded.meta;
    const writer = new IndexWriter(world, folder, index, over, note);
    this.#writer = writer;
    const tree = new LocalTree(writer);
    tree.load(loaded.locals);
    const register = new Register(writer);
    register.load(this.#meta.epoch, this.#meta.seq, loaded.globals);
    const maker = new VersionMaker(
      this.#meta.replica,
      this.#meta.counterMax,
      (counterMax) => writer.durably({ counterMax }),
      () => Math.round(world.clock.wallTime() + this.#link.offsetMs),
    );
    const ignoring = new Ignoring(folder, options.ignore ?? "", note);
    ignoring.load(tree);
    const { ignores } = ignoring;
    const locks = new PathLocks();
    const touch = (path: Name) => this.#reconciler.touch(path);
    this.#guard = new FolderGuard(options, tree, this.#meta.folder);
    this.#formerly = this.#guard.formerly(this.#meta.replica);
    this.#folderId = this.#guard.folderId;
    const say = (message: Parameters<TrackerLink["say"]>[0]) =>
      this.#link.say(message);
    const publisher = new Publisher({
      world,
      tree,
      register,
      writer,
      over,
      say,
      isReady: () => this.#talk.isPublishing && !this.#guard.isSuspect,
      onAcknowledged: (path) => this.#reconciler.account(path),
      onWinner: (path) => this.#onWinner(path),
      onClock: (record) => this.#restamp(record),
      onRefused: (path, text) => void retries.fail(path, text),
    });
    const departures = new Departures({
      folder,
      tree,
      register,
      maker,
      locks,
      over,
      judge: (gone) => this.#guard.judge(gone),
      onDelete: (record, before) => {
        publisher.offer(record.path);
        if (!this.#moved.delete(record.path)) {
          events.changed(changeOf(record, before, undefined));
        }
      },
      onHold: (why) => this.#note(why),
      touch,
    });
    const observer = new Observer({
      folder,
      tree,
      register,
      writer,
      maker,
      ignores,
      over,
      blockLogMin: options.blockLogMin,
      isMoved: (path) => departures.isMoved(path),
      onVersion: (record, before, gone) => {
        publisher.offer(record.path);
        if (gone !== undefined) {
          this.#moved.add(gone);
          departures.reportMoved(gone);
        }
        const was = before?.root === null ? undefined : before;
        events.changed(changeOf(record, was, undefined, gone));
      },
    });
    observer.isNewcomer = this.#meta.epoch === undefined;
    const retries = new Retries(world, over, touch);
    const holding = new HoldingReport({
      world,
      over,
      say,
      isReady: () => this.#talk.isSynced,
      seq: () => register.seq,
    });
    const fetcher = new Fetcher({
      folder,
      writer,
      over,
      contents: () => this.#contents,
      onReady: touch,
      onFault: (path, error) => this.#fail(path, error),
    });
    this.#parts = {
      world,
      folder,
      over,
      policy: options.conflicts ?? "copy",
      tree,
      register,
      maker,
      locks,
      observer,
      departures,
      publisher,
      holding,
      fetcher,
      retries,
      ignoring,
      isSuspect: () => this.#guard.isSuspect,
      changed: (change) => events.changed(change),
      nameOf: (replica) => this.#talk.peers.get(replica)?.name ?? replica,
      note,
      rescan: (paths) => void this.scan(paths.length > 0 ? paths : undefined),
      judgeSoon: (path) => this.#judgeSoon(path),
    };
    this.#kept = new KeptWatch(
      world,
      folder,
      over,
      options.blockLogMin,
      (path) => void this.scan([path]),
    );
    this.#reconciler = new Reconciler(this.#parts, (touch) => ({
      placing: new Placing(this.#parts, this.#kept, touch),
      moving: new Moving(this.#parts, touch),
    }));
    this.#scanner = new Scanner({
      world,
      folder,
      tree,
      observer,
      departures,
      locks,
      over,
      ignoring,
      onRules: () => this.#reconciler.touchAll(),
      onLooked: (path, observed) => this.#looked(path, observed),
      onFault: (path, error) => this.#fail(path, error),
      onTrouble: (path, text) => {
        if (retries.tell(path, text)) this.#note(`${path}: ${text}`);
      },
    });
    this.#talk = new TrackerTalk({
      world,
      register,
      publisher,
      holding,
      introduce: () => ({
        folder: this.#folderId,
        peer: maker.replica,
        formerly: this.#formerly,
        name: options.name,
        port: options.port,
        advertise: options.advertise,
      }),
      beat: () => ({
        sent: this.#contents?.sent ?? 0,
        received: this.#contents?.received ?? 0,
        left: holding.files,
      }),
      onJoined: (id) => this.#joined(id),
      onSynced: () => this.#reconciler.touchAll(),
      onWinner: (path) => this.#onWinner(path),
      onPeers: (peers) => this.#contents?.setPeers([...peers.values()]),
      trackerHost: options.tracker.host,
      onSources: (root, whole, part) => {
        if (holding.isLacking(root)) {
          this.#contents?.setSources(root, whole, part);
        }
      },
      onLost: (path, root) => this.#lost(path, root),
      onTwin: () => {
        this.#becomeAnother(
          "Another peer has the same index: this one is taken for a copy, and goes on as a new peer",
        );
      },
      isCountedElsewhere: (record) => maker.isCountedElsewhere(record),
      onCountedElsewhere: () => {
        this.#formerly = maker.replica;
        this.#becomeAnother(
          "The index is older than what others know of this peer: it goes on as a new one",
        );
      },
      onPublishing: () => maker.published(),
      note,
    }, () => this.#link);
    this.#link = new TrackerLink(world, options.tracker, this.#talk);
    this.#holdings = new FolderHoldings({
      folder,
      tree,
      writer,
      holding,
      say,
      rescan: (paths) => void this.scan(paths),
    });
    this.#rounds = new Rounds(options, over, () => this.scan());
    this.#watching = new Watching(world, over, (paths) => {
      void this.scan(paths === "anywhere" ? undefined : paths);
    });
    for (const { record } of register.entries()) {
      this.#reconciler.account(record.path);
    }
  }

  /** Paths whose content came up elsewhere: their delete is no news. */
  readonly #moved = new Set<Name>();

  /** Looks at the folder, joins, and keeps at it until `stop`. Returns at once. */
  start(): void {
    const watch = this.#options.watch === false
      ? undefined
      : this.#options.folder.watch((text) => this.#note(text));
    if (watch !== undefined) {
      this.#over.signal.addEventListener("abort", () => watch.close());
      this.#running.push(this.#watching.follow(watch));
    }
    this.#running.push(
      this.#link.run(),
      this.#firstScan().then(() => this.#rounds.run(watch !== undefined)),
    );
  }

  /**
   * Says goodbye and ends. Nothing is done to the folder or the index any more once this has returned its promise. Resolves
   * when nothing of it runs any more.
   */
  async stop(): Promise<void> {
    if (!this.#isOver) {
      this.#writer.flush();
      this.#link.stop();
      this.#over.abort();
      this.#contents?.stop();
      this.#parts.fetcher.stop();
      this.#kept.stop();
    }
    await Promise.all(this.#running);
  }

  status(): PeerStatus {
    return statusOf({
      options: this.#options,
      parts: this.#parts,
      link: this.#link,
      folder: this.#folderId,
      peers: this.#talk.peers,
      contents: this.#contents,
      isScanning: this.#scanner.isBusy,
      isSettled: this.#isSettled,
      suspicion: this.#guard.suspicion,
    });
  }

  async scan(paths?: readonly Name[]): Promise<void> {
    if (this.#isOver || !this.#guard.look()) return;
    await this.#scanner.scan(paths ?? [""]);
    if (!this.#isOver) this.#parts.publisher.flush();
  }

  async waitFor(name: string | undefined, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options.world;
    while (!signal.aborted && !this.#isOver) {
      if (
        this.#isSettled && await this.#talk.everywhere(name) && this.#isSettled
      ) return;
      await clock.sleep(50, signal);
    }
    signal.throwIfAborted();
  }

  async confirmDeletes(): Promise<number> {
    const wasSuspect = this.#guard.suspicion !== undefined;
    this.#guard.confirm(this.#parts.maker.replica);
    // What is gone was not even looked for.
    if (wasSuspect) await this.scan();
    const held = await this.#parts.departures.confirm();
    this.#parts.publisher.offerAll();
    this.#reconciler.touchAll();
    return held;
  }

  why(path: Name): readonly string[] {
    return whyOf(this.#parts, path);
  }

  /** Everything that is known is here, everything that was seen is told. */
  get #isSettled(): boolean {
    const { observer, holding, publisher } = this.#parts;
    return !observer.isFirst && !this.#scanner.isBusy && this.#talk.isSynced &&
      this.#reconciler.isIdle && holding.isWhole &&
      publisher.unacknowledged === 0;
  }

  get #isOver(): boolean {
    return this.#over.signal.aborted;
  }

  async #firstScan(): Promise<void> {
    const { observer, register } = this.#parts;
    for (;;) {
      if (this.#isOver) return;
      if (this.#guard.look()) {
        await this.scan();
        break;
      }
      await this.#options.world.clock.sleep(5000, this.#over.signal);
    }
    if (this.#isOver) return;
    observer.isFirst = false;
    register.keepNumbers();
    this.#reconciler.touchAll();
  }

  #looked(
    path: Name,
    observed: Parameters<Reconciler["looked"]>[1],
  ): void {
    this.#reconciler.looked(path, observed);
    if (observed.kind === "known" && observed.isNew) {
      this.#reconciler.touchAbove(path);
    }
  }

  #onWinner(path: Name): void {
    this.#reconciler.account(path);
    this.#reconciler.touch(path);
    this.#reconciler.touchAbove(path);
  }

  #joined(folder: string): void {
    const { maker } = this.#parts;
    const { replica } = maker;
    const isNew = this.#folderId !== folder;
    this.#folderId = folder;
    this.#guard.join(folder, replica);
    this.#writer.meta({ folder });
    this.#formerly = undefined;
    const as = `${folder} ${replica}`;
    if (!isNew && this.#joinedAs === as) return;
    if (this.#joinedAs === as) return;
    this.#joinedAs = as;
    this.#contents?.stop();
    this.#contents = this.#options.makeContents(this.#holdings, {
      replica,
      folder,
    });
    this.#parts.fetcher.restart();
  }

  /** Somebody else has this identity: this peer is another replica from now on. */
  #becomeAnother(why: string): void {
    const { maker, tree, register } = this.#parts;
    const former = maker.replica;
    const replica = this.#options.world.chance.letters(REPLICA_LETTERS);
    // What only this one knows is not to be counted as what the other one makes.
    const own = [...tree.entries()].filter(({ record }) => {
      const winner = register.get(record.path)?.record;
      return maker.isOfThisRun(record) &&
        (winner === undefined || compareRecords(record, winner) > 0);
    });
    this.#writer.durably({ replica, counterMax: maker.counterMax });
    maker.become(replica);
    for (const entry of own) {
      const record = remade(entry.record, former, maker.next(true));
      tree.set({ ...entry, record });
    }
    this.#note(why);
  }

  /** Nobody has the content of the winner any more: what is here is better than nothing. */
  #lost(path: Name, root: RootHash): void {
    const { tree, register, maker, publisher, locks, holding } = this.#parts;
    void locks.run(path, () => {
      if (this.#isOver) return;
      const mine = tree.get(path);
      const winner = register.get(path)?.record;
      if (mine === undefined || winner?.root !== root) return;
      if (mine.record.root === root) return holding.again(root);
      if (
        mine.record.root === null || compareRecords(mine.record, winner) >= 0
      ) return;
      const record = reassert(mine.record, winner, maker.next(true), true);
      tree.set({ record, seen: mine.seen, found: false });
      publisher.offer(path);
    });
  }

  /** By the tracker's clock a version of ours is of the future. Nobody has heard of it: it is made again. */
  #restamp(refused: FileRecord): void {
    const { tree, register, maker, publisher, locks } = this.#parts;
    const { path } = refused;
    void locks.run(path, () => {
      const mine = tree.get(path);
      if (this.#isOver || mine?.record !== refused) return;
      const winner = register.get(path)?.record;
      const record = restamped(refused, winner, maker.next(true));
      tree.set({ ...mine, record });
      publisher.offer(path);
    });
  }

  #judgeSoon(path: Name): void {
    this.#missing.add(path);
    if (this.#missing.size > 1) return;
    const { world, departures, observer } = this.#parts;
    void world.clock.sleep(JUDGE_MS, this.#over.signal).then(async () => {
      const missing = this.#missing;
      this.#missing = new Set();
      if (!this.#isOver) await departures.settle(missing, !observer.isFirst);
    });
  }

  #fail(path: Name, error: unknown): void {
    const text = messageOf(error);
    if (this.#parts.retries.fail(path, text)) this.#note(`${path}: ${text}`);
  }

  #note(text: string): void {
    if (!this.#isOver) this.#options.events.note(text);
  }
}
