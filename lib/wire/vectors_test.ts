import { assert, assertEquals } from "@std/assert";
import bodies from "../../testdata/wire/bodies.md" with { type: "text" };
import lines from "../../testdata/wire/lines.md" with { type: "text" };
import names from "../../testdata/wire/names.md" with { type: "text" };
import replies from "../../testdata/wire/replies.md" with { type: "text" };
import requests from "../../testdata/wire/requests.md" with { type: "text" };
import sniffing from "../../testdata/wire/sniffing.md" with { type: "text" };
import { PeerError, Refusal } from "../errors.ts";
import {
  blockOf,
  bytesOfLines,
  bytesOfNotation,
  repeated,
  type Section,
  sectionsOf,
  splitsOf,
} from "../testing/vectors.ts";
import { ClientConnection } from "./client_connection.ts";
import { formatRequest, parseRequest } from "./request.ts";
import { ServerConnection } from "./server_connection.ts";
import type { Request } from "./verbs.ts";

const TIMES = { idleMsMax: 1000, lineMsMax: 1000, stallMsMax: 1000 };
const NOT_ALLOWED = new Refusal("not-allowed");

/** An event as the vectors write it, but for bodies: those are compared as bytes, in hexadecimal. */
function expectedOf(section: Section): string[] {
  return blockOf(section, "events").lines.map((line) => {
    const found = /^(body(?:-open)?(?: #\d+)?) (".*")$/.exec(line);
    if (line.startsWith("request ")) {
      return `request ${JSON.stringify(JSON.parse(repeated(line.slice(8))))}`;
    }
    if (found === null) return repeated(line);
    return `${found[1]} ${hexOf(bytesOfNotation(JSON.parse(found[2]!)))}`;
  });
}

function hexOf(bytes: Iterable<number>): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

function optionsOf(section: Section, known: RegExp): readonly string[] {
  const words = blockOf(section, "in").words.slice(1);
  for (const word of words) {
    assert(known.test(word), `${section.name}: there is no option "${word}"`);
  }
  return words;
}

/** What the server's machine makes of `pieces`. */
function serverEvents(
  pieces: readonly Uint8Array[],
  refusesBodies: boolean,
): { log: string[]; requests: Request[] } {
  const machine = new ServerConnection(TIMES, 0);
  const log: string[] = [];
  const requests: Request[] = [];
  let body: number[] | undefined;
  const hear = (): boolean => {
    for (;;) {
      const event = machine.next(0);
      switch (event.kind) {
        case "need-data":
          return true;
        case "http":
          log.push("http");
          return false;
        case "request": {
          requests.push(event.request);
          log.push(`request ${JSON.stringify(event.request)}`);
          const { verb } = event.request;
          if (verb !== "upload" && verb !== "part") {
            machine.send({ kind: "ok", bytes: 0 }, 0);
          } else if (refusesBodies) {
            machine.send({ kind: "err", refusal: NOT_ALLOWED }, 0);
          } else if (machine.bodyBytesLeft === 0) {
            machine.send({ kind: "ok", bytes: 0 }, 0);
          } else body = [];
          break;
        }
        case "refused": {
          const { code, closes } = event.refusal;
          log.push(`refused ${code}${closes ? " closes" : ""}`);
          machine.send({ kind: "err", refusal: event.refusal }, 0);
          break;
        }
        case "body":
          body!.push(...event.bytes);
          if (!event.last) break;
          log.push(`body ${hexOf(body!)}`);
          body = undefined;
          machine.send({ kind: "ok", bytes: 0 }, 0);
          break;
        default:
          throw event satisfies never;
      }
    }
  };
  for (const piece of pieces) {
    // As a socket does: no more than there is room for.
    for (let rest = piece; rest.length > 0;) {
      const space = machine.buffer.space();
      const count = Math.min(space.length, rest.length);
      space.set(rest.subarray(0, count));
      machine.commit(count, 0);
      if (!hear()) return { log, requests };
      rest = rest.subarray(count);
    }
  }
  if (body !== undefined) log.push(`body-open ${hexOf(body)}`);
  return { log, requests };
}

/** What the client's machine makes of `pieces` when `asked` requests wait. */
function clientEvents(pieces: readonly Uint8Array[], asked: number): string[] {
  const machine = new ClientConnection<number>();
  for (let i = 1; i <= asked; i++) machine.send({ verb: "help" }, i);
  const log: string[] = [];
  let body: { of: number; bytes: number[] } | undefined;
  const endBody = (kind: string) => {
    if (body === undefined) return;
    log.push(`${kind} #${body.of} ${hexOf(body.bytes)}`);
    body = undefined;
  };
  const hear = () => {
    for (;;) {
      const event = machine.next();
      if (event.kind === "need-data") return;
      if (event.kind !== "body") endBody("body-open");
      const of = event.of === undefined ? "#-" : `#${event.of}`;
      switch (event.kind) {
        case "ok":
        case "data":
          log.push(
            `${event.kind} ${of} ${event.bytes} ${jsonOf(event.fields)}`,
          );
          break;
        case "end":
          log.push(`end ${of} ${jsonOf(event.fields)}`);
          break;
        case "err":
          log.push(`err ${of} ${event.code} ${JSON.stringify(event.text)}`);
          break;
        case "body":
          body ??= { of: event.of, bytes: [] };
          body.bytes.push(...event.bytes);
          if (event.ends) endBody("body");
          break;
        default:
          throw event satisfies never;
      }
      if (event.ends && event.of !== undefined) log.push(`done ${of}`);
    }
  };
  for (const piece of pieces) {
    machine.buffer.append(piece);
    try {
      hear();
    } catch (error) {
      if (!(error instanceof PeerError)) throw error;
      endBody("body-open");
      if (log.at(-1) !== "fault") log.push("fault");
    }
  }
  endBody("body-open");
  return log;
}

function jsonOf(fields: ReadonlyMap<string, string>): string {
  return JSON.stringify(Object.fromEntries(fields));
}

function shownPieces(pieces: readonly Uint8Array[]): string {
  return `cut into pieces of ${
    pieces.slice(0, 5).map((piece) => piece.length)
  } bytes`;
}

const SERVER_FILES = { sniffing, lines, names, requests, bodies };
const seen = new Set<string>();

for (const [file, markdown] of Object.entries(SERVER_FILES)) {
  for (const section of sectionsOf(markdown)) {
    Deno.test(`ServerConnection ${file}.md: ${section.name}`, () => {
      const options = optionsOf(section, /^(variant|refuse)$/);
      const refuses = options.includes("refuse");
      const bytes = bytesOfLines(blockOf(section, "in").lines);
      const expected = expectedOf(section);
      for (const pieces of splitsOf(bytes)) {
        assertEquals(
          serverEvents(pieces, refuses).log,
          expected,
          shownPieces(pieces),
        );
      }
      const { log, requests } = serverEvents([bytes], refuses);
      if (!refuses) {
        checkWayBack(bytes, log, requests, options.includes("variant"));
      }
    });
  }
}

/** The requests that came out are written as the bytes that went in, or mean the same when they are read again. */
function checkWayBack(
  bytes: Uint8Array,
  log: readonly string[],
  requests: readonly Request[],
  isVariant: boolean,
): void {
  const encoder = new TextEncoder();
  for (const request of requests) {
    const line = formatRequest(request).trimStart().slice(0, -1);
    assertEquals(parseRequest(encoder.encode(line)), request);
  }
  // A refused line, and a body that was thrown away, are not to be had back.
  const isWhole = log.every((line) => /^(request|body)/.test(line));
  if (requests.length === 0 || !isWhole) return;
  let next = 0;
  const again = log.flatMap((line) =>
    line.startsWith("request")
      ? [...encoder.encode(formatRequest(requests[next++]!))]
      : line.replace(/^body\S*/, "").trim().split(" ").map((hex) =>
        parseInt(hex, 16)
      )
  );
  assertEquals(hexOf(again) === hexOf(bytes), !isVariant);
}

for (const section of sectionsOf(replies)) {
  Deno.test(`ClientConnection replies.md: ${section.name}`, () => {
    const options = optionsOf(section, /^(variant|asked=\d)$/);
    const asked = Number(
      options.find((word) => word.startsWith("asked="))?.slice(6) ?? 1,
    );
    const bytes = bytesOfLines(blockOf(section, "in").lines);
    const expected = expectedOf(section);
    for (const pieces of splitsOf(bytes)) {
      assertEquals(clientEvents(pieces, asked), expected, shownPieces(pieces));
    }
  });
}

Deno.test("testdata/wire has no two vectors of one name", () => {
  for (const markdown of [...Object.values(SERVER_FILES), replies]) {
    for (const { name } of sectionsOf(markdown)) {
      assert(!seen.has(name), name);
      assert(/^[a-z0-9_]+$/.test(name), name);
      seen.add(name);
    }
  }
  assert(seen.size > 150, "The vectors are not found");
});
