import {
  assert,
  assertEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { toBytes } from "../bytes/ascii.ts";
import { MisuseError } from "../errors.ts";
import {
  after,
  BEGAN,
  EXPECTS_5,
  GET,
  hear,
  PUT_5,
  PUT_CHUNKED,
  request,
  TIMES,
  told,
} from "../testing/http_machine.ts";
import {
  HEAD_BYTES_MAX,
  HttpServerConnection,
  SKIPPED_BYTES_MAX,
} from "./server_connection.ts";

Deno.test("next() gives one request at a time, and the next one when it is answered", () => {
  const { machine, event } = after(request("GET /1") + request("GET /2"));
  assert(event.kind === "request" && event.head.target === "/1");
  assertEquals(told(machine), "body-end");
  assertEquals(told(machine), "body-end");
  machine.answered(false, BEGAN);
  assertEquals(told(machine), "request /2");
});

Deno.test("next() gives a counted body as it comes, and its end once it is whole", () => {
  const { machine } = after(PUT_5 + "he");
  assertEquals(machine.hasBody, true);
  assertEquals(told(machine), "body he");
  assertEquals(told(machine), "need-data");
  hear(machine, "lloGET");
  assertEquals(told(machine), "body llo");
  assertEquals(machine.hasBody, false);
  assertEquals(told(machine), "body-end");
  assertEquals(machine.buffer.length, 3);
});

Deno.test("next() gives the chunks of a body as they come, and its end behind the trailers", () => {
  const { machine } = after(PUT_CHUNKED + "5\r\nhe");
  assertEquals(told(machine), "body he");
  assertEquals(told(machine), "need-data");
  hear(machine, "llo\r\n1\r\n!\r\n0\r\nA: b\r\n");
  assertEquals(told(machine), "body llo");
  assertEquals(told(machine), "body !");
  assertEquals(told(machine), "need-data");
  assertEquals(machine.hasBody, true);
  hear(machine, "\r\n");
  assertEquals(told(machine), "body-end");
  assertEquals(machine.hasBody, false);
});

Deno.test("next() says again and again that a body is broken, and never that it has ended (security.md W3)", () => {
  const { machine } = after(PUT_CHUNKED + "5\r\nhelloXX0\r\n\r\n");
  assertEquals(told(machine), "body hello");
  const fault = machine.next(BEGAN);
  assert(fault.kind === "fault" && fault.refusal.closes);
  assertStrictEquals(machine.next(BEGAN), fault);
  hear(machine, "0\r\n\r\n");
  assertStrictEquals(machine.next(BEGAN), fault);
});

Deno.test("next() hears nothing more behind a fault, whatever the answer says", () => {
  const { machine, event } = after("GET\r\n\r\n" + GET);
  assertEquals(event.kind, "fault");
  assertEquals([machine.mayGoOn, machine.hasBody], [false, false]);
  machine.answered(false, BEGAN);
  assertEquals(told(machine), "need-data");
  hear(machine, GET);
  assertEquals(told(machine), "need-data");
});

Deno.test("next() hears nothing more when the connection is closed, and keeps nothing of what comes", () => {
  const { machine } = after(GET);
  machine.answered(true, BEGAN);
  for (let sent = 0; sent < 100; sent++) {
    hear(machine, GET.repeat(300));
    assertEquals(told(machine), "need-data");
    assertEquals(machine.buffer.length, 0);
  }
});

Deno.test("answered() wants something to have been asked", () => {
  const machine = new HttpServerConnection(TIMES, BEGAN);
  assertThrows(() => machine.answered(false, BEGAN), MisuseError);
  hear(machine, GET);
  assertThrows(() => machine.answered(false, BEGAN), MisuseError);
  machine.next(BEGAN);
  machine.answered(false, BEGAN);
  assertThrows(() => machine.answered(false, BEGAN), MisuseError);
});

Deno.test("HttpServerConnection begins with what arrived while it was found out what is spoken", () => {
  const machine = new HttpServerConnection(TIMES, BEGAN, toBytes(GET + "G"));
  assertEquals(machine.isBusy, true);
  assertEquals(told(machine), "request /");
  assertEquals(machine.buffer.length, 1);
});

Deno.test("HttpServerConnection stops taking in when what was sent ahead fills its buffer (security.md D7)", () => {
  const { machine } = after(GET);
  assertThrows(() => hear(machine, GET.repeat(20_000)), MisuseError, "full");
  assertEquals(machine.buffer.length, 256 * 1024);
  for (let left = 2000; left > 0; left--) {
    machine.answered(false, BEGAN);
    assertEquals(told(machine), "request /");
  }
});

Deno.test("HttpServerConnection holds no more than a head while it waits for the rest of one (security.md D2)", () => {
  const line = `A: ${"b".repeat(1000)}\r\n`;
  const machine = new HttpServerConnection(TIMES, BEGAN);
  hear(machine, "GET / HTTP/1.1\r\n");
  for (;;) {
    hear(machine, line);
    const event = machine.next(BEGAN);
    if (event.kind === "fault") break;
    assert(machine.buffer.length <= HEAD_BYTES_MAX);
  }
});

Deno.test("HttpServerConnection looks at each byte of a head once, however it is dribbled", () => {
  const { indexOf } = Uint8Array.prototype;
  let looked = 0;
  Uint8Array.prototype.indexOf = function (wanted, from = 0) {
    const at = indexOf.call(this, wanted, from);
    looked += (at < 0 ? this.length : at + 1) - from;
    return at;
  };
  try {
    const head = request("GET /", `A: ${"b".repeat(30_000)}`, "C: d");
    const machine = new HttpServerConnection(TIMES, BEGAN);
    for (const byte of head.slice(0, -1)) {
      hear(machine, byte);
      assertEquals(told(machine), "need-data");
    }
    hear(machine, "\n");
    assertEquals(told(machine), "request /");
    assert(looked < 2 * head.length, `${looked} bytes were looked at`);
  } finally {
    Uint8Array.prototype.indexOf = indexOf;
  }
});

Deno.test("HttpServerConnection lets go of the memory that a body took, when it waits for the next request", () => {
  const capacityOf = ({ buffer }: HttpServerConnection) =>
    buffer.peek().buffer.byteLength;
  const head = request("PUT /a", `Content-Length: ${SKIPPED_BYTES_MAX}`);
  for (const reads of [true, false]) {
    const { machine } = after(head);
    if (!reads) machine.answered(false, BEGAN);
    for (let left = SKIPPED_BYTES_MAX; left > 0; left -= 128 * 1024) {
      hear(machine, "x".repeat(128 * 1024));
      while (machine.next(BEGAN).kind === "body");
    }
    assert(capacityOf(machine) >= 128 * 1024);
    if (reads) machine.answered(false, BEGAN);
    machine.buffer.space();
    assert(capacityOf(machine) <= 4096);
    hear(machine, GET);
    assertEquals(told(machine), "request /");
  }
});

/** What a server does with a request before `mayGoOn` is asked. */
const CONDUCT = {
  unread: () => {},
  read: (machine: HttpServerConnection) => {
    while (machine.next(BEGAN).kind === "body");
  },
  "told to continue": (machine: HttpServerConnection) => machine.continued(),
} as const;

Deno.test("mayGoOn is true only where the next request will be found (security.md S7)", () => {
  const big = `Content-Length: ${SKIPPED_BYTES_MAX}`;
  const tooBig = `Content-Length: ${SKIPPED_BYTES_MAX + 1}`;
  const table: [
    sent: string,
    conduct: keyof typeof CONDUCT,
    mayGoOn: boolean,
  ][] = [
    [GET, "unread", true],
    [request("GET /", "Connection: close"), "unread", false],
    [request("GET /", "Connection: keep-alive"), "unread", true],
    ["GET / HTTP/1.0\r\n\r\n", "unread", false],
    ["GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "unread", true],
    [PUT_5, "unread", true],
    [PUT_5 + "hello", "unread", true],
    [PUT_5 + "hello", "read", true],
    [PUT_5 + "he", "read", true],
    [request("PUT /a", "Content-Length: 0"), "unread", true],
    [request("PUT /a", big), "unread", true],
    [request("PUT /a", tooBig), "unread", false],
    [request("PUT /a", tooBig) + "x", "read", true],
    [request("PUT /a", tooBig, "Connection: close") + "x", "read", false],
    [PUT_CHUNKED, "unread", false],
    [PUT_CHUNKED + "0\r\n\r\n", "unread", false],
    [PUT_CHUNKED + "0\r\n\r\n", "read", true],
    [PUT_CHUNKED + "5\r\nhello\r\n", "read", false],
    [EXPECTS_5, "unread", false],
    [EXPECTS_5 + "hello", "unread", false],
    [EXPECTS_5 + "hello", "read", true],
    [EXPECTS_5, "told to continue", true],
    [request("GET /", "Expect: 100-continue"), "unread", true],
    [
      request("PUT /", "Expect: 100-continue", "Content-Length: 0"),
      "unread",
      true,
    ],
    [PUT_CHUNKED + "x\r\n", "read", false],
    ["GET /\r\n\r\n", "unread", false],
  ];
  for (const [sent, conduct, mayGoOn] of table) {
    const { machine } = after(sent);
    CONDUCT[conduct](machine);
    assertEquals(
      machine.mayGoOn,
      mayGoOn,
      `${JSON.stringify(sent)} ${conduct}`,
    );
  }
});

Deno.test("mayGoOn is false before anything was asked", () => {
  assertEquals(new HttpServerConnection(TIMES, BEGAN).mayGoOn, false);
});

Deno.test("next() throws away what is left of a body that was not read, and closes where that cannot be", () => {
  const smuggled = request("GET /smuggled");
  const length = `Content-Length: ${smuggled.length}`;
  const counted = request("PUT /1", length);
  const chunks = `${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`;
  const table: [head: string, body: string, next: string][] = [
    [counted, smuggled, "request /2"],
    [counted, smuggled + "\r\n", "request /2"],
    [request("HEAD /1", length), smuggled, "request /2"],
    [request("OPTIONS *", length), smuggled, "request /2"],
    [PUT_CHUNKED, chunks, "need-data"],
    [PUT_CHUNKED, smuggled, "need-data"],
    [request("PUT /1", length, "Expect: 100-continue"), smuggled, "need-data"],
    [request("PUT /1", length, "Connection: close"), smuggled, "need-data"],
    [
      request("PUT /1", `Content-Length: ${SKIPPED_BYTES_MAX + 1}`),
      smuggled,
      "need-data",
    ],
  ];
  for (const [head, body, next] of table) {
    // Whatever has arrived of it when it is answered, and whatever the driver says about the connection.
    for (let at = 0; at <= body.length; at++) {
      const { machine } = after(head + body.slice(0, at));
      machine.answered(false, BEGAN);
      hear(machine, body.slice(at) + request("GET /2"));
      assertEquals(told(machine), next, `${JSON.stringify(head)} ${at}`);
    }
  }
});

Deno.test("next() throws away the rest of a body that was read in part", () => {
  const { machine } = after(PUT_5 + "he");
  assertEquals(told(machine), "body he");
  machine.answered(false, BEGAN);
  hear(machine, "ll");
  assertEquals(told(machine), "need-data");
  hear(machine, "o" + GET);
  assertEquals(told(machine), "request /");
});

Deno.test("next() throws away as much as mayGoOn promises, and no byte more", () => {
  const { machine } = after(
    request("PUT /1", `Content-Length: ${SKIPPED_BYTES_MAX}`),
  );
  machine.answered(false, BEGAN);
  for (let left = SKIPPED_BYTES_MAX; left > 0; left -= 64 * 1024) {
    assertEquals(told(machine), "need-data");
    hear(machine, "x".repeat(64 * 1024));
  }
  assertEquals(told(machine), "need-data");
  hear(machine, GET);
  assertEquals(told(machine), "request /");
});

Deno.test("awaitsContinue is true while a peer waits to send a body, and not where none is or some has come", () => {
  assertEquals(after(EXPECTS_5).machine.awaitsContinue, true);
  assertEquals(after(PUT_5).machine.awaitsContinue, false);
  assertEquals(
    after(request("GET /", "Expect: 100-continue")).machine.awaitsContinue,
    false,
  );
  const { machine } = after(EXPECTS_5);
  assertEquals(told(machine), "need-data");
  assertEquals(machine.awaitsContinue, true);
  hear(machine, "h");
  assertEquals(told(machine), "body h");
  assertEquals(machine.awaitsContinue, false);
  const chunked = after(
    request("PUT /", "Expect: 100-continue", "Transfer-Encoding: chunked") +
      "0\r\n\r\n",
  ).machine;
  assertEquals(told(chunked), "body-end");
  assertEquals([chunked.awaitsContinue, chunked.mayGoOn], [false, true]);
});

Deno.test("isBusy is true from the first byte of a request to the end of its answer", () => {
  const machine = new HttpServerConnection(TIMES, BEGAN);
  assertEquals(machine.isBusy, false);
  hear(machine, PUT_5.slice(0, 3));
  assertEquals(machine.isBusy, true);
  hear(machine, PUT_5.slice(3));
  machine.next(BEGAN);
  assertEquals(machine.isBusy, true);
  hear(machine, "hello");
  machine.next(BEGAN);
  machine.next(BEGAN);
  assertEquals(machine.isBusy, true);
  machine.writing(BEGAN);
  machine.answered(false, BEGAN);
  assertEquals(machine.isBusy, true);
  machine.written(BEGAN);
  assertEquals(machine.isBusy, false);
});

Deno.test("isBusy is false while a body is thrown away: nobody waits for an answer", () => {
  const { machine } = after(PUT_5 + "he");
  machine.answered(false, BEGAN);
  assertEquals(machine.isBusy, false);
  assertEquals(told(machine), "need-data");
  hear(machine, "ll");
  assertEquals(told(machine), "need-data");
  assertEquals(machine.isBusy, false);
  hear(machine, "oG");
  assertEquals(told(machine), "need-data");
  assertEquals(machine.isBusy, true);
});

Deno.test("isBusy is true while a request waits that was sent ahead, and not because of an empty line", () => {
  const { machine } = after(GET + GET);
  machine.answered(false, BEGAN);
  assertEquals(machine.isBusy, true);
  machine.next(BEGAN);
  hear(machine, "\r\n");
  machine.answered(false, BEGAN);
  machine.next(BEGAN);
  assertEquals(machine.isBusy, false);
});
