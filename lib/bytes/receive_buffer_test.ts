import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { MisuseError } from "../errors.ts";
import { fromBytes, toBytes } from "./ascii.ts";
import { ReceiveBuffer } from "./receive_buffer.ts";

function bufferWith(text: string, bytesMax = 64 * 1024): ReceiveBuffer {
  const buffer = new ReceiveBuffer(bytesMax);
  buffer.append(toBytes(text));
  return buffer;
}

function lineOf(buffer: ReceiveBuffer, bytesMax = 100): string | undefined {
  const line = buffer.takeLine(bytesMax);
  return typeof line === "object" ? fromBytes(line) : line;
}

Deno.test("takeLine() finds a line that came byte by byte", () => {
  const buffer = new ReceiveBuffer(1024);
  for (const byte of toBytes("hello")) {
    buffer.append(new Uint8Array([byte]));
    assertEquals(lineOf(buffer), undefined);
  }
  buffer.append(toBytes("\n"));
  assertEquals(lineOf(buffer), "hello");
  assertEquals(buffer.length, 0);
});

Deno.test("takeLine() gives lines in order and leaves what is behind them", () => {
  const buffer = bufferWith("one\ntwo\nthr");
  assertEquals(lineOf(buffer), "one");
  assertEquals(lineOf(buffer), "two");
  assertEquals(lineOf(buffer), undefined);
  assertEquals(fromBytes(buffer.peek()), "thr");
});

Deno.test("takeLine() takes one CR before LF away, and only there", () => {
  const buffer = bufferWith("a\r\n\r\nb\rc\r\r\n\n");
  assertEquals(lineOf(buffer), "a");
  assertEquals(lineOf(buffer), "");
  assertEquals(lineOf(buffer), "b\rc\r");
  assertEquals(lineOf(buffer), "");
});

Deno.test("takeLine() does not take a CR that belongs to the line before", () => {
  // The byte before LF is a CR, but it was taken as content: the line is empty.
  const buffer = bufferWith("\r\n");
  assertEquals(fromBytes(buffer.take(1)), "\r");
  assertEquals(lineOf(buffer), "");
});

Deno.test("takeLine() takes a line of just the limit, and refuses one byte more, LF or not", () => {
  assertEquals(lineOf(bufferWith("12345"), 5), undefined);
  assertEquals(lineOf(bufferWith("12345\n"), 5), "12345");
  assertEquals(lineOf(bufferWith("123456"), 5), "too-long");
  assertEquals(lineOf(bufferWith("123456\n"), 5), "too-long");
});

Deno.test("takeLine() takes nothing when the line is too long", () => {
  const buffer = bufferWith("123456\n");
  assertEquals(lineOf(buffer, 5), "too-long");
  assertEquals(fromBytes(buffer.peek()), "123456\n");
});

Deno.test("takeLine() looks at every byte once, however the line dribbles in", () => {
  // Measured by what is looked at, not by a clock: indexOf is told where to go on.
  const starts: number[] = [];
  const indexOf = Uint8Array.prototype.indexOf;
  const buffer = new ReceiveBuffer(1024);
  try {
    Uint8Array.prototype.indexOf = function (byte: number, from?: number) {
      starts.push(from ?? 0);
      return indexOf.call(this, byte, from);
    };
    for (let i = 0; i < 50; i++) {
      buffer.append(new Uint8Array([0x61]));
      buffer.takeLine(100);
    }
  } finally {
    Uint8Array.prototype.indexOf = indexOf;
  }
  assertEquals(starts, Array.from({ length: 50 }, (_, i) => i));
});

Deno.test("take() gives at most what is asked for and at most what is there", () => {
  const buffer = bufferWith("abcdef");
  assertEquals(fromBytes(buffer.take(2)), "ab");
  assertEquals(buffer.length, 4);
  assertEquals(fromBytes(buffer.take(100)), "cdef");
  assertEquals(buffer.take(1).length, 0);
});

Deno.test("space() and commit() put bytes in without a copy", () => {
  const buffer = bufferWith("ab");
  const space = buffer.space();
  space.set(toBytes("cd\n???"));
  buffer.commit(3);
  assertEquals(lineOf(buffer), "abcd");
  assertEquals(buffer.length, 0);
});

