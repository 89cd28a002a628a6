/**
 * A small model of the sync: the real rules (`lib/sync`: order, versions, plan, names of conflict copies) on disks that are
 * maps, with users, clocks that are wrong, lost connections, crashes, lost indexes and a tracker that forgets. Everything
 * follows from a seed. In the end all is healed, and then every peer has the same, nothing that a user wrote is gone, nothing
 * went back, and nothing happens any more.
 *
 * @module
 */

import { type Name, toName } from "../names/name.ts";
import { conflictCopy } from "../sync/conflict_name.ts";
import { isSameVersion } from "../sync/order.ts";
import { FOLDER_ROOT, type RootHash } from "../sync/record.ts";
import { SimChance } from "./sim_chance.ts";
import { ModelPeer } from "./sync_model_peer.ts";
import { type ModelRules, REAL_RULES } from "./sync_model_rules.ts";
import { ModelWorld } from "./sync_model_world.ts";

const PATHS = ["a", "b", "d/a", "d/e/b", "d", "d/e"].map(toName);
const OPERATIONS = 40;
/** Rounds of healing after which all has to be at rest. */
const ROUNDS_MAX = 40;
/** Rounds without any change that count as rest. */
const ROUNDS_AT_REST = 2;

export interface ModelResult {
  /** What is wrong in the end; nothing if the rules are right. */
  readonly faults: readonly string[];
  /** Conflict copies that are there in the end. */
  readonly copies: number;
  /** What happened, if it was asked for. */
  readonly trace: readonly string[];
}

/** One run: what follows from `seed` under `rules`. */
export function runModel(
  seed: number,
  rules: ModelRules = REAL_RULES,
  wantsTrace = false,
): ModelResult {
  const world = new ModelWorld(new SimChance(seed), rules, wantsTrace);
  try {
    begin(world, 2 + seed % 4);
    for (let count = 0; count < OPERATIONS; count++) {
      world.run(world.chance.below(60));
      operate(world);
    }
    heal(world);
    check(world);
  } catch (error) {
    world.faults.push(error instanceof Error ? error.message : `${error}`);
  }
  const disk = world.peers[0]?.disk ?? new Map<Name, unknown>();
  return {
    faults: world.faults,
    copies: [...disk.keys()].filter((path) => path.includes("(conflict"))
      .length,
    trace: world.trace ?? [],
  };
}

/**
 * Runs the seeds from `first` on.
 *
 * @throws with what is wrong, and the command that shows it, for the first seed that fails
 */
export function checkModel(first: number, count: number): void {
  for (let seed = first; seed < first + count; seed++) {
    const { faults } = runModel(seed);
    if (faults.length === 0) continue;
    throw new Error(
      `${faults.join("\n")}\nagain, with what happened: ` +
        `deno task model --seed ${seed} --trace`,
    );
  }
}

/** The first of the seeds from 1 to `last` with which `rules` are found to be wrong; `undefined` if none is. */
export function firstKilled(
  rules: ModelRules,
  last: number,
): number | undefined {
  for (let seed = 1; seed <= last; seed++) {
    if (runModel(seed, rules).faults.length > 0) return seed;
  }
  return undefined;
}

/** Peers that have different versions of the same files, before they ever met. */
function begin(world: ModelWorld, count: number): void {
  const { chance, peers } = world;
  for (let number = 0; number < count; number++) {
    const skew = Math.floor(
      chance.between(-1, 1) * (chance.happens(0.3) ? 400 : 5),
    );
    peers.push(new ModelPeer(world, `${number}`, skew));
  }
  for (const peer of peers) {
    for (const path of PATHS) {
      if (chance.happens(0.35)) write(peer, path, chance.below(900));
    }
    peer.connect();
  }
}

type Act = (peer: ModelPeer, path: Name) => void;

/** What happens, and how often. */
const ACTS: { readonly [name: string]: { share: number; act: Act } } = {
  write: {
    share: 36,
    act: (peer, path) => {
      const { chance, now } = peer.world;
      const mtime = chance.happens(0.15)
        ? chance.below(now)
        : Math.min(peer.clock, now + 500);
      write(peer, path, mtime);
      hint(peer, path);
    },
  },
  remove: {
    share: 15,
    act: (peer, path) => {
      remove(peer, path);
      hint(peer, path);
    },
  },
  move: {
    share: 5,
    act: (peer, path) => {
      move(peer, path, toName(`${path}_m`));
      hint(peer, path);
      hint(peer, toName(`${path}_m`));
    },
  },
  makeFolder: {
    share: 4,
    act: (peer, path) => {
      if (!peer.disk.has(path) && makeParents(peer, path)) {
        makeFolder(peer, path);
        hint(peer, path);
      }
    },
  },
  chmod: {
    share: 3,
    act: (peer, path) => {
      const node = peer.disk.get(path);
      if (node === undefined || node.root === FOLDER_ROOT) return;
      peer.disk.set(path, { ...node, executable: !node.executable });
      hint(peer, path);
    },
  },
  /** A file of another's has the name that a conflict copy of this one's would have. */
  squat: {
    share: 3,
    act: (peer, path) => {
      const record = peer.record(path);
      if (record?.kind !== "file" || record.root === null) return;
      const free = () => ({ record: undefined, onDisk: false });
      const other = peer.world.chance.pick(peer.world.peers);
      const name = conflictCopy(record, free).record.path;
      write(other, name, peer.world.now);
      hint(other, name);
    },
  },
  disconnect: { share: 10, act: (peer) => peer.disconnect() },
  connect: { share: 13, act: (peer) => peer.isUp && peer.connect() },
  kill: { share: 4, act: (peer) => peer.kill() },
  dieSoon: {
    share: 2,
    act: (peer) => {
      peer.dies = true;
    },
  },
  restart: { share: 7, act: (peer) => peer.isUp || peer.restart() },
  wipe: {
    share: 2,
    act: (peer) => {
      const wasUp = peer.isUp;
      peer.wipe();
      if (wasUp) peer.restart();
    },
  },
  forget: {
    share: 2,
    act: ({ world }) => {
      world.tracker.forget();
      for (const peer of world.peers) {
        if (peer.isUp && peer.isOnline) peer.connect();
      }
    },
  },
};
/** Each as often as its share says. */
const DEALT = Object.entries(ACTS).flatMap(([name, { share, act }]) =>
  new Array<{ name: string; act: Act }>(share).fill({ name, act })
);

