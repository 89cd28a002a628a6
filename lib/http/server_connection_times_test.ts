import { assert, assertEquals } from "@std/assert";
import { toBytes } from "../bytes/ascii.ts";
import {
  after,
  BEGAN,
  GET,
  hear,
  PUT_5,
  PUT_CHUNKED,
  TIMES,
  told,
} from "../testing/http_machine.ts";
import { HttpServerConnection } from "./server_connection.ts";

/** Asserts that `machine` may wait until `until`, and not a millisecond longer. */
function waitsUntil(
  machine: HttpServerConnection,
  until: number,
  reason: string,
): void {
  assertEquals(machine.expire(until), undefined, `at ${until}`);
  const refusal = machine.expire(until + 1);
  assert(refusal !== undefined, `at ${until + 1}`);
  assertEquals([refusal.code, refusal.closes], ["timeout", true]);
  assert(refusal.message.includes(reason), refusal.message);
}

Deno.test("expire() gives a silent connection its idle time", () => {
  const machine = new HttpServerConnection(TIMES, BEGAN);
  waitsUntil(machine, BEGAN + TIMES.idleMsMax, "Nothing was asked");
});

Deno.test("expire() counts idle time from the end of the last answer", () => {
  const { machine } = after(GET, BEGAN + 500);
  machine.answered(false, BEGAN + 700);
  machine.writing(BEGAN + 700);
  machine.written(BEGAN + 710);
  waitsUntil(machine, BEGAN + 710 + TIMES.idleMsMax, "Nothing was asked");
});

Deno.test("expire() gives a head its time from the first byte, however it dribbles (security.md D1)", () => {
  const machine = new HttpServerConnection(TIMES, BEGAN);
  for (const [i, byte] of [..."GET / "].entries()) {
    hear(machine, byte, BEGAN + 100 + 4 * i);
    machine.next(BEGAN + 100 + 4 * i);
  }
  waitsUntil(machine, BEGAN + 100 + TIMES.lineMsMax, "head of the request");
});

Deno.test("expire() gives what arrived before the machine was made the time of a head", () => {
  const machine = new HttpServerConnection(TIMES, BEGAN, toBytes("GET /"));
  waitsUntil(machine, BEGAN + TIMES.lineMsMax, "head of the request");
});

Deno.test("expire() begins anew with each head", () => {
  const { machine } = after(GET + "GE");
  machine.answered(false, BEGAN + 20);
  machine.next(BEGAN + 20);
  waitsUntil(machine, BEGAN + 20 + TIMES.lineMsMax, "head of the request");
});

Deno.test("expire() takes an empty line for no beginning of a head", () => {
  const { machine } = after(GET);
  machine.answered(false, BEGAN);
  hear(machine, "\r\n", BEGAN + 300);
  machine.next(BEGAN + 300);
  waitsUntil(machine, BEGAN + 300 + TIMES.idleMsMax, "Nothing was asked");
  // Half of one could be the beginning of anything.
  const half = after(GET).machine;
  half.answered(false, BEGAN);
  hear(half, "\r", BEGAN + 300);
  half.next(BEGAN + 300);
  waitsUntil(half, BEGAN + 300 + TIMES.lineMsMax, "head of the request");
});

Deno.test("expire() wants bytes of a body to move, from when they are waited for", () => {
  for (const head of [PUT_5, PUT_CHUNKED]) {
    const { machine } = after(head);
    assertEquals(machine.expire(BEGAN + 1e6), undefined);
    assertEquals(told(machine, BEGAN + 500), "need-data");
    waitsUntil(machine, BEGAN + 500 + TIMES.stallMsMax, "stood still");
    // Asked again, it is still the same wait.
    assertEquals(told(machine, BEGAN + 540), "need-data");
    waitsUntil(machine, BEGAN + 500 + TIMES.stallMsMax, "stood still");
    hear(machine, "1", BEGAN + 550);
    machine.next(BEGAN + 550);
    machine.next(BEGAN + 550);
    waitsUntil(machine, BEGAN + 550 + TIMES.stallMsMax, "stood still");
  }
});

