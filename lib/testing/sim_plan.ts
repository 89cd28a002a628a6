/**
 * What happens in a run of the simulator, as data: it follows from the seed, and a smaller run is one with fewer steps.
 *
 * @module
 */

import { SimChance } from "./sim_chance.ts";

/** What a user does on one machine, whether a peer runs there or not. */
export type UserStep =
  | {
    readonly do: "write";
    readonly path: string;
    readonly how: "whole" | "in-place" | "by-rename";
    /** Bytes. */
    readonly size: number;
    /** Keeps what it can of the blocks that were there. */
    readonly isEdit: boolean;
    /** The date of the file, in milliseconds from now on that machine's clock. */
    readonly mtimeMs: number;
  }
  | { readonly do: "remove"; readonly path: string }
  | { readonly do: "move"; readonly path: string; readonly to: string }
  | { readonly do: "make-folder"; readonly path: string }
  | { readonly do: "chmod"; readonly path: string }
  | { readonly do: "ignore"; readonly lines: readonly string[] }
  /** A file that no rule lets through (`.DS_Store`). */
  | { readonly do: "litter"; readonly path: string }
  /** Edits, or removes, one of the conflict copies. */
  | { readonly do: "tidy"; readonly which: number; readonly isEdit: boolean };

/** What goes wrong. */
export type FaultStep =
  | { readonly do: "offline" | "online" }
  /** Nothing gets through between this machine and another one, in one direction. */
  | {
    readonly do: "block";
    readonly other: number;
    readonly isInbound: boolean;
  }
  | { readonly do: "lose-connection"; readonly which: number }
  | { readonly do: "kill" | "power-cut" | "start" | "stop" }
  /** The peer ends, or the machine with it, before the so-many-th change of its folder from now. */
  | {
    readonly do: "kill-later" | "power-cut-later";
    readonly operations: number;
  }
  | { readonly do: "wipe-index" | "roll-back-index" | "save-index" }
  /** This machine becomes a copy of another one, with its index: two of the same peer. */
  | { readonly do: "copy-machine"; readonly of: number }
  | { readonly do: "set-clock"; readonly ms: number }
  | { readonly do: "fill-disk" | "free-disk" }
  | { readonly do: "corrupt" | "heal-source" }
  | { readonly do: "drop-hints" | "give-hints" }
  | { readonly do: "kill-tracker" | "start-tracker" | "empty-tracker" }
  | { readonly do: "save-tracker" | "roll-back-tracker" };

export type Step = {
  /** Milliseconds after the step before. */
  readonly after: number;
  /** The machine; of no meaning for the tracker's faults. */
  readonly at: number;
  /** Of what happens by chance in it. */
  readonly seed: number;
} & (UserStep | FaultStep);

export interface SimPlan {
  readonly seed: number;
  /** How many machines with a peer. */
  readonly peers: number;
  /** By how much their clocks go wrong, in milliseconds. */
  readonly skewsMs: readonly number[];
  /** Before anything runs: what lies in the folders. */
  readonly before: readonly Step[];
  readonly steps: readonly Step[];
  /** Milliseconds a piece of bytes is under way: at least, at most. */
  readonly delayMs: readonly [number, number];
  /** Share of the connections that are lost by themselves. */
  readonly lossShare: number;
  /** Whether watching works on each machine. */
  readonly watches: readonly boolean[];
}

/** Few paths, so that users meet. A file may stand where a folder could. */
const PATHS = [
  "a",
  "b",
  "d/a",
  "d/b",
  "d/e/a",
  "d/e",
  "d",
  "f/a",
  "f",
  "n.skip",
];
const PATH_WEIGHTS = {
  0: 9,
  1: 5,
  2: 6,
  3: 3,
  4: 4,
  5: 1,
  6: 1,
  7: 3,
  8: 1,
  9: 1,
};
const FOLDERS = ["d", "d/e", "f", "g", "g/h"];
const LITTER = [".DS_Store", "d/.DS_Store", "d/e/Thumbs.db", "f/x.swp"];
const IGNORE_LINES = [[], ["*.skip"], ["n.skip", "/b"], ["/b"]];

/** How often what happens. The faults come in a share of the runs only, each for itself. */
const USER_WEIGHTS = {
  "write": 50,
  "remove": 14,
  "move": 12,
  "make-folder": 5,
  "chmod": 4,
  "litter": 2,
  "tidy": 3,
  "ignore": 2,
} as const;

type CommonFault = Exclude<FaultStep["do"], "copy-machine">;

const FAULTS: readonly (readonly CommonFault[])[] = [
  ["offline", "online", "online"],
  ["block", "online"],
  ["lose-connection"],
  ["kill", "start", "start"],
  ["stop", "start", "start"],
  ["power-cut", "start", "start"],
  ["power-cut-later", "power-cut-later", "start", "start"],
  ["kill-later", "kill-later", "start", "start"],
  ["wipe-index"],
  ["save-index", "roll-back-index"],
  ["set-clock"],
  ["fill-disk", "free-disk"],
  ["corrupt", "heal-source"],
  ["drop-hints", "give-hints"],
  ["kill-tracker", "start-tracker"],
  ["kill-tracker", "start-tracker", "empty-tracker"],
];

