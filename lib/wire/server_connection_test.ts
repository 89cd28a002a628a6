import { assert, assertEquals, assertThrows } from "@std/assert";
import { fromBytes, toBytes } from "../bytes/ascii.ts";
import { MisuseError, Refusal } from "../errors.ts";
import {
  ServerConnection,
  type ServerEvent,
  type ServerMessage,
} from "./server_connection.ts";

const TIMES = { idleMsMax: 600, lineMsMax: 30, stallMsMax: 60 };
const BEGAN = 1000;

function connection(): ServerConnection {
  return new ServerConnection(TIMES, BEGAN);
}

function hear(machine: ServerConnection, text: string, now = BEGAN): void {
  const bytes = toBytes(text);
  machine.buffer.space().set(bytes);
  machine.commit(bytes.length, now);
}

/** A machine that has heard `text` and given its first event. */
function after(
  text: string,
  now = BEGAN,
): { machine: ServerConnection; event: ServerEvent } {
  const machine = connection();
  hear(machine, text, now);
  return { machine, event: machine.next(now) };
}

function said(machine: ServerConnection, message: ServerMessage): string {
  return fromBytes(machine.send(message, BEGAN))!;
}

const OK = { kind: "ok", bytes: 0 } as const;
const NO = { kind: "err", refusal: new Refusal("not-found") } as const;

Deno.test("next() gives one request at a time, and the next one when it is answered", () => {
  const { machine, event } = after("help\nquit\n");
  assertEquals(event, { kind: "request", request: { verb: "help" } });
  assertThrows(() => machine.next(BEGAN), MisuseError, "not answered");
  said(machine, OK);
  assertEquals(machine.next(BEGAN), {
    kind: "request",
    request: { verb: "quit" },
  });
});

Deno.test("send() writes each reply as the protocol has it", () => {
  const { machine } = after("help\nhelp\nhelp\nhelp\n");
  assertEquals(
    said(machine, { kind: "ok", bytes: 5, fields: { mtime: 7 } }),
    "OK 5 mtime=7\n",
  );
  machine.next(BEGAN);
  assertEquals(said(machine, { kind: "data", bytes: 3 }), "DATA 3\n");
  assertEquals(
    said(machine, { kind: "data", bytes: 1, fields: { stream: "stderr" } }),
    "DATA 1 stream=stderr\n",
  );
  assertEquals(said(machine, { kind: "end" }), "END\n");
  machine.next(BEGAN);
  assertEquals(
    said(machine, { kind: "end", fields: { exit: 0 } }),
    "END exit=0\n",
  );
  machine.next(BEGAN);
  assertEquals(said(machine, NO), "ERR not-found There is no such file\n");
});

Deno.test("send() takes data until end or err, and a refusal in the middle of frames", () => {
  const { machine } = after("help\nhelp\n");
  said(machine, { kind: "data", bytes: 0 });
  said(machine, { kind: "err", refusal: new Refusal("changed") });
  assertEquals(machine.next(BEGAN).kind, "request");
});

Deno.test("send() refuses an answer to nothing, and a second one", () => {
  const messages = [OK, NO, { kind: "data", bytes: 0 }, {
    kind: "end",
  }] as const;
  for (const message of messages) {
    assertThrows(() => connection().send(message, BEGAN), MisuseError);
    for (const last of [OK, NO, { kind: "end" }] as const) {
      const { machine } = after("help\n");
      machine.send(last, BEGAN);
      assertThrows(() => machine.send(message, BEGAN), MisuseError);
    }
  }
});

Deno.test("send() puts what a refusal quotes on one line, visible and not too long", () => {
  const { machine } = after("help\nhelp\n");
  const text = `a\nOK 5\x1b[2J${"y".repeat(500)}`;
  const line = said(machine, {
    kind: "err",
    refusal: new Refusal("bad-name", text),
  });
  assert(line.startsWith("ERR bad-name a\\nOK 5\\x1b[2Jyyy"), line);
  assertEquals(line.indexOf("\n"), line.length - 1);
  assert(line.length < 200);
});

Deno.test("send() says so when the connection ends with a refusal, and hears nothing more", () => {
  const { machine } = after("help\nhelp\n");
  const refusal = new Refusal("busy", "Full", { closes: true });
  assertEquals(
    said(machine, { kind: "err", refusal }),
    "ERR busy Full; closing\n",
  );
  assertEquals(machine.next(BEGAN).kind, "need-data");
  assertThrows(() => machine.send(OK, BEGAN), MisuseError);
});

