import { assert, assertEquals, assertMatch } from "@std/assert";
import { assertSameBytes, patterned } from "../lib/testing/content.ts";
import { DiskFolder } from "../lib/testing/disk_folder.ts";
import { HttpPeer, requestText } from "../lib/testing/http_peer.ts";
import { startServer, type TestServer } from "../lib/testing/servers.ts";
import { within } from "../lib/testing/within.ts";
import { textOf } from "../lib/testing/wire_peer.ts";

/** More than the kernel takes for a peer that does not read. */
const LARGE = patterned(16_000_000);

/** A new connection in HTTP. */
async function browse(server: TestServer): Promise<HttpPeer> {
  return new HttpPeer((await server.connect()).channel);
}

/** A test that needs a program of Debian; where it is not there, the name of the test tells which. */
function testWith(
  program: string,
  name: string,
  fn: () => Promise<void>,
): void {
  const found = new Deno.Command("sh", {
    args: ["-c", 'command -v "$1"', "sh", program],
    stdout: "null",
  }).outputSync().success;
  Deno.test({ name: `${name} (${program})`, ignore: !found, fn });
}

/** Runs a line of a shell in `folder`; `$URL` is where the server is. */
async function shell(
  server: TestServer,
  folder: DiskFolder,
  line: string,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await within(
    line,
    new Deno.Command("sh", {
      args: ["-c", line],
      cwd: folder.path,
      // Nobody's proxy and nobody's settings.
      clearEnv: true,
      env: {
        PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin",
        HOME: folder.path,
        URL: `http://localhost:${server.port}`,
        PORT: `${server.port}`,
      },
      stdin: "null",
    }).output(),
  );
  const latin1 = new TextDecoder("latin1");
  return { code, stdout: latin1.decode(stdout), stderr: latin1.decode(stderr) };
}

testWith(
  "curl",
  "server.ts gives curl whole files, ranges, the rest of one, heads, and nothing that is not newer",
  async () => {
    await using server = await startServer({
      files: {
        "large.bin": LARGE,
        "a b.txt": "hello",
        "page.css": "identity",
        "page.css.gz": Uint8Array.from(
          // gzip of "compressed\n", by gzip -n.
          atob("H4sIAAAAAAACA0vOzy0oSi0uTk3hAgC7bU/ICwAAAA=="),
          (c) => c.charCodeAt(0),
        ),
      },
    });
    using here = new DiskFolder();
    const run = (line: string) => shell(server, here, line);
    assertEquals((await run("curl -sSfO $URL/large.bin")).stderr, "");
    assertSameBytes(Deno.readFileSync(here.at("large.bin")), LARGE);

    // It was broken off, and goes on.
    Deno.truncateSync(here.at("large.bin"), 1_234_567);
    assertEquals((await run("curl -sSf -C - -O $URL/large.bin")).stderr, "");
    assertSameBytes(Deno.readFileSync(here.at("large.bin")), LARGE);

    assertEquals((await run("curl -s -r 1-3 $URL/a%20b.txt")).stdout, "ell");
    assertEquals((await run("curl -s -r -2 $URL/a%20b.txt")).stdout, "lo");
    assertMatch(
      (await run("curl -s -r 0-0,4-4 $URL/a%20b.txt")).stdout,
      /bytes 0-0\/5\r\n\r\nh\r\n[^]*bytes 4-4\/5\r\n\r\no\r\n/,
    );
    assertMatch(
      (await run("curl -sI $URL/a%20b.txt")).stdout,
      /^HTTP\/1\.1 200 OK\r\n[^]*\r\nContent-Length: 5\r\n\r\n$/,
    );
    const newer = "curl -s -R -o out -w '%{http_code} %{size_download}'";
    assertEquals((await run(`${newer} $URL/a%20b.txt`)).stdout, "200 5");
    assertEquals((await run(`${newer} -z out $URL/a%20b.txt`)).stdout, "304 0");
    assertEquals(
      (await run("curl -s --compressed $URL/page.css")).stdout,
      "compressed\n",
    );
    assertEquals((await run("curl -s $URL/page.css")).stdout, "identity");
    assertEquals(
      (await run("curl -s --http1.0 $URL/a%20b.txt")).stdout,
      "hello",
    );
    assertEquals(
      (await run("curl -s $URL/a%20b.txt $URL/a%20b.txt")).stdout,
      "hellohello",
    );
    assertEquals(
      (await run("curl -s $URL/?simple")).stdout,
      "a b.txt\nlarge.bin\npage.css\npage.css.gz\n",
    );
    assertEquals((await run("curl -sSf $URL/none")).code, 22);
    assertEquals(
      (await run("curl -s --path-as-is $URL/../x")).stdout.split(":")[0],
      "400 Bad Request",
    );
  },
);

