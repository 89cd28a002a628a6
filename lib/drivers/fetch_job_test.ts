import { assert, assertEquals } from "@std/assert";
import { messageOf } from "../errors.ts";
import { patterned } from "../testing/content.ts";
import { turn } from "../testing/fake_clock.ts";
import { fetchAll, listOf, STALL_MS } from "../testing/fetching.ts";
import { channelPair, type MemoryChannel } from "../testing/memory_channel.ts";
import { MemoryFolder } from "../testing/memory_folder.ts";
import { MemoryServer } from "../testing/memory_server.ts";
import { scriptedChannels } from "../testing/scripted_server.ts";
import { assertNothingWrong, assertSameFiles } from "../testing/same_files.ts";

const MIXED = {
  "empty": "",
  "small.txt": "hello",
  "deep/er/still.txt": "down here",
  "with blank # %20 \n.txt": "odd",
  "some.bin": patterned(300_000),
};

function manyFiles(count: number, bytes: number, prefix = "f") {
  return Object.fromEntries(
    Array.from(
      { length: count },
      (_, i) => [`${prefix}${i}`, patterned(bytes, i + 1)],
    ),
  );
}

for (const connections of [1, 5]) {
  for (const verify of ["xxh64", "sha256"] as const) {
    Deno.test(`FetchJob brings every file with its time over ${connections} connections, verified by ${verify}`, async () => {
      await using server = new MemoryServer({ files: MIXED });
      const folder = new MemoryFolder();
      const channels: MemoryChannel[] = [];
      const { outcomes, results, error, job } = await fetchAll({
        server,
        folder,
        connections,
        verify,
        connect() {
          const { clientEnd } = server.connect();
          channels.push(clientEnd);
          return clientEnd;
        },
      });
      assertEquals(error, undefined);
      assertSameFiles(folder, server.directory);
      assertEquals(
        outcomes,
        Object.keys(MIXED).map((name) => `${name} received`).sort(),
      );
      for (const { sha256 } of results) {
        assertEquals(sha256?.length, verify === "sha256" ? 64 : undefined);
      }
      assertEquals(channels.length, connections);
      assert(channels.every(({ isClosed }) => isClosed));
      assertEquals([job.connections, job.bytes], [0, 300_017]);
      assertEquals(server.clock.timers, 1, "only the server's");
    });
  }
}

Deno.test("FetchJob closes the connection it was given when there is nothing to fetch", async () => {
  await using server = new MemoryServer();
  const { clientEnd } = server.connect();
  const folder = new MemoryFolder();
  const { error } = await fetchAll({
    server,
    folder,
    connect: () => clientEnd,
  });
  assertEquals(error, undefined);
  assert(clientEnd.isClosed);
});

Deno.test("FetchJob asks ahead: many small files are asked for in one write", async () => {
  await using server = new MemoryServer({ files: manyFiles(400, 1) });
  const folder = new MemoryFolder();
  const { clientEnd } = server.connect();
  await fetchAll({ server, folder, connect: () => clientEnd });
  assertSameFiles(folder, server.directory);
  assertEquals(clientEnd.writeSizes.length, 2, "the list, and all files");
});

Deno.test("FetchJob does not wait for a server that waits for it, however long the names are", async () => {
  // A server stops reading while its answers wait: what is asked ahead has to fit into the connection.
  const long = `${"directory/".repeat(250)}${"x".repeat(200)}`;
  await using server = new MemoryServer({ files: manyFiles(600, 4000, long) });
  const folder = new MemoryFolder();
  const { error } = await fetchAll({ server, folder });
  assertEquals(error, undefined);
  assertSameFiles(folder, server.directory);
});

/** A few files, small enough to cut their transfer after each byte. */
const FEW = { "a": "first file", "b/c": "", "d": "the third file, at last" };

for (const direction of ["bToA", "aToB"] as const) {
  for (const cutAs of ["reset", "end"] as const) {
    Deno.test(`FetchJob leaves nothing wrong when the connection is lost (${direction}, ${cutAs}) after any byte, and the next run brings the rest`, async () => {
      await using server = new MemoryServer({ files: FEW });
      const whole = server.connect();
      await fetchAll({
        server,
        folder: new MemoryFolder(),
        connect: () => whole.clientEnd,
      });
      const end = direction === "bToA" ? whole.clientEnd : whole.serverEnd;
      assert(end.bytesRead > 40 && end.bytesRead < 600, `${end.bytesRead}`);
      for (let cut = 0; cut < end.bytesRead; cut++) {
        const folder = new MemoryFolder();
        const cutShort = fetchAll({
          server,
          folder,
          connect: () =>
            server.connect({ [direction]: { cutAfterBytes: cut, cutAs } })
              .clientEnd,
        });
        const thrown = await cutShort.then(({ error }) => error, (e) => e);
        assert(thrown instanceof Error, `cut after ${cut} is noticed`);
        assertNothingWrong(folder, server.directory);
        const before = folder.files.size;
        const { error, outcomes } = await fetchAll({ server, folder });
        assertEquals(error, undefined);
        assertSameFiles(folder, server.directory);
        assertEquals(outcomes.length, 3 - before, "only what was missing");
      }
      await turn();
      assertEquals(server.directory.openFiles, 0);
    });
  }
}

