/**
 * One run of the simulator: what the plan says happens, then everything is healed, and what has to be true is looked at.
 *
 * @module
 */

import { faultsOfBounds } from "./sim_bounds.ts";
import { SimCrash } from "./sim_calls.ts";
import {
  faultsOfConvergence,
  faultsOfCopies,
  faultsOfLoss,
  faultsOfReturn,
  isSameTree,
  textsOf,
  treeText,
  type VisibleTree,
} from "./sim_checks.ts";
import type { Name } from "../names/name.ts";
import type { SimMachine } from "./sim_machine.ts";
import type { SimPlan } from "./sim_plan.ts";
import { ShadowReaders } from "./sim_readers.ts";
import { rootOfBytes } from "./sim_roots.ts";
import { blockedPaths, syncedTrees } from "./sim_synced.ts";
import { Killed } from "./sim_time.ts";
import { keptTexts } from "./sim_tree.ts";
import { SimWorld } from "./sim_world.ts";

/** What became of a run. */
export interface SimOutcome {
  /** What was not true; empty if all is well. */
  readonly faults: readonly string[];
  /** Of everything that happened. */
  readonly hash: string;
  readonly events: number;
  /** How often a machine lost its power, or a peer was killed, in the middle of something. */
  readonly cuts: number;
  /** What happened, if it was traced. */
  readonly lines: readonly string[];
}

/** Everything has to be the same everywhere so long after all was healed, at most. */
const CONVERGED_MS_MAX = 120_000;
/** Who sent wrong bytes is not asked for ten minutes. */
const FORGIVEN_MS = 600_000;
/** How long it has to stay the same. */
const STABLE_MS = 3_000;
/** What a tracker has forgotten, which nobody misses, two heartbeats find, and then all is told again. */
const REMEMBERED_MS = 15_000;
/** Then so long nothing may happen but heartbeats. */
const QUIET_MS = 12_000;
/** Bytes of a heartbeat and its answer, and how often they come. */
const BEAT_BYTES_MAX = 700;
const BEAT_MS = 5_000;
/** A run that has more events goes round in circles. */
const EVENTS_MAX = 200_000;

/** Runs it. */
export async function simulate(
  plan: SimPlan,
  { isTraced = false }: { readonly isTraced?: boolean } = {},
): Promise<SimOutcome> {
  const world = new SimWorld(plan, isTraced);
  const faults: string[] = [];
  const unhandled = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    if (isDeath(event.reason)) return;
    faults.push(`unhandled: ${event.reason?.stack ?? event.reason}`);
  };
  globalThis.addEventListener("unhandledrejection", unhandled);
  try {
    await play(world, plan, faults);
  } catch (error) {
    if (error !== TOO_MUCH) throw error;
    faults.push(`I11 ${EVENTS_MAX} events, and no end`);
  } finally {
    world.kill();
    // What the dead are told of their death.
    await world.time.run(0);
    globalThis.removeEventListener("unhandledrejection", unhandled);
  }
  return {
    faults: [...faults, ...world.records.faults],
    hash: world.trace.hash,
    events: world.time.events,
    cuts: world.machines.reduce((sum, { cuts }) => sum + cuts, 0),
    lines: world.trace.lines ?? [],
  };
}

const TOO_MUCH = new Error("too many events");

async function play(
  world: SimWorld,
  plan: SimPlan,
  faults: string[],
): Promise<void> {
  const { time, trace } = world;
  for (const step of plan.before) world.act(step);
  const readers = new ShadowReaders(world);
  time.onStep = () => {
    readers.look();
    if (time.events > EVENTS_MAX) throw TOO_MUCH;
  };
  world.start();
  for (const step of plan.steps) {
    await time.run(step.after);
    world.act(step);
  }
  await time.run(100);
  world.heal();
  const isForgiving = plan.steps.some((step) => step.do === "corrupt");
  const isForgetful = plan.steps.some((step) =>
    step.do === "roll-back-tracker"
  );
  const hasConverged = await converged(
    world,
    CONVERGED_MS_MAX + (isForgiving ? FORGIVEN_MS : 0),
    isForgetful ? REMEMBERED_MS : STABLE_MS,
  );
  trace.add("world", hasConverged ? "has converged" : "has not converged");
  faults.push(...readers.faults);
  const trees = syncedTrees(world.machines);
  const [tree] = trees.values();
  for (const machine of world.machines) {
    trace.add(machine.name, treeText(machine.tree, world.oracle));
  }
  faults.push(
    ...faultsOfConvergence(trees, world.oracle),
    ...faultsOfRegister(world, tree!),
  );
  if (!hasConverged) {
    faults.push(`I11 not at rest: ${unrest(world).join(", ")}`);
  }
  const visible = new Set<string>();
  const kept = new Set<string>();
  for (const { disk, tree } of world.machines) {
    for (const text of textsOf(tree).values()) visible.add(text);
    for (const text of keptTexts(disk)) kept.add(text);
  }
  faults.push(
    ...faultsOfLoss(world.oracle, visible, kept),
    ...faultsOfReturn(world.oracle, tree!),
    ...faultsOfCopies(world.oracle, tree!),
    ...faultsOfLitter(world),
  );
  if (hasConverged) faults.push(...await faultsOfQuiet(world));
}

