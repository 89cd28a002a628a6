/**
 * A peer, put together: which parts it has, and what each is told of the others.
 *
 * @module
 */

import { messageOf } from "../../errors.ts";
import type { Name } from "../../names/name.ts";
import type { PeerMessage } from "../../sync/tracker_messages.ts";
import { Fetcher } from "./bringing/fetcher.ts";
import { KeptWatch } from "./bringing/kept_watch.ts";
import { Moving } from "./bringing/moving.ts";
import { PathLocks } from "./bringing/path_locks.ts";
import { Placing } from "./bringing/placing.ts";
import { Reconciler } from "./bringing/reconciler.ts";
import { Remaking } from "./bringing/remaking.ts";
import { Retries } from "./bringing/retries.ts";
import { FolderHoldings } from "./folder_holdings.ts";
import { Departures } from "./local/departures.ts";
import { FolderGuard } from "./local/folder_guard.ts";
import { Ignoring } from "./local/ignoring.ts";
import { IndexWriter } from "./local/index_writer.ts";
import { LocalTree } from "./local/local_tree.ts";
import { VersionMaker } from "./local/maker.ts";
import { Observer } from "./local/observer.ts";
import { OwnChanges } from "./local/own_changes.ts";
import { Scanner } from "./local/scanner.ts";
import { Watching } from "./local/watching.ts";
import { Membership } from "./membership.ts";
import type { SyncPeerOptions } from "./peer_options.ts";
import type { PeerParts } from "./peer_parts.ts";
import { Rounds } from "./rounds.ts";
import { HoldingReport } from "./tracking/holding_report.ts";
import { Publisher } from "./tracking/publisher.ts";
import { Register } from "./tracking/register.ts";
import { TrackerLink } from "./tracking/tracker_link.ts";
import { TrackerTalk } from "./tracking/tracker_talk.ts";

/** The dates of files are behind the clock by up to so much. */
const TICK_MS = 10;
/** Systems write what programs wrote to the disk within half a minute; twice that is safe. */
const UNWRITTEN_MS = 60_000;

/** What a peer starts, stops and asks. */
export interface Assembly {
  /** What these share. */
  readonly parts: PeerParts;
  readonly writer: IndexWriter;
  readonly guard: FolderGuard;
  readonly membership: Membership;
  readonly kept: KeptWatch;
  readonly reconciler: Reconciler;
  readonly scanner: Scanner;
  readonly talk: TrackerTalk;
  readonly link: TrackerLink;
  readonly rounds: Rounds;
  readonly watching: Watching;
}

/**
 * Nothing of it runs yet.
 *
 * @param over the peer is over
 * @param scan looks at these paths, or at everything
 * @throws what the disk says to the mark or the index, if it cannot be found out or written as whom the peer goes on
 */
