import { assertEquals } from "@std/assert";
import { rateGoal, rateRows, ratioGoal, ratioOf } from "./job.ts";

const NAMES = { ours: "landline", theirs: "nginx" };

function outcomes(ours: readonly number[], theirs: readonly number[]) {
  return [
    { name: "nginx", values: theirs },
    { name: "landline", values: ours },
  ];
}

Deno.test("ratioGoal() is met up to its limit, and not above", () => {
  const goal = (ours: number) =>
    ratioGoal(outcomes([ours], [2]), "a job", NAMES, 1.15);
  assertEquals(goal(2.3), {
    what: "a job",
    measured: "1.15 x",
    wanted: "at most 1.15 x nginx",
    met: true,
  });
  assertEquals(goal(2.4).met, false);
});

Deno.test("rateGoal() is met from its limit on, and not below", () => {
  const goal = (ours: number) =>
    rateGoal(outcomes([ours], [100]), "requests/s", NAMES, 1.1);
  assertEquals(goal(120), {
    what: "requests/s",
    measured: "1.20 x",
    wanted: "at least 1.1 x nginx",
    met: true,
  });
  assertEquals(goal(105).met, false);
});

Deno.test("rateGoal() and ratioGoal() are neither met nor missed when a contender failed", () => {
  const failed = [
    { name: "landline", values: [1] },
    { name: "nginx", values: [], failure: "skipped: no nginx here" },
  ];
  for (const goal of [rateGoal, ratioGoal]) {
    const { measured, met } = goal(failed, "a job", NAMES, 1);
    assertEquals(measured, "nginx: skipped: no nginx here");
    assertEquals(met, undefined);
  }
});

Deno.test("ratioOf() says who did not run", () => {
  assertEquals(
    ratioOf([{ name: "landline", values: [1] }], NAMES),
    "nginx: not run",
  );
});

Deno.test("rateRows() names the fastest first: the greatest rate", () => {
  const rows = rateRows(
    [{ name: "landline", values: [1, 3, 2] }],
    (rate) => `${rate}/s`,
    (rate) => `${rate * 10} bytes`,
  );
  assertEquals(rows, [{
    contender: "landline",
    result: "2/s",
    spread: "3/s - 1/s",
    rate: "20 bytes",
  }]);
});
