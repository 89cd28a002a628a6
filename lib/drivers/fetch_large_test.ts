import { assert, assertEquals } from "@std/assert";
import { messageOf } from "../errors.ts";
import { PIECE_BYTES } from "../files/fetch_plan.ts";
import { patterned } from "../testing/content.ts";
import { fetchAll, type Fetched, listOf } from "../testing/fetching.ts";
import { MemoryFolder } from "../testing/memory_folder.ts";
import { MemoryServer } from "../testing/memory_server.ts";
import { tampered } from "../testing/tampering_channel.ts";
import { assertNothingWrong, assertSameFiles } from "../testing/same_files.ts";

/** Five pieces, the last one shorter. */
const LARGE = patterned(4 * PIECE_BYTES + 12_345);
const PIECES = 5;

/** Index -> how often that piece was sent to its end. */
function sent(server: MemoryServer): number[] {
  const counts = new Array<number>(PIECES).fill(0);
  for (const { request, status } of server.log.requests) {
    const [verb, offset] = request.split(" ");
    if (verb === "read" && status === "ok") {
      counts[Number(offset) / PIECE_BYTES]!++;
    }
  }
  return counts;
}

function assertReceived({ error, outcomes }: Fetched): void {
  assertEquals([error, outcomes], [undefined, ["large received"]]);
}

for (const connections of [1, 3]) {
  Deno.test(`FetchJob fetches every piece of a large file once over ${connections} connections`, async () => {
    await using server = new MemoryServer({ files: { large: LARGE } });
    const folder = new MemoryFolder();
    const used = new Set<string>();
    const fetched = await fetchAll({
      server,
      folder,
      connections,
      connect: (n) => {
        used.add(`client ${n}`);
        return server.connect({ peerOfB: `client ${n}` }).clientEnd;
      },
    });
    assertReceived(fetched);
    assertSameFiles(folder, server.directory);
    assertEquals(sent(server), [1, 1, 1, 1, 1]);
    const peers = server.log.requests.filter(({ request }) =>
      request.startsWith("read")
    ).map(({ peer }) => peer);
    assertEquals(new Set(peers), used, "all of them have worked");
  });
}

Deno.test("FetchJob gives the pieces of a connection that dies to the others, and fetches none twice", async () => {
  await using server = new MemoryServer({ files: { large: LARGE } });
  const folder = new MemoryFolder();
  const fetched = await fetchAll({
    server,
    folder,
    connections: 3,
    connect: (n) =>
      server.connect(
        n === 1 ? { bToA: { cutAfterBytes: PIECE_BYTES / 2 } } : {},
      ).clientEnd,
  });
  assertReceived(fetched);
  assertSameFiles(folder, server.directory);
  assertEquals(sent(server), [1, 1, 1, 1, 1]);
  assertEquals(fetched.connectedAt.length, 3);
});

Deno.test("FetchJob brings a large file over one connection that is lost in every piece, piece by piece", async () => {
  await using server = new MemoryServer({ files: { large: LARGE } });
  const folder = new MemoryFolder();
  const fetched = await fetchAll({
    server,
    folder,
    retries: 1,
    connect: () =>
      server.connect({ bToA: { cutAfterBytes: 1.4 * PIECE_BYTES } }).clientEnd,
  });
  assertReceived(fetched);
  assertSameFiles(folder, server.directory);
  assertEquals(sent(server), [1, 1, 1, 1, 1]);
  assert(fetched.connectedAt.length > 3);
});

