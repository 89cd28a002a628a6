import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { turn } from "../testing/fake_clock.ts";
import { MemoryServer } from "../testing/memory_server.ts";
import { textOf } from "../testing/wire_peer.ts";

const NOT_ALLOWED = "ERR not-allowed That command is not allowed here";

Deno.test("RunAnswers sends output as it comes, tells which stream, and ends with the exit status", async () => {
  await using server = new MemoryServer({ allowRun: "ls" });
  const { peer } = server.connect();
  await peer.send("run ls\n");
  await turn();
  const ls = server.processes.last;
  assertEquals([ls.program, ls.args], ["/bin/ls", []]);
  ls.print("one\n");
  assertEquals(await peer.line(), "DATA 4");
  assertEquals(textOf(await peer.bytes(4)), "one\n");
  ls.printError("bad\n");
  assertEquals(await peer.line(), "DATA 4 stream=stderr");
  assertEquals(textOf(await peer.bytes(4)), "bad\n");
  ls.exit(3);
  assertEquals(await peer.line(), "END exit=3");
  assertEquals(server.log.outcomes, ["run ok"]);
  assertEquals(server.log.requests[0]?.bytes, 8);
});

Deno.test("RunAnswers answers requests that were sent ahead after the program has ended", async () => {
  await using server = new MemoryServer({ allowRun: "ls" });
  const { peer } = server.connect();
  await peer.send("run ls\necho next\n");
  await turn();
  server.processes.last.exit(0);
  assertEquals((await peer.answer()).line, "END exit=0");
  assertEquals(textOf((await peer.answer()).body), "next\n");
  await peer.send("echo last\n");
  assertEquals(textOf((await peer.answer()).body), "last\n");
});

Deno.test("RunAnswers gives everything that is not allowed the one same answer", async () => {
  // security.md C1.
  await using server = new MemoryServer({ allowRun: "ls,ps aux,uname *" });
  const { peer } = server.connect();
  const lines = [
    "",
    "rm",
    "lsx",
    "/bin/ls",
    "./ls",
    "ls -la",
    "ls;id",
    "ls&&id",
    "ls|id",
    "$(id)",
    "`id`",
    "ls\tid",
    " ls",
    "ls ",
    "LS",
    "ps",
    "ps  aux",
    "ps aux x",
    "uname  -a",
    "uname \x1b",
    "__proto__",
  ];
  for (const line of lines) {
    assertEquals((await peer.ask(`run ${line}`)).line, NOT_ALLOWED, line);
  }
  server.processes.fault = new Deno.errors.NotFound("No such file /bin/ls");
  assertEquals((await peer.ask("run ls")).line, NOT_ALLOWED);
  assertEquals(server.processes.started, []);
  assertEquals(server.log.requests.length, lines.length + 1);
});

Deno.test("RunAnswers runs nothing where nothing is allowed", async () => {
  await using server = new MemoryServer();
  const { peer } = server.connect();
  assertEquals((await peer.ask("run ls")).line, NOT_ALLOWED);
});

Deno.test("RunAnswers passes words on as they are", async () => {
  await using server = new MemoryServer({ allowRun: "uname *" });
  const { peer } = server.connect();
  await peer.send("run uname -a $HOME * 'x\n");
  await turn();
  assertEquals(server.processes.last.args, ["-a", "$HOME", "*", "'x"]);
  server.processes.last.exit(0);
  await peer.answer();
});

Deno.test("RunAnswers kills a program that takes too long, and says so", async () => {
  await using server = new MemoryServer({
    allowRun: "ls",
    run: { msMax: 5000 },
  });
  const { peer } = server.connect();
  await peer.send("run ls\n");
  await server.clock.advance(4999);
  assert(!server.processes.last.isKilled);
  await server.clock.advance(1);
  assert(server.processes.last.isKilled);
  assertEquals(
    (await peer.answer()).line,
    "END exit=137 signal=SIGKILL reason=time-limit",
  );
  assertEquals(textOf((await peer.ask("echo on")).body), "on\n");
});

Deno.test("RunAnswers kills a program that prints too much, after exactly as much as is allowed", async () => {
  await using server = new MemoryServer({
    allowRun: "ls",
    run: { bytesMax: 10 },
  });
  const { peer } = server.connect();
  await peer.send("run ls\n");
  await turn();
  server.processes.last.print("123456");
  server.processes.last.print("789abcdef");
  const { line, body } = await peer.answer();
  assertEquals(textOf(body), "123456789a");
  assertStringIncludes(line, "reason=output-limit");
  assert(server.processes.last.isKilled);
});

Deno.test("RunAnswers runs so many programs at once, for all clients together", async () => {
  await using server = new MemoryServer({
    allowRun: "ls",
    run: { atOnceMax: 2 },
  });
  const clients = [server.connect(), server.connect(), server.connect()];
  for (const { peer } of clients.slice(0, 2)) await peer.send("run ls\n");
  await turn();
  const third = clients[2]!.peer;
  assertStringIncludes((await third.ask("run ls")).line, "ERR busy ");
  server.processes.started[0]!.exit(0);
  await clients[0]!.peer.answer();
  await third.send("run ls\n");
  await turn();
  assertEquals(server.processes.started.length, 3);
  for (const process of server.processes.started) process.exit(0);
  assertEquals((await third.answer()).line, "END exit=0");
});

Deno.test("RunAnswers kills a silent program when its client is gone", async () => {
  for (const how of ["reset", "close"] as const) {
    await using server = new MemoryServer({ allowRun: "ls" });
    const { peer, clientEnd } = server.connect();
    await peer.send("run ls\n");
    await turn();
    clientEnd[how]();
    await server.clock.advance(2000);
    assert(server.processes.last.isKilled, how);
    assertEquals(server.log.outcomes, ["run gone"]);
    assertEquals(server.server.clients, 0);
  }
});

Deno.test("RunAnswers lets a program end for a client that has only said all it has to say", async () => {
  await using server = new MemoryServer({ allowRun: "ls" });
  const { peer } = server.connect();
  await peer.send("run ls\n");
  await peer.end();
  await server.clock.advance(3000);
  const ls = server.processes.last;
  assert(!ls.isKilled);
  ls.print("late\n");
  ls.exit(0);
  const { line, body } = await peer.answer();
  assertEquals([textOf(body), line], ["late\n", "END exit=0"]);
  assertEquals(await peer.rest(), new Uint8Array());
});

Deno.test("RunAnswers stops taking output while its client reads none, and kills the program in the end", async () => {
  await using server = new MemoryServer({
    allowRun: "ls",
    run: { bytesMax: 1e9, msMax: 10_000 },
  });
  const { peer, serverEnd } = server.connect({ bToA: { capacityBytes: 100 } });
  await peer.send("run ls\n");
  await turn();
  for (let i = 0; i < 100; i++) server.processes.last.print("x".repeat(1000));
  await turn();
  assert(serverEnd.isWriting);
  assertEquals(serverEnd.bytesWritten, 100);
  await server.clock.advance(10_000);
  assert(server.processes.last.isKilled);
  await server.clock.advance(62_000);
  assertEquals(server.server.clients, 0);
});

Deno.test("RunAnswers kills what runs when the server stops", async () => {
  await using server = new MemoryServer({ allowRun: "ls" });
  const { peer } = server.connect();
  await peer.send("run ls\n");
  await turn();
  const stopping = server.server.stop(1000);
  await server.clock.advance(5000);
  assert(server.processes.last.isKilled);
  await stopping;
});
