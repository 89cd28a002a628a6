import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  durationText,
  Pace,
  pauseMs,
  PIECE_BYTES_MAX,
  PIECE_BYTES_MIN,
  Rate,
} from "./pace.js";

const MIB = 1024 * 1024;

Deno.test("Pace finds pieces of about two seconds, from small ones, within a few of them", () => {
  const pace = new Pace();
  const sizes = [];
  // 10 MB/s.
  for (let i = 0; i < 5; i++) {
    sizes.push(pace.bytes / MIB);
    pace.took(pace.bytes, pace.bytes / 10_000);
  }
  assertEquals(sizes, [1, 4, 16, 16, 16]);
});

Deno.test("Pace never makes pieces above 32 MiB, which phones cut, nor useless ones, whatever happens", () => {
  // dufs #412, #269.
  const happening = fc.oneof(
    fc.constant("cut"),
    fc.double({ min: 0, max: 1e9, noNaN: true }),
  );
  fc.assert(fc.property(fc.array(happening, { maxLength: 30 }), (all) => {
    const pace = new Pace();
    for (const one of all) {
      if (typeof one === "number") pace.took(pace.bytes, one);
      else pace.wasCut();
      assert(pace.bytes >= PIECE_BYTES_MIN && pace.bytes <= PIECE_BYTES_MAX);
    }
  }));
  assertEquals(PIECE_BYTES_MAX, 32 * MIB);
});

Deno.test("Pace makes smaller pieces of those that were cut", () => {
  const pace = new Pace();
  pace.took(8 * MIB, 1000);
  assertEquals(pace.bytes, 16 * MIB);
  pace.wasCut();
  assertEquals(pace.bytes, 8 * MIB);
});

Deno.test("Pace takes the last piece of a file, however small, for no reason to shrink much", () => {
  const pace = new Pace();
  pace.took(MIB, 50);
  pace.took(100, 1);
  assertEquals(pace.bytes, PIECE_BYTES_MIN);
});

Deno.test("Rate looks back some seconds, and not at what was before", () => {
  const rate = new Rate();
  assertEquals(rate.perSecond, 0);
  for (let s = 0; s <= 10; s++) rate.add(s * 1000, s * 100);
  assertEquals(rate.perSecond, 100);
  for (let s = 11; s <= 20; s++) rate.add(s * 1000, 1000 + (s - 10) * 500);
  assertEquals(rate.perSecond, 500);
});

Deno.test("Rate is never negative, not even when a piece has to be sent again", () => {
  const rate = new Rate();
  rate.add(0, 1000);
  rate.add(1000, 2000);
  rate.add(2000, 500);
  assertEquals(rate.perSecond, 0);
  rate.add(3000, 700);
  assertEquals(rate.perSecond, 200);
});

Deno.test("pauseMs() grows to half a minute, and is never quite the same", () => {
  const pauses = [0, 1, 2, 3, 4, 5, 6, 20].map((attempt) =>
    pauseMs(attempt, 0.5)
  );
  assertEquals(pauses, [1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]);
  assertEquals(pauseMs(0, 0), 750);
  assertEquals(pauseMs(0, 1), 1250);
});

Deno.test("durationText() is short, and rounded up", () => {
  const cases: [number, string][] = [
    [0.2, "1 s"],
    [59, "59 s"],
    [59.5, "1 min"],
    [61, "2 min"],
    [3600, "1 h"],
    [7500, "2 h 5 min"],
    [Infinity, ""],
    [NaN, ""],
  ];
  for (const [seconds, text] of cases) {
    assertEquals(durationText(seconds), text);
  }
});
