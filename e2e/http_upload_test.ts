import { assert, assertEquals } from "@std/assert";
import { TcpChannel } from "../lib/io/channel.ts";
import { assertSameBytes, patterned } from "../lib/testing/content.ts";
import { DiskFolder } from "../lib/testing/disk_folder.ts";
import { HttpPeer, requestText } from "../lib/testing/http_peer.ts";
import { startServer, type TestServer } from "../lib/testing/servers.ts";
import { SmallDisk } from "../lib/testing/small_disk.ts";
import { eventually, within } from "../lib/testing/within.ts";

const UPLOADS = ["--allow-upload"];
const CONTENT = patterned(3 * 1024 * 1024 + 5);

Deno.test("server.ts takes files from curl -T: large, empty, from a pipe, into new folders", async () => {
  await using server = await startServer({ args: UPLOADS });
  using local = localFiles();
  assertEquals(
    await curl(server, "/", ["-T", local.at("f.bin")]),
    { code: 0, status: 201, text: "/f.bin\n" },
  );
  assertEquals(
    await curl(server, "/a/b/", ["-T", local.at("empty")]),
    { code: 0, status: 201, text: "/a/b/empty\n" },
  );
  assertEquals(
    await curl(server, "/a/%C3%A9%20%25", ["-T", "-"], CONTENT),
    { code: 0, status: 201, text: "/a/%C3%A9%20%25\n" },
  );
  for (const name of ["f.bin", "a/é %"]) {
    assertSameBytes(server.contentOf(name), CONTENT);
  }
  assertEquals(server.contentOf("a/b/empty").length, 0);
  assertEquals(server.namesIn(), ["a", "f.bin"]);
});

Deno.test("server.ts takes files from curl -F, and tells of each", async () => {
  await using server = await startServer({ args: UPLOADS });
  using local = localFiles();
  const form = [
    "-F",
    `file=@${local.at("f.bin")}`,
    "-F",
    "word=value",
    "-F",
    `file=@${local.at("f.bin")};filename="x/y;\\"z.bin"`,
    "-F",
    `file=@${local.at("empty")}`,
  ];
  const stored = await curl(server, "/d/", form);
  assertEquals(stored, {
    code: 0,
    status: 201,
    text: "/d/f.bin\n/d/x/y%3B%22z.bin\n/d/empty\n",
  });
  assertSameBytes(server.contentOf("d/f.bin"), CONTENT);
  assertSameBytes(server.contentOf('d/x/y;"z.bin'), CONTENT);
  const again = await curl(server, "/d/", ["-f", ...form]);
  assertEquals(again.code, 22);
  assertEquals(again.status, 409);
});

Deno.test("server.ts tells curl what is wrong before it has sent anything", async () => {
  // RFC 9110 10.1.1.
  await using server = await startServer({
    args: [...UPLOADS, "--max-upload", "1M"],
    files: { "f.bin": "old" },
  });
  using local = localFiles();
  const refusals = [
    ["/f.bin", 409],
    ["/new.bin", 413],
    ["/.hidden", 403],
  ] as const;
  for (const [path, status] of refusals) {
    const source = local.at(status === 413 ? "f.bin" : "empty");
    const args = ["-H", "Expect: 100-continue", "-T", source];
    assertEquals((await curl(server, path, args)).status, status);
    await server.stderr.until(
      new RegExp(`"PUT ${path} HTTP/1\\.1" ${status} 0 `),
    );
  }
  assertEquals(server.namesIn(), ["f.bin"]);
  assertEquals(server.contentOf("f.bin").length, 3);
});

Deno.test("server.ts removes what curl -X DELETE names, with --allow-delete only", async () => {
  const files = { "a/b.txt": "x" };
  const remove = ["-X", "DELETE"];
  await using closed = await startServer({ args: UPLOADS, files });
  assertEquals((await curl(closed, "/a/b.txt", remove)).status, 403);
  await using server = await startServer({ args: ["--allow-delete"], files });
  assertEquals((await curl(server, "/a/", remove)).status, 409);
  assertEquals((await curl(server, "/a/b.txt", remove)).status, 204);
  assertEquals((await curl(server, "/a/", remove)).status, 204);
  assertEquals(server.namesIn(), []);
});

