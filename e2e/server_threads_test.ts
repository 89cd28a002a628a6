import { assertEquals } from "@std/assert";
import { startServer } from "../lib/testing/servers.ts";

// A message to a thread that is still loading is lost, and the start hung: one in six with --workers 2 on a busy machine, one
// in three with 16 on an idle one.
Deno.test("server.ts --workers 16 starts, serves and stops: no thread misses what it is told", async () => {
  await using server = await startServer({
    args: ["--workers", "16"],
    files: { "a.txt": "hello\n" },
  });
  for (let i = 0; i < 32; i++) {
    using peer = await server.connect();
    assertEquals((await peer.ask("send filelist")).line, "OK 6");
  }
  assertEquals((await server.stop()).code, 0);
});