/** Lets time pass until all machines show the same and nobody has anything to do, for a while. */
async function converged(
  world: SimWorld,
  msMax: number,
  stableMs: number,
): Promise<boolean> {
  const { time, machines } = world;
  const until = time.now + msMax;
  let since = time.now;
  while (time.now < until) {
    await time.run(500);
    const areAtRest = machines.map((machine) => {
      // One that was stopped took its time to end.
      machine.start();
      const { peer } = machine;
      const status = peer?.status();
      if (status?.held === undefined) return isAtRest(machine, status);
      // Somebody has emptied a folder, and meant it.
      void peer?.confirmDeletes();
      return isAtRest(machine);
    });
    if (areAtRest.includes(false) || !isSame(syncedTrees(machines))) {
      since = time.now;
    } else if (time.now - since >= stableMs) return true;
  }
  return false;
}

/** Whether nobody there has anything to do. */
function isAtRest(
  machine: SimMachine,
  status = machine.peer?.status(),
): boolean {
  if (status?.tracker.state !== "connected") return false;
  if (status.isIdle) return true;
  const stuck = blockedPaths(machine).length;
  return stuck > 0 && stuck === status.lacking.files;
}

/** Who has something to do, and what. */
function unrest({ machines }: SimWorld): string[] {
  return machines.filter((machine) => !isAtRest(machine)).map((
    { name, peer },
  ) => `${name} ${JSON.stringify(peer?.status())}`);
}

/**
 * I1, I8: the tracker knows what all show, also if it has lost its state in between: who comes later gets that.
 *
 * @param tree what is synced of the first machine
 */
function faultsOfRegister(
  { tracker, machines }: SimWorld,
  tree: VisibleTree,
): string[] {
  const register = tracker.hub?.tracker.register;
  const { disk } = machines[0]!;
  const faults: string[] = [];
  for (const [path, shown] of tree) {
    const record = register?.get(path as Name)?.record;
    const isKnown = record !== undefined && record.root !== null &&
      record.kind === shown.kind &&
      (shown.kind !== "file" ||
        record.root === rootOfBytes(disk.get(path).bytes));
    if (!isKnown) faults.push(`I1 the tracker does not know of ${path}`);
  }
  return faults;
}

/** I6: nothing happens any more but heartbeats. */
async function faultsOfQuiet(world: SimWorld): Promise<string[]> {
  const { time, network, machines, records, tracker } = world;
  const faults: string[] = [];
  const sum = () => [...network.sentBytes.values()].reduce((a, b) => a + b, 0);
  const before = { bytes: sum(), taken: records.taken };
  for (const machine of machines) machine.hasChanged = false;
  time.onStep = () => {};
  await time.run(QUIET_MS);
  for (const { name, hasChanged } of machines) {
    if (hasChanged) faults.push(`I6 ${name} still changes its folder`);
  }
  if (records.taken > before.taken) faults.push("I6 new versions are made");
  const bytes = sum() - before.bytes;
  const beats = machines.length * (QUIET_MS / BEAT_MS + 1);
  if (bytes > beats * BEAT_BYTES_MAX) faults.push(`I6 ${bytes} bytes are sent`);
  return [...faults, ...faultsOfBounds(machines, network, tracker.host)];
}

/** I15: what is not synced is as its owner left it. */
function faultsOfLitter({ machines }: SimWorld): string[] {
  const faults: string[] = [];
  for (const { name, tree, user } of machines) {
    for (const [path, text] of user.litter) {
      const entry = tree.get(path);
      if (entry?.kind !== "file" || entry.text !== text) {
        faults.push(`I15 ${path} at ${name} is not as it was`);
      }
    }
  }
  return faults;
}

function isSame(trees: ReadonlyMap<string, VisibleTree>): boolean {
  const [first, ...others] = trees.values();
  return others.every((other) => isSameTree(first!, other));
}

function isDeath(error: unknown): boolean {
  return error instanceof Killed || error instanceof SimCrash ||
    error instanceof Error && error.cause !== undefined && isDeath(error.cause);
}
