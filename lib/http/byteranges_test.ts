import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { fromBytes, toBytes } from "../bytes/ascii.ts";
import { joinBytes } from "../bytes/join.ts";
import { MisuseError } from "../errors.ts";
import { frameByteranges } from "./byteranges.ts";
import { parseRange, type Part } from "./range.ts";

/** The body of an answer with `parts` of `content`, and the length that is said of it. */
function answerOf(content: Uint8Array, parts: readonly Part[]) {
  const { heads, end, contentLength } = frameByteranges(
    parts,
    content.length,
    "text/plain",
    "THIS_STRING",
  );
  const blocks = parts.flatMap(({ offset, length }, index) => [
    heads[index]!,
    content.subarray(offset, offset + length),
  ]);
  return { body: joinBytes([...blocks, end]), contentLength };
}

Deno.test("frameByteranges() frames parts as the example of RFC 9110 14.6 does", () => {
  const parts = [{ offset: 0, length: 2 }, { offset: 3, length: 1 }];
  const { body } = answerOf(toBytes("abcdef"), parts);
  assertEquals(
    fromBytes(body),
    "--THIS_STRING\r\n" +
      "Content-Type: text/plain\r\n" +
      "Content-Range: bytes 0-1/6\r\n\r\n" +
      "ab\r\n" +
      "--THIS_STRING\r\n" +
      "Content-Type: text/plain\r\n" +
      "Content-Range: bytes 3-3/6\r\n\r\n" +
      "d\r\n" +
      "--THIS_STRING--\r\n",
  );
});

Deno.test("frameByteranges() names the boundary in the type of the answer", () => {
  const { contentType } = frameByteranges([], 0, "text/plain", "b-0");
  assertEquals(contentType, "multipart/byteranges; boundary=b-0");
});

Deno.test("frameByteranges() knows to the byte how long the answer is", () => {
  const range = fc.uniqueArray(fc.nat({ max: 99 }), { minLength: 1 })
    .map((all) => "bytes=" + all.map((at) => `${at}-${at}`).join());
  fc.assert(
    fc.property(range, fc.integer({ min: 1, max: 100 }), (range, size) => {
      const ranges = parseRange(range, size);
      if (ranges.kind !== "parts") return;
      const { body, contentLength } = answerOf(
        new Uint8Array(size),
        ranges.parts,
      );
      assertEquals(contentLength, body.length);
    }),
  );
});

Deno.test("frameByteranges() counts parts that nobody could hold in memory", () => {
  const length = 2 ** 40;
  const parts = [{ offset: 0, length }, { offset: 2 ** 50, length }];
  const { contentLength, heads, end } = frameByteranges(
    parts,
    2 ** 53 - 1,
    "video/mp4",
    "x",
  );
  assertEquals(
    contentLength,
    heads[0]!.length + heads[1]!.length + end.length + 2 * length,
  );
});

Deno.test("frameByteranges() refuses a boundary that would need quotes or break the head", () => {
  for (const boundary of ["", "a b", "a\r\nb", "a;b", '"a"', "a".repeat(71)]) {
    assertThrows(
      () => frameByteranges([], 0, "text/plain", boundary),
      MisuseError,
    );
  }
});