Deno.test("server.ts takes nothing that a page of another site sends, by whatever method", async () => {
  // security.md W5.
  await using server = await startServer({
    args: [...UPLOADS, "--allow-delete", "--cors"],
    files: { "f.bin": "old" },
  });
  using local = localFiles();
  const file = local.at("f.bin");
  for (
    const method of [
      ["-T", file],
      ["-F", `file=@${file}`],
      ["-X", "DELETE"],
      ["-X", "POST", "-H", "Tus-Resumable: 1.0.0", "-H", "Upload-Length: 1"],
      ["-X", "PATCH"],
    ]
  ) {
    for (
      const field of [
        "Origin: http://evil.example",
        "Sec-Fetch-Site: cross-site",
        "Host: evil.example",
      ]
    ) {
      const path = method[0] === "-F" || method[1] === "POST" ? "/" : "/f.bin";
      const { status } = await curl(server, path, [...method, "-H", field]);
      assertEquals(status, 403, `${method} ${field}`);
    }
  }
  assertEquals(server.namesIn(), ["f.bin"]);
  assertEquals(server.contentOf("f.bin").length, 3);
});

Deno.test("server.ts shows nothing of a PUT in whose middle it was killed, and keeps the old file", async () => {
  // security.md W2.
  using folder = new DiskFolder();
  folder.write("a.bin", "old");
  const args = [...UPLOADS, "--on-conflict", "overwrite"];
  {
    await using server = await startServer({ args, folder: folder.path });
    using peer = await connect(server);
    await peer.send(requestText("PUT /a.bin", lengthOf(CONTENT)));
    await peer.send(CONTENT.subarray(0, 2_000_000));
    await eventually("some of it to be there", () => partBytes(folder) > 0);
    server.signal("SIGKILL");
    await within("its end", server.ended);
  }
  await using server = await startServer({ args, folder: folder.path });
  assertEquals((await curl(server, "/a.bin", [])).text, "old");
  assertEquals((await curl(server, "/?simple", [])).text, "a.bin\n");
});

Deno.test("server.ts leaves nothing of a PUT whose client vanishes", async () => {
  // security.md W2.
  await using server = await startServer({ args: UPLOADS });
  const peer = await connect(server);
  await peer.send(requestText("PUT /x/a.bin", lengthOf(CONTENT)));
  await peer.send(CONTENT.subarray(0, 2_000_000));
  peer.close();
  await server.stderr.until(/"PUT \/x\/a\.bin HTTP\/1\.1" gone /);
  assertEquals(server.namesIn(), []);
});

Deno.test("server.ts lets one of several PUTs of the same name win, and tells the others", async () => {
  await using server = await startServer({ args: UPLOADS });
  using local = localFiles();
  const results = await Promise.all(
    Array.from(
      { length: 5 },
      () => curl(server, "/a.bin", ["-T", local.at("f.bin")]),
    ),
  );
  assertEquals(results.filter(({ status }) => status === 201).length, 1);
  assertEquals(results.filter(({ status }) => status === 409).length, 4);
  assertSameBytes(server.contentOf("a.bin"), CONTENT);
  assertEquals(server.namesIn(), ["a.bin"]);
});

Deno.test("server.ts takes links for nothing that it could write through", async () => {
  // security.md W1.
  using outside = new DiskFolder();
  outside.write("f", "outside");
  await using server = await startServer({
    args: [...UPLOADS, "--allow-delete", "--on-conflict", "overwrite"],
    files: { "d/x": "" },
  });
  using local = localFiles();
  Deno.symlinkSync(outside.path, `${server.folder}/out`);
  Deno.symlinkSync(`${server.folder}/d`, `${server.folder}/in`);
  const file = local.at("f.bin");
  for (
    const [path, args] of [
      ["/out/f", ["-T", file]],
      ["/out/", ["-F", `file=@${file};filename=f`]],
      ["/out/f", ["-X", "DELETE"]],
      ["/out/", tusCreation("f", 5)],
      ["/", tusCreation("out/f", 5)],
      ["/in/new", ["-T", file]],
    ] as const
  ) {
    const { status } = await curl(server, path, args);
    assert(status === 403 || status === 404, `${status} ${path} ${args}`);
  }
  assertEquals(outside.list(), ["f"]);
  assertEquals(Deno.readTextFileSync(outside.at("f")), "outside");
  assertEquals(server.namesIn("d"), ["x"]);
});

