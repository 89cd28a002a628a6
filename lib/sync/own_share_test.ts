import { assert, assertEquals } from "@std/assert";
import { ownShare, rankOf } from "./own_share.ts";

const IDS = Array.from(
  { length: 20 },
  (_, i) => i.toString(36).padStart(10, "0"),
);

Deno.test("ownShare() gives each receiver another piece, and all together everything", () => {
  for (const count of [1, 2, 3, 7, 20]) {
    const ids = IDS.slice(0, count);
    for (const blocks of [1, 5, 20, 2048]) {
      const owners = new Array<number>(blocks).fill(0);
      for (const me of ids) {
        const share = ownShare("root", blocks, me, ids);
        for (let i = 0; i < share.count; i++) owners[share.at + i]!++;
        assert(share.count <= Math.ceil(blocks / count));
      }
      assert(owners.every((number) => number === 1));
    }
  }
});

Deno.test("ownShare() counts who asks, whether named or not", () => {
  const ids = IDS.slice(0, 4);
  for (const me of ids) {
    assertEquals(
      ownShare("root", 100, me, ids),
      ownShare("root", 100, me, ids.filter((id) => id !== me)),
    );
  }
});

Deno.test("rankOf() puts replicas in another order for each content", () => {
  const firsts = new Set<string>();
  for (let i = 0; i < 200; i++) {
    const ranked = [...IDS].sort((a, b) =>
      rankOf(`root ${i}`, a) - rankOf(`root ${i}`, b)
    );
    firsts.add(ranked[0]!);
  }
  assertEquals(firsts.size, IDS.length);
});
