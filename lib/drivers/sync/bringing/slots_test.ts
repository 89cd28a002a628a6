import { assertEquals, assertRejects } from "@std/assert";
import { turn } from "../../../testing/fake_clock.ts";
import { Slots } from "./slots.ts";

Deno.test("Slots lets so many act at once, in the order they came, also behind one that failed", async () => {
  const slots = new Slots(2);
  const acts = [0, 1, 2, 3].map(() => Promise.withResolvers<void>());
  const begun: number[] = [];
  const runs = acts.map(({ promise }, at) =>
    slots.run(() => {
      begun.push(at);
      return promise;
    })
  );
  await turn();
  assertEquals(begun, [0, 1]);
  acts[1]!.reject(new Error("failed"));
  await assertRejects(() => runs[1]!, Error, "failed");
  await turn();
  assertEquals(begun, [0, 1, 2]);
  for (const { resolve } of acts) resolve();
  await Promise.all([runs[0], runs[2], runs[3]]);
  assertEquals(begun, [0, 1, 2, 3]);
});