export function assemble(
  options: SyncPeerOptions,
  over: AbortSignal,
  scan: (paths?: readonly Name[]) => Promise<void>,
): Assembly {
  const { world, folder, index, events } = options;
  const note = (text: string) => {
    if (!over.aborted) events.note(text);
  };
  const failFor = (path: Name, text: string) => {
    if (retries.fail(path, text)) note(`${path}: ${text}`);
  };
  const fail = (path: Name, error: unknown) => failFor(path, messageOf(error));
  const onWinner = (path: Name) => {
    reconciler.account(path);
    reconciler.touch(path);
    reconciler.touchAbove(path);
  };
  const { meta, locals, globals } = index.load();
  const writer = new IndexWriter(world, folder, index, over, note);
  const tree = new LocalTree(writer);
  tree.load(locals);
  const touch = (path: Name) => reconciler.touch(path);
  const register = new Register(writer, touch);
  register.load(meta.epoch, meta.seq, globals);
  const maker = new VersionMaker(
    meta.replica,
    meta.counterMax,
    (reserved) => {
      writer.durably(reserved);
      guard.count(reserved.counterMax);
    },
    () => Math.round(world.clock.wallTime() + link.offsetMs),
  );
  const ignoring = new Ignoring(folder, options.ignore ?? "", note);
  ignoring.load(tree);
  const { ignores } = ignoring;
  const locks = new PathLocks();
  const guard = new FolderGuard(options, tree, meta.folder, () => {
    void scan();
    publisher.offerAll();
    reconciler.touchAll();
  });
  const say = (message: PeerMessage) => link.say(message);
  const publisher = new Publisher({
    world,
    tree,
    register,
    writer,
    over,
    say,
    isReady: () => talk.isPublishing && !guard.isSuspect,
    onTaken: (path) => {
      retries.clear(path);
      reconciler.account(path);
    },
    onWinner,
    onClock: (record) => {
      link.askTime();
      remaking.restampSoon(record);
    },
    onRefused: failFor,
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
    judge: (gone) => guard.judge(gone),
    onDelete: (record, before) => own.deleted(record, before),
    onFault: fail,
    onHold: note,
    touch,
  });
  const startedAt = world.clock.wallTime();
  const observer = new Observer({
    folder,
    tree,
    register,
    writer,
    maker,
    ignores,
    over,
    blockLogMin: options.blockLogMin,
    isNewcomer: meta.epoch === undefined,
    startedAt: startedAt - TICK_MS,
    unsureSince: tree.newestDate(startedAt) - UNWRITTEN_MS,
    isMoved: (path) => departures.isMoved(path),
    onAdopted: (path) => void reconciler.done(path),
    onVersion: (record, before, gone) => {
      own.made(record, before, gone);
      if (gone === undefined) return;
      departures.reportMoved(gone);
      // A scan tells all that was moved in the end, together.
      if (!scanner.isBusy) departures.report(gone);
    },
  });
  const retries = new Retries(world, over, touch);
  const holding = new HoldingReport({
    world,
    over,
    say: (message) => {
      // What was made of what was told comes first: others wait until all is everywhere.
      publisher.flush();
      say(message);
    },
    isReady: () => talk.isSynced,
    seq: () => register.seq,
  });
  const fetcher = new Fetcher({
    clock: world.clock,
    folder,
    writer,
    over,
    contents: () => membership.contents,
    onReady: touch,
    onFault: fail,
  });
  const parts: PeerParts = {
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
    isSuspect: () => guard.isSuspect,
    changed: (change) => events.changed(change),
    fail,
    nameOf: (replica) => talk.nameOf(replica),
    note,
    rescan: (paths) => void scan(paths.length > 0 ? paths : undefined),
  };
  const remaking = new Remaking(parts, touch);
  const holdings = new FolderHoldings({
    folder,
    tree,
    writer,
    holding,
    isTorn: (path) => observer.isTorn(path),
    say,
    rescan: (paths) => void scan(paths),
  });
  const membership: Membership = new Membership({
    meta,
    guard,
    writer,
    tree,
    register,
    maker,
    chance: world.chance,
    makeContents: (identity) => options.makeContents(holdings, identity),
    onContents: () => fetcher.restart(),
    note,
  });
  const kept = new KeptWatch(
    world,
    folder,
    over,
    options.blockLogMin,
    (paths) => void scan(paths),
  );
  const reconciler: Reconciler = new Reconciler(
    parts,
    new Placing(parts, kept, touch),
    new Moving(parts, kept, touch),
  );
  const scanner: Scanner = new Scanner({
    clock: world.clock,
    folder,
    tree,
    observer,
    departures,
    locks,
    over,
    ignoring,
    onRules: () => reconciler.touchAll(),
    onLooked: (path, observed) => reconciler.looked(path, observed),
    onFault: fail,
    onTrouble: (path, text) => {
      if (retries.tell(path, text)) note(`${path}: ${text}`);
    },
  });
  const talk: TrackerTalk = new TrackerTalk({
    world,
    register,
    publisher,
    holding,
    introduce: () => ({
      folder: membership.folder,
      peer: maker.replica,
      formerly: membership.formerly,
      name: options.name,
      port: options.port,
      advertise: options.advertise,
    }),
    beat: () => ({
      sent: membership.contents?.sent ?? 0,
      received: membership.contents?.received ?? 0,
      left: holding.files,
    }),
    onJoined: (id) => membership.join(id),
    onSynced: () => reconciler.touchAll(),
    onWinner,
    onPeers: (peers) => membership.contents?.setPeers([...peers.values()]),
    trackerHost: options.tracker.host,
    onSources: (root, whole, part) => {
      if (holding.isLacking(root)) {
        membership.contents?.setSources(root, whole, part);
      }
    },
    onLost: (path, root) => remaking.lost(path, root),
    onTwin: () => membership.leaveTwin(),
    isCountedElsewhere: (record) => maker.isCountedElsewhere(record),
    onCountedElsewhere: () => membership.leaveOldIndex(),
    onPublishing: () => {
      maker.published();
      remaking.undateFound();
    },
    note,
  }, () => link);
  const link: TrackerLink = new TrackerLink(world, options.tracker, talk);
  const rounds = new Rounds(
    options,
    over,
    () => scan(),
    {
      isToCome: (root) =>
        talk.isSynced
          ? fetcher.isWanted(root) || holding.isLacking(root)
          : undefined,
      isHere: (root) => tree.pathsOf(root).length > 0,
    },
  );
  const watching = new Watching(world, over, (paths) => {
    void scan(paths === "anywhere" ? undefined : paths);
  });
  for (const { record } of register.entries()) {
    reconciler.account(record.path);
  }
  return {
    parts,
    writer,
    guard,
    membership,
    kept,
    reconciler,
    scanner,
    talk,
    link,
    rounds,
    watching,
  };
}
