/**
 * What the parts of a peer share.
 *
 * @module
 */

import type { SyncFolder } from "../../io/sync/folder.ts";
import type { Name } from "../../names/name.ts";
import type { Entry } from "../../sync/below.ts";
import { compareRecords } from "../../sync/order.ts";
import type { Departures } from "./local/departures.ts";
import type { Fetcher } from "./bringing/fetcher.ts";
import type { HoldingReport } from "./tracking/holding_report.ts";
import type { Ignoring } from "./local/ignoring.ts";
import type { LocalTree } from "./local/local_tree.ts";
import type { VersionMaker } from "./local/maker.ts";
import type { Observer } from "./local/observer.ts";
import type { PathLocks } from "./bringing/path_locks.ts";
import type { PeerChange } from "../../sync/peer_change.ts";
import type { Publisher } from "./tracking/publisher.ts";
import type { Register } from "./tracking/register.ts";
import type { Retries } from "./bringing/retries.ts";
import type { World } from "./world.ts";

export interface PeerParts {
  readonly world: World;
  readonly folder: SyncFolder;
  readonly over: AbortSignal;
  readonly policy: "copy" | "newest";
  readonly tree: LocalTree;
  readonly register: Register;
  readonly maker: VersionMaker;
  readonly locks: PathLocks;
  readonly observer: Observer;
  readonly departures: Departures;
  readonly publisher: Publisher;
  readonly holding: HoldingReport;
  readonly fetcher: Fetcher;
  readonly retries: Retries;
  readonly ignoring: Ignoring;
  /** Whether this may be the folder of somebody else, or none: nothing is to be put into it, or taken from it. */
  readonly isSuspect: () => boolean;
  readonly changed: (change: PeerChange) => void;
  /** It cannot be brought up to date now: that is told to people once, and it is tried again. */
  readonly fail: (path: Name, error: unknown) => void;
  /** Name of the peer that made a version. */
  readonly nameOf: (replica: string) => string;
  readonly note: (text: string) => void;
  /** Looks at these paths anew and at what is below them; at everything if there are none. */
  readonly rescan: (paths: readonly Name[]) => void;
}

/** What is known of paths below `folder`, but for those that are dead to all. */
export function* entriesBelow(
  parts: Pick<PeerParts, "tree" | "register" | "ignoring">,
  folder: Name,
): Generator<readonly [Name, Entry]> {
  const { tree, register, ignoring } = parts;
  for (const path of tree.liveBelow(folder)) {
    const local = tree.get(path);
    if (ignoring.ignores(path, local?.record.kind === "folder")) continue;
    yield [path, { local, global: register.get(path) }];
  }
  for (const path of register.liveBelow(folder)) {
    const local = tree.get(path);
    if (local !== undefined && local.record.root !== null) continue;
    const global = register.get(path);
    if (ignoring.ignores(path, global?.record.kind === "folder")) continue;
    yield [path, { local, global }];
  }
}

/** Whether the winner at `path` is not mine, and newer. */
export function isBehind(
  { tree, register }: Pick<PeerParts, "tree" | "register">,
  path: Name,
): boolean {
  const mine = tree.get(path)?.record;
  const winner = register.get(path)?.record;
  return winner !== undefined &&
    (mine === undefined || compareRecords(mine, winner) < 0);
}
