/**
 * What a peer does about one path: a function of what the disk shows, of this peer's record of it and of the winner at the
 * tracker, and of nothing else. No list of work is kept anywhere: after whatever happened (a crash, a lost message, an edit
 * in the middle) the same question is asked again.
 *
 * How to use it, for one path, by one loop at a time:
 *
 * 1. Observe: look at the disk; if it differs from the local record, a new version is made (`newVersion`, `tombstone`), or,
 *    if it is just what the winner is, that is taken (adopt). Now the disk and the local record agree.
 * 2. `plan`. If the winner's content has to be fetched first, fetch it and begin again at 1: the plan is believed only for
 *    what was seen just before.
 * 3. Act on the disk, with what was seen as `expected`; "changed" means: begin again at 1.
 * 4. Set the local record as the plan says, and begin again at 1, until the plan is to do nothing, or to wait.
 *
 * L is the local record, G the winner. "Knows L": G was made by somebody who knew L, or L's content is G's or one of its
 * earlier ones (`isAncestor`).
 *
 * | L               | G         | then                                                                        |
 * | --------------- | --------- | --------------------------------------------------------------------------- |
 * | none            | none      | nothing                                                                     |
 * | none            | file      | fetch, place                                                                |
 * | none            | folder    | make it                                                                     |
 * | none            | tombstone | remember it (adopt)                                                         |
 * | the same        |           | nothing                                                                     |
 * | newer           | any, none | publish L                                                                   |
 * | older tombstone | file      | fetch, place                                                                |
 * | older tombstone | folder    | make it                                                                     |
 * | older tombstone | tombstone | adopt                                                                       |
 * | older file      | file      | the same content: describe or adopt; G knows L: place, L into the versions; else place, L becomes a conflict copy |
 * | older file      | folder    | as above, and make the folder                                               |
 * | older file      | tombstone | G knows L, or L was only found: remove into the versions; else re-assert L  |
 * | older folder    | folder    | adopt                                                                       |
 * | older folder    | file      | something lives in it: re-assert the folder; else remove it, place          |
 * | older folder    | tombstone | something lives in it: re-assert it; else remove it                         |
 *
 * @module
 */

import type { Below } from "./below.ts";
import type { GlobalEntry, LocalEntry } from "./index_store.ts";
import { compareRecords } from "./order.ts";
import type { FileRecord } from "./record.ts";
import { isAncestor } from "./versions.ts";

/** What a look at the disk shows of a path. A file or folder that is ignored is asked about never. */
export type OnDisk = "absent" | "file" | "folder" | "other";

/** What becomes of the loser's bytes: nothing is there, they go into the versions, or they are kept as a conflict copy. */
export type Loser = "none" | "version" | "copy";

export interface PlanInput {
  readonly disk: OnDisk;
  readonly local: LocalEntry | undefined;
  readonly global: GlobalEntry | undefined;
  /** What is known below this path: `belowOf`. */
  readonly below: Below;
  /** The folder on the disk holds something that is not synced: ignored, a link, a name that cannot be. */
  readonly hasForeign: boolean;
  /** Whether the loser of two versions that did not know of each other is kept beside the winner. */
  readonly policy: "copy" | "newest";
}

export type Plan =
  /** All is as it has to be. */
  | { readonly do: "nothing" }
  /** The disk is not what the local record says: observe it. */
  | { readonly do: "observe" }
  /** What is below has to go first; ask again when it has gone. */
  | { readonly do: "wait" }
  /** Tell the tracker L. */
  | { readonly do: "publish" }
  /** L := G. The disk stays as it is. */
  | { readonly do: "adopt" }
  /** Give the file the date and the mode of G, then L := G. */
  | { readonly do: "describe" }
  /** Place the content of G (fetched, if it is not here), then L := G. First, a loser that is to be a copy is given its second name. */
  | { readonly do: "place"; readonly loser: Loser }
  /** Make the folder, then L := G. First, a loser is moved out of the way. */
  | { readonly do: "makeFolder"; readonly loser: Loser }
  /** Remove the file into the versions, then L := G. */
  | { readonly do: "remove" }
  /** Remove the empty folder, then L := G, or L := none if something else is to stand there. */
  | { readonly do: "removeFolder"; readonly then: "adopt" | "forget" }
  /**
   * L := `reassert(L, G, maker, knowing)`, and publish it. All who have L do it: whoever did not make L may wait a moment for
   * the one who did.
   */
  | { readonly do: "reassert"; readonly knowing: boolean }
  /** Make the folder if it is not there: something lives in it. L := `newVersion` of a folder from the newer of L and G, not witnessed. */
  | { readonly do: "revive" }
  /** G cannot be placed as long as the disk is as it is: an error of this path, told to people. */
  | { readonly do: "blocked"; readonly text: string };

