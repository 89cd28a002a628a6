/**
 * What the tracker knows, for people and scripts: `/state.json` (docs/sync.md, "The page, and state.json"). Names and paths
 * are as peers told them: whoever shows them makes text of them.
 *
 * @module
 */

import { NO_CONTENT } from "./contents.ts";
import type { LivePeer } from "./live_peer.ts";
import type { Entry } from "./register.ts";
import type { Moment } from "./roster.ts";
import type { Tracker } from "./tracker.ts";

/** Rows of the listing, and of each other list. */
export const ROWS_MAX = 1000;
const UNDER_WAY_MAX = 100;

export interface PeerView {
  readonly id: string;
  readonly name: string;
  /** `""`: the tracker's own machine. */
  readonly host: string;
  readonly port: number;
  /** Milliseconds since 1970. */
  readonly since: number;
  /** `away`: its connection was lost a moment ago. `silent`: nothing was heard for a while, or others cannot reach it. */
  readonly state: "here" | "silent" | "away";
  /** Bytes of contents, totals of its run. */
  readonly sent: number;
  readonly received: number;
  /** Files it lacks, as it says. */
  readonly left: number;
}

export interface FileView {
  readonly path: string;
  readonly kind: "file" | "folder";
  /** Bytes. */
  readonly size: number;
  /** When this version was made, in milliseconds since 1970. */
  readonly changed: number;
  /** What the peer that made it is called, its id if it was not here since the tracker started. */
  readonly by: string;
  /** How many of the peers that are here have it; all of them have a folder. */
  readonly held: number;
}

export interface UnderWayView {
  readonly path: string;
  readonly size: number;
  readonly held: number;
  /** How many have some of it. */
  readonly part: number;
  /** Where nobody here has it: who may have it. */
  readonly waitsFor: readonly string[];
}

export interface TrackerView {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly folder: string | null;
  readonly epoch: string;
  readonly seq: number;
  /** Every peer that is here has everything up to this number. */
  readonly whole: number;
  readonly files: number;
  readonly folders: number;
  /** Of all files. */
  readonly bytes: number;
  /** Paths at which something was. */
  readonly deleted: number;
  /** By name. */
  readonly peers: readonly PeerView[];
  /** How many paths have the words that were looked for in them, and the first of them. */
  readonly found: number;
  readonly listing: readonly FileView[];
  /** Files that somebody here lacks: the first of them. */
  readonly underWay: readonly UnderWayView[];
}

/**
 * What `tracker` knows.
 *
 * @param query what paths are to have in them, in whatever case; `""` for all
 */
export function viewOf(
  tracker: Tracker,
  query: string,
  { wall }: Moment,
): TrackerView {
  const { register, roster, contents } = tracker;
  const words = query.toLowerCase();
  const first = new FirstOnes(ROWS_MAX);
  const lacking = new FirstOnes(UNDER_WAY_MAX);
  let found = 0;
  for (const entry of register.entries()) {
    const { record, content } = entry;
    if (record.root === null) continue;
    if (content !== NO_CONTENT && contents.lackersOf(content) > 0) {
      lacking.add(entry);
    }
    if (words !== "" && !record.path.toLowerCase().includes(words)) continue;
    found++;
    first.add(entry);
  }
  const { liveFiles, liveFolders, liveBytes } = register;
  return {
    time: wall,
    folder: tracker.folder ?? null,
    epoch: tracker.epoch,
    seq: register.seq,
    whole: tracker.whole,
    files: liveFiles,
    folders: liveFolders,
    bytes: liveBytes,
    deleted: register.size - liveFiles - liveFolders,
    peers: roster.peers.map(peerOf).sort(byName),
    found,
    listing: first.entries.map((entry) => fileOf(tracker, entry)),
    underWay: lacking.entries.map((entry) => underWayOf(tracker, entry)),
  };
}

function peerOf(peer: LivePeer): PeerView {
  const state = peer.link === undefined
    ? "away"
    : peer.isSuspect
    ? "silent"
    : "here";
  const { info, since, sent, received, left } = peer;
  return { ...info, since, state, sent, received, left };
}

/** Peers come and go, and each keeps its place on the page. */
function byName(a: PeerView, b: PeerView): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}

/** The first of many, by path. */
class FirstOnes {
  readonly entries: Entry[] = [];
  readonly #countMax: number;

  constructor(countMax: number) {
    this.#countMax = countMax;
  }

  add(entry: Entry): void {
    const { entries } = this;
    const { path } = entry.record;
    const last = entries.at(-1);
    const isFull = entries.length === this.#countMax;
    if (isFull && last !== undefined && path > last.record.path) return;
    let low = 0;
    let high = entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (entries[middle]!.record.path < path) low = middle + 1;
      else high = middle;
    }
    entries.splice(low, 0, entry);
    if (entries.length > this.#countMax) entries.pop();
  }
}

function fileOf({ roster }: Tracker, { record, content }: Entry): FileView {
  const { path, kind, size, stamp } = record;
  return {
    path,
    kind,
    size,
    changed: stamp.phys,
    by: roster.nameOf(stamp.by),
    held: content === NO_CONTENT
      ? roster.peers.length
      : roster.peers.filter(({ holdings }) => holdings.holds(content)).length,
  };
}

function underWayOf(
  { roster, lostContents }: Tracker,
  entry: Entry,
): UnderWayView {
  const { record: { path, size }, content } = entry;
  let held = 0;
  let part = 0;
  for (const { holdings } of roster.peers) {
    if (holdings.holds(content)) held++;
    else if (holdings.hasPart(content)) part++;
  }
  const holders = lostContents.awaited.find((each) => each.entry === entry)
    ?.holders ?? [];
  const waitsFor = holders.map((id) => roster.nameOf(id));
  return { path, size, held, part, waitsFor };
}
