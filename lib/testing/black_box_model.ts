/**
 * A model of the sync of one path, as small as it can be and still say what each peer may show: what every peer has on its
 * disk and as its version, and the winners that the tracker has told. It is written from docs/sync.md, not from the code,
 * which it is to judge.
 *
 * What a user does is seen; what peers do is not. That is conjectured (Hughes, Pierce, Arts, Norell: "Mysteries of
 * Dropbox"): a peer LOOKS at its disk and makes a version, a version goes UP to the tracker, a winner comes DOWN to a peer.
 * `conjectures` gives all that could happen next; `black_box_explain.ts` looks for an order of them that explains a trace.
 *
 * When versions were made is known only roughly, so which of two wins is not always certain: a version gets a place in the
 * order of all of them when it is made, in each way that its time allows, and keeps it.
 *
 * @module
 */

import type { Shown } from "./black_box_trace.ts";

/** What is known of how the peers decide. */
export interface Rules {
  /** The newest wins, by dates; else anything newer than what it was made from may win. */
  readonly hasDates: boolean;
  /**
   * So far off may the time of a peer be (milliseconds): its clock is corrected by the tracker's, by round trips that a busy
   * machine makes uneven.
   */
  readonly skewMs: number;
}

/** One version of the path. */
interface Version {
  readonly content: Shown;
  /** Its stamp lies between these. */
  readonly low: number;
  readonly high: number;
  /**
   * Contents that it took the place of. No content is written twice, so whoever knows the content of a version knows the
   * version: no vectors are needed.
   */
  readonly earlier: readonly string[];
}

/** A version, by its place in the order of all: the higher, the newer. */
type Place = number;

/** That of a peer, or the tracker, that has no version. */
const NONE: Place = -1;

interface PeerState {
  readonly disk: Shown;
  /** When a user last changed the disk. */
  readonly since: number;
  /** The date of what that user wrote. */
  readonly mtime: number;
  readonly mine: Place;
  readonly isFrozen: boolean;
}

/** All of it. */
export interface ModelState {
  readonly peers: readonly PeerState[];
  /** Versions that somebody still has, from the oldest to the newest. */
  readonly order: readonly Version[];
  /** What the tracker told, one after the other; the last one is the winner. A peer may hear of each of them late. */
  readonly told: readonly Place[];
  /** What became a conflict copy, sorted. */
  readonly copies: readonly string[];
}

/** A stamp that counts on where time does not is later by so much: less than any difference of times. */
const TICK = 2 ** -10;

/** So many peers that never had anything. */
export function emptyState(peers: number): ModelState {
  const peer = {
    disk: null,
    since: 0,
    mtime: 0,
    mine: NONE,
    isFrozen: false,
  };
  return { peers: Array(peers).fill(peer), order: [], told: [], copies: [] };
}

/** A user put `content` of the date `mtime` on the disk, or took away what was there. */
export function changed(
  state: ModelState,
  peer: number,
  content: Shown,
  mtime: number,
  at: number,
): ModelState {
  return withPeer(state, peer, { disk: content, since: at, mtime });
}

export function frozen(
  state: ModelState,
  peer: number,
  isFrozen: boolean,
): ModelState {
  return withPeer(state, peer, { isFrozen });
}

/** Whether there is nothing left to do: all have the winner. */
export function isQuiet(state: ModelState): boolean {
  const winner = winnerOf(state);
  return state.peers.every(({ mine }, peer) =>
    mine === winner && isSeen(state, peer)
  );
}

/** All that may happen next, each by itself; it happens before `until`. */
export function* conjectures(
  state: ModelState,
  rules: Rules,
  until: number,
): Iterable<ModelState> {
  for (const [peer, { mine, isFrozen }] of state.peers.entries()) {
    if (mine > winnerOf(state)) {
      yield tidy({ ...state, told: [...state.told, mine] });
    }
    if (isFrozen) continue;
    if (!isSeen(state, peer)) yield* looks(state, peer, rules, until);
    else {
      for (const winner of state.told) {
        if (winner > mine) yield* comesDown(state, peer, winner, rules);
      }
    }
  }
}

/**
 * What tells states apart but for how late their versions may have been made: of two that are the same by this, the one
 * whose versions may all be later can become whatever the other can (`isWider`).
 */
export function keyOf(state: ModelState): string {
  const { peers, order, told, copies } = state;
  return JSON.stringify([
    peers.map(({ disk, since, mtime, mine, isFrozen }, peer) => [
      disk,
      ...isSeen(state, peer) ? [] : [since, mtime],
      mine,
      isFrozen,
    ]),
    order.map(({ content, low, earlier }) => [content, low, earlier]),
    told,
    copies,
  ]);
}

/** Whether `a` can become whatever `b` can, where both have the same key. */
export function isWider(a: ModelState, b: ModelState): boolean {
  return a.order.every(({ high }, place) => high >= b.order[place]!.high);
}

/** The peer makes a version of what a user did. */
function looks(
  state: ModelState,
  peer: number,
  rules: Rules,
  until: number,
): Iterable<ModelState> {
  const { disk, since, mtime, mine } = state.peers[peer]!;
  // A date that is long past is exact; one of just now is cut to what the peer takes for now; a delete is when it is seen.
  const isPast = mtime < since - rules.skewMs;
  const time: Range = disk === null
    ? [since - rules.skewMs, until + rules.skewMs]
    : [isPast ? mtime : mtime - rules.skewMs, mtime];
  const known = mine === NONE ? [] : [mine];
  const version = versionOf(state, disk, mine, time, known, rules);
  return inserted(state, peer, version, mine);
}

