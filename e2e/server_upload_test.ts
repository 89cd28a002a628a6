import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { xxh64 } from "../lib/io/checks.ts";
import { assertSameBytes, patterned } from "../lib/testing/content.ts";
import { DiskFolder } from "../lib/testing/disk_folder.ts";
import { startServer } from "../lib/testing/servers.ts";
import { SmallDisk } from "../lib/testing/small_disk.ts";
import { eventually, within } from "../lib/testing/within.ts";
import { textOf, type WirePeer } from "../lib/testing/wire_peer.ts";

const TOKEN = "0123456789abcdef";
const PART_BYTES = 1024 * 1024;
const CONTENT = patterned(3 * PART_BYTES + 5);
const UPLOADS = ["--allow-upload"];

Deno.test("server.ts stores uploads of both kinds, also into folders, dated and whole", async () => {
  await using server = await startServer({ args: UPLOADS });
  using peer = await server.connect();
  await peer.send(`upload ${CONTENT.length} x/y/one.bin\n`);
  await peer.send(CONTENT);
  const { body, fields } = await peer.answer();
  assertEquals(textOf(body), "x/y/one.bin\n");
  assertEquals(fields.get("xxh64"), xxh64(CONTENT));
  assertSameBytes(server.contentOf("x/y/one.bin"), CONTENT);
  await offer(peer, "x/two.bin");
  await sendParts(peer, 0);
  await commit(peer);
  assertSameBytes(server.contentOf("x/two.bin"), CONTENT);
  assertEquals(
    Deno.statSync(`${server.folder}/x/two.bin`).mtime?.getTime(),
    1234567890123,
  );
  assertEquals(server.namesIn("x"), ["two.bin", "y"]);
});

Deno.test("server.ts leaves nothing of an upload whose client vanishes, but a part of one that was offered", async () => {
  // security.md W2.
  await using server = await startServer({ args: UPLOADS });
  const peer = await server.connect();
  await peer.send(`upload ${CONTENT.length} x/one.bin\n`);
  await peer.send(CONTENT.subarray(0, 2 * PART_BYTES));
  const other = await server.connect();
  await offer(other, "two.bin");
  await sendParts(other, 0, 2);
  await other.send(partLine(2 * PART_BYTES));
  await other.send(CONTENT.subarray(2 * PART_BYTES, 2 * PART_BYTES + 1000));
  peer.close();
  other.close();
  await server.stderr.until(/"upload \d+ x\/one\.bin" gone /);
  await server.stderr.until(/"part .*" gone /);
  await eventually(
    "one part",
    () => server.namesIn().join() === `.landline-${TOKEN}.part`,
  );
  using again = await server.connect();
  assertEquals(await offer(again, "two.bin"), 2 * PART_BYTES);
  await sendParts(again, 2 * PART_BYTES);
  await commit(again);
  assertSameBytes(server.contentOf("two.bin"), CONTENT);
  assertEquals(server.namesIn(), ["two.bin"]);
});

Deno.test("server.ts resumes an upload after it was killed in the middle of a part", async () => {
  using folder = new DiskFolder();
  {
    await using server = await startServer({
      args: UPLOADS,
      folder: folder.path,
    });
    using peer = await server.connect();
    await offer(peer, "a.bin");
    await sendParts(peer, 0, 2);
    await peer.send(partLine(2 * PART_BYTES));
    await peer.send(CONTENT.subarray(2 * PART_BYTES, 2 * PART_BYTES + 5000));
    server.signal("SIGKILL");
    await within("its end", server.ended);
    assertEquals(folder.list(), [`.landline-${TOKEN}.part`]);
  }
  await using server = await startServer({
    args: UPLOADS,
    folder: folder.path,
  });
  using peer = await server.connect();
  assertEquals((await peer.ask("send filelist")).line, "OK 0");
  // Whatever it had taken, it is a beginning of the file: the rest makes it whole.
  const offset = await offer(peer, "a.bin");
  assertEquals(offset, 2 * PART_BYTES);
  await sendParts(peer, offset);
  await commit(peer);
  assertSameBytes(server.contentOf("a.bin"), CONTENT);
  assertEquals(folder.list(), ["a.bin"]);
});

Deno.test("server.ts shows nothing of a one-shot upload in whose middle it was killed", async () => {
  using folder = new DiskFolder();
  folder.write("a.bin", "old");
  const args = [...UPLOADS, "--on-conflict", "overwrite"];
  {
    await using server = await startServer({ args, folder: folder.path });
    using peer = await server.connect();
    await peer.send(`upload ${CONTENT.length} a.bin\n`);
    await peer.send(CONTENT.subarray(0, 2 * PART_BYTES));
    await eventually(
      "some of it to be there",
      () =>
        folder.list().some((name) =>
          name.startsWith(".landline-") &&
          Deno.statSync(folder.at(name)).size > 0
        ),
    );
    server.signal("SIGKILL");
    await within("its end", server.ended);
  }
  await using server = await startServer({ args, folder: folder.path });
  using peer = await server.connect();
  assertEquals(textOf((await peer.ask("download a.bin")).body), "old");
  assertEquals(textOf((await peer.ask("send filelist")).body), "a.bin\n");
});