Deno.test("FetchJob brings everything within one run over connections that are lost again and again", async () => {
  await using server = new MemoryServer({ files: manyFiles(40, 5000) });
  const folder = new MemoryFolder();
  const { error, connectedAt, outcomes } = await fetchAll({
    server,
    folder,
    connections: 3,
    retries: 1,
    connect: () =>
      server.connect({ bToA: { cutAfterBytes: 12_000 } }).clientEnd,
  });
  assertEquals(error, undefined);
  assertSameFiles(folder, server.directory);
  assertEquals(outcomes.length, 40);
  assert(connectedAt.length > 10, `${connectedAt.length} connections`);
});

Deno.test("FetchJob waits longer after every failure in a row, and gives up after --retries", async () => {
  await using server = new MemoryServer({ files: FEW });
  const { clientEnd } = server.connect();
  const { error, connectedAt } = await fetchAll({
    server,
    folder: new MemoryFolder(),
    retries: 7,
    connect(n) {
      if (n === 0) return clientEnd;
      throw new Error("Nothing listens there");
    },
    onListed: () => clientEnd.reset(),
  });
  assertEquals(messageOf(error), "Nothing listens there");
  const pauses = connectedAt.map((at, i) => at - (connectedAt[i - 1] ?? 0));
  assertEquals(pauses.slice(1), [200, 400, 800, 1600, 3200, 5000, 5000]);
});

Deno.test("FetchJob goes on with the connections that it can get", async () => {
  await using server = new MemoryServer({ files: MIXED });
  const folder = new MemoryFolder();
  const { error } = await fetchAll({
    server,
    folder,
    connections: 4,
    connect(n) {
      if (n === 0) return server.connect().clientEnd;
      throw new Error("The server has its clients");
    },
  });
  assertEquals(error, undefined);
  assertSameFiles(folder, server.directory);
});

Deno.test("FetchJob takes the refusal of a server that is full for a lost connection, not for the file's", async () => {
  await using server = new MemoryServer({ files: manyFiles(1500, 1) });
  const folder = new MemoryFolder();
  const full = scriptedChannels(() => "ERR busy It has its clients; closing\n");
  const { error, outcomes } = await fetchAll({
    server,
    folder,
    connections: 4,
    connect: (n) => n === 0 ? server.connect().clientEnd : full(),
  });
  assertEquals(error, undefined);
  assertSameFiles(folder, server.directory);
  assertEquals(outcomes.length, 1500);
});

Deno.test("FetchJob notices a server that stands still, within the time it was given", async () => {
  await using server = new MemoryServer({ files: FEW });
  const folder = new MemoryFolder();
  // Takes everything, answers nothing.
  const [silent] = channelPair();
  const { error, connectedAt } = await fetchAll({
    server,
    folder,
    retries: 1,
    files: await listOf(server.directory),
    connect: (n) => n === 0 ? silent : server.connect().clientEnd,
  });
  assertEquals(error, undefined);
  assertSameFiles(folder, server.directory);
  const lostAfter = connectedAt[1]! - connectedAt[0]!;
  assert(lostAfter > STALL_MS && lostAfter <= STALL_MS + 500, `${lostAfter}`);
  assert(silent.isClosed);
});

Deno.test("FetchJob takes a server that is slow, but moves, for alive", async () => {
  await using server = new MemoryServer({ files: { a: patterned(2000) } });
  const folder = new MemoryFolder();
  const { clientEnd } = server.connect({ bToA: { chunkBytes: 100 } });
  const { error, connectedAt } = await fetchAll({
    server,
    folder,
    files: await listOf(server.directory),
    connect: () => ({
      peer: "slow",
      async read(into) {
        await server.clock.sleep(STALL_MS - 500);
        return await clientEnd.read(into);
      },
      write: (bytes) => clientEnd.write(bytes),
      closeWrite: () => clientEnd.closeWrite(),
      close: () => clientEnd.close(),
    }),
  });
  assertEquals(error, undefined);
  assertSameFiles(folder, server.directory);
  assertEquals(connectedAt.length, 1);
  assert(server.clock.now() > 10 * STALL_MS);
});

Deno.test("abort() ends the job at once, and nothing that was begun gets its name", async () => {
  await using server = new MemoryServer({ files: manyFiles(1500, 1) });
  const folder = new MemoryFolder();
  const { error, outcomes, job } = await fetchAll({
    server,
    folder,
    connections: 2,
    // The second one waits for a server that is silent.
    connect: (n) => n === 0 ? server.connect().clientEnd : channelPair()[0],
    onFile: (_, job) => job.abort(),
  });
  assert(server.clock.now() < STALL_MS);
  assertEquals(error, undefined);
  assert(outcomes.length < 1500);
  assertNothingWrong(folder, server.directory);
  assertEquals(job.connections, 0);
});

Deno.test("abort() ends a job that waits to connect again", async () => {
  await using server = new MemoryServer({ files: FEW });
  const { clientEnd } = server.connect();
  const { error, connectedAt } = await fetchAll({
    server,
    folder: new MemoryFolder(),
    retries: 1000,
    connect(n, job) {
      if (n === 0) return clientEnd;
      // In the middle of the pause of five seconds.
      if (n === 9) void server.clock.sleep(100).then(() => job?.abort());
      throw new Error("Nothing listens there");
    },
    onListed: () => clientEnd.reset(),
  });
  assertEquals([error, connectedAt.length], [undefined, 10]);
  assert(server.clock.now() - connectedAt.at(-1)! < 500);
  assertEquals(server.clock.timers, 1, "only the server's");
});
