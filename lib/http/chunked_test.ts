import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { fromBytes, toBytes } from "../bytes/ascii.ts";
import { ReceiveBuffer } from "../bytes/receive_buffer.ts";
import { ChunkedBody } from "./chunked.ts";
import { HttpRefusal } from "./status.ts";

/** What a body makes of `pieces`: its bytes as text, and how it ended. */
function read(...pieces: (string | Uint8Array)[]): {
  text: string;
  end: "end" | "need-data";
  trailers?: string[];
  rest: number;
} {
  const buffer = new ReceiveBuffer(64 * 1024);
  const body = new ChunkedBody();
  const bytes: number[] = [];
  for (const piece of pieces) {
    buffer.append(typeof piece === "string" ? toBytes(piece) : piece);
    for (;;) {
      const event = body.next(buffer);
      if (event.kind === "body") bytes.push(...event.bytes);
      else if (event.kind === "need-data") break;
      else {
        return {
          text: fromBytes(new Uint8Array(bytes))!,
          end: "end",
          trailers: event.trailers.names,
          rest: buffer.length,
        };
      }
    }
  }
  return {
    text: fromBytes(new Uint8Array(bytes))!,
    end: "need-data",
    rest: buffer.length,
  };
}

Deno.test("ChunkedBody gives the bytes of its chunks, its trailers, and leaves what is behind it", () => {
  assertEquals(read("5\r\nhello\r\n0\r\nA: b\r\nC: d\r\n\r\nGET"), {
    text: "hello",
    end: "end",
    trailers: ["a", "c"],
    rest: 3,
  });
});

Deno.test("ChunkedBody takes nothing more behind its end", () => {
  const buffer = new ReceiveBuffer(1024);
  buffer.append(toBytes("0\r\n\r\n1\r\na\r\n"));
  const body = new ChunkedBody();
  assertEquals(body.next(buffer).kind, "end");
  assertEquals(body.next(buffer).kind, "need-data");
  assertEquals(buffer.length, 6);
});

Deno.test("ChunkedBody gives out what has arrived of a chunk at once, and holds none of it", () => {
  assertEquals(read("5\r\nhel"), { text: "hel", end: "need-data", rest: 0 });
});

Deno.test("ChunkedBody says that what stands behind a chunk is wrong with the first byte that is", () => {
  for (const wrong of ["X", "\n", "\rX", "\r\r"]) {
    assertThrows(() => read(`5\r\nhello${wrong}`), HttpRefusal, "as long as");
  }
  assertEquals(read("5\r\nhello\r").end, "need-data");
});

Deno.test("ChunkedBody takes sizes up to 2^53 - 1, and no more than 16 digits", () => {
  for (const size of ["1fffffffffffff", "001fffffffffffff", "1FFFFFFFFFFFFF"]) {
    assertEquals(read(`${size}\r\na`).text, "a");
  }
  for (
    const size of ["20000000000000", "ffffffffffffffff", "00000000000000001"]
  ) {
    assertThrows(() => read(`${size}\r\na`), HttpRefusal, "out of range");
  }
});

Deno.test("ChunkedBody gives back any bytes, in any chunks, cut anywhere", () => {
  const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 20 }), {
    maxLength: 6,
  });
  fc.assert(
    fc.property(chunks, fc.nat(), fc.boolean(), (chunks, at, extended) => {
      const written = chunks.flatMap((chunk) => [
        ...toBytes(chunk.length.toString(16)),
        ...toBytes(extended ? ' ;a="b"\r\n' : "\r\n"),
        ...chunk,
        0x0d,
        0x0a,
      ]);
      const bytes = new Uint8Array([...written, ...toBytes("0\r\n\r\n")]);
      const cut = at % bytes.length;
      const buffer = new ReceiveBuffer(1024);
      const body = new ChunkedBody();
      const given: number[] = [];
      let ended = false;
      for (const piece of [bytes.subarray(0, cut), bytes.subarray(cut)]) {
        buffer.append(piece);
        for (;;) {
          const event = body.next(buffer);
          if (event.kind === "body") given.push(...event.bytes);
          else {
            ended ||= event.kind === "end";
            if (event.kind === "need-data") break;
          }
        }
      }
      assertEquals([given, ended], [
        chunks.flatMap((chunk) => [...chunk]),
        true,
      ]);
    }),
  );
});

Deno.test("ChunkedBody takes a hundred trailers and refuses one more with 431", () => {
  const body = (count: number) => "0\r\n" + "a: b\r\n".repeat(count) + "\r\n";
  assertEquals(read(body(100)).trailers?.length, 100);
  const refusal = assertThrows(() => read(body(101)), HttpRefusal);
  assertEquals([refusal.status, refusal.closes], [431, true]);
});
