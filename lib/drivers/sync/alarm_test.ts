import { assertEquals } from "@std/assert";
import { FakeClock } from "../../testing/fake_clock.ts";
import { Alarm } from "./alarm.ts";

function newAlarm() {
  const clock = new FakeClock();
  const over = new AbortController();
  const rings: number[] = [];
  const alarm = new Alarm(
    clock,
    over.signal,
    () => void rings.push(clock.now() - began),
  );
  const began = clock.now();
  return { clock, over, rings, set: (ms: number) => alarm.set(began + ms) };
}

Deno.test("Alarm rings once, at the earliest time it was set to", async () => {
  const { clock, rings, set } = newAlarm();
  set(50);
  set(20);
  set(30);
  await clock.advance(19);
  assertEquals(rings, []);
  await clock.advance(100);
  assertEquals(rings, [20]);
  set(200);
  await clock.advance(100);
  assertEquals(rings, [20, 200]);
});

Deno.test("Alarm does not ring when it is over", async () => {
  const { clock, over, rings, set } = newAlarm();
  set(20);
  over.abort();
  set(10);
  await clock.advance(100);
  assertEquals(rings, []);
});
