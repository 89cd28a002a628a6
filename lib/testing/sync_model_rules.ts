/**
 * The rules that the model of the sync runs by: the real ones, and wrong ones that its checks have to find. A checker that
 * never fails proves nothing.
 *
 * @module
 */

import { isAdopted } from "../sync/adopt.ts";
import { conflictCopy } from "../sync/conflict_name.ts";
import { compareRecords, covers, join } from "../sync/order.ts";
import { plan, type PlanInput } from "../sync/plan.ts";
import type { FileRecord } from "../sync/record.ts";
import { newVersion, reassert, tombstone } from "../sync/versions.ts";

/** What a peer and the tracker do by. */
export interface ModelRules {
  readonly compare: typeof compareRecords;
  readonly plan: typeof plan;
  readonly newVersion: typeof newVersion;
  readonly tombstone: typeof tombstone;
  readonly reassert: typeof reassert;
  readonly isAdopted: typeof isAdopted;
  readonly conflictCopy: typeof conflictCopy;
  /** The disk is looked at before something is done to it. */
  readonly observesFirst: boolean;
  /** What my version becomes when it wins over one that it did not know. */
  readonly overLoser: (mine: FileRecord, loser: FileRecord) => FileRecord;
}

export const REAL_RULES: ModelRules = {
  compare: compareRecords,
  plan,
  newVersion,
  tombstone,
  reassert,
  isAdopted,
  conflictCopy,
  observesFirst: true,
  overLoser: (mine) => mine,
};

/** Wrong rules, by what is wrong. */
export const MUTANTS = {
  /** The disk is not looked at before a version is put there. */
  "observe-first": {
    ...REAL_RULES,
    observesFirst: false,
    plan: (input) => {
      const mine = input.local?.record;
      const isLive = mine !== undefined && mine.root !== null;
      return plan({ ...input, disk: isLive ? mine.kind : "absent" });
    },
  },
  /** The winner says it knew the loser, whose holders then keep no copy. */
  "vector-absorb": {
    ...REAL_RULES,
    overLoser: (mine, loser) =>
      covers(mine.vector, loser.vector) ? mine : {
        ...mine,
        vector: join(mine.vector, loser.vector),
        stamp: { ...mine.stamp, logical: mine.stamp.logical + 1 },
      },
  },
  /** Who knew whom decides first, and then the date, as Syncthing had it: that is no order. */
  "mtime-rank": rankedBy((a, b) => {
    if (a.kind !== "file" || b.kind !== "file") return compareRecords(a, b);
    const older = covers(b.vector, a.vector);
    const newer = covers(a.vector, b.vector);
    if (older !== newer) return older ? -1 : 1;
    if ((a.root === null) !== (b.root === null)) {
      return a.root === null ? -1 : 1;
    }
    return a.mtime - b.mtime || compareRecords(a, b);
  }),
  /** A version is as new as its date, whatever it was made from. */
  "plain-date": {
    ...REAL_RULES,
    newVersion: (path, base, content, maker, movedFrom) => {
      const made = newVersion(path, base, content, maker, movedFrom);
      if (made.kind === "folder") return made;
      const phys = Math.max(0, content.mtime);
      return { ...made, stamp: { phys, logical: 0, by: maker.replica } };
    },
  },
  /** The loser is not kept beside the winner. */
  "no-copy": {
    ...REAL_RULES,
    plan: (input) => plan({ ...input, policy: "newest" }),
  },
  /** An edit goes with a delete that did not know of it. */
  "delete-wins": {
    ...REAL_RULES,
    plan: (input) =>
      plan({
        ...input,
        local: input.local && { ...input.local, found: true },
      }),
  },
  /** A copy's name that something else has is taken for the copy. */
  "copy-name-taken": {
    ...REAL_RULES,
    conflictCopy: (loser, look) => {
      const copy = conflictCopy(loser, () => ({
        record: undefined,
        onDisk: false,
      }));
      const use = look(copy.record.path);
      return { ...copy, isKept: use.onDisk || use.record !== undefined };
    },
  },
  /** A folder that stays against a file says it knew the file. */
  "folder-knows": {
    ...REAL_RULES,
    reassert: (mine, over, maker) => reassert(mine, over, maker, true),
  },
  /** A re-asserted file does not know of the delete, and loses against it again. */
  "reassert-below": {
    ...REAL_RULES,
    reassert: (mine, over, maker, knowing) => ({
      ...reassert(mine, over, maker, knowing),
      stamp: { ...mine.stamp, logical: mine.stamp.logical + 1 },
    }),
  },
} satisfies { readonly [name: string]: ModelRules };

export type Mutant = keyof typeof MUTANTS;

/** The real rules, with another order of versions. */
function rankedBy(compare: typeof compareRecords): ModelRules {
  const ranked = (input: PlanInput): PlanInput => {
    const { local, global } = input;
    if (local === undefined || global === undefined) return input;
    const order = compare(local.record, global.record);
    const rank = (record: FileRecord, phys: number): FileRecord => ({
      ...record,
      stamp: { ...record.stamp, phys },
    });
    if (order === 0) return { ...input, local: { ...local, ...global } };
    return {
      ...input,
      local: { ...local, record: rank(local.record, order < 0 ? 1 : 2) },
      global: { ...global, record: rank(global.record, order < 0 ? 2 : 1) },
    };
  };
  return { ...REAL_RULES, compare, plan: (input) => plan(ranked(input)) };
}
