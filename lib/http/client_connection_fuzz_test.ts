import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { toBytes } from "../bytes/ascii.ts";
import { PeerError } from "../errors.ts";
import { HttpClientConnection } from "./client_connection.ts";

const CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

/** Answers that are right. */
const ANSWERS = [
  "HTTP/1.1 100 Continue\r\n\r\n",
  "HTTP/1.1 204 No Content\r\n\r\n",
  "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
  "HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n",
  "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx",
  `${CHUNKED}3\r\nabc\r\n0a;b=c\r\n0123456789\r\n0\r\n\r\n`,
  `${CHUNKED}0\r\nLandline-End: xxh64=0 size=5\r\n\r\n`,
];

/** Pieces of answers, and of what is none. */
const WORDS = [
  CHUNKED,
  "HTTP/1.1 206 \r\n",
  "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx",
  "Content-Length: ",
  "Content-Length: 3\r\n\r\n",
  "Transfer-Encoding: chunked\r\n",
  "3\r\nabc\r\n",
  "0\r\n\r\n",
  "ffffffffffffff\r\n",
  "0x",
  "A",
  ":",
  " ",
  "\r\n",
  "\n",
  "\r",
  "\0",
  "é",
];

/** Bytes made of answers, words, noise and, now and then, more than any head may have. */
const nearlyAnswers = fc.array(
  fc.oneof(
    { weight: 30, arbitrary: fc.constantFrom(...ANSWERS).map(toBytes) },
    { weight: 3, arbitrary: fc.constantFrom(...WORDS).map(toBytes) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 12 }) },
    {
      weight: 1,
      arbitrary: fc.integer({ min: 0, max: 20_000 }).map((count) =>
        toBytes("x".repeat(count))
      ),
    },
  ),
  { maxLength: 25 },
).map((pieces) => new Uint8Array(pieces.flatMap((piece) => [...piece])));

/** The same, bent in a few places: where, to which byte. */
const bentAnswers = fc.tuple(
  nearlyAnswers,
  fc.array(fc.tuple(fc.nat(2000), fc.nat(255)), { maxLength: 2 }),
).map(([bytes, places]) => {
  for (const [at, byte] of places) if (at < bytes.length) bytes[at] = byte;
  return bytes;
});

const BUFFER_BYTES_MAX = 1024 * 1024;
const HEAD_BYTES_MAX = 32 * 1024;

/** What comes out; bodies byte by byte, as they may come in any pieces. */
function eventsOf(pieces: Iterable<Uint8Array>): string[] {
  const machine = new HttpClientConnection();
  const log: string[] = [];
  try {
    for (const piece of pieces) {
      machine.buffer.append(piece);
      for (;;) {
        const event = machine.next();
        if (event.kind === "need-data") break;
        if (event.kind === "body") {
          for (const byte of event.bytes) log.push(`${byte}`);
        } else log.push(JSON.stringify(event));
      }
      const { buffer } = machine;
      assert(machine.isOver || buffer.length <= HEAD_BYTES_MAX, "No end");
      assert(buffer.peek().buffer.byteLength <= BUFFER_BYTES_MAX, "Too much");
    }
  } catch (error) {
    if (!(error instanceof PeerError)) throw error;
    log.push("fault");
  }
  return log;
}

function* cut(bytes: Uint8Array, sizes: readonly number[]) {
  let from = 0;
  for (let i = 0; from < bytes.length; i++) {
    const size = sizes[i % sizes.length]!;
    yield bytes.subarray(from, from + size);
    from += size;
  }
}

Deno.test("HttpClientConnection makes events or a PeerError of any bytes, in whatever pieces they come", () => {
  // security.md S1 to S6, D2, D3.
  let events = 0;
  fc.assert(
    fc.property(
      bentAnswers,
      fc.array(fc.integer({ min: 1, max: 3000 }), {
        minLength: 1,
        maxLength: 5,
      }),
      (bytes, sizes) => {
        const whole = eventsOf([bytes]);
        events += whole.length;
        assertEquals(eventsOf(cut(bytes, sizes)), whole);
        if (bytes.length < 1000) assertEquals(eventsOf(cut(bytes, [1])), whole);
      },
    ),
    { numRuns: 1000 },
  );
  assert(events > 10_000, `${events} events: the bytes make too little sense`);
});
