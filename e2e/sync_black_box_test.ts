import { assertEquals } from "@std/assert";
import {
  type BoxVerdict,
  runBoxes,
  traceText,
} from "../lib/testing/black_box.ts";
import { landlineBox } from "../lib/testing/black_box_site.ts";

// sync.md, T3. More seeds: deno task black-box --seeds 300

/** With 2 and with 4 peers, which do not have to be started for each. */
const SEEDS = [3, 6, 9, 12, 5, 8, 11, 14];

Deno.test("peer.ts does what can be explained by what docs/sync.md says, whatever is written, read and deleted when", async () => {
  const faulty: BoxVerdict[] = [];
  const undecided: string[] = [];
  for await (const verdict of runBoxes(SEEDS, true, landlineBox)) {
    if (verdict.faults.length > 0) faulty.push(verdict);
    undecided.push(...verdict.undecided);
  }
  const text = faulty.map((verdict) =>
    `${verdict.faults.join("\n")}\n${traceText(verdict)}`
  );
  assertEquals(text, []);
  assertEquals(undecided, []);
});
