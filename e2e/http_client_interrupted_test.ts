import { assert, assertEquals, assertMatch } from "@std/assert";
import { runClient, startClient } from "../lib/testing/clients.ts";
import { patterned } from "../lib/testing/content.ts";
import { DiskFolder } from "../lib/testing/disk_folder.ts";
import { ownPort } from "../lib/testing/ports.ts";
import { startServer } from "../lib/testing/servers.ts";
import { StoppingProxy } from "../lib/testing/stopping_proxy.ts";
import { assertSameTrees, filesBelow } from "../lib/testing/trees.ts";
import { eventually } from "../lib/testing/within.ts";

const HTTP = ["--protocol", "http"];

const MB = 1_000_000;
/** What a file is cut into: files/fetch_plan.ts. */
const PIECE_BYTES = 4 * 1024 * 1024;
/** Ten pieces, the last one shorter. */
const LARGE = patterned(9 * PIECE_BYTES + 123_457);

/** The pieces that the journal in `folder` has. */
function verifiedIn(folder: string): number[] {
  const journal = filesBelow(folder).find((name) => name.endsWith(".journal"));
  if (journal === undefined) return [];
  const text = Deno.readTextFileSync(`${folder}/${journal}`);
  return [...text.matchAll(/^(\d+) [0-9a-f]{16}\n/gm)].map(([, index]) =>
    Number(index)
  );
}

/** Waits until the journal in `folder` has `pieces` pieces. */
async function untilVerified(folder: string, pieces: number): Promise<void> {
  await eventually(
    `${pieces} verified pieces`,
    () => verifiedIn(folder).length >= pieces,
  );
}

for (
  const [first, then] of [["http", "http"], ["http", "wire"], ["wire", "http"]]
) {
  Deno.test(`client.ts goes on after SIGKILL in the middle of a large file, begun over ${first}, ended over ${then}`, async () => {
    await using server = await startServer({ files: { "large.bin": LARGE } });
    using here = new DiskFolder();
    const args = ["--parallel", "4", "--out", here.path];
    {
      await using proxy = new StoppingProxy(server.port, { toClient: 25 * MB });
      await using client = startClient(proxy.port, [
        ...args,
        "--protocol",
        first!,
      ]);
      await proxy.stopped();
      await untilVerified(here.path, 2);
      await client.kill();
    }
    const verified = verifiedIn(here.path);
    assert(!filesBelow(here.path).includes("large.bin"), "half a file");
    await using proxy = new StoppingProxy(server.port);
    const { code, stderr } = await runClient(proxy.port, [
      ...args,
      "--protocol",
      then!,
    ]);
    assertEquals([code, stderr], [0, ""]);
    assertSameTrees(here.path, server.folder);
    const asked = [
      ...proxy.requests.matchAll(/^(?:Range: bytes=|read )(\d+)/gm),
    ].map(([, offset]) => Number(offset) / PIECE_BYTES);
    assertEquals(
      asked.sort((a, b) => a - b),
      Array.from({ length: 10 }, (_, index) => index)
        .filter((index) => !verified.includes(index)),
    );
  });
}

Deno.test("client.ts --protocol http finishes by itself when the server is killed in the middle and comes back on its port", async () => {
  using shared = new DiskFolder();
  shared.write("large.bin", LARGE);
  for (let i = 0; i < 20; i++) shared.write(`small/${i}`, patterned(1000, i));
  using here = new DiskFolder();
  const folder = shared.path;
  const first = await startServer({ folder });
  // The first server is reached where the second one will be, up to the middle.
  const port = ownPort();
  const proxy = new StoppingProxy(first.port, { toClient: 25 * MB, port });
  await using client = startClient(port, [
    ...HTTP,
    "--parallel",
    "3",
    "--out",
    here.path,
  ]);
  try {
    await proxy.stopped();
    await untilVerified(here.path, 1);
  } finally {
    first.signal("SIGKILL");
    await first[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
  }
  assert(!filesBelow(here.path).includes("large.bin"), "half a file");
  await using _second = await startServer({ folder, port });
  const { code, stderr } = await client.output();
  assertEquals([code, stderr], [0, ""]);
  assertSameTrees(here.path, shared.path);
});

Deno.test("client.ts --protocol http ends with 5 when the server is gone for good, and keeps what is verified", async () => {
  const server = await startServer({ files: { "large.bin": LARGE } });
  using here = new DiskFolder();
  await using proxy = new StoppingProxy(server.port, { toClient: 10 * MB });
  const args = [...HTTP, "--retries", "1", "--out", here.path];
  await using client = startClient(proxy.port, ["--parallel", "1", ...args]);
  try {
    await proxy.stopped();
    await untilVerified(here.path, 2);
  } finally {
    await server[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
  }
  const { code, stderr } = await client.output();
  assertEquals(code, 5);
  assertMatch(
    stderr,
    /^client\.ts: Lost the server, 1 files? (is|are) missing: .*\nWhat is verified is kept; .*\n$/,
  );
  assertEquals(verifiedIn(here.path).length, 2);
});

Deno.test("client.ts --protocol http gives up a server that stands still, within --timeout and --retries", async () => {
  await using server = await startServer({ files: { "large.bin": LARGE } });
  using here = new DiskFolder();
  for (const toClient of [0, 5 * MB]) {
    await using proxy = new StoppingProxy(server.port, { toClient });
    const limits = ["--timeout", "1", "--retries", "0"];
    const args = [...HTTP, ...limits, "--out", here.path];
    const { code, stderr } = await runClient(proxy.port, args);
    assertEquals(code, 5);
    assertMatch(stderr, /^client\.ts: Lost the server/);
  }
});
