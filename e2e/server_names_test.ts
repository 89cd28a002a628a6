import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { startServer, type TestServer } from "../lib/testing/servers.ts";
import { DiskFolder } from "../lib/testing/disk_folder.ts";
import { textOf } from "../lib/testing/wire_peer.ts";

/** Every character that a name may have on Linux and that something could take for something else. */
const NASTY_NAMES = [
  "plain.txt",
  " leading blank",
  "trailing blank ",
  "two  blanks",
  "-rf",
  "#hash %41 %2e%2e |pipe",
  `"double" 'single' \`back\``,
  "back\\slash\\x41\\n",
  "C:\\a:b*?<>",
  "line\nbreak",
  "carriage\rreturn\r",
  "tab\tand\x0bothers\x01\x1b[31m\x7f",
  "\x80\x85\x9f C1",
  "é decomposed: e\u0301",
  "😀 \u202eoverride \u200bzero width \ufeff",
  "…",
  "a..",
  "a.",
  "send filelist",
  "x HTTP/1.1",
  "~",
  "$HOME",
  "&<img src=x onerror=alert(1)>",
  "é".repeat(127),
  "nested/deep er/\n/…/f",
];

Deno.test("server.ts lists every name that a file can have, and gives the file that was asked for by it", async () => {
  // A suffix of its own in each file: an answer from the wrong one shows.
  const files = Object.fromEntries(
    NASTY_NAMES.map((name, i) => [name, `content ${i}`]),
  );
  await using server = await startServer({ files });
  using peer = await server.connect();
  const { body } = await peer.ask("send filelist");
  const lines = textOf(body).slice(0, -1).split("\n");
  assertEquals(lines.length, NASTY_NAMES.length);
  assertEquals(lines.map(unescaped).sort(), NASTY_NAMES.toSorted());
  for (const line of lines) {
    const content = files[unescaped(line)]!;
    // Sent ahead of each other, as one block.
    await peer.send(`download ${line}\nread 0 99 ${line}\nlist ${line}\n`);
    assertEquals(textOf((await peer.answer()).body), content);
    assertEquals(textOf((await peer.answer()).body), content);
    const listed = textOf((await peer.answer()).body);
    assert(listed.endsWith(` ${line}\n`), listed);
  }
});

for (const more of [[], ["--hidden"]]) {
  Deno.test(`server.ts ${more.join("")} refuses hostile names, whatever the verb, and shows nothing outside its folder`, async () => {
    // security.md P1, P2, P3, P4, P5, P6, P9, P10, P11, W1.
    using outside = new DiskFolder();
    outside.write("secret", "not for you");
    await using server = await startServer({
      args: ["--allow-upload", "--on-conflict", "overwrite", ...more],
      files: { "sub/a.txt": "fine", ".hidden": "no", ".landline-1.part": "no" },
    });
    Deno.symlinkSync(outside.at("secret"), `${server.folder}/link`);
    Deno.symlinkSync(outside.path, `${server.folder}/out`);
    Deno.symlinkSync("../out", `${server.folder}/sub/chain`);
    const up = "../".repeat(20);
    const path = outside.at("secret");
    const names: (string | Uint8Array)[] = [
      "..",
      ".",
      "",
      "../" + path,
      up + path.slice(1),
      "sub/../../" + path,
      "sub/../sub/a.txt",
      "./sub/a.txt",
      "sub//a.txt",
      "/sub/a.txt",
      path,
      "/" + path,
      "sub/a.txt/",
      "sub/a.txt/x",
      "sub/",
      "..%2f..%2fetc%2fpasswd",
      "%2e%2e/secret",
      ".%252e/secret",
      "..\\\\..\\\\etc\\\\passwd",
      "..\\x2f..\\x2fetc",
      "\\x2e\\x2e/secret",
      "\\x2fetc/passwd",
      "sub\\x2fa.txt\\x00.png",
      "sub/a.txt\\x00",
      "sub/a.txt\0",
      "a\\q",
      "a\\",
      "a\\x4",
      "link",
      "out/secret",
      "sub/chain/secret",
      ...(more.length > 0 ? [] : [".hidden"]),
      ".none",
      ".landline-1.part",
      "sub/.landline-2.part",
      "x".repeat(256),
      "x/".repeat(2000) + "x",
      "file:///etc/passwd",
      bytesOf("sub/", 0xc0, 0xae, 0xc0, 0xae),
      bytesOf("", 0xed, 0xa0, 0x80),
      bytesOf("", 0xff, 0xfe),
      bytesOf("sub/a.txt", 0xe2, 0x82),
    ];
    using peer = await server.connect();
    for (const name of names) {
      for (const verb of ["download", "read 0 9", "digest sha256", "list"]) {
        if (verb === "list" && name === "") continue;
        await peer.send(joined(`${verb} `, name, "\n"));
        const { line } = await peer.answer();
        assert(
          /^ERR (?:bad-name|not-found|bad-request) /.test(line),
          `${verb} ${JSON.stringify(name)}: ${line}`,
        );
        assert(!line.includes("not for you") && !line.includes(path));
      }
      const offer = "offer 0123456789abcdef 1 0 ";
      // To store something under these is no harm: one replaces the link itself, the others are odd names inside.
      const isLegal = /^(?:link|\.none|\.\.\\\\.*|.*%2.*)$/.test(String(name));
      if (isLegal) continue;
      await peer.send(joined(offer, name, "\n"));
      const { line } = await peer.answer();
      assert(line.startsWith("ERR "), `${offer}${name}: ${line}`);
      using single = await server.connect();
      await single.send(joined("upload 1 ", name, "\nx"));
      assert((await single.answer()).line.startsWith("ERR "));
    }
    assertEquals(
      textOf((await peer.ask("send filelist")).body),
      more.length > 0 ? ".hidden\nsub/a.txt\n" : "sub/a.txt\n",
    );
    await assertUntouched(server, outside);
  });
}

