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
export interface Version {
  readonly content: Shown;
  /** Its stamp lies between these. */
  readonly low: number;
  readonly high: number;
  /** By peer: how many of its versions this one knows of. */
  readonly vector: readonly number[];
  /** Contents that it took the place of. */
  readonly earlier: readonly string[];
}

interface PeerState {
  readonly disk: Shown;
  /** When a user last changed the disk. */
  readonly since: number;
  /** The date of what that user wrote. */
  readonly mtime: number;
  readonly mine: Version | undefined;
  readonly isFrozen: boolean;
}

/** All of it. */
export interface ModelState {
  readonly peers: readonly PeerState[];
  /** Versions that somebody still has, from the oldest to the newest. */
  readonly order: readonly Version[];
  /** What the tracker told, one after the other; the last one is the winner. A peer may hear of each of them late. */
  readonly told: readonly Version[];
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
    mine: undefined,
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
export function isQuiet({ peers, told }: ModelState): boolean {
  const winner = told.at(-1);
  return peers.every(({ disk, mine }) =>
    disk === contentOf(mine) && mine === winner
  );
}

/** All that may happen next, each by itself; it happens before `until`. */
export function* conjectures(
  state: ModelState,
  rules: Rules,
  until: number,
): Iterable<ModelState> {
  for (let peer = 0; peer < state.peers.length; peer++) {
    const { disk, mine, isFrozen } = state.peers[peer]!;
    if (mine !== undefined && isNewer(state, mine, state.told.at(-1))) {
      yield tidy({ ...state, told: [...state.told, mine] });
    }
    if (isFrozen) continue;
    if (disk !== contentOf(mine)) yield* looks(state, peer, rules, until);
    else {
      for (const winner of state.told) {
        if (isNewer(state, winner, mine)) {
          yield* comesDown(state, peer, winner, rules);
        }
      }
    }
  }
}

/** Whether two states are the same. */
export function keyOf({ peers, order, told, copies }: ModelState): string {
  return JSON.stringify([
    peers.map(({ disk, since, mtime, mine, isFrozen }) => {
      const isSeen = disk === contentOf(mine);
      return [
        disk,
        isSeen ? 0 : since,
        isSeen ? 0 : mtime,
        mine === undefined ? -1 : order.indexOf(mine),
        isFrozen,
      ];
    }),
    order.map(({ content, low, high, vector, earlier }) => [
      content,
      low,
      high,
      vector,
      earlier,
    ]),
    told.map((version) => order.indexOf(version)),
    copies,
  ]);
}

/** The peer makes a version of what a user did, or sees that it is what others did, too. */
function* looks(
  state: ModelState,
  peer: number,
  rules: Rules,
  until: number,
): Iterable<ModelState> {
  const { disk, since, mtime, mine } = state.peers[peer]!;
  if (disk === null) {
    for (const winner of state.told) {
      if (
        winner.content === null && isNewer(state, winner, mine) &&
        covers(winner, mine!)
      ) yield tidy(withPeer(state, peer, { mine: winner }));
    }
  }
  // A date that is long past is exact; one of just now is cut to what the peer takes for now; a delete is when it is seen.
  const isPast = mtime < since - rules.skewMs;
  const [from, to] = disk === null
    ? [since - rules.skewMs, until + rules.skewMs]
    : [isPast ? mtime : mtime - rules.skewMs, mtime];
  const bases = mine === undefined ? [] : [mine];
  yield* made(state, peer, rules, disk, mine, [from, to], bases);
}

/** The peer does what is to be done about `winner`, which is newer than its own version. */
function* comesDown(
  state: ModelState,
  peer: number,
  winner: Version,
  rules: Rules,
): Iterable<ModelState> {
  const { mine } = state.peers[peer]!;
  const taken = { disk: winner.content, mine: winner };
  if (mine === undefined || mine.content === null || knows(winner, mine)) {
    yield tidy(withPeer(state, peer, taken));
  } else if (winner.content === null) {
    // An edit that the one who deleted did not know of stays.
    const bases = [winner, mine];
    yield* made(state, peer, rules, mine.content, winner, NO_DATE, bases);
  } else {
    const copies = [...new Set([...state.copies, mine.content])].sort();
    yield tidy(withPeer({ ...state, copies }, peer, taken));
  }
}

type Range = readonly [low: number, high: number];
const NO_DATE: Range = [-Infinity, -Infinity];

/**
 * The states in which `peer` has a new version of `content`.
 *
 * @param base what it has to be newer than
 * @param known what it was made from, the base too
 */
function* made(
  state: ModelState,
  peer: number,
  rules: Rules,
  content: Shown,
  base: Version | undefined,
  [low, high]: Range,
  known: readonly Version[],
): Iterable<ModelState> {
  const vector = state.peers.map((_, at) =>
    Math.max(0, ...known.map((one) => one.vector[at]!))
  );
  vector[peer] = 1 +
    Math.max(0, ...state.order.map((other) => other.vector[peer]!));
  const earlier = new Set<string>();
  for (const one of known) {
    if (one.content !== null) earlier.add(one.content);
    for (const content of one.earlier) earlier.add(content);
  }
  if (content !== null) earlier.delete(content);
  const version: Version = {
    content,
    low: rules.hasDates ? Math.max(low, justAfter(base?.low)) : -Infinity,
    high: rules.hasDates ? Math.max(high, justAfter(base?.high)) : Infinity,
    vector,
    earlier: [...earlier].sort(),
  };
  const first = base === undefined ? 0 : state.order.indexOf(base) + 1;
  for (let place = first; place <= state.order.length; place++) {
    const order = state.order.toSpliced(place, 0, version);
    if (!isPossible(order)) continue;
    yield tidy(withPeer({ ...state, order }, peer, { mine: version }));
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

function isNewer(
  { order }: ModelState,
  a: Version,
  b: Version | undefined,
): boolean {
  return b === undefined || order.indexOf(a) > order.indexOf(b);
}

/** Whether nothing is lost when `newer` takes the place of `older`. */
function knows(newer: Version, older: Version): boolean {
  return covers(newer, older) || newer.content === older.content ||
    older.content !== null && newer.earlier.includes(older.content);
}

function covers(newer: Version, older: Version): boolean {
  return older.vector.every((count, at) => count <= newer.vector[at]!);
}

function contentOf(version: Version | undefined): Shown {
  return version === undefined ? null : version.content;
}

function withPeer(
  state: ModelState,
  peer: number,
  change: Partial<PeerState>,
): ModelState {
  const peers = state.peers.with(peer, { ...state.peers[peer]!, ...change });
  return { ...state, peers };
}

/** Without what makes no difference any more. */
function tidy(state: ModelState): ModelState {
  const { peers, order } = state;
  const rank = (version: Version | undefined) =>
    version === undefined ? -1 : order.indexOf(version);
  const lowest = Math.min(...peers.map(({ mine }) => rank(mine)));
  const told = state.told.filter((version, at) =>
    at === state.told.length - 1 || rank(version) > lowest
  );
  const used = new Set<Version | undefined>(told);
  for (const { mine } of peers) used.add(mine);
  return { ...state, told, order: order.filter((one) => used.has(one)) };
}
