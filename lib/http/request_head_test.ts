import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { toBytes } from "../bytes/ascii.ts";
import { cpuTime } from "../testing/cpu_time.ts";
import {
  type BodyFraming,
  parseRequestHead,
  type RequestHead,
} from "./request_head.ts";
import { FIELDS_MAX } from "./field_lines.ts";
import { HttpRefusal } from "./status.ts";

/** The head of a request for `/` of HTTP/1.`minor` with these lines, and a Host field if there has to be one. */
function headWith(lines: readonly string[], minor: 0 | 1 = 1): RequestHead {
  const all = [`GET / HTTP/1.${minor}`, ...minor === 1 ? ["Host: x"] : []]
    .concat(lines);
  return parseRequestHead(toBytes(all.map((line) => line + "\r\n").join("")));
}

function statusOf(lines: readonly string[], minor: 0 | 1 = 1): number {
  const refusal = assertThrows(() => headWith(lines, minor), HttpRefusal);
  assert(refusal.closes, "Nobody knows where the next request begins");
  return refusal.status;
}

Deno.test("parseRequestHead() says whether the peer wants to go on (RFC 9112 9.3)", () => {
  const table: [minor: 0 | 1, connection: string[], keepsAlive: boolean][] = [
    [1, [], true],
    [1, ["keep-alive"], true],
    [1, ["close"], false],
    [1, ["CLOSE"], false],
    [1, ["keep-alive, close"], false],
    [1, ["close, keep-alive"], false],
    [1, ["keep-alive", "close"], false],
    [1, ["upgrade"], true],
    [1, ["closed"], true],
    [1, ["x close"], true],
    [1, [""], true],
    [0, [], false],
    [0, ["keep-alive"], true],
    [0, ["Keep-Alive"], true],
    [0, ["keep-alive, close"], false],
    [0, ["close", "keep-alive"], false],
    [0, ["upgrade"], false],
    [0, ["keep-alive", "TE"], true],
  ];
  for (const [minor, connection, keepsAlive] of table) {
    const lines = connection.map((value) => `Connection: ${value}`);
    const head = headWith(lines, minor);
    assertEquals(head.keepsAlive, keepsAlive, `1.${minor} ${connection}`);
  }
});

Deno.test("parseRequestHead() says how the end of the body is known (RFC 9112 6.3)", () => {
  const table: [lines: string[], body: BodyFraming][] = [
    [[], { kind: "none" }],
    [["Content-Length: 0"], { kind: "counted", bytes: 0 }],
    [["Content-Length: 5"], { kind: "counted", bytes: 5 }],
    [["Transfer-Encoding: chunked"], { kind: "chunked" }],
  ];
  for (const [lines, body] of table) assertEquals(headWith(lines).body, body);
});

Deno.test("parseRequestHead() refuses every body of two readings, with the status of RFC 9112 6.1 and 6.3", () => {
  const length = "Content-Length: 5";
  const chunked = "Transfer-Encoding: chunked";
  assertEquals(statusOf([length, chunked]), 400);
  assertEquals(statusOf([chunked, length]), 400);
  assertEquals(statusOf([length, length]), 400);
  assertEquals(statusOf([chunked, chunked]), 400);
  assertEquals(statusOf(["Transfer-Encoding: gzip"]), 400);
  assertEquals(statusOf(["Transfer-Encoding: gzip, chunked"]), 501);
  assertEquals(statusOf([chunked], 0), 400);
});

Deno.test("parseRequestHead() takes nothing but digits for a length (security.md S2)", () => {
  for (
    const value of ["", "+5", "-1", "0x10", "1_0", "5 5", "5,5", "1e1", "5.0"]
      .concat("９", "Infinity", "NaN", "true", "5n", "18446744073709551616")
  ) {
    assertEquals(statusOf([`Content-Length: ${value}`]), 400);
  }
});

Deno.test("parseRequestHead() knows one expectation, and none of HTTP/1.0 (RFC 9110 10.1.1)", () => {
  assertEquals(headWith(["Expect: 100-continue"]).expectsContinue, true);
  assertEquals(headWith(["Expect: 100-CONTINUE ,"]).expectsContinue, true);
  assertEquals(headWith(["Expect:"]).expectsContinue, false);
  assertEquals(headWith([]).expectsContinue, false);
  assertEquals(headWith(["Expect: 100-continue"], 0).expectsContinue, false);
  assertEquals(headWith(["Expect: x"], 0).expectsContinue, false);
  assertEquals(statusOf(["Expect: x"]), 417);
  assertEquals(statusOf(["Expect: 100-continue, x"]), 417);
});

Deno.test("parseRequestHead() reads later minor versions as 1.1 and refuses other major ones with 505 (RFC 9110 2.5)", () => {
  const minorOf = (version: string) =>
    parseRequestHead(toBytes(`GET / HTTP/${version}\r\nHost: x\r\n`)).minor;
  assertEquals(["1.0", "1.1", "1.2", "1.9"].map(minorOf), [0, 1, 1, 1]);
  for (const version of ["0.9", "2.0", "2", "3", "9.9"]) {
    const refusal = assertThrows(() => minorOf(version), HttpRefusal);
    assertEquals([refusal.status, refusal.closes], [505, true]);
  }
});

