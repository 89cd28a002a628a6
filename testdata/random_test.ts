import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  between,
  normalQuantile,
  pick,
  seededRandom,
  shuffled,
} from "./random.ts";

Deno.test("seededRandom() repeats itself for the same seed only", () => {
  const first = (seed: number) => Array.from({ length: 5 }, seededRandom(seed));
  assertEquals(first(7), first(7));
  assert(first(7).join() !== first(8).join());
});

Deno.test("between() spreads evenly and stays inside", () => {
  const random = seededRandom(1);
  const values = Array.from({ length: 4000 }, () => between(random, 10, 20));
  assert(values.every((value) => value >= 10 && value < 20));
  const mean = values.reduce((sum, value) => sum + value) / values.length;
  assert(Math.abs(mean - 15) < 0.2, `mean is ${mean}`);
});

Deno.test("pick() gives every choice, and refuses to pick from nothing", () => {
  const random = seededRandom(2);
  const seen = new Set(
    Array.from({ length: 50 }, () => pick(random, ["a", "b", "c"])),
  );
  assertEquals([...seen].sort(), ["a", "b", "c"]);
  assertThrows(() => pick(random, []), RangeError);
});

Deno.test("shuffled() keeps every item and leaves the original alone", () => {
  const items = Array.from({ length: 50 }, (_, i) => i);
  const result = shuffled(seededRandom(3), items);
  assert(result.join() !== items.join());
  assertEquals([...result].sort((a, b) => a - b), items);
  assertEquals(items[0], 0);
});

Deno.test("normalQuantile() agrees with the table of the normal distribution", () => {
  const table = [[0.5, 0], [0.8413, 1], [0.9772, 2], [0.99865, 3], [
    0.1587,
    -1,
  ]] as const;
  for (const [p, z] of table) {
    const found = normalQuantile(p);
    assert(Math.abs(found - z) < 0.03, `${p} gives ${found}, not ${z}`);
  }
});
