import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { toBytes } from "../bytes/ascii.ts";
import { FAULTS, MisuseError, PeerError } from "../errors.ts";
import { AnswerFields, type AnswerHead } from "../http/response_lines.ts";
import { parseRequestHead } from "../http/request_head.ts";
import { parseTarget, placeOf } from "../http/target.ts";
import { toName } from "../names/name.ts";
import { anyName } from "../testing/arbitrary.ts";
import type { Request } from "../wire/verbs.ts";
import {
  checkAnswer,
  faultOfStatus,
  HttpRequests,
} from "./http_link_requests.ts";

const requests = new HttpRequests("[::1]:5000");
const A = toName("a");

/** What a server of ours reads in `text`. */
function headOf(text: string) {
  assert(
    text.endsWith("\r\n\r\n") && text.indexOf("\r\n\r\n") + 4 === text.length,
  );
  return parseRequestHead(toBytes(text.slice(0, -2)));
}

function read(offset: number, length: number, name = A): Request {
  return { verb: "read", offset, length, name };
}

Deno.test("textOf() asks for a piece with its range and its check", () => {
  assertEquals(
    requests.textOf(read(4, 8, toName("a b/é#?%.txt"))),
    "GET /a%20b/%C3%A9%23%3F%25.txt HTTP/1.1\r\nHost: [::1]:5000\r\n" +
      "Connection: TE\r\nTE: trailers\r\nAccept: text/plain\r\n" +
      "Landline-Check: xxh64\r\nRange: bytes=4-11\r\n\r\n",
  );
});

Deno.test("textOf() asks for all of a file that has no bytes: HTTP has no range of none", () => {
  // RFC 9110 14.1.2.
  const { target, fields } = headOf(requests.textOf(read(0, 0)));
  assertEquals([target, fields.get("range")], ["/a", undefined]);
});

Deno.test("textOf() asks for lists and digests behind a question mark", () => {
  const targetOf = (request: Request) =>
    headOf(requests.textOf(request)).target;
  assertEquals(targetOf({ verb: "list", place: "" }), "/?list");
  const place = toName("b/c d");
  assertEquals(targetOf({ verb: "list", place }), "/b/c%20d?list");
  assertEquals(
    targetOf({ verb: "digest", algorithm: "sha256", name: toName("b?c") }),
    "/b%3Fc?sha256",
  );
});

Deno.test("textOf() writes every name as one that a server reads as the same", () => {
  // security.md P2, P3, X2: encoded once, and nothing in a name ends a line or begins a query.
  fc.assert(fc.property(anyName(), (name) => {
    const text = requests.textOf(read(0, 1, name));
    assertMatch(text, /^[\x20-\x7e\r\n]*$/);
    assert(text.length <= requests.bytesMax(name), `${text.length}`);
    const target = parseTarget("GET", headOf(text).target);
    assert(target !== "*" && target.query === undefined);
    assertEquals(placeOf(target.path), { name, isFolder: false });
  }));
});

Deno.test("textOf() knows nothing that HTTP has no request for", () => {
  for (
    const request of [
      { verb: "echo", text: "a" },
      { verb: "run", line: "ls" },
      { verb: "quit" },
      read(5, 0),
    ] as const
  ) assertThrows(() => requests.textOf(request), MisuseError);
});

Deno.test("HttpRequests names the host as a URL does, and leaves out what cannot stand there", () => {
  // RFC 9112 3.2, RFC 6874 1; and nothing of it becomes another field.
  for (
    const [authority, said] of [
      ["localhost:5000", "localhost:5000"],
      ["[fe80::1%eth0]:5000", ""],
      ["größe:5000", ""],
      ["a\r\nX: b", ""],
      ["a b", ""],
    ] as const
  ) {
    const text = new HttpRequests(authority).textOf(read(0, 1));
    assertStringIncludes(text, `\r\nHost: ${said}\r\n`);
    assertEquals(headOf(text).fields.get("host"), said);
  }
});