testWith(
  "wget",
  "server.ts lets wget go on with a download, and take all that a page links",
  async () => {
    await using server = await startServer({
      files: { "large.bin": LARGE, "sub/a.txt": "a", "sub/deep/b c.txt": "b" },
    });
    using here = new DiskFolder();
    here.write("large.bin", LARGE.subarray(0, 999_999));
    const resumed = await shell(server, here, "wget -q -c $URL/large.bin");
    assertEquals([resumed.code, resumed.stderr], [0, ""]);
    assertSameBytes(Deno.readFileSync(here.at("large.bin")), LARGE);
    await shell(
      server,
      here,
      "wget -q -r -np -nH -R '*sort=*' -e robots=off $URL/sub/",
    );
    assertEquals(Deno.readTextFileSync(here.at("sub/a.txt")), "a");
    assertEquals(Deno.readTextFileSync(here.at("sub/deep/b c.txt")), "b");
  },
);

testWith(
  "aria2c",
  "server.ts gives one file to five connections at once",
  async () => {
    await using server = await startServer({ files: { "large.bin": LARGE } });
    using here = new DiskFolder();
    const { code, stdout } = await shell(
      server,
      here,
      "aria2c --no-conf -q -x5 -s5 -k1M --max-overall-download-limit=30M $URL/large.bin",
    );
    assertEquals(code, 0, stdout);
    assertSameBytes(Deno.readFileSync(here.at("large.bin")), LARGE);
    await server.stop();
    const requests = (await server.stderr.whole()).split("\n").filter((line) =>
      line.includes('" 206 ')
    );
    assert(requests.length >= 4, `${requests.length}`);
  },
);

testWith("nc", "server.ts answers who has said all he has to say", async () => {
  await using server = await startServer({ files: { "large.bin": LARGE } });
  using here = new DiskFolder();
  const request = "GET /large.bin HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n";
  const { code } = await shell(
    server,
    here,
    `printf '${request}${request}' | nc -N localhost $PORT >answers`,
  );
  assertEquals(code, 0);
  const answers = Deno.readFileSync(here.at("answers"));
  assertSameBytes(answers.subarray(-LARGE.length), LARGE);
  assert(answers.length > 2 * LARGE.length);
});

Deno.test("server.ts speaks both languages on one port at once", async () => {
  await using server = await startServer({
    files: { "large.bin": LARGE, "a.txt": "hello" },
  });
  await Promise.all(Array.from({ length: 8 }, async (_, i) => {
    using wire = await server.connect(i % 2 === 0 ? "127.0.0.1" : "::1");
    using http = await browse(server);
    const [first, second] = await Promise.all([
      wire.ask("download large.bin"),
      http.ask("GET /large.bin"),
    ]);
    assertSameBytes(first.body, LARGE);
    assertSameBytes(second.body, LARGE);
    assertEquals(textOf((await wire.ask("download a.txt")).body), "hello");
    assertEquals((await http.ask("GET /a.txt")).text, "hello");
  }));
});

/** Every character that a name may have on Linux and that something could take for something else. */
const NASTY = [
  "#hash?query&amp;=+ %41 %2e%2e |",
  "per%20cent.txt",
  `"double" 'single' \`back\``,
  "back\\slash",
  "C:\\a:b*?<>",
  "line\nbreak\r",
  "\x01\x1b[31m\x7f",
  "é decomposed: e\u0301",
  "😀 \u202eoverride \ufeff",
  "a..",
  "&<img src=x onerror=alert(1)>",
  "é".repeat(127),
  "nested/deep er/\n/…/f",
];

Deno.test("server.ts gives every name that a file can have, by the address that its listing tells", async () => {
  const files = Object.fromEntries(
    NASTY.map((name, i) => [name, `content ${i}`]),
  );
  await using server = await startServer({ files });
  using peer = await browse(server);
  const found: string[] = [];
  const visit = async (folder: string) => {
    const { entries } = JSON.parse((await peer.ask(`GET ${folder}?json`)).text);
    const page =
      (await peer.ask(`GET ${folder}`, { Accept: "text/html" })).text;
    for (const { url, kind } of entries) {
      const isFolder = kind === "folder";
      // The page links what the listing tells.
      assert(page.includes(`href="./${url.slice(folder.length)}"`), url);
      if (isFolder) await visit(url);
      else {
        found.push(decodeURIComponent(url.slice(1)));
        assertEquals((await peer.ask(`GET ${url}`)).text, files[found.at(-1)!]);
      }
    }
  };
  await visit("/");
  assertEquals(found.sort(), NASTY.toSorted());
});

