import { assert, assertEquals } from "@std/assert";
import { seededRandom } from "../../testdata/random.ts";
import { runSwarmModel } from "../testing/swarm_model.ts";
import { BlockSet, type Run } from "./block_set.ts";
import { ownShare } from "./own_share.ts";
import { Swarm } from "./swarm.ts";

const ME = "mmmmmmmmmm";
const A = "aaaaaaaaaa";
const B = "bbbbbbbbbb";
const BLOCK = 2 ** 19;

function swarmOf(blocks: number): Swarm {
  return new Swarm("root", blocks, 19, ME);
}

/** All that `id` is asked for until there is nothing more. */
function allOf(swarm: Swarm, id: string, now = 0, bytes = BLOCK): Run[] {
  const runs: Run[] = [];
  for (;;) {
    const run = swarm.next(id, now, bytes);
    if (run === undefined) return runs;
    runs.push(run);
  }
}

function setOf(size: number, blocks: readonly number[]): BlockSet {
  const set = new BlockSet(size);
  for (const at of blocks) set.add(at);
  return set;
}

Deno.test("Swarm asks the only holder for everything, once, in order", () => {
  const swarm = swarmOf(20);
  swarm.setHolder(A, "whole");
  const runs = allOf(swarm, A);
  assertEquals(runs.map(({ at }) => at), [...Array(20).keys()]);
  assertEquals(swarm.next(B, 0, BLOCK), undefined);
});

Deno.test("Swarm asks for runs of at most so many bytes, of one block at least, and of a half of what is left", () => {
  const swarm = swarmOf(20);
  swarm.setHolder(A, "whole");
  assertEquals(swarm.next(A, 0, 3 * BLOCK + 1), { at: 0, count: 3 });
  assertEquals(swarm.next(A, 0, 1), { at: 3, count: 1 });
  // 4 MiB are 8 blocks.
  assertEquals(swarm.next(A, 0, 2 ** 30), { at: 4, count: 8 });
  const small = swarmOf(4);
  small.setHolder(A, "whole");
  small.setHolder(B, "whole");
  assertEquals(small.next(A, 0, 2 ** 30), { at: 0, count: 1 });
});

Deno.test("Swarm asks somebody else for what was not answered", () => {
  const swarm = swarmOf(4);
  swarm.setHolder(A, "whole");
  swarm.setHolder(B, "whole");
  const [first] = allOf(swarm, A);
  assertEquals(allOf(swarm, B), []);
  swarm.end(A, first!);
  assertEquals(allOf(swarm, B), [{ at: first!.at, count: 1 }]);
  swarm.removeHolder(A);
  assertEquals(allOf(swarm, B).length, 3);
});

Deno.test("Swarm does not ask for what has come, nor there where it was wrong", () => {
  const swarm = swarmOf(3);
  swarm.setHolder(A, "whole");
  const runs = allOf(swarm, A);
  swarm.arrived(0);
  swarm.wrong(A, 1);
  for (const run of runs) swarm.end(A, run);
  assertEquals(allOf(swarm, A), [{ at: 2, count: 1 }]);
  swarm.setHolder(B, "whole");
  assertEquals(allOf(swarm, B), [{ at: 1, count: 1 }]);
});

Deno.test("Swarm asks who is still fetching for what is there, the rarest first", () => {
  const swarm = swarmOf(6);
  swarm.setHolder(A, setOf(6, [0, 1, 4]));
  swarm.setHolder(B, setOf(6, [0, 1]));
  assertEquals(allOf(swarm, A).map(({ at }) => at), [4, 0, 1]);
  assertEquals(allOf(swarm, B), []);
  swarm.addBlocks(B, { at: 5, count: 100 });
  assertEquals(allOf(swarm, B), [{ at: 5, count: 1 }]);
});

Deno.test("Swarm asks a whole holder for its own share only, while others pass on the rest", () => {
  const swarm = swarmOf(40);
  swarm.setReceivers([A, ME]);
  swarm.setHolder(B, "whole");
  swarm.setHolder(A, setOf(40, []));
  const own = allOf(swarm, B, 0);
  assertEquals(own.length, 20);
  for (const run of own) {
    swarm.arrived(run.at, B, 0);
    swarm.end(B, run);
  }
  const theirs = own[0]!.at === 0 ? 20 : 0;
  assertEquals(allOf(swarm, B, 100), []);
  swarm.addBlocks(A, { at: theirs, count: 5 });
  for (const run of allOf(swarm, A, 100)) {
    swarm.arrived(run.at, A, 100);
    swarm.end(A, run);
  }
  assertEquals(allOf(swarm, B, 1000), []);
  // Nothing has come from A for a second: two at a time, those that A gets last.
  const lent = allOf(swarm, B, 1100);
  assertEquals(lent.map(({ at }) => at), [theirs + 19, theirs + 18]);
});

