import { assertEquals, assertMatch } from "@std/assert";
import { startServer, type TestServer } from "../lib/testing/servers.ts";

const FILES = { "a b.txt": "hello" };

/** Asks what every test here has logged, and gives the lines. */
async function linesOf(server: TestServer): Promise<string[]> {
  using peer = await server.connect("127.0.0.1");
  await peer.ask("download a b.txt");
  await peer.send('download no "\\such\\n\x1b[2J\n');
  await peer.line();
  await peer.ask("quit");
  await server.stderr.until(/quit.*\n/);
  return server.stderr.text.trimEnd().split("\n");
}

Deno.test("server.ts --log common and combined write requests of the wire protocol as analysers read them", async () => {
  const start = String
    .raw`127\.0\.0\.1 - - \[\d\d/[A-Z][a-z][a-z]/\d{4}:\d\d:\d\d:\d\d \+0000\]`;
  const evil = String.raw`"download no \\"\\\\such\\\\n\\x1b\[2J"`;
  for (
    const [format, rest] of [["common", ""], ["combined", ' "-" "-"']] as const
  ) {
    await using server = await startServer({
      args: ["--log", format],
      files: FILES,
    });
    const lines = await linesOf(server);
    assertEquals(lines.length, 3);
    assertMatch(
      lines[0]!,
      new RegExp(`^${start} "download a b\\.txt" 200 5${rest}$`),
    );
    assertMatch(lines[1]!, new RegExp(`^${start} ${evil} \\d{3} -${rest}$`));
    assertMatch(lines[2]!, new RegExp(`^${start} "quit" 200 -${rest}$`));
  }
});

Deno.test("server.ts --log json writes an object a line, --log off nothing", async () => {
  await using server = await startServer({
    args: ["--log=json"],
    files: FILES,
  });
  const lines = (await linesOf(server)).map((line) => JSON.parse(line));
  assertEquals(
    lines.map(({ request, status, bytes }) => [request, status, bytes])[0],
    ["download a b.txt", "ok", 5],
  );
  await using silent = await startServer({ args: ["--log", "off"] });
  using peer = await silent.connect();
  await peer.ask("quit");
  await silent.stop();
  assertEquals(await silent.stderr.whole(), "");
});
