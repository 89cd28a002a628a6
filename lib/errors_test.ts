import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import {
  EXIT,
  FAULTS,
  isFaultCode,
  messageOf,
  MisuseError,
  PeerError,
  ProgramError,
  Refusal,
} from "./errors.ts";

Deno.test("FAULTS has codes that are one word on the wire", () => {
  for (const code of Object.keys(FAULTS)) {
    assert(/^[a-z]+(-[a-z]+)*$/.test(code), code);
  }
});

Deno.test("FAULTS gives every fault an error status, a failing exit code and a sentence without a period", () => {
  const exits: readonly number[] = Object.values(EXIT);
  for (const [code, { status, exit, text }] of Object.entries(FAULTS)) {
    assert(status >= 400 && status < 600, code);
    assert(exit > 0 && exits.includes(exit), code);
    assert(/^[A-Z]/.test(text) && !text.endsWith("."), code);
    // The line "ERR <code> <text>" has to stay one line.
    assert(!/[\x00-\x1f]/.test(text), code);
  }
});

Deno.test("EXIT has a number of its own for every meaning", () => {
  const codes = Object.values(EXIT);
  assertEquals(new Set(codes).size, codes.length);
});

Deno.test("isFaultCode() knows the rows of the table and nothing that every object has", () => {
  assert(isFaultCode("not-found"));
  for (
    const text of ["", "Not-Found", "constructor", "__proto__", "toString"]
  ) {
    assertEquals(isFaultCode(text), false, text);
  }
});

Deno.test("Refusal falls back on the sentence of the table, and goes on unless told to close", () => {
  const refusal = new Refusal("not-found");
  assertEquals(refusal.message, FAULTS["not-found"].text);
  assertEquals(refusal.closes, false);
  assertEquals(
    new Refusal("not-found", "x", { closes: true }).closes,
    true,
  );
});

Deno.test("Refusal keeps its cause, and has none where none was given", () => {
  const cause = new Error("ENOENT");
  assertStrictEquals(new Refusal("internal", "x", { cause }).cause, cause);
  assertEquals("cause" in new Refusal("internal", "x"), false);
});

Deno.test("the error classes can be told apart by name, in a log as well", () => {
  const errors = [
    new Refusal("busy", "x"),
    new PeerError("x"),
    new MisuseError("x"),
    new ProgramError("x", EXIT.usage),
  ];
  assertEquals(errors.map(String), [
    "Refusal: x",
    "PeerError: x",
    "MisuseError: x",
    "ProgramError: x",
  ]);
});

Deno.test("ProgramError carries the exit code of its program", () => {
  assertEquals(new ProgramError("x", EXIT.notFound).exit, 3);
});

Deno.test("messageOf() has words for anything that can be thrown", () => {
  assertEquals(messageOf(new TypeError("boom")), "boom");
  assertEquals(messageOf("boom"), "boom");
  assertEquals(messageOf(undefined), "undefined");
});
