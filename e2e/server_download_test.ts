import { assertEquals } from "@std/assert";
import { assertSameBytes, patterned } from "../lib/testing/content.ts";
import { startServer } from "../lib/testing/servers.ts";

/** Larger than any buffer of the server. */
const LARGE = patterned(3_000_001);

for (const args of [[], ["--chunk-size", "1000"], ["--chunk-size", "1M"]]) {
  Deno.test(`server.ts ${args.join(" ")} download gives a file larger than its buffers`, async () => {
    await using server = await startServer({ args, files: { "b.bin": LARGE } });
    using peer = await server.connect();
    assertSameBytes((await peer.ask("download b.bin")).body, LARGE);
    assertEquals((await peer.ask("echo still here")).line, "OK 11");
  });
}