for (const more of [[], ["--hidden"]]) {
  Deno.test(`server.ts ${more.join("")} gives nothing outside its folder, nothing that is no file, and nobody waits for it`, async () => {
    // security.md P1, P6, P8, P10.
    using outside = new DiskFolder();
    outside.write("secret", "not for you");
    outside.write("dir/secret", "not for you");
    await using server = await startServer({
      args: more,
      files: { "sub/a.txt": "fine", ".landline-1.part": "not for you" },
    });
    const at = (name: string) => `${server.folder}/${name}`;
    Deno.mkdirSync(`${server.folder}-secret`);
    Deno.writeTextFileSync(`${server.folder}-secret/f`, "not for you");
    try {
      Deno.symlinkSync(outside.at("secret"), at("link"));
      Deno.symlinkSync(outside.at("dir"), at("out"));
      Deno.symlinkSync("../out", at("sub/chain"));
      Deno.symlinkSync(`${server.folder}-secret`, at("prefix"));
      Deno.symlinkSync("loop", at("loop"));
      Deno.symlinkSync("/dev/zero", at("device"));
      Deno.symlinkSync("sub", at("inside"));
      assert(
        (await new Deno.Command("mkfifo", { args: [at("fifo")] }).output())
          .success,
      );
      using peer = await browse(server);
      for (
        const path of [
          "/link",
          "/out",
          "/out/",
          "/out/secret",
          "/sub/chain/secret",
          "/sub/chain/",
          "/prefix/f",
          `/../${server.folder.split("/").at(-1)}-secret/f`,
          "/loop",
          "/loop/",
          "/device",
          "/fifo",
          "/fifo/",
          "/.landline-1.part",
          "/" + "x".repeat(300),
          "/" + "x/".repeat(2500),
          `/..%2f${outside.path}/secret`,
          `//${outside.path}/secret`,
        ]
      ) {
        for (const method of ["GET", "HEAD"]) {
          for (const query of ["", "?sha256", "?list", "?json"]) {
            const answer = await within(
              path,
              peer.ask(`${method} ${path}${query}`, { Range: "bytes=0-3" }),
            );
            assert(
              answer.status === 404 || answer.status === 400,
              `${path}${query}: ${answer.status}`,
            );
            // HEAD does not tell its size.
            assert(!answer.text.includes("not f"));
            assert(!answer.fields.has("last-modified"));
          }
        }
      }
      // Links that stay inside are what they lead to; the others are not even listed.
      assertEquals((await peer.ask("GET /inside/a.txt")).text, "fine");
      assertEquals((await peer.ask("GET /?simple")).text, "inside/\nsub/\n");
      assertEquals((await peer.ask("GET /sub/?simple")).text, "a.txt\n");
      // security.md P7: swapped between two requests.
      Deno.renameSync(at("link"), at("sub/a.txt"));
      assertEquals((await peer.ask("GET /sub/a.txt")).status, 404);
      assertEquals((await peer.ask("GET /inside/a.txt")).status, 404);
    } finally {
      Deno.removeSync(`${server.folder}-secret`, { recursive: true });
    }
  });
}

Deno.test("server.ts shows a changed file at once, to everybody", async () => {
  await using server = await startServer({ files: { "a.txt": "0" } });
  const path = `${server.folder}/a.txt`;
  // Old enough to be held in memory.
  Deno.utimeSync(path, 1e9, 1e9);
  const peers = await Promise.all(
    Array.from({ length: 4 }, () => browse(server)),
  );
  try {
    let before = "";
    for (let i = 0; i < 30; i++) {
      const content = `${i}`.padStart(3);
      if (i % 2 === 0) Deno.writeTextFileSync(path, content);
      else {
        Deno.writeTextFileSync(path + "2", content);
        Deno.renameSync(path + "2", path);
      }
      for (
        const answer of await Promise.all(peers.map((peer) =>
          peer.ask(
            "GET /a.txt",
            before === "" ? {} : { "If-None-Match": before },
          )
        ))
      ) {
        assertEquals([answer.status, answer.text], [200, content]);
        before = answer.fields.get("etag")!;
      }
    }
  } finally {
    for (const peer of peers) peer.close();
  }
});

Deno.test("server.ts takes no file for unchanged that was changed within one tick of the disk's clock", async () => {
  await using server = await startServer({ files: {} });
  const path = `${server.folder}/a.bin`;
  using peer = await browse(server);
  // Of the same size and date, in the same inode; Deno tells the rest of the second in which it was changed by no file.
  const put = (content: string) => {
    Deno.writeTextFileSync(path, content);
    Deno.utimeSync(path, 1e9, 1e9);
  };
  put("one");
  const one = await peer.ask("GET /a.bin");
  put("two");
  const etag = one.fields.get("etag")!;
  for (
    const fields of [
      { "If-None-Match": etag },
      { "Range": "bytes=1-", "If-Range": etag },
    ]
  ) {
    const { status, text } = await peer.ask("GET /a.bin", fields);
    assertEquals([status, text], [200, "two"]);
  }
});

Deno.test("server.ts ends the download of a file that is cut short while it is sent, and serves on", async () => {
  await using server = await startServer({ files: { "large.bin": LARGE } });
  using peer = await browse(server);
  await peer.send(requestText("GET /large.bin"));
  await peer.bytes(100_000);
  Deno.truncateSync(`${server.folder}/large.bin`, 15_000_000);
  assert((await peer.rest()).length < LARGE.length - 100_000);
  await server.stderr.until(/"GET \/large\.bin HTTP\/1\.1" changed /);
  using next = await browse(server);
  assertEquals(
    (await next.ask("HEAD /large.bin")).fields.get("content-length"),
    "15000000",
  );
});
