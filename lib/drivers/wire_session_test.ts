import { assert, assertEquals, assertLess } from "@std/assert";
import { turn } from "../testing/fake_clock.ts";
import { patterned } from "../testing/content.ts";
import { MemoryServer } from "../testing/memory_server.ts";
import { textOf } from "../testing/wire_peer.ts";

Deno.test("WireSession answers requests sent ahead in order and joins the answers into one write", async () => {
  await using server = new MemoryServer({ files: { "a.txt": "hello" } });
  const { peer, serverEnd } = server.connect();
  const asked = Array.from({ length: 100 }, (_, i) => `echo ${i}`);
  await peer.send([...asked, "read 0 9 a.txt", "nonsense", ""].join("\n"));
  for (const line of asked) {
    assertEquals(textOf((await peer.answer()).body), line.slice(5) + "\n");
  }
  assertEquals(textOf((await peer.answer()).body), "hello");
  assertEquals((await peer.line()).slice(0, 16), "ERR unknown-verb");
  assertEquals(serverEnd.writeSizes.length, 1);
});

for (const chunkBytes of [1, 2, 7]) {
  Deno.test(`WireSession understands requests that arrive in pieces of ${chunkBytes}`, async () => {
    await using server = new MemoryServer({ uploads: {} });
    const { peer } = server.connect({ aToB: { chunkBytes } });
    await peer.send("echo a\r\n\nupload 5 b\n1\n3\n5echo c\n");
    assertEquals(textOf((await peer.answer()).body), "a\n");
    assertEquals(textOf((await peer.answer()).body), "b\n");
    assertEquals(textOf((await peer.answer()).body), "c\n");
    assertEquals(server.directory.get("b"), patternOf("1\n3\n5"));
  });
}

Deno.test("WireSession stops reading from a peer that sends 2000 requests ahead and reads nothing", async () => {
  // security.md D7.
  await using server = new MemoryServer();
  const { peer, clientEnd, serverEnd } = server.connect();
  const lines = Array.from(
    { length: 2000 },
    (_, i) => `echo ${i} ${"x".repeat(1000)}\n`,
  );
  const sending = peer.send(lines.join(""));
  await turn();
  // One outbox (257 KiB) of answers, one receive buffer (64 KiB) and what the channel holds: no more is ever taken.
  assert(serverEnd.isWriting && clientEnd.isWriting);
  assertLess(serverEnd.bytesRead, 500_000);
  for (const line of lines) {
    assertEquals(textOf((await peer.answer()).body), line.slice(5));
  }
  await sending;
});

// The shortest lines have answers many times as long.
for (const line of ["run", "x"]) {
  Deno.test(`WireSession answers any number of lines sent ahead that are refused (${line})`, async () => {
    await using server = new MemoryServer();
    const { peer } = server.connect();
    const sending = peer.send((line + "\n").repeat(20_000));
    const answer = await peer.line();
    for (let i = 1; i < 20_000; i++) assertEquals(await peer.line(), answer);
    await sending;
    assertEquals(server.log.notes, []);
  });
}

Deno.test("WireSession goes on when a peer takes its answers a byte at a time", async () => {
  await using server = new MemoryServer({ files: { a: patterned(5000) } });
  const { peer } = server.connect({
    bToA: { capacityBytes: 3, chunkBytes: 1 },
  });
  const { body } = await peer.ask("download a");
  assertEquals(body, patterned(5000));
});

Deno.test("WireSession ends and lets everything go when the connection is lost after any byte of an answer", async () => {
  // security.md D8.
  const capacityBytes = 10;
  const options = { files: { a: patterned(200) }, chunkBytes: 50 };
  const answerBytes = await (async () => {
    await using server = new MemoryServer(options);
    const { peer, serverEnd } = server.connect();
    await peer.ask("download a");
    return serverEnd.bytesWritten;
  })();
  // What the channel has taken counts as sent.
  for (let cut = 0; cut < answerBytes - capacityBytes; cut++) {
    for (const cutAs of ["reset", "end"] as const) {
      await using server = new MemoryServer(options);
      const { peer, serverEnd } = server.connect({
        bToA: { cutAfterBytes: cut, capacityBytes, cutAs },
      });
      await peer.send("download a\n");
      await peer.rest();
      peer.close();
      await turn();
      assertEquals(server.server.clients, 0);
      assertEquals(server.directory.openFiles, 0);
      assert(serverEnd.isClosed);
      assertEquals(server.log.outcomes, ["download gone"], `${cutAs} ${cut}`);
      assertEquals(server.log.notes, []);
    }
  }
});

Deno.test("WireSession answers everything that was asked before the peer ended its side, then ends", async () => {
  await using server = new MemoryServer();
  const { peer } = server.connect();
  await peer.send("echo 1\necho 2\necho cut off");
  await peer.end();
  assertEquals(textOf(await peer.rest()), "OK 2\n1\nOK 2\n2\n");
});

Deno.test("WireSession ends the connection with the answer to quit", async () => {
  await using server = new MemoryServer();
  const { peer, clientEnd } = server.connect();
  await peer.send("quit\necho not any more\n");
  assertEquals(textOf(await peer.rest()), "OK 0\n");
  clientEnd.close();
  await turn();
  assertEquals(server.server.clients, 0);
});

Deno.test("WireSession never reads a refused body as requests", async () => {
  // security.md S7.
  await using server = new MemoryServer();
  const { peer } = server.connect();
  await peer.send("upload 14 x\necho smuggled\n\necho next\n");
  assertEquals((await peer.line()).slice(0, 15), "ERR not-allowed");
  assertEquals(textOf((await peer.answer()).body), "next\n");
});

Deno.test("WireSession ends the connection instead of skipping a refused body of more than 1 MiB, and the peer reads why", async () => {
  await using server = new MemoryServer();
  const { peer } = server.connect();
  const body = "echo smuggled\n".repeat(100_000);
  const sending = peer.send(`upload ${body.length} x\n${body}`);
  assertEquals(
    textOf(await peer.rest()),
    "ERR not-allowed Uploads are not allowed here; closing\n",
  );
  await sending;
});

Deno.test("WireSession ends a connection whose later lines are HTTP", async () => {
  // security.md S10.
  await using server = new MemoryServer();
  const { peer } = server.connect();
  await peer.send("POST / x\r\nHost: x\r\n\r\necho smuggled\n");
  const lines = textOf(await peer.rest()).trimEnd().split("\n");
  assertEquals(lines.length, 2);
  assert(lines[1]?.startsWith("ERR bad-request") && lines[1].endsWith("g"));
});

function patternOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
