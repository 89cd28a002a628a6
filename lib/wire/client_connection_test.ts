import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { fromBytes, toBytes } from "../bytes/ascii.ts";
import { PeerError, Refusal } from "../errors.ts";
import { toName } from "../names/name.ts";
import { ClientConnection } from "./client_connection.ts";

function asking(...tags: string[]): ClientConnection<string> {
  const machine = new ClientConnection<string>();
  for (const tag of tags) machine.send({ verb: "echo", text: tag }, tag);
  return machine;
}

function hear(machine: ClientConnection<string>, text: string): void {
  machine.buffer.append(toBytes(text));
}

Deno.test("send() gives the line of the request and remembers who asked", () => {
  const machine = new ClientConnection<string>();
  const bytes = machine.send({ verb: "download", name: toName("a b") }, "mine");
  assertEquals(fromBytes(bytes), "download a b\n");
  assertEquals(machine.pending, 1);
  assertEquals(machine.unanswered(), ["mine"]);
});

Deno.test("send() remembers nothing of a request that cannot be written", () => {
  const machine = new ClientConnection<string>();
  assertThrows(
    () => machine.send({ verb: "echo", text: "a\nquit" }, "mine"),
    Refusal,
  );
  assertEquals(machine.pending, 0);
});

Deno.test("next() gives each answer to its own request, in order", () => {
  const machine = asking("a", "b", "c");
  hear(machine, "OK 0\nERR not-found x\nDATA 0\nEND\n");
  assertEquals(machine.next().kind, "ok");
  const refused = machine.next();
  assertEquals(refused.kind === "err" && refused.of, "b");
  const frame = machine.next();
  assertEquals(frame.kind === "data" && frame.of, "c");
  assertEquals(machine.unanswered(), ["c"]);
  const end = machine.next();
  assertEquals(end.kind === "end" && end.of, "c");
  assertEquals(machine.pending, 0);
  assertEquals(machine.next().kind, "need-data");
});

Deno.test("unanswered() keeps a request until the last byte of its body", () => {
  const machine = asking("a", "b");
  hear(machine, "OK 3\nab");
  machine.next();
  machine.next();
  assertEquals(machine.unanswered(), ["a", "b"]);
  hear(machine, "c");
  const last = machine.next();
  assertEquals(last.kind === "body" && last.ends, true);
  assertEquals(machine.unanswered(), ["b"]);
});

Deno.test("next() gives body bytes as they come, without waiting for the whole", () => {
  const machine = asking("a");
  hear(machine, "OK 1000000\nx");
  assertEquals(machine.next().kind, "ok");
  const body = machine.next();
  assertEquals(body.kind === "body" && body.bytes.length, 1);
  assertEquals(machine.next().kind, "need-data");
});

Deno.test("next() forgets what is answered, also after thousands of requests", () => {
  const machine = new ClientConnection<number>();
  const seen: unknown[] = [];
  for (let i = 0; i < 3000; i++) {
    machine.send({ verb: "help" }, i);
    if (i % 7 !== 6) continue;
    // Answer five of seven: the queue grows and shrinks over the block size.
    machine.buffer.append(toBytes("OK 0\n".repeat(5)));
    for (let event = machine.next(); event.kind !== "need-data";) {
      seen.push(event.of);
      event = machine.next();
    }
  }
  assertEquals(seen, Array.from({ length: seen.length }, (_, i) => i));
  assertEquals(machine.pending, 3000 - seen.length);
  assertEquals(machine.unanswered()[0], seen.length);
});

Deno.test("next() gives a refusal that nobody asked for: the server is full, or stops", () => {
  const machine = new ClientConnection<string>();
  hear(machine, "ERR busy The server has its 4096 clients; closing\n");
  const event = machine.next();
  assertEquals(event.kind === "err" && [event.of, event.code], [
    undefined,
    "busy",
  ]);
});

Deno.test("next() throws the same fault again: nothing behind it is looked at", () => {
  const machine = asking("a", "b");
  hear(machine, "MAYBE\nOK 0\nOK 0\n");
  const first = assertThrows(() => machine.next(), PeerError);
  assertStrictEquals(assertThrows(() => machine.next(), PeerError), first);
  assertEquals(machine.unanswered(), ["a", "b"]);
});

Deno.test("next() refuses a reply line that outgrows its limit before it ends", () => {
  const machine = asking("a");
  hear(machine, "ERR x " + "y".repeat(16 * 1024));
  assertThrows(() => machine.next(), PeerError);
});

Deno.test("next() refuses OK within an answer in frames: half a file would pass for a whole one", () => {
  const machine = asking("a", "b");
  hear(machine, "DATA 0\nEND\nOK 0\n");
  for (const kind of ["data", "end", "ok"]) {
    assertEquals(machine.next().kind as string, kind);
  }
  const broken = asking("a", "b");
  hear(broken, "DATA 0\nOK 0\n");
  broken.next();
  assertThrows(() => broken.next(), PeerError, "within another");
});