/** The run that follows from `seed`. */
export function planOf(seed: number): SimPlan {
  const chance = new SimChance(seed);
  const peers = 2 + chance.below(chance.happens(0.3) ? 4 : 2);
  const skewsMs = Array.from(
    { length: peers },
    () =>
      Math.floor(
        chance.happens(0.2)
          ? chance.between(-100_000, 100_000)
          : chance.between(-30, 30),
      ),
  );
  const faults = FAULTS.filter(() => chance.happens(0.22)).flat();
  const faultShare = faults.length === 0 ? 0 : chance.between(0.1, 0.45);
  const count = 6 + chance.below(chance.happens(0.3) ? 34 : 16);
  const before: Step[] = [];
  for (let at = 0; at < peers; at++) {
    const files = chance.happens(0.5) ? chance.below(4) : 0;
    for (let i = 0; i < files; i++) {
      before.push({
        after: 0,
        at,
        seed: chance.below(2 ** 32),
        ...write(chance, -chance.below(5_000_000)),
      });
    }
  }
  const gapMs = chance.pick([5, 60, 300, 2_000]);
  const steps: Step[] = [];
  for (let i = 0; i < count; i++) {
    const after = chance.happens(0.1)
      ? chance.below(8_000)
      : Math.floor(gapMs * -Math.log(1 - chance.number()));
    const at = chance.below(peers);
    steps.push({
      after,
      at,
      seed: chance.below(2 ** 32),
      ...chance.happens(faultShare)
        ? fault(chance, chance.pick(faults), peers)
        : user(chance),
    });
  }
  return {
    seed,
    peers,
    skewsMs,
    before,
    steps: withRareFaults(steps, seed, peers),
    delayMs: chance.happens(0.3) ? [1, 80] : [0.1, 2],
    lossShare: chance.happens(0.2) ? 0.2 : 0,
    watches: skewsMs.map(() => !chance.happens(0.05)),
  };
}

/** After these somebody may not know what it has counted, or what the other one has. */
const FORGETTING: ReadonlySet<Step["do"]> = new Set(
  [
    "empty-tracker",
    "roll-back-tracker",
    "wipe-index",
    "roll-back-index",
    "kill",
    "stop",
    "power-cut",
    "kill-later",
    "power-cut-later",
  ] as const,
);

/** Puts in what was thought of later: drawn for itself, so that all other seeds stay the runs that they were. */
function withRareFaults(
  steps: readonly Step[],
  seed: number,
  peers: number,
): Step[] {
  const chance = new SimChance(seed ^ 0x0dd5);
  const all = [...steps];
  /** Together, behind the first `from`; gives what is behind them. */
  const insert = (from: number, ...what: (FaultStep & { at: number })[]) => {
    const place = from + chance.below(all.length + 1 - from);
    const after = chance.below(500);
    const together = what.map((step, at) => (
      { ...step, after: at === 0 ? after : 0, seed: chance.below(2 ** 32) }
    ));
    all.splice(place, 0, ...together);
    return place + what.length;
  };
  if (chance.happens(0.08)) {
    // Who comes first then may be one that was away, and has much to tell.
    const at = chance.below(peers);
    const saved = insert(0, { do: "save-tracker", at }, { do: "kill", at });
    const away = insert(saved, { do: "kill-tracker", at });
    insert(away, { do: "roll-back-tracker", at }, { do: "start", at });
  }
  // One of two that count as the same replica has to hear of what the other one has counted, while it knows its own.
  const isForgetful = all.some(({ do: what }) => FORGETTING.has(what));
  if (!isForgetful && chance.happens(0.15)) {
    const at = chance.below(peers);
    const of = (at + 1 + chance.below(peers - 1)) % peers;
    insert(0, { do: "copy-machine", at, of });
  }
  return all;
}

function path(chance: SimChance): string {
  return PATHS[Number(chance.weighted(PATH_WEIGHTS))]!;
}

function write(chance: SimChance, mtimeMs: number): UserStep {
  return {
    do: "write",
    path: path(chance),
    how: chance.pick(["whole", "whole", "in-place", "by-rename"]),
    size: chance.happens(0.06)
      ? 0
      : 8 + chance.below(chance.pick([8, 120, 400])),
    isEdit: chance.happens(0.3),
    mtimeMs,
  };
}

function user(chance: SimChance): UserStep {
  const kind = chance.weighted(USER_WEIGHTS);
  switch (kind) {
    case "write":
      return write(
        chance,
        chance.happens(0.1)
          ? -chance.below(100_000)
          : chance.happens(0.05)
          ? chance.below(500_000)
          : 0,
      );
    case "remove":
    case "chmod":
      return { do: kind, path: path(chance) };
    case "move":
      return chance.happens(0.3)
        ? { do: kind, path: chance.pick(FOLDERS), to: chance.pick(FOLDERS) }
        : { do: kind, path: path(chance), to: path(chance) };
    case "make-folder":
      return { do: kind, path: chance.pick(FOLDERS) };
    case "litter":
      return { do: kind, path: chance.pick(LITTER) };
    case "tidy":
      return {
        do: kind,
        which: chance.below(100),
        isEdit: chance.happens(0.4),
      };
    case "ignore":
      return { do: kind, lines: chance.pick(IGNORE_LINES) };
  }
}

function fault(
  chance: SimChance,
  kind: CommonFault,
  peers: number,
): FaultStep {
  switch (kind) {
    case "block":
      return {
        do: kind,
        other: chance.below(peers + 1),
        isInbound: chance.happens(0.5),
      };
    case "lose-connection":
      return { do: kind, which: chance.below(1000) };
    case "kill-later":
    case "power-cut-later":
      return { do: kind, operations: 1 + chance.below(40) };
    case "set-clock":
      return { do: kind, ms: Math.floor(chance.between(-100_000, 100_000)) };
    default:
      return { do: kind };
  }
}