function head(status: number, fields: Record<string, string>): AnswerHead {
  const lines = Object.entries(fields).map(([name, value]) =>
    `${name}: ${value}\r\n`
  );
  const text = "HTTP/1.1 200 OK\r\n" + lines.join("");
  return {
    status,
    fields: new AnswerFields(text, 17),
    body: "chunked",
    keepsAlive: true,
  };
}

const range = (text: string) => head(206, { "Content-Range": text });

Deno.test("checkAnswer() takes the piece that was asked for, or its beginning where the file ends", () => {
  checkAnswer(read(4, 8), range("bytes 4-11/100"));
  checkAnswer(read(4, 8), range("bytes 4-4/5"));
  checkAnswer(read(0, 8), range("bytes 0-7/100"));
  checkAnswer(read(0, 8), head(200, {}));
  checkAnswer(read(0, 0), head(200, {}));
  const plain = { "Content-Type": "text/plain; charset=utf-8" };
  checkAnswer({ verb: "list", place: "" }, head(200, plain));
  checkAnswer(read(0, 8), head(200, { "Content-Encoding": "Identity" }));
});

const DIGEST = { verb: "digest", algorithm: "sha256", name: A } as const;

for (
  const [what, request, answer] of [
    ["the whole file for a piece", read(4, 8), head(200, {})],
    ["what is in front of it", read(4, 8), range("bytes 3-10/100")],
    ["what is behind it", read(4, 8), range("bytes 5-11/100")],
    ["more than was asked for", read(4, 8), range("bytes 4-12/100")],
    ["a piece that ends before it begins", read(4, 8), range("bytes 4-3/100")],
    ["a piece of no place", read(4, 8), head(206, {})],
    ["two pieces", read(4, 8), head(206, { "Content-Type": "multipart/x" })],
    ["a piece of other units", read(4, 8), range("lines 4-11/100")],
    ["a piece of unknown size", read(4, 8), range("bytes 4-11/*")],
    ["places that are no numbers", read(4, 8), range("bytes 4-0x11/100")],
    [
      "places past all numbers",
      read(4, 8),
      range("bytes 4-9999999999999999/100"),
    ],
    ["a list in part", { verb: "list", place: "" }, range("bytes 0-9/100")],
    [
      "a page of names",
      { verb: "list", place: "" },
      head(200, { "Content-Type": "text/html" }),
    ],
    ["a list of no type", { verb: "list", place: "" }, head(200, {})],
    ["a digest in part", DIGEST, range("bytes 0-9/100")],
    ["nothing", read(4, 8), head(204, {})],
    ["that it was made", read(4, 8), head(201, {})],
    ["it compressed", read(0, 8), head(200, { "Content-Encoding": "gzip" })],
    [
      "the list compressed",
      { verb: "list", place: "" },
      head(200, { "Content-Encoding": "br" }),
    ],
  ] as const
) {
  Deno.test(`checkAnswer() refuses a server that sends ${what}`, () => {
    // security.md R4, R5: bytes of another place would pass their own check.
    assertThrows(() => checkAnswer(request, answer), PeerError);
  });
}

Deno.test("faultOfStatus() gives the row of the table, or one that ends a program in the same way", () => {
  for (
    const [status, code] of [
      [400, "bad-request"],
      [403, "not-allowed"],
      [404, "not-found"],
      [408, "timeout"],
      [413, "too-large"],
      [414, "line-too-long"],
      [416, "bad-range"],
      [500, "internal"],
      [501, "unknown-verb"],
      [503, "busy"],
      [507, "no-space"],
      [301, "not-found"],
      [308, "not-found"],
      [401, "not-allowed"],
      [405, "not-allowed"],
      [410, "not-found"],
      [418, "bad-request"],
      [431, "bad-request"],
      [502, "internal"],
      [599, "internal"],
    ] as const
  ) assertEquals(faultOfStatus(status), code, `${status}`);
  for (const { status } of Object.values(FAULTS)) {
    assertEquals(FAULTS[faultOfStatus(status)].status, status);
  }
});