const NOTHING: Plan = { do: "nothing" };
const OBSERVE: Plan = { do: "observe" };
const WAIT: Plan = { do: "wait" };
const PUBLISH: Plan = { do: "publish" };
const ADOPT: Plan = { do: "adopt" };

/** What to do about a path. Total: there is an answer for everything, and following the answers comes to an end. */
export function plan(input: PlanInput): Plan {
  if (!agrees(input)) return OBSERVE;
  const mine = input.local?.record;
  const winner = input.global?.record;
  const order = mine === undefined || winner === undefined
    ? undefined
    : compareRecords(mine, winner);
  if (isToRevive(input, order)) return { do: "revive" };
  if (winner === undefined) return mine === undefined ? NOTHING : PUBLISH;
  if (order === 0) return NOTHING;
  if (order !== undefined && order > 0) return PUBLISH;
  if (winner.root === null) return toDelete(input, mine, winner);
  return winner.kind === "file"
    ? toFile(input, mine, winner)
    : toFolder(input, mine, winner);
}

/**
 * Whether the disk is what the local record says. A link or a device is not ours: for the record, nothing is there. Nor is
 * anything where only what is not synced keeps a folder from being removed.
 */
function agrees({ disk, local, hasForeign }: PlanInput): boolean {
  const mine = local?.record;
  if (mine === undefined || mine.root === null) {
    return disk === "absent" || disk === "other" ||
      (disk === "folder" && hasForeign);
  }
  return disk === mine.kind;
}

/**
 * Whether a folder is gone, and something lives in it: it was made while the folder was removed. Where the winner is a file,
 * those who have what lives below assert the folder again.
 */
function isToRevive(input: PlanInput, order: number | undefined): boolean {
  if (input.below !== "live" || input.disk === "other") return false;
  const mine = input.local?.record;
  if (mine !== undefined && mine.root !== null) return false;
  const winner = input.global?.record;
  return winner === undefined || winner.root === null ||
    (order !== undefined && order > 0);
}

/** The winner is a tombstone, newer than mine. */
function toDelete(
  { local, below, hasForeign }: PlanInput,
  mine: FileRecord | undefined,
  winner: FileRecord,
): Plan {
  if (mine === undefined || mine.root === null) return ADOPT;
  if (!isAncestor(mine, winner) && !local?.found) {
    // An edit that the one who deleted did not know of: it stays.
    return { do: "reassert", knowing: true };
  }
  if (mine.kind === "file") return { do: "remove" };
  if (below === "live") return { do: "reassert", knowing: true };
  if (below === "going") return WAIT;
  return hasForeign ? ADOPT : { do: "removeFolder", then: "adopt" };
}

/** The winner is a file, newer than mine. */
function toFile(
  input: PlanInput,
  mine: FileRecord | undefined,
  winner: FileRecord,
): Plan {
  const { disk, below, hasForeign } = input;
  if (disk === "other") return blocked("a link or a device");
  if (mine === undefined || mine.root === null) {
    return disk === "folder"
      ? blocked("a folder with files that are not synced")
      : { do: "place", loser: "none" };
  }
  if (mine.kind === "file") {
    if (mine.root !== winner.root) {
      return { do: "place", loser: loserOf(input, mine, winner) };
    }
    return mine.mtime === winner.mtime && mine.executable === winner.executable
      ? ADOPT
      : { do: "describe" };
  }
  // Who has the file does not know what lives here: it stays a conflict for him.
  if (below === "live") return { do: "reassert", knowing: false };
  if (below === "going") return WAIT;
  if (hasForeign) return blocked("a folder with files that are not synced");
  return { do: "removeFolder", then: "forget" };
}

/** The winner is a folder, newer than mine. */
function toFolder(
  input: PlanInput,
  mine: FileRecord | undefined,
  winner: FileRecord,
): Plan {
  if (input.disk === "other") return blocked("a link or a device");
  if (mine === undefined || mine.root === null) {
    return { do: "makeFolder", loser: "none" };
  }
  if (mine.kind === "folder") return ADOPT;
  return { do: "makeFolder", loser: loserOf(input, mine, winner) };
}

function loserOf(
  { policy }: PlanInput,
  mine: FileRecord,
  winner: FileRecord,
): Loser {
  return policy === "newest" || isAncestor(mine, winner) ? "version" : "copy";
}

function blocked(what: string): Plan {
  return { do: "blocked", text: `${what} stands in its place` };
}
