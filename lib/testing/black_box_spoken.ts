/**
 * Traces of real peers as tests write them down: short, at one path, a second between two events.
 *
 * @module
 */

import { explain, type Explanation } from "./black_box_explain.ts";
import type { Rules } from "./black_box_model.ts";
import type { Happening, Look, Shown } from "./black_box_trace.ts";

/** The newer date wins. */
export const RULES: Rules = { hasDates: true, skewMs: 50 };
/** Nothing is known of who wins. */
export const ANY: Rules = { hasDates: false, skewMs: 0 };
/** All of it happens there. */
export const PATH = "a";
/** When the traces begin; a second is between two events. */
export const BEGIN = 1_000_000;
const DAY = 86_400_000;

/** Something that happens, in a few words. */
export type Spoken =
  | readonly [what: "write", peer: number, content: string, over: Shown]
  | readonly [
    what: "write",
    peer: number,
    content: string,
    over: Shown,
    /** Days that the file is old. */
    old: number,
  ]
  | readonly [what: "delete", peer: number, saw: string]
  | readonly [what: "read", peer: number, saw: Shown]
  | readonly [what: "list", peer: number, ...copies: string[]]
  | readonly [what: "freeze" | "thaw", peer: number]
  /** The same at all peers. */
  | readonly [what: "quiet", saw: Shown, ...copies: string[]]
  | readonly [what: "differ", ...looks: Look[]];

/** `spoken` as a trace of so many peers. */
export function traced(spoken: readonly Spoken[], peers: number): Happening[] {
  return spoken.map((event, index): Happening => {
    const at = BEGIN + index * 1000;
    switch (event[0]) {
      case "write": {
        const [, peer, content, saw, old = 0] = event;
        const mtime = at - old * DAY;
        return { do: "write", peer, path: PATH, content, mtime, saw, at };
      }
      case "delete": {
        const [, peer, saw] = event;
        return { do: "delete", peer, path: PATH, saw, at };
      }
      case "read": {
        const [, peer, saw] = event;
        return { do: "read", peer, path: PATH, saw, at };
      }
      case "list": {
        const [, peer, ...copies] = event;
        return { do: "list", peer, path: PATH, copies, at };
      }
      case "freeze":
      case "thaw":
        return { do: event[0], peer: event[1], at };
      case "quiet": {
        const [, saw, ...copies] = event;
        const looks = Array<Look>(peers).fill({ saw, copies });
        return { do: "stabilize", looks: { [PATH]: looks }, at };
      }
      case "differ": {
        const [, ...looks] = event;
        return { do: "stabilize", looks: { [PATH]: looks }, at };
      }
      default:
        throw event satisfies never;
    }
  });
}

/** What `explain` says of it. */
export function explained(
  spoken: readonly Spoken[],
  rules = RULES,
  peers = 2,
): Explanation {
  return explain(traced(spoken, peers), PATH, peers, rules);
}
