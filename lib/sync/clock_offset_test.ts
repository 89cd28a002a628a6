import { assertEquals } from "@std/assert";
import { ClockOffset } from "./clock_offset.ts";

Deno.test("ClockOffset is nothing before it was asked", () => {
  assertEquals(new ClockOffset().ms, 0);
});

Deno.test("ClockOffset takes an answer to be half a round trip old", () => {
  const offset = new ClockOffset();
  offset.add(1000, 5000, 1200);
  assertEquals(offset.ms, 3900);
});

Deno.test("ClockOffset does not count one slow answer, and forgets old ones", () => {
  const offset = new ClockOffset();
  for (let at = 0; at < 4; at++) offset.add(0, 100, 0);
  offset.add(0, 100, 100_000);
  assertEquals(offset.ms, 100);
  for (let at = 0; at < 8; at++) offset.add(0, -300, 0);
  assertEquals(offset.ms, -300);
});

Deno.test("ClockOffset believes two answers that agree over all before them: a clock was set", () => {
  const offset = new ClockOffset();
  for (let at = 0; at < 8; at++) offset.add(0, 100, 0);
  offset.add(0, -60_000, 0);
  assertEquals(offset.ms, 100);
  offset.add(0, -60_500, 0);
  assertEquals(offset.ms <= -60_000, true);
  offset.add(0, -60_400, 0);
  assertEquals(offset.ms, -60_400);
});
