import { assert, assertEquals } from "@std/assert";
import { Refusal } from "../errors.ts";
import { toName } from "../names/name.ts";
import { patterned } from "../testing/content.ts";
import { turn } from "../testing/fake_clock.ts";
import { fetchAll, type FetchOptions, STALL_MS } from "../testing/fetching.ts";
import type { MemoryChannel } from "../testing/memory_channel.ts";
import { MemoryFolder } from "../testing/memory_folder.ts";
import { MemoryServer } from "../testing/memory_server.ts";
import { assertNothingWrong, assertSameFiles } from "../testing/same_files.ts";
import { flipping, tampered } from "../testing/tampering_channel.ts";
import { HttpLink } from "./http_link.ts";
import { Metrics } from "./metrics.ts";

/** Downloads over HTTP what `fetchAll` downloads over the wire protocol. */
function fetchByHttp(options: Omit<FetchOptions, "newLink">) {
  return fetchAll({
    ...options,
    newLink: (channel, clock) => new HttpLink(channel, clock, "[::1]:5000"),
  });
}

const MIXED = {
  "empty": "",
  "small.txt": "hello",
  "deep/er/still.txt": "down here",
  "with blank # ? %20 \n é 😀.txt": "odd",
  "some.bin": patterned(300_000),
  "large.bin": patterned(9_000_000, 2),
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
    Deno.test(`FetchJob over HTTP brings every file with its time over ${connections} connections, verified by ${verify}`, async () => {
      await using server = new MemoryServer({ files: MIXED });
      const folder = new MemoryFolder();
      const channels: MemoryChannel[] = [];
      const { outcomes, error, job } = await fetchByHttp({
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
      assertEquals(channels.length, connections);
      assert(channels.every(({ isClosed }) => isClosed));
      assertEquals([job.connections, job.bytes], [0, 9_300_017]);
      const notHttp = server.log.requests.filter(({ http }) => !http);
      assertEquals(notHttp, []);
    });
  }
}

Deno.test("FetchJob over HTTP asks ahead: many small files are asked for in one write", async () => {
  await using server = new MemoryServer({ files: manyFiles(300, 1) });
  const folder = new MemoryFolder();
  const { clientEnd } = server.connect();
  await fetchByHttp({ server, folder, connect: () => clientEnd });
  assertSameFiles(folder, server.directory);
  assertEquals(clientEnd.writeSizes.length, 2, "the list, and all files");
});

for (const letter of ["x", "é", "😀"]) {
  Deno.test(`FetchJob over HTTP does not wait for a server that waits for it, however long the names are (${letter})`, async () => {
    const long = `${`${letter.repeat(40)}/`.repeat(12)}`;
    await using server = new MemoryServer({
      files: manyFiles(600, 4000, long),
    });
    const folder = new MemoryFolder();
    const { error } = await fetchByHttp({ server, folder });
    assertEquals(error, undefined);
    assertSameFiles(folder, server.directory);
  });
}

/** A few files, small enough to cut their transfer after each byte. */
const FEW = { "a": "first file", "b/c": "", "d": "the third file, at last" };

for (const direction of ["bToA", "aToB"] as const) {
  for (const cutAs of ["reset", "end"] as const) {
    Deno.test(`FetchJob over HTTP leaves nothing wrong when the connection is lost (${direction}, ${cutAs}) after any byte, and the next run brings the rest`, async () => {
      await using server = new MemoryServer({ files: FEW });
      const whole = server.connect();
      await fetchByHttp({
        server,
        folder: new MemoryFolder(),
        connect: () => whole.clientEnd,
      });
      const end = direction === "bToA" ? whole.clientEnd : whole.serverEnd;
      assert(end.bytesRead > 400 && end.bytesRead < 2500, `${end.bytesRead}`);
      for (let cut = 0; cut < end.bytesRead; cut++) {
        const folder = new MemoryFolder();
        const cutShort = fetchByHttp({
          server,
          folder,
          connect: () =>
            server.connect({ [direction]: { cutAfterBytes: cut, cutAs } })
              .clientEnd,
        });
        const thrown = await cutShort.then(({ error }) => error, (e) => e);
        assert(thrown instanceof Error, `cut after ${cut} is noticed`);
        assert(!(thrown instanceof Refusal), `${thrown}`);
        assertNothingWrong(folder, server.directory);
        const before = folder.files.size;
        const { error, outcomes } = await fetchByHttp({ server, folder });
        assertEquals(error, undefined);
        assertSameFiles(folder, server.directory);
        assertEquals(outcomes.length, 3 - before, "only what was missing");
      }
      await turn();
      assertEquals(server.directory.openFiles, 0);
    });
  }
}

Deno.test("FetchJob over HTTP brings everything over connections that are lost again and again", async () => {
  await using server = new MemoryServer({ files: manyFiles(40, 5000) });
  const folder = new MemoryFolder();
  const { error, connectedAt, outcomes } = await fetchByHttp({
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

Deno.test("FetchJob over HTTP goes on where a server has no room for all connections", async () => {
  await using server = new MemoryServer({
    files: manyFiles(1500, 1),
    clientsMax: 2,
  });
  const folder = new MemoryFolder();
  const { error } = await fetchByHttp({ server, folder, connections: 4 });
  assertEquals(error, undefined);
  assertSameFiles(folder, server.directory);
});

Deno.test("FetchJob over HTTP takes a file that changed between listing and reading as it is now", async () => {
  for (
    const now of [
      "shorter",
      "the same length, as it was",
      "longer".repeat(20),
      "",
    ]
  ) {
    for (const before of ["a text of the same length.", ""]) {
      const files = { good: "unharmed", bad: before };
      await using server = new MemoryServer({ files });
      const folder = new MemoryFolder();
      const { outcomes, error } = await fetchByHttp({
        server,
        folder,
        onListed: () => server.directory.rewrite("bad", now),
      });
      assertEquals(error, undefined);
      assertEquals(outcomes, ["bad received", "good received"]);
      assertSameFiles(folder, server.directory);
    }
  }
});

Deno.test("FetchJob over HTTP never mixes two versions of a file that is replaced while it is sent in pieces", async () => {
  const [before, after] = [patterned(9_000_000, 1), patterned(9_000_001, 2)];
  await using server = new MemoryServer({ files: { large: before } });
  const folder = new MemoryFolder();
  let isReplaced = false;
  server.directory.onRead = (_, offset) => {
    if (isReplaced || offset < 5_000_000) return;
    isReplaced = true;
    server.directory.put("large", after);
  };
  const { outcomes, error } = await fetchByHttp({
    server,
    folder,
    connections: 2,
    retries: 3,
  });
  assertEquals([error, isReplaced], [undefined, true]);
  assertEquals(outcomes, ["large received"]);
  assertSameFiles(folder, server.directory);
});

for (const bytes of [200_000, 900_000, 5_000_000]) {
  Deno.test(`FetchJob over HTTP gives up a file of ${bytes} bytes that changes whenever it is sent, and goes on with the others`, async () => {
    const files = { bad: patterned(bytes), good: "unharmed" };
    await using server = new MemoryServer({ files });
    const folder = new MemoryFolder();
    let versions = 0;
    server.directory.onRead = (name) => {
      if (name === "bad") {
        server.directory.put(name, patterned(bytes, ++versions));
      }
    };
    const { outcomes, error, connectedAt } = await fetchByHttp({
      server,
      folder,
    });
    assertEquals([error, connectedAt.length], [undefined, 1]);
    assertEquals(outcomes, ["bad failed changed", "good received"]);
    // It is not asked for ever.
    const asked = server.log.requests.length;
    assert(asked <= 15, `${asked} requests`);
    assertNothingWrong(folder, server.directory);
  });
}

Deno.test("FetchJob over HTTP reports a file that is gone after listing, and goes on", async () => {
  for (const becomes of ["nothing", "a folder", "an address of a page"]) {
    await using server = new MemoryServer({
      files: { "bad": "x", "good": "y", "index.html": "<p>" },
      http: { spa: becomes === "an address of a page" },
    });
    const folder = new MemoryFolder();
    const { outcomes, error } = await fetchByHttp({
      server,
      folder,
      onListed() {
        server.directory.remove("bad");
        if (becomes === "a folder") server.directory.put("bad/x", "z");
      },
    });
    assertEquals(error, undefined);
    assertEquals(outcomes, [
      "bad failed not-found",
      "good received",
      "index.html received",
    ]);
  }
});

Deno.test("FetchJob over HTTP brings files that are called as addresses of the server's own", async () => {
  const files = { metrics: "mine", healthz: "", "index.html": "<p>" };
  const metrics = new Metrics({
    version: "1",
    startedAt: 0,
    memoryBytes: () => 0,
  });
  await using server = new MemoryServer({ files, http: { metrics } });
  const folder = new MemoryFolder();
  const { error } = await fetchByHttp({ server, folder, verify: "sha256" });
  assertEquals(error, undefined);
  assertSameFiles(folder, server.directory);
});

Deno.test("FetchJob over HTTP reports a file whose name is too long for a request line, and goes on", async () => {
  // Percent-encoded it has three times its bytes; names of up to 2700 fit in any letters.
  const name = `${"é".repeat(127)}/`.repeat(11) + "é".repeat(127);
  const fits = `${"é".repeat(127)}/`.repeat(9) + "é".repeat(127);
  await using server = new MemoryServer({
    files: { [name]: "x", [fits]: "y", ...manyFiles(20, 10) },
  });
  const folder = new MemoryFolder();
  const { outcomes, error } = await fetchByHttp({
    server,
    folder,
    retries: 1,
  });
  assertEquals(error, undefined);
  assertEquals(outcomes.filter((outcome) => !outcome.endsWith(" received")), [
    `${name} failed line-too-long`,
  ]);
  assertEquals(folder.files.size, 21);
});

Deno.test("FetchJob over HTTP fetches a file again that was changed on its way, and reports one that is always", async () => {
  for (const [times, outcome] of [[1, "received"], [2, "failed corrupt"]]) {
    const files = { "bad": "the content that suffers", "good": "unharmed" };
    await using server = new MemoryServer({ files });
    const folder = new MemoryFolder();
    const received = flipping("the content", Number(times));
    const { error, outcomes } = await fetchByHttp({
      server,
      folder,
      connect: () => tampered(server.connect().clientEnd, { received }),
    });
    assertEquals(error, undefined);
    assertEquals(outcomes, [`bad ${outcome}`, "good received"]);
    assertNothingWrong(folder, server.directory);
  }
});

Deno.test("HttpLink is stalled when an answer is due and nothing moves", async () => {
  await using server = new MemoryServer({ files: { a: "x" } });
  const { clientEnd } = server.connect();
  const link = new HttpLink<undefined>(clientEnd, server.clock, "h");
  await server.clock.advance(2 * STALL_MS);
  assert(!link.isStalled(STALL_MS), "nothing was asked");
  link.queue({ verb: "list", place: toName("a") }, undefined);
  await server.clock.advance(STALL_MS + 1);
  assert(link.isStalled(STALL_MS));
  link.close();
});