Deno.test(`parseRequestHead() takes ${FIELDS_MAX} fields and answers 431 to one more`, () => {
  const lines = Array(FIELDS_MAX - 1).fill("a: b");
  assertEquals(headWith(lines).fields.names.length, FIELDS_MAX);
  assertEquals(statusOf([...lines, "a: b"]), 431);
});

Deno.test("parseRequestHead() reads a target above ASCII as UTF-8, and refuses other bytes", () => {
  const line = (target: number[]) =>
    new Uint8Array([
      ...toBytes("GET /"),
      ...target,
      ...toBytes(" HTTP/1.1\r\nHost: x\r\nA: é\r\n"),
    ]);
  assertEquals(
    parseRequestHead(line([0xf0, 0x9f, 0x98, 0x80])).target,
    "/😀",
  );
  for (const target of [[0xff], [0xc3], [0xc0, 0xae], [0xed, 0xa0, 0x80]]) {
    assertThrows(() => parseRequestHead(line(target)), HttpRefusal, "UTF-8");
  }
});

Deno.test("parseRequestHead() keeps nothing of the bytes it was given", () => {
  const bytes = toBytes("GET /a HTTP/1.1\r\nHost: x\r\nB: c\r\n");
  const head = parseRequestHead(bytes);
  bytes.fill(0x7a);
  assertEquals([head.target, head.fields.get("b")], ["/a", "c"]);
});

Deno.test("parseRequestHead() takes no time over what is nearly a request (security.md D5)", () => {
  const began = cpuTime();
  for (const unit of [" ", "a", "a ", ",", "gzip,", "chunked,", "gzip ,\t"]) {
    const much = unit.repeat(30_000 / unit.length);
    const heads = [
      `${much}\r\n`,
      `GET ${much}\r\n`,
      `GET / HTTP/${much}\r\n`,
      `GET / HTTP/1.1\r\nHost: ${much}\r\n`,
      `GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: ${much}chunkedx\r\n`,
      `GET / HTTP/1.1\r\nHost: x\r\nConnection: ${much}\r\n`,
      `GET / HTTP/1.1\r\nHost: x\r\nExpect: ${much}\r\n`,
      `GET / HTTP/1.1\r\nHost: x\r\nContent-Length: ${much}\r\n`,
    ];
    for (const head of heads) {
      try {
        parseRequestHead(toBytes(head));
      } catch (error) {
        assert(error instanceof HttpRefusal);
      }
    }
  }
  assert(cpuTime() - began < 1000);
});

Deno.test("parseRequestHead() gives back every request that was written", () => {
  const token = fc.string({
    unit: fc.constantFrom(..."!#$%&'*+-.^_`|~019AZaz"),
    minLength: 1,
    maxLength: 10,
  });
  const visible = fc.string({
    unit: fc.constantFrom(..."!\"#$%&'()*+,-./09:;<=>?@AZ[\\]^_az{|}~é😀"),
    minLength: 1,
    maxLength: 20,
  });
  const value = fc.string({
    unit: fc.constantFrom(..."!\"#$%&'()*+,-./09:;<=>?@AZ[\\]^_az{|}~"),
    maxLength: 20,
  });
  const request = fc.record({
    method: token,
    target: visible,
    minor: fc.constantFrom(0 as const, 1 as const),
    closes: fc.boolean(),
    length: fc.option(fc.maxSafeNat(), { nil: undefined }),
    // A field of a request that means something could contradict the others.
    fields: fc.array(fc.tuple(token.map((name) => `x-${name}`), value), {
      maxLength: 6,
    }),
  });
  fc.assert(fc.property(request, (request) => {
    const { method, target, minor, closes, length, fields } = request;
    const lines = [
      `${method} ${target} HTTP/1.${minor}`,
      "Host: example:80",
      `Connection: ${closes ? "close" : "keep-alive"}`,
      ...length === undefined ? [] : [`Content-Length: ${length}`],
      ...fields.map(([name, value]) => `${name}: ${value}`),
    ];
    const head = parseRequestHead(
      toBytes(lines.map((line) => line + "\r\n").join("")),
    );
    assertEquals([head.method, head.target, head.minor], [
      method,
      target,
      minor,
    ]);
    assertEquals(head.keepsAlive, !closes);
    assertEquals(
      head.body,
      length === undefined
        ? { kind: "none" }
        : { kind: "counted", bytes: length },
    );
    const from = length === undefined ? 2 : 3;
    assertEquals(
      head.fields.names.slice(from),
      fields.map(([name]) => name.toLowerCase()),
    );
    assertEquals(
      head.fields.values.slice(from),
      fields.map(([, value]) => value),
    );
  }));
});
