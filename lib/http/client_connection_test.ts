import { assert, assertEquals, assertThrows } from "@std/assert";
import answers from "../../testdata/http/answers.md" with { type: "text" };
import { toBytes } from "../bytes/ascii.ts";
import { PeerError } from "../errors.ts";
import {
  blockOf,
  bytesOfLines,
  bytesOfNotation,
  type Section,
  sectionsOf,
  splitsOf,
} from "../testing/vectors.ts";
import { HttpClientConnection } from "./client_connection.ts";

/** An event as the vectors write it, but for bodies: those are compared as bytes, in hexadecimal. */
function expectedOf(section: Section): string[] {
  return blockOf(section, "events").lines.map((line) => {
    const [, kind, body] = /^(body(?:-open)?) (".*")$/.exec(line) ?? [];
    return body === undefined
      ? line
      : `${kind} ${hexOf(bytesOfNotation(JSON.parse(body)))}`;
  });
}

function hexOf(bytes: Iterable<number>): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

/** What the machine makes of `pieces`. */
function eventsOf(pieces: readonly Uint8Array[]): string[] {
  const machine = new HttpClientConnection();
  const log: string[] = [];
  let body: number[] = [];
  const endBody = (kind: string) => {
    if (body.length > 0) log.push(`${kind} ${hexOf(body)}`);
    body = [];
  };
  const hear = () => {
    for (;;) {
      const event = machine.next();
      switch (event.kind) {
        case "need-data":
          return;
        case "head": {
          const { status, body, keepsAlive } = event.head;
          log.push(`head ${status} ${body}${keepsAlive ? "" : " closes"}`);
          break;
        }
        case "body":
          assert(event.bytes.length > 0);
          body.push(...event.bytes);
          break;
        case "end": {
          endBody("body");
          const { names, values } = event.trailers;
          const pairs = names.map((name, at) => [name, values[at]]);
          log.push(`end ${JSON.stringify(Object.fromEntries(pairs))}`);
          break;
        }
        default:
          throw event satisfies never;
      }
    }
  };
  try {
    for (const piece of pieces) {
      machine.buffer.append(piece);
      hear();
    }
    endBody("body-open");
    if (machine.isOver) log.push("over");
  } catch (error) {
    if (!(error instanceof PeerError)) throw error;
    endBody("body-open");
    log.push("fault");
    assertEquals(assertThrows(() => machine.next(), PeerError), error);
  }
  return log;
}

for (const section of sectionsOf(answers)) {
  Deno.test(`HttpClientConnection answers.md: ${section.name}`, () => {
    const bytes = bytesOfLines(blockOf(section, "in").lines, "\r\n");
    const expected = expectedOf(section);
    for (const pieces of splitsOf(bytes)) {
      const sizes = pieces.slice(0, 5).map((piece) => piece.length);
      assertEquals(eventsOf(pieces), expected, `cut into ${sizes}`);
    }
  });
}

Deno.test("testdata/http/answers.md has no two vectors of one name", () => {
  const names = sectionsOf(answers).map(({ name }) => name);
  assertEquals(names.length, new Set(names).size);
  assert(names.length > 100, "The vectors are not found");
});

Deno.test("next() gives body bytes as they come, and keeps none of them", () => {
  const machine = new HttpClientConnection();
  machine.buffer.append(
    toBytes("HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n"),
  );
  assertEquals(machine.next().kind, "head");
  const piece = new Uint8Array(500_000);
  for (let i = 0; i < 100; i++) {
    machine.buffer.append(piece);
    const event = machine.next();
    assertEquals(event.kind === "body" && event.bytes.length, piece.length);
    assertEquals(machine.buffer.length, 0);
  }
  assertEquals(machine.next().kind, "end");
});

Deno.test("next() tells what is wrong in words for a person, with nothing that drives a terminal", () => {
  // security.md L2.
  for (
    const [answer, words] of [
      [
        "\x1b[2J\x9b\r\n",
        /^The server answered "\\x1b\[2J.*", which is not HTTP/,
      ],
      ["ICY 200 OK\r\n\r\n", /^The server answered "ICY 200 OK", which/],
      ["HTTP/1.1 200 OK\r\n\r\n", /does not say how long/],
      [
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: \x80x\r\n\r\n",
        /Transfer-Encoding "/,
      ],
      ["HTTP/1.1 200 OK\r\nA : b\r\n\r\n", /malformed: There is white space/],
      [`HTTP/1.1 200 OK\r\nA: ${"x".repeat(40_000)}`, /is too long/],
    ] as const
  ) {
    const machine = new HttpClientConnection();
    machine.buffer.append(toBytes(answer));
    const { message } = assertThrows(() => machine.next(), PeerError);
    assert(words.test(message), message);
    assert(!/[\x00-\x1f\x7f-\x9f]/.test(message), message);
  }
});
