import { assert, assertEquals, assertLess } from "@std/assert";
import { assertSameBytes, patterned } from "../../testing/content.ts";
import { turn } from "../../testing/fake_clock.ts";
import { connectHttp } from "../../testing/http_changes.ts";
import {
  MemoryServer,
  type MemoryServerOptions,
} from "../../testing/memory_server.ts";

const TEXT = new TextDecoder();
const LARGE = patterned(1_000_000);

Deno.test("ArchiveAnswers sends a folder as tar, in one folder of its name", async () => {
  await using server = archiveServer();
  const answer = await connectHttp(server).ask("GET /a/photos/?tar");
  assertEquals(answer.status, 200);
  assertEquals(answer.framing, "chunked");
  assertEquals(answer.fields.get("content-type"), "application/x-tar");
  assertEquals(answer.fields.get("cache-control"), "no-store");
  assertEquals(answer.fields.get("x-content-type-options"), "nosniff");
  assertEquals(
    answer.fields.get("content-disposition"),
    'attachment; filename="photos.tar"',
  );
  const files = filesInTar(answer.body);
  assertEquals([...files.keys()], [
    "photos/deep/e.txt",
    "photos/empty",
    "photos/large.bin",
  ]);
  assertEquals(TEXT.decode(files.get("photos/deep/e.txt")), "text");
  assertSameBytes(files.get("photos/large.bin"), LARGE);
  assertEquals(server.directory.openFiles, 0);
});

Deno.test("ArchiveAnswers sends a folder as zip", async () => {
  await using server = archiveServer();
  const answer = await connectHttp(server).ask("GET /a/photos/?zip");
  assertEquals(answer.fields.get("content-type"), "application/zip");
  assertEquals(
    answer.fields.get("content-disposition"),
    'attachment; filename="photos.zip"',
  );
  assertEquals(namesInZip(answer.body), [
    "photos/deep/e.txt",
    "photos/empty",
    "photos/large.bin",
  ]);
  assertEquals(server.directory.openFiles, 0);
});

Deno.test("ArchiveAnswers sends all files of the root, none that is hidden, and goes on behind them", async () => {
  await using server = archiveServer({ files: { "b": "x", ".c": "y" } });
  const peer = connectHttp(server);
  const answer = await peer.ask("GET /?tar");
  assertEquals([...filesInTar(answer.body).keys()], ["b"]);
  assertEquals(
    answer.fields.get("content-disposition"),
    'attachment; filename="files.tar"',
  );
  server.directory.remove("b");
  assertEquals(filesInTar((await peer.ask("GET /?tar")).body).size, 0);
  assertEquals(namesInZip((await peer.ask("GET /?zip")).body), []);
});

const DISPOSITIONS: Record<string, string> = {
  // RFC 6266 4.3, RFC 8187 3.2.
  "a b": 'filename="a b.tar"',
  "a;b=c": 'filename="a;b=c.tar"',
  'a"b\\c': "filename=\"a_b_c.tar\"; filename*=UTF-8''a%22b%5Cc.tar",
  "50%": "filename=\"50_.tar\"; filename*=UTF-8''50%25.tar",
  "日😀": "filename=\"__.tar\"; filename*=UTF-8''%E6%97%A5%F0%9F%98%80.tar",
  "é'(*)": "filename=\"_'(*).tar\"; filename*=UTF-8''%C3%A9%27%28%2A%29.tar",
  // security.md X2.
  "a\r\nX-Evil: 1":
    "filename=\"a__X-Evil: 1.tar\"; filename*=UTF-8''a%0D%0AX-Evil%3A%201.tar",
};
for (const [folder, names] of Object.entries(DISPOSITIONS)) {
  Deno.test(`ArchiveAnswers calls the archive of ${JSON.stringify(folder)} so that every browser understands`, async () => {
    await using server = archiveServer({ files: { [`${folder}/x`]: "" } });
    const path = encodeURIComponent(folder);
    const { fields } = await connectHttp(server).ask(`GET /${path}/?tar`);
    assertEquals(fields.get("content-disposition"), `attachment; ${names}`);
  });
}

Deno.test("ArchiveAnswers tells of an archive without making it", async () => {
  // RFC 9110 9.3.2.
  await using server = archiveServer();
  const peer = connectHttp(server);
  let reads = 0;
  server.directory.onRead = () => reads++;
  const answer = await peer.ask("HEAD /a/photos/?zip");
  assertEquals(answer.status, 200);
  assertEquals(answer.fields.get("content-type"), "application/zip");
  assertEquals(reads, 0);
  assertEquals((await peer.ask("GET /a/?simple")).status, 200);
});

Deno.test("ArchiveAnswers sends none where that is not allowed, of what is no folder, and of what is not there", async () => {
  await using server = archiveServer();
  const peer = connectHttp(server);
  assertEquals((await peer.ask("GET /none/?tar")).status, 404);
  assertEquals((await peer.ask("GET /a/photos/empty/?tar")).status, 404);
  assertEquals((await peer.ask("GET /.landline/?tar")).status, 404);
  const folder = await peer.ask("GET /a?tar");
  assertEquals(folder.status, 301);
  assertEquals(folder.fields.get("location"), "/a/?tar");
  for (const http of [{ archives: false }, { listings: false }]) {
    await using closed = archiveServer({ http });
    for (const form of ["tar", "zip"]) {
      const { status } = await connectHttp(closed).ask(`GET /a/?${form}`);
      assertEquals(status, 403);
    }
  }
});

