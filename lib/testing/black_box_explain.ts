/**
 * Looks for what peers can have done unseen, so that a trace is just what it is. There is such an explanation, or the trace
 * shows a fault.
 *
 * All states that the model can be in are followed together: what happens unseen is added until nothing new comes, and what
 * is seen strikes out the states that do not show it.
 *
 * @module
 */

import {
  changed,
  conjectures,
  emptyState,
  frozen,
  isQuiet,
  isWider,
  keyOf,
  type ModelState,
  type Rules,
} from "./black_box_model.ts";
import {
  type Happening,
  happeningText,
  type Look,
  shownText,
} from "./black_box_trace.ts";

/** What came of the search. */
export type Explanation =
  | {
    readonly kind: "explained";
    /** The most states that were possible at one time. */
    readonly states: number;
  }
  /** Nothing that peers may do leads to the `at`-th event. `text` tells of it, and what could have been instead. */
  | {
    readonly kind: "unexplained";
    readonly at: number;
    readonly text: string;
  }
  /** There were too many possibilities. */
  | { readonly kind: "undecided"; readonly at: number };

/** More states are not followed: that takes some seconds. */
const STATES_MAX = 50_000;

/**
 * Explains what was done at, and seen of, one path.
 *
 * @param trace of this path only (`traceOf`)
 * @param peers how many there are
 */
export function explain(
  trace: readonly Happening[],
  path: string,
  peers: number,
  rules: Rules,
  statesMax = STATES_MAX,
): Explanation {
  const search = { trace, path, peers, rules, statesMax };
  const result = explained({ ...search, looksAhead: true });
  if (result.kind !== "unexplained") return result;
  // Where exactly it cannot go on, and what could have been, is seen without looking ahead.
  const plain = explained({ ...search, looksAhead: false });
  return plain.kind === "unexplained" ? plain : result;
}

interface Search {
  readonly trace: readonly Happening[];
  readonly path: string;
  readonly peers: number;
  readonly rules: Rules;
  readonly statesMax: number;
  /** Copies never go: a state with one that will not be there when all is quiet is not followed. */
  readonly looksAhead: boolean;
}

function explained(search: Search): Explanation {
  const { trace, path, peers } = search;
  let states: readonly ModelState[] = [emptyState(peers)];
  let most = 1;
  for (const [at, event] of trace.entries()) {
    const possible = closure(states, search, at);
    if (possible === undefined) return { kind: "undecided", at };
    most = Math.max(most, possible.length);
    const next: ModelState[] = [];
    for (const state of possible) {
      const after = afterwards(state, event, path);
      if (after !== undefined) next.push(after);
    }
    if (next.length === 0) {
      const text = `${happeningText(event)}, but ${could(possible, event)}`;
      return { kind: "unexplained", at, text };
    }
    states = next;
  }
  return { kind: "explained", states: most };
}

/** All that `states` may become before the event `at`, and themselves; `undefined` if that is too much. */
function closure(
  states: readonly ModelState[],
  { trace, path, rules, statesMax, looksAhead }: Search,
  at: number,
): readonly ModelState[] | undefined {
  const until = trace[at]!.at;
  const copies = looksAhead ? copiesAfter(trace, at, path) : undefined;
  const found = new Map<string, readonly ModelState[]>();
  const waiting: { readonly key: string; readonly state: ModelState }[] = [];
  const add = (state: ModelState) => {
    if (copies !== undefined && !isWithin(state.copies, copies)) return;
    const key = keyOf(state);
    const same = found.get(key) ?? [];
    if (same.some((other) => isWider(other, state))) return;
    found.set(key, [...same.filter((other) => !isWider(state, other)), state]);
    waiting.push({ key, state });
  };
  for (const state of states) add(state);
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { key, state } = next;
    if (!found.get(key)!.includes(state)) continue;
    for (const after of conjectures(state, rules, until)) add(after);
    if (found.size > statesMax) return undefined;
  }
  return [...found.values()].flat();
}

/** The copies of `path` that there are when all is quiet next; `undefined` if that is not known. */
function copiesAfter(
  trace: readonly Happening[],
  at: number,
  path: string,
): readonly string[] | undefined {
  const quiet = trace.slice(at).find((event) => event.do === "stabilize");
  return quiet?.looks[path]?.[0]?.copies;
}

function isWithin(some: readonly string[], all: readonly string[]): boolean {
  return some.every((one) => all.includes(one));
}

/** The state after `event`; `undefined` if it cannot happen in `state`. */
function afterwards(
  state: ModelState,
  event: Happening,
  path: string,
): ModelState | undefined {
  switch (event.do) {
    case "write": {
      const { peer, content, mtime, at } = event;
      if (!shows(state, peer, event.saw)) return undefined;
      return changed(state, peer, content, mtime, at);
    }
    case "delete":
      if (!shows(state, event.peer, event.saw)) return undefined;
      return changed(state, event.peer, null, 0, event.at);
    case "read":
      return shows(state, event.peer, event.saw) ? state : undefined;
    case "list":
      return isWithin(event.copies, state.copies) ? state : undefined;
    case "freeze":
    case "thaw":
      return frozen(state, event.peer, event.do === "freeze");
    case "stabilize":
      return isQuiet(state) && areLooks(state, event.looks[path] ?? [])
        ? state
        : undefined;
  }
}

function shows(state: ModelState, peer: number, saw: string | null): boolean {
  return state.peers[peer]!.disk === saw;
}

function areLooks(state: ModelState, looks: readonly Look[]): boolean {
  const copies = state.copies.join("\n");
  return looks.every((look, peer) =>
    shows(state, peer, look.saw) && look.copies.join("\n") === copies
  );
}

/** What the model would have allowed, in words. */
function could(states: readonly ModelState[], event: Happening): string {
  const all = new Set<string>();
  for (const state of states) {
    const copies = `copies: ${state.copies.join(", ") || "none"}`;
    if (event.do === "stabilize") {
      if (!isQuiet(state)) continue;
      all.add(`${shownText(state.peers[0]!.disk)} (${copies})`);
    } else if (event.do === "list") all.add(copies);
    else if ("peer" in event) all.add(shownText(state.peers[event.peer]!.disk));
  }
  return `there could only be ${[...all].slice(0, 8).join("; or ")}`;
}
