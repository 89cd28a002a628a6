import { assert, assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import * as tus from "tus-js-client";
import { TcpChannel } from "../lib/io/channel.ts";
import { assertSameBytes, patterned } from "../lib/testing/content.ts";
import { DiskFolder } from "../lib/testing/disk_folder.ts";
import { HttpPeer, requestText } from "../lib/testing/http_peer.ts";
import { ownPort } from "../lib/testing/ports.ts";
import { startServer, type TestServer } from "../lib/testing/servers.ts";
import { eventually, within } from "../lib/testing/within.ts";

const UPLOADS = ["--allow-upload"];
const CONTENT = patterned(3 * 1024 * 1024 + 5);
const PIECE_BYTES = 256 * 1024;

/** tus-js-client leaves timers behind: of its progress, and of connections that Node keeps. */
function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, fn, sanitizeOps: false, sanitizeResources: false });
}

test("server.ts takes a file from tus-js-client, whatever way that sends it", async () => {
  await using server = await startServer({ args: UPLOADS });
  const ways: Record<string, Partial<tus.UploadOptions>> = {
    "whole": { chunkSize: Infinity },
    "in pieces": {},
    "with the POST": { uploadDataDuringCreation: true },
    "all with the POST": {
      uploadDataDuringCreation: true,
      chunkSize: Infinity,
    },
    "without PATCH": { overridePatchMethod: true },
    "é & %.bin": {},
    "folder/in it": {},
  };
  for (const [filename, options] of Object.entries(ways)) {
    const metadata = { filename, lastModified: "1234567890123" };
    await upload(server, { ...options, metadata });
    assertSameBytes(server.contentOf(filename), CONTENT);
    const { mtime } = Deno.statSync(`${server.folder}/${filename}`);
    assertEquals(mtime?.getTime(), 1234567890123);
  }
  await upload(server, { metadata: { filename: "empty" } }, Buffer.alloc(0));
  assertEquals(server.contentOf("empty").length, 0);
  assertEquals(ownFiles(server.folder), []);
});

test("server.ts lets tus-js-client go on by itself when it is killed and started again", async () => {
  using folder = new DiskFolder();
  const args = UPLOADS;
  const port = ownPort();
  let server = await startServer({ args, folder: folder.path, port });
  try {
    let restarting: Promise<void> | undefined;
    const restart = async () => {
      server.signal("SIGKILL");
      await within("its end", server.ended);
      await server[Symbol.asyncDispose]();
      assertEquals(ownFiles(folder.path).length, 2);
      server = await startServer({ args, folder: folder.path, port });
    };
    const heads: number[] = [];
    await upload(server, {
      metadata: { filename: "a.bin" },
      retryDelays: Array(200).fill(50),
      onChunkComplete: (_size, accepted) => {
        if (accepted > CONTENT.length / 2) restarting ??= restart();
      },
      onAfterResponse: (request, response) => {
        if (request.getMethod() !== "HEAD") return;
        heads.push(Number(response.getHeader("Upload-Offset")));
      },
    });
    await restarting;
    // It went on where it was, and not from the beginning.
    assert(heads.length > 0 && heads.every((at) => at > CONTENT.length / 2));
    assertSameBytes(server.contentOf("a.bin"), CONTENT);
    assertEquals(folder.list(), ["a.bin"]);
  } finally {
    await server[Symbol.asyncDispose]();
  }
});

test("server.ts lets another tus-js-client go on, which knows the URL, after both were killed in the middle of a piece", async () => {
  using folder = new DiskFolder();
  let url: string;
  {
    await using server = await startServer({
      args: UPLOADS,
      folder: folder.path,
    });
    using peer = await connect(server);
    url = await begin(peer, "x/a.bin");
    await peer.send(requestText(`PATCH ${url}`, patchFields()));
    await peer.send(CONTENT.subarray(0, 2_000_000));
    await eventually("a million bytes to be there", () => {
      const [part] = ownFiles(folder.at("x")).filter(isPart);
      return part !== undefined &&
        Deno.statSync(folder.at(`x/${part}`)).size > 1_000_000;
    });
    server.signal("SIGKILL");
    await within("its end", server.ended);
  }
  await using server = await startServer({
    args: UPLOADS,
    folder: folder.path,
  });
  let first: number | undefined;
  await upload(server, {
    uploadUrl: `http://127.0.0.1:${server.port}${url}`,
    onProgress: (sent) => void (first ??= sent),
  });
  assert(first! > 1_000_000);
  assertSameBytes(server.contentOf("x/a.bin"), CONTENT);
  assertEquals(folder.list("x"), ["a.bin"]);
});

test("server.ts lets another tus-js-client go on at once while the first stands still, as after the loss of a network", async () => {
  // Long before the first one is given up.
  await using server = await startServer({
    args: [...UPLOADS, "--stall", "1000"],
  });
  using lost = await connect(server);
  const url = await begin(lost, "a.bin");
  await lost.send(requestText(`PATCH ${url}`, patchFields()));
  await lost.send(CONTENT.subarray(0, 2_000_000));
  await eventually("a million bytes to be there", () => {
    const [part] = ownFiles(server.folder).filter(isPart);
    return part !== undefined &&
      Deno.statSync(`${server.folder}/${part}`).size > 1_000_000;
  });
  await upload(server, {
    uploadUrl: `http://127.0.0.1:${server.port}${url}`,
  });
  assertSameBytes(server.contentOf("a.bin"), CONTENT);
  assertEquals(ownFiles(server.folder), []);
});

