import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { planOf } from "./sim_plan.ts";
import { simulate } from "./sim_run.ts";
import { checkSeed, seedsOf } from "./sim_seeds.ts";
import { shrunken } from "./sim_shrink.ts";

const FOUND = seedsOf(
  await Deno.readTextFile(
    new URL("../../testdata/sync_seeds.txt", import.meta.url),
  ),
);

Deno.test("peers and tracker keep their promises in runs that found something once", async () => {
  assert(FOUND.length > 20);
  for (const seed of FOUND) await checkSeed(seed);
});

Deno.test("simulate() does the same for the same seed, and something else for another", async () => {
  const hashes = new Set<string>();
  for (let seed = 1; seed <= 20; seed++) {
    const once = await simulate(planOf(seed));
    const again = await simulate(planOf(seed), { isTraced: true });
    assertEquals(again.hash, once.hash, `seed ${seed}`);
    assertEquals(again.events, once.events, `seed ${seed}`);
    hashes.add(once.hash);
  }
  assertEquals(hashes.size, 20);
});

Deno.test("planOf() makes runs of all kinds", () => {
  const kinds = new Set<string>();
  const peers = new Set<number>();
  for (let seed = 1; seed <= 500; seed++) {
    const plan = planOf(seed);
    peers.add(plan.peers);
    for (const step of plan.steps) kinds.add(step.do);
  }
  assertEquals([...peers].sort(), [2, 3, 4, 5]);
  assertEquals(kinds.size, 34, [...kinds].sort().join(" "));
});

Deno.test("shrunken() leaves only what a failure needs, in its order and time", async () => {
  const plan = planOf(2);
  const writes = plan.steps.filter((step) => step.do === "write");
  const [first, second] = [writes[0]!, writes.at(-1)!];
  assertNotEquals(first, second);
  const has = (steps: typeof plan.steps, seed: number) =>
    steps.findIndex((step) => step.seed === seed);
  const least = await shrunken(plan, (smaller) => {
    const at = has(smaller.steps, first.seed);
    return Promise.resolve(
      at >= 0 && has(smaller.steps, second.seed) > at,
    );
  });
  assertEquals(least.steps.map(({ seed }) => seed), [first.seed, second.seed]);
  const timeOf = (steps: typeof plan.steps, seed: number) =>
    steps.slice(0, has(steps, seed) + 1).reduce((sum, s) => sum + s.after, 0);
  assertEquals(
    timeOf(least.steps, second.seed),
    timeOf(plan.steps, second.seed),
  );
  assertEquals(least.before, []);
});
