/**
 * A peer: keeps its folder the same as those of all other peers of its set (docs/sync.md, "What a peer does").
 *
 * @module
 */

import { messageOf } from "../../errors.ts";
import type { Name } from "../../names/name.ts";
import type { PeerStatus } from "../../sync/control_messages.ts";
import type { RootHash } from "../../sync/record.ts";
import type { PeerMessage } from "../../sync/tracker_messages.ts";
import { Departures } from "./local/departures.ts";
import { Fetcher } from "./bringing/fetcher.ts";
import { FolderGuard } from "./local/folder_guard.ts";
import { FolderHoldings } from "./folder_holdings.ts";
import { HoldingReport } from "./tracking/holding_report.ts";
import { Ignoring } from "./local/ignoring.ts";
import { IndexWriter } from "./local/index_writer.ts";
import { KeptWatch } from "./bringing/kept_watch.ts";
import { LocalTree } from "./local/local_tree.ts";
import { VersionMaker } from "./local/maker.ts";
import { Membership } from "./membership.ts";
import { Moving } from "./bringing/moving.ts";
import { Observer } from "./local/observer.ts";
import { OwnChanges } from "./local/own_changes.ts";
import { PathLocks } from "./bringing/path_locks.ts";
import type { PeerControl } from "./control/peer_control.ts";
import type { SyncPeerOptions } from "./peer_options.ts";
import type { PeerParts } from "./peer_parts.ts";
import { Placing } from "./bringing/placing.ts";
import { Publisher } from "./tracking/publisher.ts";
import { Reconciler } from "./bringing/reconciler.ts";
import { Register } from "./tracking/register.ts";
import { Remaking } from "./bringing/remaking.ts";
import { Retries } from "./bringing/retries.ts";
import { Rounds } from "./rounds.ts";
import { Scanner } from "./local/scanner.ts";
import { statusOf, whyOf } from "./peer_status.ts";
import { TrackerLink } from "./tracking/tracker_link.ts";
import { TrackerTalk } from "./tracking/tracker_talk.ts";
import { Watching } from "./local/watching.ts";

/** A folder that is not the right one is looked at again so often. */
const SUSPECT_MS = 5000;
/** The dates of files are behind the clock by up to so much. */
const TICK_MS = 10;
/** Systems write what programs wrote to the disk within half a minute; twice that is safe. */
const UNWRITTEN_MS = 60_000;

export class SyncPeer implements PeerControl {
  readonly #options: SyncPeerOptions;
  readonly #over = new AbortController();
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
  readonly #running: Promise<void>[] = [];
  readonly #membership: Membership;