function operate(world: ModelWorld): void {
  const { chance } = world;
  const peer = chance.pick(world.peers);
  const path = chance.happens(0.5)
    ? chance.pick(PATHS)
    : chance.pick([...PATHS, ...peer.disk.keys()]);
  const { name, act } = chance.pick(DEALT);
  world.say(`${peer.name} ${name} ${path}`);
  act(peer, path);
}

/** The watcher sees most of what happens; the rest is found by a scan. */
function hint(peer: ModelPeer, path: Name): void {
  if (peer.world.chance.happens(0.7)) peer.hint(path);
}

// What users do.

function write(peer: ModelPeer, path: Name, mtime: number): void {
  const old = peer.disk.get(path)?.root;
  if (old === FOLDER_ROOT || !makeParents(peer, path)) return;
  const root = peer.world.contents.write(old);
  peer.disk.set(path, { root, mtime, executable: false });
  peer.world.say(`${peer.name} has ${root.replace(/-+/, "")} at ${path}`);
}

/** @returns whether it can lie there: nothing above it is a file */
function makeParents(peer: ModelPeer, path: Name): boolean {
  for (let at = path.indexOf("/"); at > 0; at = path.indexOf("/", at + 1)) {
    const folder = path.slice(0, at) as Name;
    const root = peer.disk.get(folder)?.root;
    if (root === undefined) makeFolder(peer, folder);
    else if (root !== FOLDER_ROOT) return false;
  }
  return true;
}

function makeFolder(peer: ModelPeer, path: Name): void {
  peer.disk.set(path, { root: FOLDER_ROOT, mtime: 0, executable: false });
}

/** A file, or a folder with all that is in it. */
function remove(peer: ModelPeer, path: Name): void {
  for (const [below, { root }] of [...peer.disk]) {
    if (below !== path && !below.startsWith(path + "/")) continue;
    peer.disk.delete(below);
    if (root !== FOLDER_ROOT) peer.world.contents.take(root);
  }
}

function move(peer: ModelPeer, from: Name, to: Name): void {
  if (peer.disk.has(to)) return;
  for (const [path, node] of [...peer.disk]) {
    if (path !== from && !path.startsWith(from + "/")) continue;
    peer.disk.delete(path);
    peer.disk.set((to + path.slice(from.length)) as Name, node);
  }
}

// The end.

/** Everybody is there, and nothing gets lost any more, until nothing changes. */
function heal(world: ModelWorld): void {
  const { peers, tracker } = world;
  for (const peer of peers) {
    peer.dies = false;
    if (!peer.isUp) peer.restart();
  }
  let last = "";
  let atRest = 0;
  for (let round = 0; atRest < ROUNDS_AT_REST; round++) {
    if (round > ROUNDS_MAX) throw new Error("no rest");
    for (const peer of peers) peer.connect();
    world.run(500);
    for (const peer of peers) peer.retry();
    world.run(200);
    tracker.giveUpLost();
    const now = `${tracker.seq} ${peers.map(({ changes }) => changes)}`;
    atRest = now === last ? atRest + 1 : 0;
    last = now;
  }
}

function check(world: ModelWorld): void {
  const { peers, tracker, contents, faults } = world;
  const live = [...tracker.winners.values()].map(({ record }) => record)
    .filter(({ root }) => root !== null)
    .map(({ path, root, mtime, executable }) =>
      `${path} ${root} ${mtime} ${executable}`
    ).sort().join("\n");
  for (const peer of peers) {
    const tree = [...peer.disk].map(([path, { root, mtime, executable }]) =>
      `${path} ${root} ${mtime} ${executable}`
    ).sort().join("\n");
    if (tree !== live) {
      faults.push(`diverged: ${peer.name}\n${tree}\n<>\n${live}`);
    }
    for (const { record } of tracker.winners.values()) {
      const mine = peer.record(record.path);
      if (mine === undefined || !isSameVersion(mine, record)) {
        faults.push(`${peer.name} has not the winner of ${record.path}`);
      }
    }
  }
  const present = new Set<RootHash>();
  for (const peer of peers) {
    for (const { root } of peer.disk.values()) present.add(root);
  }
  for (const root of contents.lost(present)) {
    faults.push(`lost ${root.replace(/-+/, "")}`);
  }
  const copies = [...present].length;
  if (copies > contents.written.length + 1) faults.push("too many contents");
}