Deno.test("next() gives a refused line with its text, to be answered like a request", () => {
  const { machine, event } = after("frobnicate a\nhelp\n");
  assert(event.kind === "refused");
  assertEquals(event.line, "frobnicate a");
  assertEquals(event.refusal.code, "unknown-verb");
  assertThrows(() => machine.next(BEGAN), MisuseError);
  said(machine, { kind: "err", refusal: event.refusal });
  assertEquals(machine.next(BEGAN).kind, "request");
});

Deno.test("next() gives a body as it comes, and takes no answer but a refusal before its end", () => {
  const { machine } = after("upload 5 a\nhe");
  assertEquals(machine.bodyBytesLeft, 5);
  const first = machine.next(BEGAN);
  assert(first.kind === "body" && !first.last);
  assertEquals([fromBytes(first.bytes), machine.bodyBytesLeft], ["he", 3]);
  assertEquals(machine.next(BEGAN).kind, "need-data");
  assertThrows(() => machine.send(OK, BEGAN), MisuseError);
  hear(machine, "llohelp\n");
  const rest = machine.next(BEGAN);
  assert(rest.kind === "body" && rest.last);
  assertEquals(fromBytes(rest.bytes), "llo");
  said(machine, OK);
  assertEquals(machine.next(BEGAN), {
    kind: "request",
    request: { verb: "help" },
  });
});

Deno.test("next() gives no body event for an upload of nothing", () => {
  const { machine } = after("upload 0 a\n");
  said(machine, OK);
  assertEquals(machine.next(BEGAN).kind, "need-data");
});

Deno.test("next() skips the rest of a body that was refused, however it comes", () => {
  const { machine } = after("upload 10 a\nquit\n");
  machine.next(BEGAN);
  said(machine, NO);
  assertThrows(() => machine.send(NO, BEGAN), MisuseError);
  for (const byte of "quit\n") {
    assertEquals(machine.next(BEGAN).kind, "need-data");
    hear(machine, byte);
  }
  hear(machine, "help\n");
  assertEquals(machine.next(BEGAN), {
    kind: "request",
    request: { verb: "help" },
  });
});

Deno.test("next() skips a body again after one that was skipped", () => {
  const { machine } = after("upload 1 a\nxupload 1 a\n");
  said(machine, NO);
  assertEquals(machine.next(BEGAN).kind, "request");
  hear(machine, "y");
  const body = machine.next(BEGAN);
  assertEquals(body.kind === "body" && body.last, true);
});

Deno.test("next() hands HTTP over with every byte that has arrived, and speaks no more", () => {
  const text = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  const { machine, event } = after(text);
  assertEquals(event.kind, "http");
  assertEquals(fromBytes(machine.buffer.peek()), text);
  assertEquals(machine.next(BEGAN).kind, "need-data");
  assertThrows(() => machine.send(OK, BEGAN), MisuseError);
});

Deno.test("isBusy is true from the first byte of a request to the end of its answer", () => {
  const machine = connection();
  assertEquals(machine.isBusy, false);
  hear(machine, "upl");
  assertEquals(machine.isBusy, true);
  hear(machine, "oad 1 a\n");
  machine.next(BEGAN);
  assertEquals(machine.isBusy, true);
  hear(machine, "x");
  machine.next(BEGAN);
  assertEquals(machine.isBusy, true);
  machine.send(OK, BEGAN);
  assertEquals(machine.isBusy, false);
  machine.writing(BEGAN);
  assertEquals(machine.isBusy, true);
  machine.written(BEGAN);
  assertEquals(machine.isBusy, false);
});

Deno.test("isBusy is false again after a body that came together with its line", () => {
  const { machine } = after("upload 1 a\nx");
  machine.next(BEGAN);
  machine.send(OK, BEGAN);
  assertEquals(machine.isBusy, false);
  waitsUntil(machine, BEGAN + TIMES.idleMsMax, "Nothing was asked");
});

Deno.test("isBusy is true while a request waits that was sent ahead", () => {
  const { machine } = after("help\nhelp\n");
  machine.send(OK, BEGAN);
  assertEquals(machine.isBusy, true);
});