Deno.test("Swarm asks a whole holder for everything while nobody is known to pass on, at once where little is left", () => {
  const swarm = swarmOf(64);
  swarm.setReceivers([A, ME]);
  swarm.setHolder(B, "whole");
  assertEquals(allOf(swarm, B).length, 64);
  const large = swarmOf(66);
  large.setReceivers([A, ME]);
  large.setHolder(B, "whole");
  assertEquals(allOf(large, B, 1000).length, 33);
  assertEquals(allOf(large, B, 1499).length, 0);
  assertEquals(allOf(large, B, 1500).length, 33);
});

Deno.test("Swarm asks a whole holder for more where others are much slower", () => {
  for (const [passedOn, lent] of [[62, 2], [63, 0]] as const) {
    const swarm = swarmOf(1000);
    swarm.setReceivers([A, ME]);
    const theirs = ownShare("root", 1000, A, [ME]);
    const all = Array.from({ length: theirs.count }, (_, i) => theirs.at + i);
    swarm.setHolder(A, setOf(1000, all));
    swarm.setHolder(B, "whole");
    // In the first second its share of 500 blocks comes from the holder, and so many from the other.
    for (const run of allOf(swarm, B)) {
      swarm.arrived(run.at, B, 500);
      swarm.end(B, run);
    }
    for (const [i, run] of allOf(swarm, A).entries()) {
      if (i < passedOn) swarm.arrived(run.at, A, 900);
      swarm.end(A, run);
    }
    assertEquals(allOf(swarm, B, 1000).length, lent);
  }
});

Deno.test("Swarm asks a second one for the last blocks, if the first takes long", () => {
  const swarm = swarmOf(10);
  swarm.setHolder(A, "whole");
  swarm.setHolder(B, "whole");
  const runs = allOf(swarm, A, 0);
  swarm.arrived(0);
  assertEquals(allOf(swarm, B, 1999), []);
  swarm.arrived(1);
  assertEquals(allOf(swarm, B, 299), []);
  const again = allOf(swarm, B, 300);
  assertEquals(again.map(({ at }) => at), [2, 3, 4, 5, 6, 7, 8, 9]);
  // Not a third time, and not there where it is on its way.
  assertEquals(allOf(swarm, A, 10_000), []);
  assert(!swarm.has(runs[2]!));
  swarm.arrived(2);
  assert(swarm.has(runs[2]!));
});

Deno.test("Swarm asks a second one for what is late", () => {
  const swarm = swarmOf(100);
  swarm.setHolder(A, "whole");
  swarm.setHolder(B, "whole");
  for (let at = 0; at < 50; at++) swarm.next(A, 0, BLOCK);
  assertEquals(allOf(swarm, B, 1000).map(({ at }) => at)[0], 50);
  assertEquals(allOf(swarm, B, 1999), []);
  assertEquals(allOf(swarm, B, 2000).map(({ at }) => at)[0], 0);
});

Deno.test("Swarm: 4 receivers who send as fast as the holder take at most 1.3 times the content from it", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const { steps, sent, twice } = runSwarmModel({
      chance: seededRandom(seed),
      blocks: 1024,
      receivers: 4,
      speedOf: () => 4,
      lateSteps: 20,
    });
    assert(steps !== undefined && steps < 500, `seed ${seed}: ${steps} steps`);
    assert(sent[0]! <= 1024 * 1.3, `seed ${seed}: ${sent}`);
    assert(twice <= 40, `seed ${seed}: ${twice} twice`);
  }
});

Deno.test("Swarm: receivers who send three times slower than the holder take at most 1.6 times the content from it", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const { steps, sent } = runSwarmModel({
      chance: seededRandom(seed),
      blocks: 1024,
      receivers: 4,
      speedOf: (i) => i === 0 ? 12 : 4,
    });
    assert(steps !== undefined && steps < 500, `seed ${seed}: ${steps} steps`);
    assert(sent[0]! <= 1024 * 1.6, `seed ${seed}: ${sent}`);
  }
});

Deno.test("Swarm: one slow receiver does not hold up the others", () => {
  const { steps } = runSwarmModel({
    chance: seededRandom(1),
    blocks: 1024,
    receivers: 3,
    speedOf: (i) => i === 1 ? 0.02 : 8,
  });
  assert(steps !== undefined && steps < 700, `${steps} steps`);
});

Deno.test("Swarm ends whatever is lost, wrong, slow or late", () => {
  for (let seed = 1; seed <= 150; seed++) {
    const chance = seededRandom(seed);
    const count = 1 + Math.floor(chance() * 6);
    const holders = 1 + Math.floor(chance() * 2);
    // A block that every holder sends wrongly could never be had: the first one is honest.
    const liars = Array.from(
      { length: count + holders },
      (_, i) => i > 0 && chance() < 0.3 ? chance() * 0.3 : 0,
    );
    const speeds = liars.map(() => 0.2 + chance() * 6);
    const { steps } = runSwarmModel({
      chance,
      blocks: 1 + Math.floor(chance() * 200),
      receivers: count,
      holders,
      speedOf: (i) => speeds[i]!,
      wrongShareOf: (i) => liars[i]!,
      lossShare: chance() * 0.05,
      lateSteps: 50,
    });
    assert(steps !== undefined, `seed ${seed} does not end`);
  }
});
