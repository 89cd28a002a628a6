import { assert, assertEquals } from "@std/assert";
import { paint, paletteOf } from "./painting.ts";
import { seededRandom } from "./random.ts";

const size = { width: 31, height: 20 };

Deno.test("paint() without grain gives each height its colour of the palette, ends included", () => {
  const palette = paletteOf(seededRandom(1));
  for (const [height, colour] of [[-3, 0], [0, 0], [1, 1023], [3, 1023]]) {
    const picture = paint(() => height!, size, palette, 0, seededRandom(2));
    const expected = [...palette.subarray(colour! * 3, colour! * 3 + 3)];
    assertEquals(picture.pixels.length, 31 * 20 * 3);
    for (let i = 0; i < picture.pixels.length; i++) {
      assertEquals(picture.pixels[i], expected[i % 3]);
    }
  }
});

Deno.test("paint() adds as much grain as it is told, and none on average", () => {
  const palette = new Uint8Array(1024 * 3).fill(128);
  const { pixels } = paint(() => 0.5, size, palette, 6, seededRandom(3));
  const added = Array.from(pixels, (value) => value - 128);
  const mean = added.reduce((sum, value) => sum + value) / added.length;
  const square = added.reduce((sum, value) => sum + value ** 2) / added.length;
  assert(Math.abs(mean) < 0.6, `mean is ${mean}`);
  assert(Math.abs(Math.sqrt(square) - 6) < 0.5, `variance is ${square}`);
});

Deno.test("paint() shows the left of a scene on the left and its top at the top", () => {
  const palette = Uint8Array.from({ length: 1024 * 3 }, (_, i) => i / 12);
  const at = (scene: (x: number, y: number) => number, i: number) =>
    paint(scene, size, palette, 0, seededRandom(4)).pixels[i * 3]!;
  const last = 31 * 20 - 1;
  assert(at((x) => x + 0.5, 0) < at((x) => x + 0.5, 30));
  assert(at((_, y) => y + 0.5, 0) < at((_, y) => y + 0.5, last - 30));
});
