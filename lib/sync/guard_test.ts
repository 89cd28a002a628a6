import { assertEquals, assertStringIncludes } from "@std/assert";
import { type ScanFinding, suspicionOf } from "./guard.ts";

const CALM: ScanFinding = {
  marker: "m",
  markerWanted: "m",
  device: "d",
  deviceBefore: "d",
  isEmpty: false,
  known: 100,
  gone: 0,
};

/** What is found -> why deletes are held back, `undefined` where they are not. */
const CASES: readonly [finding: Partial<ScanFinding>, reason?: string][] = [
  [{}],
  [{ gone: 50 }],
  [{ gone: 51 }, "mass-delete"],
  [{ known: 24, gone: 24 }],
  [{ known: 25, gone: 25 }, "mass-delete"],
  [{ known: 1000, gone: 500 }],
  [{ marker: undefined }, "marker"],
  [{ marker: "other" }, "marker"],
  [{ marker: undefined, isEmpty: true, known: 2, gone: 2 }, "marker"],
  // Before the first join there is none.
  [{ marker: undefined, markerWanted: undefined }],
  [{ marker: "m", markerWanted: undefined, known: 0 }],
  // A disk may be called otherwise after a restart: that alone is no reason.
  [{ device: "e" }],
  [{ device: "e", gone: 1 }, "device"],
  [{ device: "e", deviceBefore: undefined, gone: 1 }],
  [{ isEmpty: true, known: 3, gone: 3 }, "emptied"],
  [{ isEmpty: true, known: 2, gone: 2 }],
  [{ isEmpty: true, known: 0 }],
  // Everything was moved elsewhere in the same scan.
  [{ isEmpty: true, known: 3, gone: 0 }],
];

Deno.test("suspicionOf() believes single deletes, and no folder that was emptied or swapped", () => {
  for (const [at, [finding, reason]] of CASES.entries()) {
    const found = suspicionOf({ ...CALM, ...finding })?.reason;
    assertEquals([at, found], [at, reason]);
  }
});

Deno.test("suspicionOf() says how many files are gone", () => {
  const text = suspicionOf({ ...CALM, gone: 60 })!.text;
  assertStringIncludes(text, "60 files of 100");
  const one = suspicionOf({ ...CALM, device: "e", gone: 1 })!.text;
  assertStringIncludes(one, "1 file of 100");
});
