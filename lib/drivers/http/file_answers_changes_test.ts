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

for (const [what, change] of Object.entries(CHANGES)) {
  for (const [size, chunkBytes] of SIZES) {
    for (const isCold of [false, true]) {
      const how = `${size} bytes, ${chunkBytes ?? "no"} chunks${
        isCold ? ", a cold disk" : ""
      }`;
      const content = patterned(size);

      Deno.test(`FileAnswers passes no file off as whole that ${what} while it is sent (${how})`, async () => {
        const CASES = [{}, { Range: "bytes=10-" }, {
          Range: `bytes=1-9,20-${size - 2}`,
        }, { "Landline-Check": "xxh64" }];
        for (const fields of CASES) {
          await using server = new MemoryServer({
            files: { a: content },
            ...(chunkBytes && { chunkBytes }),
          });
          server.directory.readsAreAsync = isCold;
          server.directory.isSettled = false;
          let reads = 0;
          server.directory.onRead = () => {
            if (++reads === (size === 70_000 ? 1 : 2)) {
              change(server.directory, content);
            }
          };
          const { peer } = server.browse();
          await peer.send(
            requestText("GET /a", { ...fields, Connection: "close" }),
          );
          assert(!isWhole(await peer.rest()));
          peer.close();
          await turn();
          assertEquals(server.directory.openFiles, 0);
          // Where nothing was sent yet, it can be said as a status.
          const [outcome, ...others] = server.log.outcomes;
          assert(outcome === "GET changed" || outcome === "GET 409");
          assertEquals(others, []);
          assertEquals(server.log.notes, []);
        }
      });
    }
  }
}

/** Whether `received` is a file, and as much as its head promises. */
function isWhole(received: Uint8Array): boolean {
  const text = new TextDecoder("latin1").decode(received);
  if (!text.startsWith("HTTP/1.1 20")) return false;
  const bodyAt = text.indexOf("\r\n\r\n") + 4;
  const [, length] = /^Content-Length: (\d+)\r$/m.exec(text) ?? [];
  return length === undefined
    ? /\r\n0\r\n(?!Landline-Fault: changed\r\n\r\n$)/.test(text)
    : received.length >= bodyAt + Number(length);
}