Deno.test("server.ts lets one of two uploads of the same name win, and tells the other", async () => {
  await using server = await startServer({ args: UPLOADS });
  const peers = await Promise.all(
    Array.from({ length: 10 }, () => server.connect()),
  );
  try {
    const files = peers.map((_, i) => patterned(300_000, i + 1));
    const answers = await Promise.all(peers.map(async (peer, i) => {
      await peer.send("upload 300000 a.bin\n");
      await peer.send(files[i]!);
      return (await peer.answer()).line;
    }));
    const winners = answers.flatMap((line, i) =>
      line.startsWith("OK") ? i : []
    );
    assertEquals(winners.length, 1);
    assertEquals(
      answers.filter((line) => line.startsWith("ERR exists ")).length,
      9,
    );
    assertSameBytes(server.contentOf("a.bin"), files[winners[0]!]!);
    assertEquals(server.namesIn(), ["a.bin"]);
  } finally {
    for (const peer of peers) peer.close();
  }
});

Deno.test({
  name:
    "server.ts says no-space on a full disk, leaves nothing but a resumable part, and goes on",
  // Only root may mount the small disk (tmpfs) that this fills.
  ignore: Deno.build.os !== "linux" || Deno.uid() !== 0,
  async fn() {
    // security.md D10.
    using disk = new SmallDisk("size=4m");
    await using server = await startServer({
      args: UPLOADS,
      folder: disk.path,
    });
    // Less than two parts are left.
    Deno.writeFileSync(`${disk.path}/filler`, patterned(2 * PART_BYTES + 4096));
    {
      using peer = await server.connect();
      const sending = peer.send(`upload ${CONTENT.length} x/one.bin\n`)
        .then(() => peer.send(CONTENT)).catch(() => {});
      assertStringIncludes((await peer.answer()).line, "ERR no-space ");
      await sending;
    }
    assertEquals(server.namesIn(), ["filler"]);
    {
      using peer = await server.connect();
      await offer(peer, "two.bin");
      await sendParts(peer, 0, 1);
      await peer.send(partLine(PART_BYTES));
      await peer.send(partAt(PART_BYTES));
      assertStringIncludes((await peer.answer()).line, "ERR no-space ");
      // Nothing of the part that did not fit: the offset is a boundary of acknowledged bytes.
      assertEquals(await offer(peer, "two.bin"), PART_BYTES);
      assertEquals(textOf((await peer.ask("echo on")).body), "on\n");
    }
    assertEquals(server.namesIn(), [`.landline-${TOKEN}.part`, "filler"]);
    assertEquals(
      (await Deno.stat(`${disk.path}/.landline-${TOKEN}.part`)).size,
      PART_BYTES,
    );
    Deno.removeSync(`${disk.path}/filler`);
    using peer = await server.connect();
    const offset = await offerWhenFree(peer, "two.bin");
    await sendParts(peer, offset);
    await commit(peer);
    assertSameBytes(server.contentOf("two.bin"), CONTENT);
  },
});

/** Offers `CONTENT`; gives where the server goes on. */
async function offer(peer: WirePeer, name: string): Promise<number> {
  const { line, fields } = await peer.ask(
    `offer ${TOKEN} ${CONTENT.length} 1234567890123 ${name}`,
  );
  assert(line.startsWith("OK 0 "), line);
  return Number(fields.get("offset"));
}

/** The same, while the connection that had it before is still being cleaned up. */
async function offerWhenFree(peer: WirePeer, name: string): Promise<number> {
  let offset = 0;
  await eventually("the part to be free", async () => {
    try {
      offset = await offer(peer, name);
      return true;
    } catch {
      return false;
    }
  });
  return offset;
}

function partAt(offset: number): Uint8Array {
  return CONTENT.subarray(offset, offset + PART_BYTES);
}

function partLine(offset: number): string {
  const part = partAt(offset);
  return `part ${TOKEN} ${offset} ${part.length} ${xxh64(part)}\n`;
}

/** Sends parts from `offset` on, all that are left or `count`. */
async function sendParts(
  peer: WirePeer,
  offset: number,
  count = Infinity,
): Promise<void> {
  for (let i = 0; i < count && offset < CONTENT.length; i++) {
    const part = partAt(offset);
    await peer.send(partLine(offset));
    await peer.send(part);
    offset += part.length;
    assertEquals((await peer.answer()).line, `OK 0 offset=${offset}`);
  }
}

async function commit(peer: WirePeer): Promise<void> {
  const { line } = await peer.ask(`commit ${TOKEN} ${xxh64(CONTENT)}`);
  assert(line.startsWith("OK "), line);
}
