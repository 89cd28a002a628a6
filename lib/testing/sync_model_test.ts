import { assert, assertEquals } from "@std/assert";
import { checkModel, firstKilled, runModel } from "./sync_model.ts";
import { type Mutant, MUTANTS } from "./sync_model_rules.ts";

// The other half is in sync_model_more_test.ts, for another core.
Deno.test("the rules keep their promises in the model, seeds 1 to 10 000", () => {
  checkModel(1, 10_000);
});

Deno.test("runModel() is the same for the same seed", () => {
  for (const seed of [3, 4, 5]) {
    assertEquals(
      runModel(seed, undefined, true),
      runModel(seed, undefined, true),
    );
  }
});

/** Mutant -> within how many seeds it has to be found. */
const KILLED_WITHIN: { readonly [name in Mutant]: number } = {
  "observe-first": 20,
  "vector-absorb": 10,
  "mtime-rank": 100,
  "plain-date": 300,
  "no-copy": 10,
  "delete-wins": 20,
  "copy-name-taken": 500,
  "folder-knows": 20,
  "reassert-below": 10,
};

for (const [name, last] of Object.entries(KILLED_WITHIN)) {
  Deno.test(`the model finds out the wrong rule ${name}`, () => {
    assert(firstKilled(MUTANTS[name as Mutant], last) !== undefined);
  });
}
