import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { SimChance } from "./sim_chance.ts";
import {
  Killed,
  SIM_EPOCH,
  SimClock,
  SimProcess,
  SimTime,
} from "./sim_time.ts";

function newTime(seed = 1) {
  return new SimTime(new SimChance(seed));
}

Deno.test("SimTime does what is due in the order of time, and what follows before the next", async () => {
  const time = newTime();
  const done: string[] = [];
  time.after(20, () => done.push(`b${time.now}`));
  time.after(10, () => {
    done.push(`a${time.now}`);
    void Promise.resolve().then(() => done.push("follows"));
    time.after(5, () => done.push(`new${time.now}`));
  });
  const cancel = time.after(12, () => done.push("cancelled"));
  cancel();
  await time.run(19);
  assertEquals(done, ["a10", "follows", "new15"]);
  assertEquals(time.now, 19);
  await time.run(1);
  assertEquals(done.at(-1), "b20");
});

Deno.test("SimTime keeps the order of a thousand events", async () => {
  const time = newTime();
  const chance = new SimChance(7);
  const seen: number[] = [];
  for (let i = 0; i < 1000; i++) {
    time.after(chance.below(500), () => seen.push(time.now));
  }
  await time.run(500);
  assertEquals(seen.length, 1000);
  assertEquals(seen, seen.toSorted((a, b) => a - b));
});

Deno.test("SimTime draws lots between what is due at once", async () => {
  const orders = new Set<string>();
  for (let seed = 0; seed < 20; seed++) {
    const time = newTime(seed);
    let order = "";
    for (const name of ["a", "b", "c"]) time.after(5, () => order += name);
    await time.run(5);
    orders.add(order);
  }
  assertEquals(orders.size > 3, true);
});

Deno.test("SimTime stops when it is told that all is done", async () => {
  const time = newTime();
  let count = 0;
  for (let i = 1; i <= 5; i++) time.after(i, () => count++);
  assertEquals(await time.run(10, () => count === 3), true);
  assertEquals([count, time.now], [3, 3]);
});

Deno.test("SimClock sleeps, repeats, and goes wrong as it is told", async () => {
  const time = newTime();
  const process = new SimProcess("p");
  let skew = 0;
  const clock = new SimClock(time, process, () => skew);
  let slept = false;
  let ticks = 0;
  void clock.sleep(100).then(() => slept = true);
  const stop = clock.every(50, () => ticks++);
  await time.run(99);
  assertEquals([slept, ticks], [false, 1]);
  await time.run(2);
  assertEquals([slept, ticks], [true, 2]);
  stop();
  await time.run(500);
  assertEquals(ticks, 2);
  skew = -5000;
  assertEquals(clock.wallTime(), SIM_EPOCH + 601 - 5000);

  const controller = new AbortController();
  const begun = time.now;
  void clock.sleep(1000, controller.signal).then(() => slept = false);
  time.after(10, () => controller.abort());
  await time.run(20);
  assertEquals([slept, time.now - begun], [false, 20]);
});

Deno.test("SimProcess that was killed gets nothing any more", async () => {
  const time = newTime();
  const process = new SimProcess("p");
  const clock = new SimClock(time, process, () => 0);
  let acts = 0;
  clock.every(10, () => acts++);
  void clock.sleep(15).then(() => acts++);
  void clock.sleep(0).then(() => acts++);
  const ends: string[] = [];
  process.onEnd((how) => ends.push(how));
  process.kill("power-cut");
  process.kill("killed");
  await time.run(100);
  assertEquals(acts, 0);
  assertEquals(ends, ["power-cut"]);
  assertThrows(() => process.check(), Killed);
  await assertRejects(() => Promise.resolve().then(() => process.check()));
});