for (const connections of [1, 4]) {
  Deno.test(`FetchJob goes on in the next run where a large file was cut off over ${connections} connections`, async () => {
    await using server = new MemoryServer({ files: { large: LARGE } });
    const folder = new MemoryFolder();
    const cut = { bToA: { cutAfterBytes: 9_000_000 / connections } };
    const first = await fetchAll({
      server,
      folder,
      connections,
      connect: (n) =>
        server.connect(
          n === 3 ? { bToA: { cutAfterBytes: PIECE_BYTES + 1000 } } : cut,
        ).clientEnd,
    });
    assert(first.error instanceof Error);
    assertNothingWrong(folder, server.directory);
    assertEquals([folder.files.size, folder.resumable], [0, ["large"]]);
    const before = sent(server);
    const there = before.reduce(
      (sum, count, index) =>
        sum + count * Math.min(PIECE_BYTES, LARGE.length - index * PIECE_BYTES),
      0,
    );
    assert(there > 0 && there < LARGE.length, `${before}`);
    const second = await fetchAll({ server, folder });
    assertReceived(second);
    assertSameFiles(folder, server.directory);
    assertEquals(sent(server), [1, 1, 1, 1, 1]);
    assertEquals(second.job.resumedBytes, there);
    assertEquals(second.job.bytes, LARGE.length - there);
    assertEquals(folder.resumable, []);
  });
}

Deno.test("FetchJob begins anew in the next run when the file is another one by then", async () => {
  await using server = new MemoryServer({ files: { large: LARGE } });
  const folder = new MemoryFolder();
  const cut = { bToA: { cutAfterBytes: 9_000_000 } };
  await fetchAll({
    server,
    folder,
    connect: () => server.connect(cut).clientEnd,
  });
  assertEquals(folder.resumable, ["large"]);
  server.directory.put("large", patterned(LARGE.length, 2));
  const second = await fetchAll({ server, folder });
  assertReceived(second);
  assertSameFiles(folder, server.directory);
  assertEquals(second.job.resumedBytes, 0);
});

Deno.test("FetchJob finishes a large file of which an earlier run was killed between the last piece and the name", async () => {
  await using server = new MemoryServer({ files: { large: LARGE } });
  const folder = new MemoryFolder();
  const [listed] = await listOf(server.directory);
  const part = folder.begin(listed!.name, {
    ...listed!,
    pieceBytes: PIECE_BYTES,
  });
  part.write(0, LARGE);
  for (let index = 0; index < PIECES; index++) part.remember(index, "");
  part.abandon();
  assertReceived(await fetchAll({ server, folder }));
  assertSameFiles(folder, server.directory);
  assertEquals(sent(server), [0, 0, 0, 0, 1]);
});

Deno.test("FetchJob keeps the other pieces when one is corrupt once", async () => {
  await using server = new MemoryServer({ files: { large: LARGE } });
  const folder = new MemoryFolder();
  let isDone = false;
  const fetched = await fetchAll({
    server,
    folder,
    connections: 2,
    connect() {
      let bytes = 0;
      return tampered(server.connect().clientEnd, {
        received(piece) {
          bytes += piece.length;
          if (isDone || bytes < 2_000_000) return;
          isDone = true;
          piece[0]! ^= 1;
        },
      });
    },
  });
  assertReceived(fetched);
  assertSameFiles(folder, server.directory);
  assertEquals(sent(server).toSorted(), [1, 1, 1, 1, 2]);
});

Deno.test("FetchJob keeps what it has verified of a large file when the disk is full, and goes on from there", async () => {
  await using server = new MemoryServer({ files: { large: LARGE } });
  const folder = new MemoryFolder();
  folder.capacityBytes = 2.5 * PIECE_BYTES;
  const { error } = await fetchAll({ server, folder });
  assertEquals(messageOf(error), "The disk is full");
  folder.capacityBytes = Infinity;
  const second = await fetchAll({ server, folder });
  assertReceived(second);
  assertSameFiles(folder, server.directory);
  assertEquals(second.job.resumedBytes, 2 * PIECE_BYTES);
});

Deno.test("FetchJob reports a large file that another run is receiving, and comes to an end", async () => {
  for (const others of [{}, { small: "x" }]) {
    await using server = new MemoryServer({
      files: { large: LARGE, ...others },
    });
    const folder = new MemoryFolder();
    const [listed] = await listOf(server.directory);
    const held = folder.begin(listed!.name, {
      ...listed!,
      pieceBytes: PIECE_BYTES,
    });
    const { error, outcomes } = await fetchAll({
      server,
      folder,
      connections: 3,
    });
    assertEquals(error, undefined);
    assertEquals(outcomes, [
      "large failed busy",
      ...Object.keys(others).map((name) => `${name} received`),
    ]);
    held.discard();
  }
});