test("server.ts lets tus-js-client pause, go on, and give up", async () => {
  await using server = await startServer({ args: UPLOADS });
  const paused = Promise.withResolvers<void>();
  const done = Promise.withResolvers<void>();
  const pausing = newUpload(server, {
    metadata: { filename: "a.bin" },
    onChunkComplete: () => paused.resolve(),
    onSuccess: () => done.resolve(),
    onError: done.reject,
  });
  pausing.start();
  await within("a piece", paused.promise);
  await pausing.abort();
  pausing.start();
  await within("the upload", done.promise);
  assertSameBytes(server.contentOf("a.bin"), CONTENT);

  const begun = Promise.withResolvers<void>();
  const leaving = newUpload(server, {
    metadata: { filename: "b.bin" },
    onChunkComplete: () => begun.resolve(),
    onError: begun.reject,
  });
  leaving.start();
  await within("a piece", begun.promise);
  await leaving.abort(true);
  assertEquals(ownFiles(server.folder), []);
});

test("server.ts tells tus-js-client of a name that is taken, before and meanwhile, and keeps what was sent", async () => {
  await using server = await startServer({
    args: UPLOADS,
    files: { "a.bin": "old" },
  });
  assertEquals(
    await refusalOf(server, { metadata: { filename: "a.bin" } }),
    409,
  );
  assertEquals(ownFiles(server.folder), []);
  const path = `${server.folder}/b.bin`;
  let url: string | null = null;
  const status = await refusalOf(server, {
    metadata: { filename: "b.bin" },
    retryDelays: [0, 0],
    onChunkComplete: () => Deno.writeTextFileSync(path, "old"),
    onBeforeRequest: (request) => {
      if (request.getMethod() === "PATCH") url = request.getURL();
    },
  });
  assertEquals(status, 409);
  assertEquals(Deno.readTextFileSync(path), "old");
  Deno.removeSync(path);
  let sent = 0;
  await upload(server, {
    uploadUrl: url,
    onBeforeRequest: () => void sent++,
  });
  assertSameBytes(server.contentOf("b.bin"), CONTENT);
  // HEAD, and the last byte.
  assertEquals(sent, 2);
  assertEquals(ownFiles(server.folder), []);
});

test("server.ts takes pieces of one upload on all its threads", async () => {
  await using server = await startServer({
    args: [...UPLOADS, "--workers", "2"],
  });
  await Promise.all(Array.from({ length: 4 }, (_, i) =>
    upload(server, {
      metadata: { filename: `${i}.bin` },
      // Each request comes on a connection of its own.
      headers: { Connection: "close" },
      chunkSize: 100_000,
      // The piece before may still be in the hands of another thread.
      retryDelays: Array(100).fill(5),
    })));
  for (let i = 0; i < 4; i++) {
    assertSameBytes(server.contentOf(`${i}.bin`), CONTENT);
  }
  assertEquals(ownFiles(server.folder), []);
});

function newUpload(
  server: TestServer,
  options: Partial<tus.UploadOptions>,
  content = Buffer.from(CONTENT),
): tus.Upload {
  return new tus.Upload(content, {
    endpoint: `http://127.0.0.1:${server.port}/`,
    chunkSize: PIECE_BYTES,
    retryDelays: null,
    ...options,
  });
}

/** Uploads `content` to its end. */
async function upload(
  server: TestServer,
  options: Partial<tus.UploadOptions>,
  content?: Buffer<ArrayBuffer>,
): Promise<void> {
  const done = Promise.withResolvers<void>();
  newUpload(server, {
    ...options,
    onSuccess: () => done.resolve(),
    onError: done.reject,
  }, content).start();
  await within("the upload", done.promise);
}

/** The status with which an upload ends that cannot go on. */
async function refusalOf(
  server: TestServer,
  options: Partial<tus.UploadOptions>,
): Promise<number | undefined> {
  try {
    await upload(server, options);
    return undefined;
  } catch (error) {
    if (!(error instanceof tus.DetailedError)) throw error;
    return error.originalResponse?.getStatus();
  }
}

async function connect(server: TestServer): Promise<HttpPeer> {
  return new HttpPeer(
    await TcpChannel.connect("127.0.0.1", server.port, 10_000),
  );
}

/** Begins an upload of `CONTENT` by hand; gives its URL. */
async function begin(peer: HttpPeer, fileName: string): Promise<string> {
  const { fields } = await peer.ask("POST /", {
    "Tus-Resumable": "1.0.0",
    "Upload-Length": `${CONTENT.length}`,
    "Upload-Metadata": `filename ${btoa(fileName)}`,
    "Content-Length": "0",
  });
  return fields.get("location")!;
}

/** Of a piece that is all of `CONTENT`. */
function patchFields(): Record<string, string> {
  return {
    "Tus-Resumable": "1.0.0",
    "Upload-Offset": "0",
    "Content-Type": "application/offset+octet-stream",
    "Content-Length": `${CONTENT.length}`,
  };
}

/** What in `folder` belongs to the server. */
function ownFiles(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) => name.startsWith(".landline"));
}

function isPart(name: string): boolean {
  return name.endsWith(".part");
}
