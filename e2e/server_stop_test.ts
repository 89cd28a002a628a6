import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { assertSameBytes, patterned } from "../lib/testing/content.ts";
import { startServer } from "../lib/testing/servers.ts";
import { eventually, within } from "../lib/testing/within.ts";
import { textOf } from "../lib/testing/wire_peer.ts";

/** More than the kernel takes for a peer that does not read. */
const LARGE = patterned(16_000_000);

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.test(`server.ts stops at ${signal}: takes nobody, finishes the transfer under way, exits with 0`, async () => {
    await using server = await startServer({ files: { "a.bin": LARGE } });
    using idle = await server.connect();
    await idle.ask("echo hi");
    using busy = await server.connect();
    await busy.send("download a.bin\n");
    await busy.line();
    server.signal(signal);
    await server.untilDeaf();
    assertEquals(
      textOf(await idle.rest()),
      "ERR stopping The server is stopping; closing\n",
    );
    assertSameBytes(await busy.bytes(LARGE.length), LARGE);
    assertEquals(await busy.rest(), new Uint8Array());
    busy.close();
    const { code, signal: killedBy } = await within("the end", server.ended);
    assertEquals([code, killedBy], [0, null]);
    // The last line of the log is not lost in the rush.
    assertMatch(await server.stderr.whole(), /"download a\.bin" ok 16000000 /);
  });
}

for (const [signal, exit] of [["SIGTERM", 143], ["SIGINT", 130]] as const) {
  Deno.test(`server.ts ends at once at a second ${signal}`, async () => {
    await using server = await startServer({
      args: ["--grace", "1000"],
      files: { "a.bin": LARGE },
    });
    using stuck = await server.connect();
    await stuck.send("download a.bin\n");
    await stuck.line();
    server.signal(signal);
    await server.untilDeaf();
    server.signal(signal);
    assertEquals((await within("the end", server.ended)).code, exit);
  });
}

Deno.test("server.ts stops after --grace although a transfer does not move, in every thread", async () => {
  for (const workers of ["1", "3"]) {
    await using server = await startServer({
      args: ["--grace", "0.1", "--workers", workers],
      files: { "a.bin": LARGE },
    });
    const peers = await Promise.all(
      Array.from({ length: 9 }, () => server.connect()),
    );
    try {
      for (const peer of peers) {
        await peer.send("download a.bin\n");
        await peer.line();
      }
      assertEquals((await server.stop()).code, 0);
    } finally {
      for (const peer of peers) peer.close();
    }
  }
});

Deno.test("server.ts stops although a program runs for a client, and the program ends with it", async () => {
  await using server = await startServer({
    args: ["--grace", "0.1", "--allow-run", "sleep *,tail *"],
    files: { f: "begin\n" },
  });
  using peer = await server.connect();
  await peer.send("run tail -f f\n");
  assertEquals(await peer.line(), "DATA 6");
  assertEquals((await server.stop()).code, 0);
  // It was killed before the server ended, and on a busy machine may take its time to die.
  await eventually("the program to be gone", async () => {
    const left = await new Deno.Command("sh", {
      // The folder is the program's own: nobody else has it open.
      args: [
        "-c",
        'ls -l /proc/[0-9]*/cwd 2>/dev/null | grep -F "$1"',
        "sh",
        server.folder,
      ],
    }).output();
    return left.stdout.length === 0;
  });
});

Deno.test("server.ts closes a connection that is idle, stalls or dribbles, each at its deadline", async () => {
  // security.md D1.
  await using server = await startServer({
    args: ["--idle", "1", "--stall", "1", "--allow-upload"],
    files: { "a.bin": LARGE },
  });
  using idle = await server.connect();
  // Each says at once what it says, or it would be idle itself.
  using half = await server.connect();
  await half.send("echo hal");
  using stalled = await server.connect();
  await stalled.send("upload 100 x\nhalf");
  using deaf = await server.connect();
  await deaf.send("download a.bin\n");
  await deaf.line();
  assertStringIncludes(await idle.line(), "ERR timeout Nothing was asked");
  assertEquals(await half.rest(), new Uint8Array());
  assertEquals(await stalled.rest(), new Uint8Array());
  await server.stderr.until(/"upload 100 x" timeout /);
  await server.stderr.until(/"download a\.bin" timeout /);
  assert((await deaf.rest()).length < LARGE.length);
  assertEquals([...Deno.readDirSync(server.folder)].length, 1);
});
