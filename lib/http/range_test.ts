import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { cpuTime } from "../testing/cpu_time.ts";
import {
  contentRange,
  parseRange,
  RANGES_MAX,
  unsatisfiedRange,
} from "./range.ts";

/** What `range` gives of a file of `size` bytes: `whole`, `unsatisfiable`, or the first and last byte of each part. */
function rangesOf(range: string | undefined, size: number): string {
  const ranges = parseRange(range, size);
  if (ranges.kind !== "parts") return ranges.kind;
  return ranges.parts.map(({ offset, length }) =>
    `${offset}-${offset + length - 1}`
  ).join(" ");
}

Deno.test("parseRange() reads the examples of RFC 9110 14.1.2", () => {
  assertEquals(rangesOf("bytes=0-499", 10000), "0-499");
  assertEquals(rangesOf("bytes=500-999", 10000), "500-999");
  assertEquals(rangesOf("bytes=-500", 10000), "9500-9999");
  assertEquals(rangesOf("bytes=9500-", 10000), "9500-9999");
  assertEquals(rangesOf("bytes=0-0,-1", 10000), "0-0 9999-9999");
  assertEquals(
    rangesOf("bytes= 0-999, 4500-5499, -1000", 10000),
    "0-999 4500-5499 9000-9999",
  );
  assertEquals(rangesOf("bytes=500-600,601-999", 10000), "500-600 601-999");
});

Deno.test("parseRange() clamps to the file (14.1.2)", () => {
  assertEquals(rangesOf("bytes=0-500", 500), "0-499");
  assertEquals(rangesOf("bytes=12-20", 18), "12-17");
  assertEquals(rangesOf("bytes=-600", 500), "0-499");
  assertEquals(rangesOf("bytes=0-", 500), "0-499");
  assertEquals(rangesOf("bytes=499-", 500), "499-499");
});

Deno.test("parseRange() finds nothing to send behind the end (14.1.2, 15.5.17)", () => {
  assertEquals(rangesOf("bytes=500-", 500), "unsatisfiable");
  assertEquals(rangesOf("bytes=500-500", 500), "unsatisfiable");
  assertEquals(rangesOf("bytes=-0", 500), "unsatisfiable");
  assertEquals(rangesOf("bytes=600-700,-0,900-", 500), "unsatisfiable");
});

Deno.test("parseRange() leaves out what is behind the end if something else is not", () => {
  assertEquals(rangesOf("bytes=600-700,0-9,-0", 500), "0-9");
});

Deno.test("parseRange() keeps the order in which parts are asked for", () => {
  assertEquals(rangesOf("bytes=-1,0-0,5-6", 10), "9-9 0-0 5-6");
});

Deno.test("parseRange() ignores ranges of an empty file: no Content-Range could name them", () => {
  for (const range of ["bytes=0-", "bytes=-5", "bytes=0-0", "bytes=7-"]) {
    assertEquals(rangesOf(range, 0), "whole", range);
  }
});

Deno.test("parseRange() takes the name of the unit in any case (14.1)", () => {
  assertEquals(rangesOf("BYTES=1-2", 10), "1-2");
});

Deno.test("parseRange() passes over empty members and blanks around members (5.6.1.2)", () => {
  assertEquals(rangesOf("bytes=, 1-2 ,\t, 4-5,", 10), "1-2 4-5");
});

Deno.test("parseRange() ignores what is not a set of ranges (14.2)", () => {
  const ignored = [
    undefined,
    "",
    "bytes",
    "bytes=",
    "bytes=,",
    "bytes=-",
    "bytes=--1",
    "bytes=5",
    "bytes=a-b",
    "bytes=1-2x",
    "bytes=1-2-3",
    "bytes=1 -2",
    "bytes=1- 2",
    "bytes=1-2 3-4",
    "bytes=1-2;3-4",
    "bytes =1-2",
    " bytes=1-2",
    "bytes:1-2",
    "bytes 1-2",
    "items=1-2",
    "bytesx=1-2",
    "seconds=1-2",
    "none=1-2",
    // R3: the end before the beginning; one such member makes the whole field invalid.
    "bytes=5-2",
    "bytes=0-1,5-2",
    "bytes=5-2,0-1",
    // R4: numbers for Number(), not for the grammar.
    "bytes=0x0-0x9",
    "bytes=1e1-2e1",
    "bytes=0.5-9",
    "bytes=+1-2",
    "bytes=-+1",
    "bytes=1_0-20",
    "bytes=\u00b2-9",
    "bytes=\u0661-9",
    "bytes=Infinity-",
    "bytes=1-2\n",
    // Two lines of the field, as they are joined.
    "bytes=0-1, bytes=4-5",
  ];
  for (const range of ignored) {
    assertEquals(rangesOf(range, 100), "whole", range);
  }
});

