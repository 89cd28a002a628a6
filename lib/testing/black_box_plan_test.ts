import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { boxPlan, PEERS_MAX, PEERS_MIN } from "./black_box_plan.ts";

Deno.test("boxPlan() makes the same plan of a seed, and another one of another", () => {
  assertEquals(boxPlan(7), boxPlan(7));
  assertNotEquals(boxPlan(7).steps, boxPlan(10).steps);
});

Deno.test("boxPlan() does everything at each number of peers, and waits in the end", () => {
  for (let peers = PEERS_MIN; peers <= PEERS_MAX; peers++) {
    const kinds = new Set<string>();
    for (let seed = 0; seed < 60; seed++) {
      const plan = boxPlan(seed);
      if (plan.peers !== peers) continue;
      for (const step of plan.steps) {
        kinds.add(step.do);
        if ("peer" in step) assert(step.peer < peers);
        if ("path" in step) assert(plan.paths.includes(step.path));
      }
      assertEquals(plan.steps.at(-1)?.do, "stabilize");
    }
    assertEquals([...kinds].sort(), [
      "delete",
      "freeze",
      "read",
      "stabilize",
      "thaw",
      "write",
    ]);
  }
});
