import { assertEquals } from "@std/assert";
import { globalOf, localOf, recordOf } from "../testing/records.ts";
import { type Below, belowOf, type Entry } from "./below.ts";

const LIVE = recordOf({ stamp: [1000, 0, "a"] });
const GONE = recordOf({ root: null, stamp: [2000, 0, "b"] });
const BACK = recordOf({ stamp: [3000, 0, "b"] });

function entry(local?: typeof LIVE, global?: typeof LIVE): Entry {
  return { local: localOf(local), global: globalOf(global) };
}

/** Local record, winner -> in a folder that is there, and in one that is not. */
const CASES: readonly [entry: Entry, there: Below, gone: Below][] = [
  [entry(), "nothing", "nothing"],
  [entry(LIVE), "live", "nothing"],
  [entry(LIVE, LIVE), "live", "nothing"],
  [entry(GONE), "nothing", "nothing"],
  [entry(GONE, GONE), "nothing", "nothing"],
  [entry(undefined, LIVE), "live", "live"],
  [entry(undefined, GONE), "nothing", "nothing"],
  [entry(LIVE, GONE), "going", "nothing"],
  [entry(GONE, LIVE), "nothing", "nothing"],
  [entry(GONE, BACK), "live", "live"],
  [entry(LIVE, BACK), "live", "live"],
  [entry(BACK, GONE), "live", "nothing"],
];

Deno.test("belowOf() tells what lives in a folder from what is about to go", () => {
  for (const [at, [one, there, gone]] of CASES.entries()) {
    assertEquals([at, belowOf([one], true)], [at, there]);
    assertEquals([at, belowOf([one], false)], [at, gone]);
  }
  assertEquals(belowOf([], true), "nothing");
});

Deno.test("belowOf() says the most of what is below", () => {
  const going = entry(LIVE, GONE);
  assertEquals(belowOf([entry(GONE), going, entry(GONE)], true), "going");
  assertEquals(belowOf([going, entry(LIVE)], true), "live");
  assertEquals(belowOf([entry(LIVE), going], true), "live");
});
