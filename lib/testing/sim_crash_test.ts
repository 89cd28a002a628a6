/**
 * T5 of sync.md: a short story, in which one machine ends before the k-th change of its folder, for all k.
 */

import { assert, assertEquals } from "@std/assert";
import type { FaultStep, SimPlan, Step, UserStep } from "./sim_plan.ts";
import { simulate } from "./sim_run.ts";
import { SimWorld } from "./sim_world.ts";

function write(path: string, how: "whole" | "by-rename" = "whole"): UserStep {
  return { do: "write", path, how, size: 100, isEdit: false, mtimeMs: 0 };
}

/** A person at machine 0 adds, changes, replaces, deletes and moves; machine 1 follows. */
const STORY: readonly (UserStep | FaultStep)[][] = [
  [write("a"), write("b"), write("c"), write("d/x"), write("d/y")],
  [write("b"), write("c", "by-rename"), { do: "chmod", path: "d/x" }],
  [{ do: "remove", path: "a" }, { do: "move", path: "b", to: "e" }],
  [{ do: "move", path: "d", to: "g" }],
  [{ do: "remove", path: "g" }, write("g")],
];

function planOf(before: readonly (FaultStep & { readonly at: number })[]) {
  let seed = 0;
  const at = 0;
  const steps: Step[] = before.map((step) => ({ after: 0, seed: 0, ...step }));
  for (const chapter of STORY) {
    for (const [index, what] of chapter.entries()) {
      steps.push({ after: index === 0 ? 400 : 0, at, seed: ++seed, ...what });
    }
  }
  const plan: SimPlan = {
    seed: 1,
    peers: 2,
    skewsMs: [0, 3],
    before: [],
    steps,
    delayMs: [0.1, 2],
    lossShare: 0,
    watches: [true, true],
  };
  return plan;
}

for (const at of [0, 1]) {
  for (const how of ["kill-later", "power-cut-later"] as const) {
    const whose = at === 0 ? "who tells" : "who follows";
    Deno.test(`SyncPeer of ${whose} may end by ${how} before any change of its folder`, async () => {
      let operations = 1;
      for (;; operations++) {
        const plan = planOf([{ do: how, at, operations }]);
        const { faults, cuts } = await simulate(plan);
        if (cuts === 0) break;
        assertEquals(faults, [], `before change ${operations}`);
      }
      assert(operations > (at === 0 ? 4 : 30), `${operations} changes only`);
    });
  }
}

Deno.test("SyncPeer shows a moved folder never twice, and never in part", async () => {
  const world = new SimWorld(planOf([]), false);
  const [teller, follower] = world.machines;
  const moved = ["x", "y"];
  const seen = new Set<string>();
  world.start();
  const act = async (what: UserStep, ms: number) => {
    world.act({ after: 0, at: 0, seed: 1, ...what });
    await world.time.run(ms);
  };
  await act(write("d/x"), 100);
  await act(write("d/y"), 2000);
  world.time.onStep = () => {
    const tree = follower!.tree;
    const show = (folder: string) =>
      moved.filter((base) => tree.has(`${folder}/${base}`)).join("");
    seen.add(`${show("d")}>${show("g")}`);
  };
  await act({ do: "move", path: "d", to: "g" }, 3000);
  world.kill();
  assertEquals([...seen], ["xy>", ">xy"]);
  assertEquals(teller!.tree.has("g/x"), true);
});