const CHANGES: Record<string, (server: MemoryServer) => void> = {
  "grows": ({ directory }) => directory.rewrite("b", patterned(300_001)),
  "shrinks": ({ directory }) => directory.rewrite("b", patterned(200_000)),
  "is rewritten": ({ directory }) =>
    directory.rewrite("b", patterned(300_000, 2)),
  "is removed": ({ directory }) => directory.remove("b"),
};
for (const [what, change] of Object.entries(CHANGES)) {
  for (const form of ["tar", "zip"]) {
    for (const readsAreAsync of [false, true]) {
      const from = readsAreAsync ? "a cold disk" : "memory";
      Deno.test(`ArchiveAnswers cuts the connection when a file ${what} that it packs into a ${form} from ${from}`, async () => {
        // Never an archive that looks whole.
        await using server = archiveServer({
          files: { a: "", b: patterned(300_000), c: "" },
        });
        server.directory.readsAreAsync = readsAreAsync;
        let isChanged = false;
        server.directory.onRead = (_name, offset) => {
          if (offset > 0 && !isChanged) {
            isChanged = true;
            change(server);
          }
        };
        const peer = connectHttp(server);
        await peer.send(`GET /?${form} HTTP/1.1\r\nHost: x\r\n\r\n`);
        const answer = await peer.rest();
        assert(isChanged);
        assert(!endsWith(answer, "0\r\n\r\n"));
        assertEquals(server.directory.openFiles, 0);
        assertEquals(server.log.requests.at(-1)?.status, "changed");
      });
    }
  }
}

Deno.test("ArchiveAnswers leaves out what vanishes before its turn, and says so in the log", async () => {
  await using server = archiveServer({
    files: { a: "1", "b\x1b": "2", c: "3" },
  });
  const { directory } = server;
  directory.onRead = (name) => {
    if (name === "a") directory.remove("b\x1b");
  };
  const { body } = await connectHttp(server).ask("GET /?tar");
  assertEquals([...filesInTar(body).keys()], ["a", "c"]);
  assertEquals(server.log.notes, [
    'An archive is sent without "b\\x1b": There is no such file',
  ]);
});

Deno.test("ArchiveAnswers ends the reading when the peer leaves, at whatever byte", async () => {
  // security.md D8.
  for (const form of ["tar", "zip"]) {
    for (const cut of [0, 1, 300, 900, 5000, 200_000, 900_000]) {
      await using server = archiveServer();
      const peer = connectHttp(server, {
        bToA: { cutAfterBytes: cut, capacityBytes: 1000 },
      });
      await peer.send(`GET /?${form} HTTP/1.1\r\nHost: x\r\n\r\n`);
      await peer.rest();
      await turn();
      assertEquals(server.directory.openFiles, 0, `${form} cut after ${cut}`);
      // What is lost of the last bytes on their way, nobody tells the server.
      const { status } = server.log.requests.at(-1)!;
      assert(status === "gone" || (status === "200" && cut > 500_000));
    }
  }
});

Deno.test("ArchiveAnswers reads no more than its peer takes", async () => {
  // security.md D7.
  await using server = archiveServer({ files: { a: patterned(3_000_000) } });
  let bytesRead = 0;
  server.directory.onRead = (_name, offset) => bytesRead = offset;
  const peer = connectHttp(server, { bToA: { capacityBytes: 1000 } });
  await peer.send("GET /?zip HTTP/1.1\r\nHost: x\r\n\r\n");
  await turn();
  assertLess(bytesRead, 600_000);
  peer.close();
  await turn();
  assertEquals(server.directory.openFiles, 0);
});

Deno.test("ArchiveAnswers ends an archive with the connection in HTTP/1.0", async () => {
  // RFC 9112 6.1.
  await using server = archiveServer();
  const peer = connectHttp(server);
  await peer.send("GET /a/photos/?tar HTTP/1.0\r\n\r\n");
  const answer = await peer.answer();
  assertEquals(answer.framing, "close");
  assertEquals(filesInTar(answer.body).size, 3);
});

function archiveServer(options: MemoryServerOptions = {}): MemoryServer {
  return new MemoryServer({
    files: {
      "a/photos/large.bin": LARGE,
      "a/photos/empty": "",
      "a/photos/deep/e.txt": "text",
      "a/other": "x",
    },
    ...options,
  });
}

/** Name -> content of the files in a tar with two empty blocks at its end, short names only. */
function filesInTar(bytes: Uint8Array): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  let at = 0;
  for (; bytes[at] !== 0;) {
    const text = (from: number, count: number) =>
      TEXT.decode(bytes.subarray(at + from, at + from + count))
        .replace(/\0.*/s, "");
    const size = parseInt(text(124, 12), 8);
    assertEquals(text(257, 6), "ustar");
    files.set(text(0, 100), bytes.slice(at + 512, at + 512 + size));
    at += 512 + Math.ceil(size / 512) * 512;
  }
  assertEquals(bytes.length - at, 1024);
  return files;
}

/** The names in the central directory of a zip. */
function namesInZip(bytes: Uint8Array): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const end = bytes.length - 22;
  assertEquals(view.getUint32(end, true), 0x06054b50);
  const names: string[] = [];
  let at = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0; left--) {
    assertEquals(view.getUint32(at, true), 0x02014b50);
    const length = view.getUint16(at + 28, true);
    names.push(TEXT.decode(bytes.subarray(at + 46, at + 46 + length)));
    at += 46 + length + view.getUint16(at + 30, true) +
      view.getUint16(at + 32, true);
  }
  assertEquals(at, end);
  return names;
}

function endsWith(bytes: Uint8Array, text: string): boolean {
  return TEXT.decode(bytes.subarray(-text.length)) === text;
}
