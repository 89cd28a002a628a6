import { assertEquals, assertStringIncludes } from "@std/assert";
import { startServer } from "../lib/testing/servers.ts";
import { textOf } from "../lib/testing/wire_peer.ts";

Deno.test("server.ts --port 0 tells its port and answers there, on IPv4 and IPv6", async () => {
  await using server = await startServer({ files: { "a.txt": "hello" } });
  for (const hostname of ["127.0.0.1", "::1"]) {
    using peer = await server.connect(hostname);
    const { line, body } = await peer.ask("send filelist");
    assertEquals([line, textOf(body)], ["OK 6", "a.txt\n"]);
  }
  assertStringIncludes(server.stdout.text, "read-only");
});
