import { assertEquals } from "@std/assert";
import { Outbox, outgoingLine, textFault } from "./outbox.js";

const lines = (outbox: Outbox) => outbox.pending.map(outgoingLine);

Deno.test("Outbox keeps what is not acknowledged, in order", () => {
  const outbox = new Outbox();
  outbox.add("say", "bob", "one");
  outbox.add("act", "*", "two | three");
  outbox.add("say", "*", "four");
  assertEquals(lines(outbox), [
    "send|1|bob|one",
    "act|2|*|two | three",
    "send|3|*|four",
  ]);
  assertEquals(outbox.acknowledge(2).map(({ number }) => number), [1, 2]);
  assertEquals(outbox.acknowledge(2), []);
  assertEquals(lines(outbox), ["send|3|*|four"]);
});

Deno.test("Outbox forgets what is refused, and nothing else", () => {
  const outbox = new Outbox();
  for (const text of ["one", "two", "three"]) outbox.add("say", "*", text);
  outbox.refuse(2);
  outbox.refuse(9);
  assertEquals(lines(outbox), ["send|1|*|one", "send|3|*|three"]);
});

Deno.test("Outbox goes on where the page before ended, under the same numbers", () => {
  const before = new Outbox();
  for (const text of ["one", "two"]) before.add("say", "*", text);
  before.acknowledge(1);
  const after = new Outbox(JSON.parse(JSON.stringify(before.state)));
  assertEquals(lines(after), ["send|2|*|two"]);
  assertEquals(after.add("say", "*", "three").number, 3);
});

Deno.test("Outbox uses no number that the server knows, even without memory", () => {
  const outbox = new Outbox();
  assertEquals(outbox.joined(41), []);
  assertEquals(outbox.add("say", "*", "new").number, 42);
  // A server that has forgotten all begins at 0; the numbers here go on.
  assertEquals(outbox.joined(0), []);
  assertEquals(outbox.add("say", "*", "newer").number, 43);
});

Deno.test("Outbox.joined() tells what was acknowledged while the connection was lost", () => {
  const outbox = new Outbox();
  for (const text of ["one", "two", "three"]) outbox.add("say", "*", text);
  assertEquals(outbox.joined(2).map(({ number }) => number), [1, 2]);
  assertEquals(lines(outbox), ["send|3|*|three"]);
});

Deno.test("textFault() counts bytes, as the server does", () => {
  const cases: [string, string | undefined][] = [
    ["x".repeat(4096), undefined],
    ["x".repeat(4097), "A message has at most 4096 bytes"],
    ["é".repeat(2048), undefined],
    ["é".repeat(2049), "A message has at most 4096 bytes"],
    ["a\0b", "A message has no NUL"],
  ];
  for (const [text, fault] of cases) assertEquals(textFault(text), fault);
});
