import { assertEquals } from "@std/assert";
import { LineBuffer } from "./line_buffer.ts";

const BYTES = Uint8Array.from({ length: 3000 }, (_, index) => index % 251);
const VIEW = new DataView(BYTES.buffer);

Deno.test("putRange() puts so many bytes as there are, from any place to any place", () => {
  const counts = [...Array(40).keys(), 127, 512, 513, 2000];
  for (const count of counts) {
    for (let from = 0; from < 9; from++) {
      for (const before of [0, 1, 7, 250]) {
        const buffer = new LineBuffer();
        buffer.put(BYTES.subarray(0, before));
        buffer.putRange(VIEW, from, from + count);
        const wanted = [
          ...BYTES.subarray(0, before),
          ...BYTES.subarray(from, from + count),
        ];
        assertEquals([...buffer.bytes], wanted);
      }
    }
  }
});

Deno.test("putRange() takes the last byte of what it copies from, and of a view into the middle", () => {
  const middle = new DataView(BYTES.buffer, 100, 20);
  for (let count = 1; count <= 20; count++) {
    const buffer = new LineBuffer();
    buffer.putRange(middle, 20 - count, 20);
    assertEquals(buffer.bytes, BYTES.slice(120 - count, 120));
  }
  const long = new LineBuffer();
  long.putRange(new DataView(BYTES.buffer, 10, 2000), 5, 2000);
  assertEquals(long.bytes, BYTES.slice(15, 2010));
});

Deno.test("LineBuffer copies what it holds itself, while it grows", () => {
  const buffer = new LineBuffer();
  buffer.put(BYTES.subarray(0, 200));
  buffer.putRange(buffer.view, 0, 200);
  assertEquals([...buffer.bytes], [
    ...BYTES.subarray(0, 200),
    ...BYTES.subarray(0, 200),
  ]);
});

Deno.test("put() puts the short and the long", () => {
  for (const count of [0, 1, 39, 40, 41, 300, 3000]) {
    const buffer = new LineBuffer();
    buffer.putByte(7);
    buffer.put(BYTES.subarray(0, count));
    assertEquals([...buffer.bytes], [7, ...BYTES.subarray(0, count)]);
  }
});