Deno.test({
  name:
    "server.ts says 507 on a full disk, leaves nothing but what can be resumed, and goes on",
  // Only root may mount the small disk (tmpfs) that this fills.
  ignore: Deno.build.os !== "linux" || Deno.uid() !== 0,
  async fn() {
    // security.md D10.
    using local = localFiles();
    using disk = new SmallDisk("size=4m");
    await using server = await startServer({
      args: UPLOADS,
      folder: disk.path,
    });
    Deno.writeFileSync(`${disk.path}/filler`, patterned(2 * 1024 * 1024));
    const file = local.at("f.bin");
    assertEquals((await curl(server, "/x/a", ["-T", file])).status, 507);
    const form = ["-F", `file=@${file}`];
    assertEquals((await curl(server, "/x/", form)).status, 507);
    assertEquals(server.namesIn(), ["filler"]);
    const url = await begin(server, "a", CONTENT.length);
    assertEquals((await patch(server, url, 0)).status, 507);
    const offset = await offsetOf(server, url);
    assert(offset > 1024 * 1024 && offset < CONTENT.length);
    assertEquals(server.namesIn().length, 3);
    Deno.removeSync(`${disk.path}/filler`);
    assertEquals((await patch(server, url, offset)).status, 204);
    assertSameBytes(server.contentOf("a"), CONTENT);
    assertEquals(server.namesIn(), ["a"]);
  },
});

/** A file that is large enough for curl to ask first, and an empty one. */
function localFiles(): DiskFolder {
  const folder = new DiskFolder();
  folder.write("f.bin", CONTENT);
  folder.write("empty", "");
  return folder;
}

/** What curl makes of `path`; `stdin` is its standard input. */
async function curl(
  server: TestServer,
  path: string,
  args: readonly string[],
  stdin?: Uint8Array,
): Promise<{ code: number; status: number; text: string }> {
  const child = new Deno.Command("curl", {
    args: [
      "--silent",
      "--write-out",
      "%{stderr}%{http_code}",
      ...args,
      `http://127.0.0.1:${server.port}${path}`,
    ],
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  if (stdin !== undefined) {
    await new Blob([stdin as BlobPart]).stream().pipeTo(child.stdin);
  }
  const { code, stdout, stderr } = await within("curl", child.output());
  const [text, status] = [stdout, stderr].map((bytes) =>
    new TextDecoder().decode(bytes)
  );
  return { code, status: Number(status), text: text ?? "" };
}

async function connect(server: TestServer): Promise<HttpPeer> {
  return new HttpPeer(
    await TcpChannel.connect("127.0.0.1", server.port, 10_000),
  );
}

/** Arguments of curl that begin an upload. */
function tusCreation(fileName: string, bytes: number): string[] {
  return [
    "-X",
    "POST",
    "-H",
    "Tus-Resumable: 1.0.0",
    "-H",
    `Upload-Length: ${bytes}`,
    "-H",
    `Upload-Metadata: filename ${btoa(fileName)}`,
  ];
}

/** Begins an upload in the root; gives its URL. */
async function begin(
  server: TestServer,
  fileName: string,
  bytes: number,
): Promise<string> {
  using peer = await connect(server);
  const { fields } = await peer.ask("POST /", {
    "Tus-Resumable": "1.0.0",
    "Upload-Length": `${bytes}`,
    "Upload-Metadata": `filename ${btoa(fileName)}`,
    "Content-Length": "0",
  });
  return fields.get("location")!;
}

/** Sends what is behind `offset`. */
async function patch(
  server: TestServer,
  url: string,
  offset: number,
): Promise<{ status: number }> {
  using peer = await connect(server);
  const rest = CONTENT.subarray(offset);
  await peer.send(requestText(`PATCH ${url}`, patchFields(offset)));
  // The server may end the connection before it has taken everything.
  const sending = peer.send(rest).catch(() => {});
  const answer = await peer.answer();
  await sending;
  return answer;
}

function patchFields(offset: number): Record<string, string> {
  return {
    "Tus-Resumable": "1.0.0",
    "Upload-Offset": `${offset}`,
    "Content-Type": "application/offset+octet-stream",
    ...lengthOf(CONTENT.subarray(offset)),
  };
}

async function offsetOf(server: TestServer, url: string): Promise<number> {
  using peer = await connect(server);
  const answer = await peer.ask(`HEAD ${url}`, { "Tus-Resumable": "1.0.0" });
  assertEquals(answer.status, 200);
  return Number(answer.fields.get("upload-offset"));
}

function lengthOf(content: Uint8Array): Record<string, string> {
  return { "Content-Length": `${content.length}` };
}

/** The bytes of the largest part in `folder`. */
function partBytes(folder: DiskFolder): number {
  const parts = folder.list().filter((name) => name.endsWith(".part"));
  return Math.max(
    0,
    ...parts.map((name) => Deno.statSync(folder.at(name)).size),
  );
}