Deno.test("expire() does not hold it against the peer that we took long over a piece of its body", () => {
  const { machine } = after(PUT_5 + "he");
  assertEquals(told(machine), "body he");
  assertEquals(machine.expire(BEGAN + 1e6), undefined);
  assertEquals(told(machine, BEGAN + 1e6), "need-data");
  waitsUntil(machine, BEGAN + 1e6 + TIMES.stallMsMax, "stood still");
});

Deno.test("expire() wants bytes of a body to move that is thrown away, and gives the next head its own time", () => {
  const { machine } = after(PUT_5);
  machine.answered(false, BEGAN + 10);
  machine.next(BEGAN + 10);
  waitsUntil(machine, BEGAN + 10 + TIMES.stallMsMax, "stood still");
  hear(machine, "hel", BEGAN + 65);
  machine.next(BEGAN + 65);
  waitsUntil(machine, BEGAN + 65 + TIMES.stallMsMax, "stood still");
  hear(machine, "loG", BEGAN + 100);
  machine.next(BEGAN + 100);
  waitsUntil(machine, BEGAN + 100 + TIMES.lineMsMax, "head of the request");
  const whole = after(PUT_5).machine;
  whole.answered(false, BEGAN);
  hear(whole, "hello", BEGAN + 50);
  whole.next(BEGAN + 50);
  waitsUntil(whole, BEGAN + 50 + TIMES.idleMsMax, "Nothing was asked");
});

Deno.test("expire() waits for our own answer without end", () => {
  const { machine } = after(GET);
  assertEquals(machine.expire(BEGAN + 1e9), undefined);
  const upload = after(PUT_5 + "hello").machine;
  assertEquals(told(upload), "body hello");
  assertEquals(told(upload), "body-end");
  assertEquals(upload.expire(BEGAN + 1e9), undefined);
});

Deno.test("expire() waits for our own answer to a fault, too, in the middle of a body that was waited for", () => {
  const { machine } = after(PUT_CHUNKED);
  assertEquals(told(machine), "need-data");
  hear(machine, "x\r\n", BEGAN + 5);
  assertEquals(told(machine, BEGAN + 5), "fault 400");
  assertEquals(machine.expire(BEGAN + 1e9), undefined);
});

Deno.test("expire() wants the peer to take bytes, whatever else it sends", () => {
  const { machine } = after(GET);
  machine.writing(BEGAN + 10);
  waitsUntil(machine, BEGAN + 10 + TIMES.stallMsMax, "takes nothing");
  hear(machine, GET, BEGAN + 50);
  waitsUntil(machine, BEGAN + 10 + TIMES.stallMsMax, "takes nothing");
  // Some were taken: its time begins anew.
  machine.writing(BEGAN + 60);
  waitsUntil(machine, BEGAN + 60 + TIMES.stallMsMax, "takes nothing");
  machine.written(BEGAN + 70);
  assertEquals(machine.expire(BEGAN + 1e9), undefined);
});

Deno.test("expire() gives a head its time that begins while the last answer is being taken", () => {
  const { machine } = after(GET);
  machine.answered(false, BEGAN);
  machine.writing(BEGAN);
  hear(machine, "G", BEGAN + 10);
  machine.written(BEGAN + 20);
  assertEquals(machine.isBusy, true);
  waitsUntil(machine, BEGAN + 20 + TIMES.lineMsMax, "head of the request");
});

Deno.test("expire() gives a peer some time to read why it was closed", () => {
  const { machine } = after("GET /\r\n\r\n");
  machine.answered(true, BEGAN + 5);
  waitsUntil(machine, BEGAN + 5 + TIMES.stallMsMax, "does not end its side");
  hear(machine, GET, BEGAN + 20);
  machine.next(BEGAN + 20);
  assertEquals(machine.isBusy, false);
  waitsUntil(machine, BEGAN + 5 + TIMES.stallMsMax, "does not end its side");
  machine.finish(BEGAN + 30);
  waitsUntil(machine, BEGAN + 30 + TIMES.stallMsMax, "does not end its side");
});
