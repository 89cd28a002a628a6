import { assert, assertEquals, assertMatch } from "@std/assert";
import { runClient, startClient } from "../lib/testing/clients.ts";
import { patterned } from "../lib/testing/content.ts";
import { DiskFolder } from "../lib/testing/disk_folder.ts";
import { ownPort } from "../lib/testing/ports.ts";
import { startServer } from "../lib/testing/servers.ts";
import { StoppingProxy } from "../lib/testing/stopping_proxy.ts";
import { assertSameTrees, filesBelow } from "../lib/testing/trees.ts";
import { eventually } from "../lib/testing/within.ts";

const MB = 1_000_000;
/** What a file is cut into: files/fetch_plan.ts. */
const PIECE_BYTES = 4 * 1024 * 1024;
/** Ten pieces, the last one shorter. */
const LARGE = patterned(9 * PIECE_BYTES + 123_457);

/** Which pieces of "large.bin" were asked for, in order. */
function piecesAsked(proxy: StoppingProxy): number[] {
  const lines = proxy.requests.matchAll(/^read (\d+) \d+ large\.bin$/gm);
  return [...lines].map(([, offset]) => Number(offset) / PIECE_BYTES).sort((
    a,
    b,
  ) => a - b);
}

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

for (const parallel of ["1", "4"]) {
  Deno.test(`client.ts goes on after SIGKILL in the middle of a large file (--parallel ${parallel}), without reading again what was verified`, async () => {
    await using server = await startServer({ files: { "large.bin": LARGE } });
    using here = new DiskFolder();
    const args = ["--parallel", parallel, "--out", here.path];
    {
      await using proxy = new StoppingProxy(server.port, {
        toClient: 25 * MB,
      });
      await using client = startClient(proxy.port, args);
      await proxy.stopped();
      // 25 MB are five pieces in a row, or at least two of four at once.
      await untilVerified(here.path, parallel === "1" ? 5 : 2);
      await client.kill();
    }
    const verified = verifiedIn(here.path);
    assert(!filesBelow(here.path).includes("large.bin"), "half a file");
    await using proxy = new StoppingProxy(server.port);
    const { code, stderr } = await runClient(proxy.port, args);
    assertEquals([code, stderr], [0, ""]);
    assertSameTrees(here.path, server.folder);
    const missing = Array.from({ length: 10 }, (_, index) => index)
      .filter((index) => !verified.includes(index));
    assertEquals(piecesAsked(proxy), missing);
  });
}

Deno.test("client.ts leaves no litter of small files when it was killed and runs again", async () => {
  const files = Object.fromEntries(
    Array.from(
      { length: 50 },
      (_, i) => [`d${i % 3}/f${i}`, patterned(100_000, i)],
    ),
  );
  await using server = await startServer({ files });
  using here = new DiskFolder();
  const args = ["--parallel", "3", "--out", here.path];
  {
    await using proxy = new StoppingProxy(server.port, { toClient: 2 * MB });
    await using client = startClient(proxy.port, args);
    await proxy.stopped();
    await eventually(
      "a file on its way",
      () => filesBelow(here.path).some((name) => name.endsWith(".part")),
    );
    await client.kill();
  }
  const { code } = await runClient(server.port, args);
  assertEquals(code, 0);
  assertSameTrees(here.path, server.folder);
});

Deno.test("client.ts twice at once into one folder: what has a name is right, and nothing else stays", async () => {
  const small = Array.from({ length: 300 }, (_, i) => [
    `d${i % 3}/f${i}`,
    patterned(10_000, i),
  ]);
  const files = { ...Object.fromEntries(small), "large.bin": LARGE };
  await using server = await startServer({ files });
  using here = new DiskFolder();
  const args = ["--parallel", "2", "--out", here.path];
  const runs = await Promise.all([
    runClient(server.port, args),
    runClient(server.port, args),
  ]);
  for (const { code, stderr } of runs) {
    // The large file is one's only; the other says so.
    const busy = "client.ts: large.bin: Another program is writing this file\n";
    assertEquals([code, stderr], code === 0 ? [0, ""] : [7, busy]);
  }
  assert(runs.some(({ code }) => code === 0));
  assertSameTrees(here.path, server.folder);
});

Deno.test("client.ts finishes by itself when the server is killed in the middle and comes back on its port", async () => {
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

Deno.test("client.ts ends with 5 and a sentence when the server is gone for good, and keeps what is verified", async () => {
  const server = await startServer({ files: { "large.bin": LARGE } });
  using here = new DiskFolder();
  await using proxy = new StoppingProxy(server.port, { toClient: 10 * MB });
  const args = ["--parallel", "1", "--retries", "1", "--out", here.path];
  await using client = startClient(proxy.port, args);
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
  assertEquals(
    filesBelow(here.path).map((name) => name.replace(/[0-9a-f]{16}/, "HASH")),
    [".landline-HASH.journal", ".landline-HASH.part"],
  );
});

Deno.test("client.ts gives up a server that stands still, within --timeout and --retries", async () => {
  await using server = await startServer({ files: { "large.bin": LARGE } });
  using here = new DiskFolder();
  for (const toClient of [0, 5 * MB]) {
    await using proxy = new StoppingProxy(server.port, { toClient });
    const args = ["--timeout", "0.3", "--retries", "0", "--out", here.path];
    const { code, stderr } = await runClient(proxy.port, args);
    assertEquals(code, 5);
    assertMatch(stderr, /^client\.ts: Lost the server/);
  }
});

for (
  const [signal, exit] of [["SIGINT", 130], ["SIGTERM", 143]] as const
) {
  Deno.test(`client.ts ends with ${exit} at ${signal}, keeps what is verified, and goes on from there`, async () => {
    await using server = await startServer({ files: { "large.bin": LARGE } });
    using here = new DiskFolder();
    const args = ["--parallel", "2", "--out", here.path];
    {
      await using proxy = new StoppingProxy(server.port, { toClient: 20 * MB });
      await using client = startClient(proxy.port, args);
      await proxy.stopped();
      await untilVerified(here.path, 2);
      client.signal(signal);
      const { code, stderr } = await client.output();
      assertEquals(code, exit);
      assertMatch(stderr, /^client\.ts: Stopped\. .*\n$/);
    }
    assertEquals(filesBelow(here.path).length, 2, "a part and its journal");
    const { code, stdout } = await runClient(server.port, args);
    assertEquals(code, 0);
    assert(Number(/([\d.]+) MB in/.exec(stdout)?.[1]) < 35, stdout);
    assertSameTrees(here.path, server.folder);
  });
}

Deno.test("client.ts upload goes on after SIGKILL where the server has it", async () => {
  await using server = await startServer({ args: ["--allow-upload"] });
  using here = new DiskFolder();
  here.write("large.bin", LARGE);
  Deno.utimeSync(here.at("large.bin"), 1.5, 1_000_000_000.123);
  const args = ["upload", here.at("large.bin")];
  {
    await using proxy = new StoppingProxy(server.port, { toServer: 12 * MB });
    await using client = startClient(proxy.port, args);
    await proxy.stopped();
    await client.kill();
  }
  assert(!filesBelow(server.folder).includes("large.bin"), "half a file");
  // The server has seen that the client is gone when it lets go of the part.
  await server.stderr.until(/"part .*" gone/);
  const { code, stdout } = await runClient(server.port, args);
  assertEquals(code, 0);
  // 38 MB less what had arrived.
  assert(Number(/([\d.]+) MB sent/.exec(stdout)?.[1]) < 29, stdout);
  assertSameTrees(server.folder, here.path);
});