Deno.test("space() begins small and grows to its limit only while reads fill it", () => {
  const buffer = new ReceiveBuffer(16 * 1024);
  const sizes: number[] = [];
  for (let i = 0; i < 6; i++) {
    const space = buffer.space();
    sizes.push(space.length);
    buffer.commit(space.length);
    buffer.take(space.length);
  }
  assertEquals(sizes, [2048, 4096, 8192, 16384, 16384, 16384]);

  const quiet = new ReceiveBuffer(16 * 1024);
  for (let i = 0; i < 100; i++) {
    assertEquals(quiet.space().length, 2048);
    quiet.commit(1000);
    quiet.take(1000);
  }
});

/** How much `buffer` holds in memory. */
function capacityOf(buffer: ReceiveBuffer): number {
  return buffer.peek().buffer.byteLength;
}

Deno.test("shrink() lets memory go when nothing waits, and not before the next space() is asked for", () => {
  const buffer = bufferWith("x".repeat(64 * 1024));
  buffer.shrink(4096);
  assertEquals(buffer.length, 64 * 1024);
  const view = buffer.take(64 * 1024);
  assertEquals(capacityOf(buffer), 64 * 1024);
  assertEquals(view[64 * 1024 - 1], 0x78);
  assertEquals(buffer.space().length, 2048);
  assertEquals(capacityOf(buffer), 2048);
  buffer.append(toBytes("ab\n"));
  assertEquals(lineOf(buffer), "ab");
});

Deno.test("shrink() leaves a buffer alone that is small, or in which something waits", () => {
  const small = bufferWith("x".repeat(4000));
  small.take(4000);
  small.shrink(4096);
  small.space();
  assertEquals(capacityOf(small), 4096);
  const waiting = bufferWith("x".repeat(8000));
  waiting.take(7999);
  waiting.shrink(4096);
  waiting.space();
  assertEquals(capacityOf(waiting), 8192);
  assertEquals(fromBytes(waiting.take(9)), "x");
});

Deno.test("space() refuses when the buffer is full: nothing makes it larger than its limit", () => {
  const buffer = new ReceiveBuffer(3000);
  buffer.append(new Uint8Array(3000));
  assertThrows(() => buffer.space(), MisuseError, "full");
  assertThrows(() => buffer.append(new Uint8Array(1)), MisuseError, "full");
  assertEquals(buffer.length, 3000);
  buffer.take(1);
  buffer.append(new Uint8Array([7]));
  assertEquals(buffer.length, 3000);
});

Deno.test("ReceiveBuffer gives out what was put in, whatever the pieces, the takes and the lines", () => {
  const pieces = fc.array(
    fc.oneof(
      fc.record({ append: fc.uint8Array({ maxLength: 3000 }) }),
      fc.record({ take: fc.nat(3000) }),
      fc.record({ line: fc.constant(true) }),
      // Mostly LF, so that lines occur.
      fc.record({ append: fc.constant(new Uint8Array([0x61, 0x0a])) }),
    ),
    { maxLength: 60 },
  );
  fc.assert(fc.property(pieces, (steps) => {
    const buffer = new ReceiveBuffer(256 * 1024);
    let model: number[] = [];
    for (const step of steps) {
      if ("append" in step) {
        buffer.append(step.append);
        model = model.concat([...step.append]);
      } else if ("take" in step) {
        assertEquals([...buffer.take(step.take)], model.slice(0, step.take));
        model = model.slice(step.take);
      } else {
        const line = buffer.takeLine(1e9);
        const at = model.indexOf(0x0a);
        assertEquals(line === undefined, at < 0);
        if (typeof line !== "object") continue;
        const end = model[at - 1] === 0x0d ? at - 1 : at;
        assertEquals([...line], model.slice(0, end));
        model = model.slice(at + 1);
      }
      assertEquals(buffer.length, model.length);
      assert(model.every((byte, i) => buffer.peek()[i] === byte));
    }
  }));
});
