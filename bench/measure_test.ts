import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { alternate, type Contender, median, medianRatio } from "./measure.ts";

Deno.test("median() takes the middle of an odd number of values, in any order", () => {
  assertEquals(median([9, 1, 5]), 5);
});

Deno.test("median() takes the mean of the two in the middle of an even number", () => {
  assertEquals(median([10, 1, 4, 2]), 3);
});

Deno.test("median() refuses no values", () => {
  assertThrows(() => median([]), RangeError, "no values");
});

Deno.test("median() leaves its argument in order", () => {
  const values = [3, 1, 2];
  median(values);
  assertEquals(values, [3, 1, 2]);
});

Deno.test("medianRatio() compares within a round, so that a slow minute cancels out", () => {
  // The machine is ten times slower in the second round; we take half of their time in every round.
  assertEquals(medianRatio([1, 10, 1.5], [2, 20, 3]), 0.5);
});

Deno.test("medianRatio() refuses different numbers of rounds", () => {
  assertThrows(
    () => medianRatio([1], [1, 2]),
    RangeError,
    "1 rounds against 2",
  );
});

/** A contender that writes its doings into `diary`. */
function diarist(name: string, diary: string[]): Contender {
  return {
    name,
    prepare: () => Promise.resolve(void diary.push(`${name} prepare`)),
    run: () => Promise.resolve(diary.push(`${name} run`)),
    verify: () => Promise.resolve(void diary.push(`${name} verify`)),
  };
}

Deno.test("alternate() warms up and verifies once, then runs the contenders in turn", async () => {
  const diary: string[] = [];
  const outcomes = await alternate(
    [diarist("A", diary), diarist("B", diary)],
    2,
  );
  assertEquals(diary, [
    ...["A prepare", "A run", "A verify", "B prepare", "B run", "B verify"],
    ...["A prepare", "A run", "B prepare", "B run"],
    ...["A prepare", "A run", "B prepare", "B run"],
  ]);
  assertEquals(outcomes, [{ name: "A", values: [8, 12] }, {
    name: "B",
    values: [10, 14],
  }]);
});

Deno.test("alternate() drops a contender that fails, with its earlier values, and goes on with the others", async () => {
  const diary: string[] = [];
  let runs = 0;
  const shaky: Contender = {
    name: "shaky",
    run: () =>
      ++runs === 3
        ? Promise.reject(new Error("connection reset"))
        : Promise.resolve(1),
  };
  const outcomes = await alternate([shaky, diarist("B", diary)], 3);
  assertEquals(outcomes[0], {
    name: "shaky",
    values: [],
    failure: "connection reset",
  });
  assertEquals(outcomes[1]!.values.length, 3);
  assertEquals(runs, 3);
});

Deno.test("alternate() drops a contender whose result is wrong", async () => {
  const wrong: Contender = {
    name: "wrong",
    run: () => Promise.resolve(1),
    verify: () => Promise.reject(new Error("bio.txt differs")),
  };
  assertEquals(await alternate([wrong], 2), [{
    name: "wrong",
    values: [],
    failure: "bio.txt differs",
  }]);
});

Deno.test("alternate() lets a fault of the caller's progress report through", async () => {
  await assertRejects(
    () => alternate([diarist("A", [])], 1, () => fail()),
    Error,
    "report",
  );
});

function fail(): never {
  throw new Error("report");
}
