import { assert, assertEquals } from "@std/assert";
import { BAD_MS, SourceTrust } from "./source_trust.ts";

const ID = "aaaaaaaaaa";

Deno.test("SourceTrust trusts whom it does not know", () => {
  assert(new SourceTrust().isUsable(ID, 0));
});

Deno.test("SourceTrust pauses after a failure, twice as long after each one, up to half a minute", () => {
  const trust = new SourceTrust();
  const pauses: number[] = [];
  let now = 0;
  for (let i = 0; i < 12; i++) {
    trust.failed(ID, now);
    const begun = now;
    while (!trust.isUsable(ID, now)) now += 100;
    pauses.push(now - begun);
  }
  assertEquals(pauses.slice(0, 4), [100, 200, 400, 800]);
  assertEquals(pauses.slice(-2), [30_000, 30_000]);
});

Deno.test("SourceTrust forgets failures of who works, and takes the least pause it is told", () => {
  const trust = new SourceTrust();
  for (let i = 0; i < 5; i++) trust.failed(ID, 0);
  trust.worked(ID);
  trust.failed(ID, 10_000);
  assert(!trust.isUsable(ID, 10_099));
  assert(trust.isUsable(ID, 10_100));
  trust.failed(ID, 20_000, 2000);
  assert(!trust.isUsable(ID, 21_999));
});

Deno.test("SourceTrust does not ask for ten minutes who sent wrong bytes three times", () => {
  const trust = new SourceTrust();
  assertEquals(trust.struck(ID, 0), false);
  assertEquals(trust.struck(ID, 1), false);
  assert(trust.isUsable(ID, 1));
  assertEquals(trust.struck(ID, 2), true);
  assert(!trust.isUsable(ID, 2 + BAD_MS - 1));
  assert(trust.isUsable(ID, 2 + BAD_MS));
  // Three more are needed then.
  assertEquals(trust.struck(ID, 2 + BAD_MS), false);
});

Deno.test("SourceTrust does not forget who is bad when they come again, but who is gone", () => {
  const trust = new SourceTrust();
  for (let i = 0; i < 3; i++) trust.struck(ID, 0);
  trust.keepOnly(new Set(), 1);
  assert(!trust.isUsable(ID, 1));
  trust.keepOnly(new Set(), BAD_MS);
  trust.struck(ID, BAD_MS);
  trust.keepOnly(new Set([ID]), BAD_MS);
  trust.struck(ID, BAD_MS);
  assertEquals(trust.struck(ID, BAD_MS), true);
});