  /** @throws what the disk says to the mark or the index, if it cannot be found out or written as whom it goes on */
  constructor(options: SyncPeerOptions) {
    this.#options = options;
    const { world, folder, index, events } = options;
    const over = this.#over.signal;
    const note = (text: string) => this.#note(text);
    const { meta, locals, globals } = index.load();
    const writer = new IndexWriter(world, folder, index, over, note);
    this.#writer = writer;
    const tree = new LocalTree(writer);
    tree.load(locals);
    const touch = (path: Name) => this.#reconciler.touch(path);
    const register = new Register(writer, touch);
    register.load(meta.epoch, meta.seq, globals);
    const maker = new VersionMaker(
      meta.replica,
      meta.counterMax,
      (reserved) => {
        writer.durably(reserved);
        this.#guard.count(reserved.counterMax);
      },
      () => Math.round(world.clock.wallTime() + this.#link.offsetMs),
    );
    const ignoring = new Ignoring(folder, options.ignore ?? "", note);
    ignoring.load(tree);
    const { ignores } = ignoring;
    const locks = new PathLocks();
    this.#guard = new FolderGuard(options, tree, meta.folder, () => {
      void this.scan();
      publisher.offerAll();
      this.#reconciler.touchAll();
    });
    const say = (message: PeerMessage) => this.#link.say(message);
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
      onClock: (record) => {
        this.#link.askTime();
        remaking.restampSoon(record);
      },
      onRefused: (path, text) => void retries.fail(path, text),
    });
    const own = new OwnChanges(publisher, (change) => events.changed(change));
    const departures: Departures = new Departures({
      folder,
      tree,
      register,
      maker,
      locks,
      over,
      clock: world.clock,
      isWitnessed: (): boolean => !observer.isFirst,
      judge: (gone) => this.#guard.judge(gone),
      onDelete: (record, before) => own.deleted(record, before),
      onFault: (path, error) => this.#fail(path, error),
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
      onAdopted: (path) => void this.#reconciler.done(path),
      onVersion: (record, before, gone) => {
        own.made(record, before, gone);
        if (gone === undefined) return;
        departures.reportMoved(gone);
        // A scan tells all that was moved in the end, together.
        if (!this.#scanner.isBusy) departures.report(gone);
      },
    });
    observer.startedAt = world.clock.wallTime() - TICK_MS;
    observer.isNewcomer = meta.epoch === undefined;
    observer.unsureSince = tree.newestDate(world.clock.wallTime()) -
      UNWRITTEN_MS;
    const retries = new Retries(world, over, touch);
    const holding = new HoldingReport({
      world,
      over,
      say,
      isReady: () => this.#talk.isSynced,
      seq: () => register.seq,
    });
    const fetcher = new Fetcher({
      clock: world.clock,
      folder,
      writer,
      over,
      contents: () => this.#membership.contents,
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
      nameOf: (replica) => this.#talk.nameOf(replica),
      note,
      rescan: (paths) => void this.scan(paths.length > 0 ? paths : undefined),
    };
    const remaking = new Remaking(this.#parts, touch);
    const holdings = new FolderHoldings({
      folder,
      tree,
      writer,
      holding,
      isTorn: (path) => observer.isTorn(path),
      say,
      rescan: (paths) => void this.scan(paths),
    });
    this.#membership = new Membership({
      meta,
      guard: this.#guard,
      writer,
      tree,
      register,
      maker,
      chance: world.chance,
      makeContents: (identity) => options.makeContents(holdings, identity),
      onContents: () => fetcher.restart(),
      note,
    });
    this.#kept = new KeptWatch(
      world,
      folder,
      over,
      options.blockLogMin,
      (path) => void this.scan([path]),
    );
    this.#reconciler = new Reconciler(
      this.#parts,
      new Placing(this.#parts, this.#kept, touch),
      new Moving(this.#parts, touch),
    );
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
      onLooked: (path, observed) => this.#reconciler.looked(path, observed),
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
        folder: this.#membership.folder,
        peer: maker.replica,
        formerly: this.#membership.formerly,
        name: options.name,
        port: options.port,
        advertise: options.advertise,
      }),
      beat: () => ({
        sent: this.#membership.contents?.sent ?? 0,
        received: this.#membership.contents?.received ?? 0,
        left: holding.files,
      }),
      onJoined: (id) => this.#membership.join(id),
      onSynced: () => this.#reconciler.touchAll(),
      onWinner: (path) => this.#onWinner(path),
      onPeers: (peers) =>
        this.#membership.contents?.setPeers([...peers.values()]),
      trackerHost: options.tracker.host,
      onSources: (root, whole, part) => {
        if (holding.isLacking(root)) {
          this.#membership.contents?.setSources(root, whole, part);
        }
      },
      onLost: (path, root) => remaking.lost(path, root),
      onTwin: () => this.#membership.leaveTwin(),
      isCountedElsewhere: (record) => maker.isCountedElsewhere(record),
      onCountedElsewhere: () => this.#membership.leaveOldIndex(),
      onPublishing: () => {
        maker.published();
        remaking.undateFound();
      },
      note,
    }, () => this.#link);
    this.#link = new TrackerLink(world, options.tracker, this.#talk);
    const isNeeded = (root: RootHash) =>
      fetcher.isWanted(root) || holding.isLacking(root) ||
      tree.pathsOf(root).length > 0;
    this.#rounds = new Rounds(
      options,
      over,
      () => this.scan(),
      (root) => this.#talk.isSynced ? isNeeded(root) : undefined,
    );
    this.#watching = new Watching(world, over, (paths) => {
      void this.scan(paths === "anywhere" ? undefined : paths);
    });
    for (const { record } of register.entries()) {
      this.#reconciler.account(record.path);
    }
  }

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
   * Says goodbye and ends. Nothing is changed in the folder any more once this has returned its promise. Resolves when the
   * index knows all that was done, and nothing of it runs any more.
   */
  async stop(): Promise<void> {
    if (!this.#isOver) {
      this.#running.push(this.#writer.finish());
      this.#link.stop();
      this.#over.abort();
      this.#membership.contents?.stop();
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
      folder: this.#membership.folder,
      peers: this.#talk.peers,
      contents: this.#membership.contents,
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

  /** Everything is here, everything is told. */
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
    while (!this.#isOver && !this.#guard.look()) {
      await this.#options.world.clock.sleep(SUSPECT_MS, this.#over.signal);
    }
    await this.scan();
    if (this.#isOver) return;
    observer.isFirst = false;
    register.keepNumbers();
    this.#reconciler.touchAll();
  }

  #onWinner(path: Name): void {
    this.#reconciler.account(path);
    this.#reconciler.touch(path);
    this.#reconciler.touchAbove(path);
  }

  #fail(path: Name, error: unknown): void {
    const text = messageOf(error);
    if (this.#parts.retries.fail(path, text)) this.#note(`${path}: ${text}`);
  }

  #note(text: string): void {
    if (!this.#isOver) this.#options.events.note(text);
  }
}