/** Asserts that `machine` may wait until `until`, and not a millisecond longer. */
function waitsUntil(
  machine: ServerConnection,
  until: number,
  reason: string,
): void {
  assertEquals(machine.expire(until), undefined, `at ${until}`);
  const refusal = machine.expire(until + 1);
  assert(refusal !== undefined, `at ${until + 1}`);
  assertEquals(refusal.code, "timeout");
  assert(refusal.closes);
  assert(refusal.message.includes(reason), refusal.message);
}

Deno.test("expire() gives a silent connection its idle time", () => {
  waitsUntil(connection(), BEGAN + TIMES.idleMsMax, "Nothing was asked");
});

Deno.test("expire() counts idle time from the end of the last answer", () => {
  const { machine } = after("help\n", BEGAN + 500);
  machine.send(OK, BEGAN + 700);
  machine.writing(BEGAN + 700);
  machine.written(BEGAN + 710);
  waitsUntil(machine, BEGAN + 710 + TIMES.idleMsMax, "Nothing was asked");
});

Deno.test("expire() gives a line its time from the first byte, however it dribbles", () => {
  const machine = connection();
  for (const [i, byte] of [..."hel"].entries()) {
    hear(machine, byte, BEGAN + 100 + 10 * i);
    machine.next(BEGAN + 100 + 10 * i);
  }
  waitsUntil(machine, BEGAN + 100 + TIMES.lineMsMax, "line took too long");
});

Deno.test("expire() begins anew with each line", () => {
  const { machine } = after("help\nqu", BEGAN);
  machine.send(OK, BEGAN + 20);
  machine.next(BEGAN + 20);
  waitsUntil(machine, BEGAN + 20 + TIMES.lineMsMax, "line took too long");
  hear(machine, "it\n", BEGAN + 40);
  machine.next(BEGAN + 40);
  machine.send(OK, BEGAN + 45);
  waitsUntil(machine, BEGAN + 45 + TIMES.idleMsMax, "Nothing was asked");
});

Deno.test("expire() takes an empty line for a sign of life, and nothing more", () => {
  const machine = connection();
  hear(machine, "\n", BEGAN + 500);
  machine.next(BEGAN + 500);
  waitsUntil(machine, BEGAN + 500 + TIMES.idleMsMax, "Nothing was asked");
});

Deno.test("expire() wants bytes of a body to move", () => {
  const { machine } = after("upload 5 a\n");
  waitsUntil(machine, BEGAN + TIMES.stallMsMax, "stood still");
  hear(machine, "h", BEGAN + 50);
  machine.next(BEGAN + 50);
  waitsUntil(machine, BEGAN + 50 + TIMES.stallMsMax, "stood still");
});

Deno.test("expire() wants bytes of a body to move that is only skipped", () => {
  const { machine } = after("upload 5 a\n");
  machine.send(NO, BEGAN + 10);
  waitsUntil(machine, BEGAN + 10 + TIMES.stallMsMax, "stood still");
});

Deno.test("expire() waits for our own answer without end", () => {
  const { machine } = after("run make\n");
  assertEquals(machine.expire(BEGAN + 1e9), undefined);
});

Deno.test("expire() wants the peer to take bytes, whatever else happens", () => {
  const { machine } = after("help\n");
  machine.writing(BEGAN + 10);
  waitsUntil(machine, BEGAN + 10 + TIMES.stallMsMax, "takes nothing");
  // Some were taken: its time begins anew.
  machine.writing(BEGAN + 60);
  waitsUntil(machine, BEGAN + 60 + TIMES.stallMsMax, "takes nothing");
  machine.written(BEGAN + 70);
  assertEquals(machine.expire(BEGAN + 1e9), undefined);
});

Deno.test("expire() gives a peer some time to read why it was closed", () => {
  const { machine } = after("upload ..\n");
  const refusal = new Refusal("bad-request", "x", { closes: true });
  machine.send({ kind: "err", refusal }, BEGAN + 5);
  waitsUntil(machine, BEGAN + 5 + TIMES.stallMsMax, "does not end its side");
});

Deno.test("ServerConnection takes no more than 64 KiB in, whatever is sent", () => {
  const { machine } = after("help\n");
  assertThrows(
    () => {
      for (;;) machine.commit(machine.buffer.space().length, BEGAN);
    },
    MisuseError,
    "full",
  );
  assertEquals(machine.buffer.length, 64 * 1024);
});
