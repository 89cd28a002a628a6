import { assert } from "@std/assert";
import { letCrowdTalk } from "../testing/chat_crowd.ts";

Deno.test("Room keeps its promises to 200 people who talk at random, change names, go and come back", () => {
  const { acknowledged, shown } = letCrowdTalk({
    seed: 1,
    clients: 200,
    steps: 150,
    isStored: false,
  });
  assert(acknowledged > 2000 && shown > 100_000, `${acknowledged}, ${shown}`);
});

Deno.test("Room keeps its promises when the server is killed and started again, and its disk is full at times", () => {
  const { acknowledged, kills, refused } = letCrowdTalk({
    seed: 2,
    clients: 200,
    steps: 150,
    isStored: true,
  });
  assert(
    acknowledged > 1000 && kills > 0 && refused > 0,
    `${acknowledged}, ${kills}, ${refused}`,
  );
});

Deno.test("Room keeps its promises to small crowds, from a hundred seeds", () => {
  for (let seed = 100; seed < 200; seed++) {
    try {
      letCrowdTalk({
        seed,
        clients: 2 + seed % 7,
        steps: 200,
        isStored: seed % 2 === 0,
      });
    } catch (cause) {
      throw new Error(`Seed ${seed} fails`, { cause });
    }
  }
});