/** The peer does what is to be done about `winner`, which is newer than its own version. */
function* comesDown(
  state: ModelState,
  peer: number,
  winner: Place,
  rules: Rules,
): Iterable<ModelState> {
  const { mine } = state.peers[peer]!;
  const content = contentOf(state, winner);
  const loser = contentOf(state, mine);
  const taken = { disk: content, mine: winner };
  if (loser === null || knows(state, winner, mine)) {
    yield tidy(withPeer(state, peer, taken));
  } else if (content === null) {
    // An edit that the one who deleted did not know of stays.
    yield* reasserted(state, peer, winner, rules);
  } else {
    const copies = [...new Set([...state.copies, loser])].sort();
    yield tidy(withPeer({ ...state, copies }, peer, taken));
  }
}

/**
 * The peer tells its version again, over a delete. All who have it do so, each for itself; but it is the same content, made
 * from the same versions and a tick after the same one, so it is one version here: which of them wins makes no difference.
 */
function* reasserted(
  state: ModelState,
  peer: number,
  winner: Place,
  rules: Rules,
): Iterable<ModelState> {
  const { order } = state;
  const { mine } = state.peers[peer]!;
  const content = contentOf(state, mine);
  const known = [winner, mine];
  const version = versionOf(state, content, winner, NO_DATE, known, rules);
  const same = order.findIndex((other) =>
    other.content === content && other.low === version.low &&
    other.high === version.high && `${other.earlier}` === `${version.earlier}`
  );
  if (same === NONE) yield* inserted(state, peer, version, winner);
  else yield tidy(withPeer(state, peer, { mine: same }));
}

type Range = readonly [low: number, high: number];
const NO_DATE: Range = [-Infinity, -Infinity];

/**
 * A version of `content`.
 *
 * @param base what it has to be newer than
 * @param known what it was made from, the base too
 */
function versionOf(
  { order }: ModelState,
  content: Shown,
  base: Place,
  [low, high]: Range,
  known: readonly Place[],
  { hasDates }: Rules,
): Version {
  const sources = known.map((place) => order[place]!);
  const after = order[base];
  return {
    content,
    low: hasDates ? Math.max(low, justAfter(after?.low)) : -Infinity,
    high: hasDates ? Math.max(high, justAfter(after?.high)) : Infinity,
    earlier: earlierOf(
      content,
      sources.flatMap((source) => [source.content, ...source.earlier]),
      order,
    ),
  };
}

/** The states in which `peer` has this new version: newer than `base`, and where its time allows. */
function* inserted(
  state: ModelState,
  peer: number,
  version: Version,
  base: Place,
): Iterable<ModelState> {
  const { peers, order, told } = state;
  for (let place = base + 1; place <= order.length; place++) {
    const fresh = order.toSpliced(place, 0, version);
    if (!isPossible(fresh)) continue;
    const moved = (old: Place) => old < place ? old : old + 1;
    yield tidy({
      ...state,
      order: fresh,
      told: told.map(moved),
      peers: peers.map((other, at) => ({
        ...other,
        mine: at === peer ? place : moved(other.mine),
      })),
    });
  }
}

function justAfter(time: number | undefined): number {
  return time === undefined ? -Infinity : time + TICK;
}

/** Whether there are times for all, each within its bounds, that rise. */
function isPossible(order: readonly Version[]): boolean {
  let latest = -Infinity;
  for (const { low, high } of order) {
    latest = Math.max(latest, low);
    if (latest > high) return false;
  }
  return true;
}

/** Whether nothing is lost when `newer` takes the place of `older`, which is no delete. */
function knows(state: ModelState, newer: Place, older: Place): boolean {
  const content = contentOf(state, older)!;
  return contentOf(state, newer) === content ||
    state.order[newer]!.earlier.includes(content);
}

function contentOf({ order }: ModelState, place: Place): Shown {
  return order[place]?.content ?? null;
}

function winnerOf({ told }: ModelState): Place {
  return told.at(-1) ?? NONE;
}

/** Whether the peer's version is what is on its disk. */
function isSeen(state: ModelState, peer: number): boolean {
  const { disk, mine } = state.peers[peer]!;
  return disk === contentOf(state, mine);
}

function withPeer(
  state: ModelState,
  peer: number,
  change: Partial<PeerState>,
): ModelState {
  const peers = state.peers.with(peer, { ...state.peers[peer]!, ...change });
  return { ...state, peers };
}

/** Without what makes no difference any more, so that states that can become the same are the same. */
function tidy(state: ModelState): ModelState {
  const lowest = Math.min(...state.peers.map(({ mine }) => mine));
  const told = state.told.filter((place, at) =>
    at === state.told.length - 1 || place > lowest
  );
  const used = new Set(told);
  for (const { mine } of state.peers) used.add(mine);
  const left = state.order.filter((_, place) => used.has(place));
  const places = new Map<Place, Place>([[NONE, NONE]]);
  state.order.forEach((version, place) => {
    if (used.has(place)) places.set(place, left.indexOf(version));
  });
  return {
    ...state,
    peers: state.peers.map((peer) => ({
      ...peer,
      mine: places.get(peer.mine)!,
    })),
    told: told.map((place) => places.get(place)!),
    order: left.map((version) => ({
      ...version,
      earlier: earlierOf(version.content, version.earlier, left),
    })),
  };
}

/** Those of `contents` that a version of `content` may be asked for: that somebody still has, each once, sorted. */
function earlierOf(
  content: Shown,
  contents: readonly Shown[],
  order: readonly Version[],
): readonly string[] {
  const kept = new Set<string>();
  for (const one of contents) {
    const isHeld = order.some((version) => version.content === one);
    if (one !== null && one !== content && isHeld) kept.add(one);
  }
  return [...kept].sort();
}
