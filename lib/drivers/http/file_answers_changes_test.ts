import { assert, assertEquals } from "@std/assert";
import { assertSameBytes, patterned } from "../../testing/content.ts";
import { turn } from "../../testing/fake_clock.ts";
import { requestText } from "../../testing/http_peer.ts";
import type { MemoryDirectory } from "../../testing/memory_directory.ts";
import { MemoryServer } from "../../testing/memory_server.ts";

Deno.test("FileAnswers writes one chunk of --chunk-size at a time, of small files too", async () => {
  for (const isSettled of [true, false]) {
    await using server = new MemoryServer({
      files: { a: patterned(4321) },
      chunkBytes: 1000,
    });
    server.directory.isSettled = isSettled;
    const { peer, serverEnd } = server.browse();
    const { body, lines } = await peer.ask("GET /a");
    assertSameBytes(body, patterned(4321));
    const head = lines.join("\r\n").length + 4;
    assertEquals(serverEnd.writeSizes, [head + 1000, 1000, 1000, 1000, 321]);

    const check = { "Landline-Check": "xxh64" };
    const { chunks } = await peer.ask("GET /a", check);
    assertEquals(chunks, [1000, 1000, 1000, 1000, 321]);
    // And what is said behind them.
    assertEquals(serverEnd.writeSizes.length, 5 + 6);
    const part = { Range: "bytes=100-2199" };
    assertSameBytes(
      (await peer.ask("GET /a", part)).body,
      patterned(4321).subarray(100, 2200),
    );
  }
});

/** What may happen to a file between two reads. */
const CHANGES: Record<
  string,
  (directory: MemoryDirectory, content: Uint8Array) => void
> = {
  "is rewritten with as many bytes": (directory, content) =>
    directory.rewrite("a", content.toReversed()),
  "shrinks": (directory, content) =>
    directory.rewrite("a", content.subarray(0, content.length - 7)),
  "is emptied": (directory) => directory.rewrite("a", ""),
  "grows": (directory, content) =>
    directory.rewrite("a", new Uint8Array([...content, 1])),
  "is replaced": (directory, content) => directory.put("a", content),
  "is removed": (directory) => directory.remove("a"),
};

/** Bytes of the file, and the chunk size: read at once, in several outboxes, in chunks. */
const SIZES = [[70_000, undefined], [700_000, undefined], [
  5000,
  1000,
]] as const;

/** A server whose file `a` suffers `change` while it is sent. */
function changingServer(
  change: (directory: MemoryDirectory, content: Uint8Array) => void,
  [size, chunkBytes]: typeof SIZES[number],
  isCold: boolean,
): MemoryServer {
  const content = patterned(size);
  const server = new MemoryServer({
    files: { a: content, b: "other" },
    ...(chunkBytes && { chunkBytes }),
  });
  const { directory } = server;
  directory.readsAreAsync = isCold;
  directory.isSettled = false;
  let reads = 0;
  directory.onRead = () => {
    if (++reads === (size === 70_000 ? 1 : 2)) change(directory, content);
  };
  return server;
}

for (const [what, change] of Object.entries(CHANGES)) {
  for (const isCold of [false, true]) {
    const how = `${what} while it is sent${isCold ? ", from a cold disk" : ""}`;

    Deno.test(`FileAnswers cuts the answer with a file that ${how}, and gives nothing behind it`, async () => {
      for (const size of SIZES) {
        for (
          const Range of ["pages=1", "bytes=10-", `bytes=1-9,20-${size[0] - 2}`]
        ) {
          await using server = changingServer(change, size, isCold);
          const { peer } = server.browse();
          await peer.send(
            requestText("GET /a", { Range }) + requestText("GET /b"),
          );
          assert(!isWhole(await peer.rest()));
          peer.close();
          await turn();
          assertEquals(server.directory.openFiles, 0);
          assertEquals(server.log.outcomes, ["GET changed"]);
          assertEquals(server.log.notes, []);
        }
      }
    });

    Deno.test(`FileAnswers tells our own client of a file that ${how}, and goes on`, async () => {
      for (const size of SIZES) {
        await using server = changingServer(change, size, isCold);
        const { peer } = server.browse();
        const check = { "Landline-Check": "xxh64" };
        const { status, fields, trailers } = await peer.ask("GET /a", check);
        // Where nothing was sent yet, it can be said as a status.
        const told = status === 409 ? fields : trailers;
        assertEquals(told.get("landline-fault"), "changed");
        assertEquals(trailers.has("landline-end"), false);
        assertEquals((await peer.ask("GET /b", check)).text, "other");
        assertEquals(server.directory.openFiles, 0);
        assertEquals(server.log.outcomes, [
          status === 409 ? "GET 409" : "GET changed",
          "GET 200",
        ]);
        assertEquals(server.log.notes, []);
      }
    });
  }
}

/** Whether `received` is as much as its head promises. */
function isWhole(received: Uint8Array): boolean {
  const text = new TextDecoder("latin1").decode(received);
  const bodyAt = text.indexOf("\r\n\r\n") + 4;
  const [, length = "0"] =
    /\nContent-Length: (\d+)\r/.exec(text.slice(0, bodyAt)) ??
      [];
  return text !== "" && received.length >= bodyAt + Number(length);
}