Deno.test("parseRange() is not confused by numbers beyond all numbers (R2)", () => {
  const digits = "9".repeat(400);
  assertEquals(rangesOf(`bytes=${digits}-`, 10), "unsatisfiable");
  assertEquals(rangesOf(`bytes=${digits}-${digits}`, 10), "unsatisfiable");
  assertEquals(rangesOf(`bytes=-${digits}`, 10), "0-9");
  assertEquals(rangesOf(`bytes=3-${digits}`, 10), "3-9");
  assertEquals(rangesOf(`bytes=${digits}-3`, 10), "whole");
  assertEquals(rangesOf("bytes=-9223372036854775808", 10), "0-9");
  assertEquals(rangesOf("bytes=18446744073709551615-", 10), "unsatisfiable");
  assertEquals(
    rangesOf(`bytes=${"0".repeat(400)}3-${"0".repeat(99)}4`, 10),
    "3-4",
  );
  assertEquals(
    rangesOf("bytes=0-9007199254740991", 2 ** 53 - 1),
    "0-9007199254740990",
  );
});

Deno.test("parseRange() sends no byte twice: ranges that overlap give the whole (R1)", () => {
  assertEquals(rangesOf("bytes=0-5,5-9", 100), "whole");
  assertEquals(rangesOf("bytes=0-,0-,0-", 100), "whole");
  assertEquals(rangesOf("bytes=5-9,0-99", 100), "whole");
  assertEquals(rangesOf("bytes=0-9,-95", 100), "whole");
  assertEquals(
    rangesOf("bytes=" + Array(1000).fill("0-").join(), 1e6),
    "whole",
  );
});

Deno.test("parseRange() takes as many ranges as it says, and ignores more, satisfiable or not", () => {
  const ranges = (count: number) =>
    "bytes=" +
    Array.from({ length: count }, (_, i) => `${2 * i}-${2 * i}`).join();
  const parts = parseRange(ranges(RANGES_MAX), 1e6);
  assert(parts.kind === "parts" && parts.parts.length === RANGES_MAX);
  assertEquals(rangesOf(ranges(RANGES_MAX + 1), 1e6), "whole");
  assertEquals(rangesOf(ranges(10_000), 1), "whole");
  assertEquals(rangesOf("bytes=" + ",".repeat(8000) + "0-0", 1), "whole");
});

Deno.test("parseRange() looks at 32 KiB of anything once", () => {
  const began = cpuTime();
  for (const filler of [" ", "\t", ",", "-", "1", "1-", " ,", " 1-2 "]) {
    for (const end of ["", "x", "-", ",x", "1-2 x"]) {
      parseRange(
        "bytes=" + filler.repeat(32 * 1024 / filler.length) + end,
        1e6,
      );
    }
  }
  // Some 10 ms; what is quadratic takes seconds for each.
  assert(cpuTime() - began < 1000);
});

Deno.test("parseRange() never gives more than the file, nor bytes that are not in it, whatever it is asked for", () => {
  const bound = fc.option(fc.nat({ max: 120 }), { nil: "" });
  const member = fc.tuple(bound, bound).map(([first, last]) =>
    `${first}-${last}`
  );
  const ranges = fc.array(fc.oneof(member, fc.string({ maxLength: 4 })));
  fc.assert(fc.property(ranges, fc.nat({ max: 100 }), (members, size) => {
    const ranges = parseRange("bytes=" + members.join(), size);
    if (ranges.kind !== "parts") return;
    const asked = new Set<number>();
    for (const { offset, length } of ranges.parts) {
      assert(offset >= 0 && length > 0 && offset + length <= size);
      for (let at = offset; at < offset + length; at++) {
        assert(!asked.has(at));
        asked.add(at);
      }
    }
  }));
});

Deno.test("contentRange() and unsatisfiedRange() write what RFC 9110 14.4 does", () => {
  assertEquals(
    contentRange({ offset: 42, length: 1192 }, 1234),
    "bytes 42-1233/1234",
  );
  assertEquals(unsatisfiedRange(1234), "bytes */1234");
});
