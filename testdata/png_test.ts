import { assertEquals, assertThrows } from "@std/assert";
import { encodePng } from "./png.ts";
import { decodePng } from "./png_decode.ts";
import { seededRandom } from "./random.ts";

Deno.test("encodePng() writes what a decoder reads back", () => {
  for (const [width, height] of [[1, 1], [1, 7], [9, 1], [33, 21]] as const) {
    const random = seededRandom(width);
    const pixels = Uint8Array.from(
      { length: width * height * 3 },
      () => random() * 256,
    );
    const decoded = decodePng(encodePng({ width, height, pixels }));
    assertEquals(decoded, { width, height, pixels });
  }
});

Deno.test("encodePng() begins and ends as every PNG does", () => {
  const file = encodePng({ width: 1, height: 1, pixels: new Uint8Array(3) });
  assertEquals(
    file.subarray(0, 16).toHex(),
    "89504e470d0a1a0a0000000d49484452",
  );
  assertEquals(file.subarray(-12).toHex(), "0000000049454e44ae426082");
});

Deno.test("encodePng() refuses pixels that do not fill the picture", () => {
  const pixels = new Uint8Array(11);
  assertThrows(() => encodePng({ width: 2, height: 2, pixels }), RangeError);
  assertThrows(
    () => encodePng({ width: 0, height: 0, pixels: new Uint8Array() }),
    RangeError,
  );
});
