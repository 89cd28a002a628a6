import { assertEquals } from "@std/assert";
import type { Name } from "../../../names/name.ts";
import { FakeClock } from "../../../testing/fake_clock.ts";
import { SimChance } from "../../../testing/sim_chance.ts";
import { Retries } from "./retries.ts";

function newRetries() {
  const clock = new FakeClock();
  const over = new AbortController();
  const again: string[] = [];
  const world = {
    clock,
    chance: new SimChance(1),
    network: { connect: () => Promise.reject(new Error("no network")) },
  };
  const retries = new Retries(
    world,
    over.signal,
    (path) => void again.push(`${path} ${clock.now()}`),
  );
  return { retries, clock, again, over };
}

Deno.test("Retries tries ever later, up to once a minute", async () => {
  const { retries, clock, again } = newRetries();
  const times: number[] = [];
  for (let at = 0; at < 9; at++) {
    const began = clock.now();
    retries.fail("f" as Name, "no room");
    while (again.length === at) await clock.advance(100);
    times.push(clock.now() - began);
  }
  assertEquals(times.slice(0, 4), [500, 1000, 2000, 4000]);
  assertEquals(times.at(-1), 60_000);
});

Deno.test("Retries has one timer, and keeps to the earliest time that was said", async () => {
  const { retries, clock, again, over } = newRetries();
  retries.later("late" as Name, 300);
  for (let at = 0; at < 50; at++) retries.later(`f${at}` as Name, 200);
  retries.later("late" as Name, 100);
  retries.later("late" as Name, 400);
  assertEquals(clock.timers, 1);
  await clock.advance(100);
  assertEquals(again, ["late 100"]);
  await clock.advance(1000);
  assertEquals(again.length, 51);
  assertEquals(clock.timers, 0);
  retries.later("never" as Name, 100);
  over.abort();
  await clock.advance(1000);
  assertEquals(again.length, 51);
});

Deno.test("Retries tells a trouble once, and what became of it", () => {
  const { retries } = newRetries();
  const path = "f" as Name;
  assertEquals([retries.fail(path, "a"), retries.fail(path, "a")], [
    true,
    false,
  ]);
  assertEquals(retries.tell(path, "b"), true);
  assertEquals([...retries.troubles], [["f", "b"]]);
  retries.clear(path);
  assertEquals(retries.troubles.size, 0);
});
