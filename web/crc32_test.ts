import { assertEquals } from "@std/assert";
import { crc32 as zlibCrc32 } from "node:zlib";
import fc from "fast-check";
import { crc32 } from "./crc32.js";

Deno.test("crc32() of the check text is the number that everybody publishes", () => {
  assertEquals(crc32(new TextEncoder().encode("123456789")), 0xcbf43926);
  assertEquals(crc32(new Uint8Array()), 0);
});

Deno.test("crc32() is zlib's, wherever in memory the bytes begin and however they are cut", () => {
  const bytes = fc.uint8Array({ maxLength: 200, size: "max" });
  fc.assert(
    fc.property(bytes, fc.nat(7), fc.nat(200), (bytes, shift, cut) => {
      const moved = new Uint8Array(shift + bytes.length).subarray(shift);
      moved.set(bytes);
      const expected = zlibCrc32(bytes);
      assertEquals(crc32(moved), expected);
      const first = crc32(moved.subarray(0, cut));
      assertEquals(crc32(moved.subarray(cut), first), expected);
    }),
  );
});