Deno.test("server.ts takes a backslash and a percent sign for letters of a name", async () => {
  // security.md P2, P3.
  await using server = await startServer({
    files: { "per%20cent": "1", "per cent": "2", "a\\b": "3", "a/b": "4" },
  });
  using peer = await server.connect();
  for (
    const [name, text] of [
      ["per%20cent", "1"],
      ["per cent", "2"],
      ["a\\\\b", "3"],
      ["a/b", "4"],
    ]
  ) {
    assertEquals(textOf((await peer.ask(`download ${name}`)).body), text);
  }
  const { line } = await peer.ask("download per%2520cent");
  assertStringIncludes(line, "ERR not-found ");
});

Deno.test("server.ts --hidden serves what begins with a dot, and still not its own files", async () => {
  await using server = await startServer({
    args: ["--hidden"],
    files: { ".a/.b": "dots", ".landline-1.part": "no" },
  });
  using peer = await server.connect();
  assertEquals(textOf((await peer.ask("send filelist")).body), ".a/.b\n");
  assertEquals(textOf((await peer.ask("download .a/.b")).body), "dots");
  const { line } = await peer.ask("download .landline-1.part");
  assertStringIncludes(line, "ERR not-found ");
});

async function assertUntouched(
  server: TestServer,
  outside: DiskFolder,
): Promise<void> {
  assertEquals(outside.list(), ["secret"]);
  assertEquals(Deno.readTextFileSync(outside.at("secret")), "not for you");
  const names = [];
  for await (const { name } of Deno.readDir(server.folder)) names.push(name);
  assertEquals(names.sort(), [
    ".hidden",
    ".landline-1.part",
    "link",
    "out",
    "sub",
  ]);
}

/** The name on a line, undone as docs/protocol.md says, by other code than ours. */
function unescaped(line: string): string {
  return line.replace(
    /\\(x..|.)/g,
    (_, c: string) =>
      c[0] === "x"
        ? String.fromCharCode(parseInt(c.slice(1), 16))
        : ({ n: "\n", r: "\r", t: "\t" }[c] ?? c),
  );
}

function bytesOf(text: string, ...more: number[]): Uint8Array {
  return new Uint8Array([...new TextEncoder().encode(text), ...more]);
}

function joined(...pieces: (string | Uint8Array)[]): Uint8Array {
  return new Uint8Array(
    pieces.flatMap((
      piece,
    ) => [...(typeof piece === "string" ? bytesOf(piece) : piece)]),
  );
}
