import { assert, assertEquals } from "@std/assert";
import { seededRandom } from "./random.ts";
import { scenes } from "./scenes.ts";

for (const [name, makeScene] of Object.entries(scenes)) {
  Deno.test(`${name}() has a height everywhere, with light and shade, and repeats for its seed`, () => {
    for (let seed = 1; seed <= 8; seed++) {
      const scene = makeScene(seededRandom(seed));
      const again = makeScene(seededRandom(seed));
      const heights: number[] = [];
      for (let y = -0.5; y <= 0.5; y += 0.05) {
        for (let x = -0.9; x <= 0.9; x += 0.05) {
          const height = scene(x, y);
          assert(height > -1 && height < 2, `height ${height} at ${x}, ${y}`);
          assertEquals(again(x, y), height);
          heights.push(height);
        }
      }
      const contrast = Math.max(...heights) - Math.min(...heights);
      assert(contrast > 0.2, `seed ${seed} is flat: ${contrast}`);
    }
  });
}
